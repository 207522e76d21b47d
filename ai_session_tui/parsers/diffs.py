"""Unified diffs, of git or of `diff -u`, and `git diff --stat`.

Invariant: every changed file is named, with what happened to it; changed lines go before context lines. Which changed
lines are left out is for the digest's marks to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading, runs
from .model import Bulk, Counts, Parsed
from .output import ends_match
from .report import Report

_FILE: Final = re.compile(
    r"diff --(?:git|cc|combined) .*|Only in .*|Binary files .* differ|Files .* differ|diff (?:-\S+ )+\S+ \S+$"
    r"|Index: .*|Diff in \S+?:\d+:?$"  # the last is rustfmt's
)
_COMMIT: Final = re.compile(r"commit [0-9a-f]{7,}|Author: |Date: |Merge: |    \S")
_NEW: Final = re.compile(r"\+\+\+ (\S.*)")
_HUNK: Final = re.compile(r"@@+ -\d+(?:,(?P<old>\d+))?(?: \+\d+(?:,(?P<new>\d+))?)? .*@@|@@ .*@@")
_LOGGED: Final = re.compile(r"commit [0-9a-f]{7,}")
_STATE: Final = re.compile(
    r"(?:new file mode|deleted file mode|rename from|rename to|copy from|copy to|old mode|new mode"
    r"|similarity index|Binary files|GIT binary patch)"
)
_STAT: Final = re.compile(r" (\S.*?) +\| +(?:\d+(?: [+-]+)?|Bin .*)$")
_TALLY: Final = re.compile(r" (\d+) files? changed(?:, .*)?$")
_ALL_SHOWN: Final = 100  # changed lines up to which all of them are kept
_MOST_SHOWN: Final = 100  # shared by the files of a larger diff
_MOST_SHOWN_OF_CHECKS: Final = 40
_FILES_SHOWN_OF_CHECKS: Final = 4
_SIGN: Final = re.compile(r"\n(?:diff --git |Diff in \S+:\d+:\n|--- \S.*\n\+\+\+ \S|@@ -\d+)")


class Diffs:
    """Reads unified diffs."""

    name = "diff"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if not ends_match(lines, _SIGN):
            return 0.0
        return (
            0.93
            if runs(command, "git diff", "git show", "git format-patch", "diff", "git stash", "git log", "git merge")
            else 0.88
        )

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        reader = _Reader(lines, Report(self.name))
        reader.read()
        if not reader.files:
            return None
        report = reader.report
        # What a checker would change (black, isort, rustfmt) matters less than what somebody did change.
        is_change = runs(command, "git", "diff", "svn", "hg", "colordiff") or is_reading(command) or not command
        self._choose(lines, reader.files, report, _MOST_SHOWN if is_change else _MOST_SHOWN_OF_CHECKS)
        report.counts = Counts(changed=len(reader.files))
        # `diff` exits with 1 when there are differences: it has done its work.
        is_fine = exit_code in (0, None) or (exit_code == 1 and runs(command, "diff", "git diff"))
        return report.parsed(exit_code, False if is_fine else None, Bulk("diff", rows=reader.changed))

    def _choose(self, lines: Sequence[str], files: list[list[int]], report: Report, most: int) -> None:
        total = sum(map(len, files))
        share = total if total <= min(most, _ALL_SHOWN) else max(2, most // len(files))
        for position, changed in enumerate(files):
            if most == _MOST_SHOWN_OF_CHECKS and position >= _FILES_SHOWN_OF_CHECKS:
                break
            telling = [i for i in changed if lines[i][1:].strip(" \t{}()[];,") and lines[i][:8] != "@@ -0,0 "]
            hunks = [i for i in changed if _HUNK.match(lines[i]) and not lines[i].startswith("@@ -0,0 ")]
            report.keep += telling[:share] if share < total else changed
            report.keep += hunks[: share // (2 if most == _MOST_SHOWN else 4)]


class _Reader:
    """Reads the lines of a diff: of each file those that changed, with the headings of their hunks."""

    def __init__(self, lines: Sequence[str], report: Report) -> None:
        self._lines = lines
        self.report = report
        self.files: list[list[int]] = []
        self.changed = 0
        self._header: list[int] = []  # of the hunk, until it is told
        self._left = [0, 0]  # lines of the old and the new side that the hunk still has
        self._is_counted = False  # whether it says how many; a line `--- a` within it is a removed line `-- a`
        self._is_titled = True  # the message of the commit has been told, or there is none
        self._is_combined = False  # the diff of a merge: a column of signs for either side

    def read(self) -> None:
        """Read them all."""
        in_hunk = False
        noise = self.report.noise
        for index, line in enumerate(self._lines):
            sign = line[:1]
            if in_hunk and sign and (sign in "+-" or (self._is_combined and line[1:2] in ("+", "-"))):
                if self._header:
                    self.files[-1] += self._header
                    self._header = []
                self.files[-1].append(index)
                noise.add(index)
                self.changed += 1
                in_hunk = self._goes_on(sign)
            elif in_hunk and sign in " \\":
                noise.add(index)
                in_hunk = self._goes_on(sign)
            else:
                in_hunk = self._head(index, line)

    def _goes_on(self, sign: str) -> bool:
        """Count a line of the hunk; return whether another follows."""
        if self._is_counted and sign != "\\":
            self._left[0] -= sign != "+"
            self._left[1] -= sign != "-"
        return not self._is_counted or max(self._left) > 0

    def _head(self, index: int, line: str) -> bool:
        """Read a line that is not within a hunk; return whether it begins one."""
        report = self.report
        if _FILE.match(line):
            self.files.append([])
            report.keep.append(index)
            self._is_counted = False
            return line.startswith("Diff in ")
        if hunk := _HUNK.match(line):
            if not self.files:
                self.files.append([])
            self._header = [index]
            self._is_combined = line.startswith("@@@")
            self._is_counted = " +" in line and not self._is_combined
            self._left = [int(hunk["old"] or 1), int(hunk["new"] or 1)]
            report.noise.add(index)
            return True
        if not self.files and _COMMIT.match(line):
            report.keep.append(index)
        elif _LOGGED.match(line):  # another commit of a log
            report.keep.append(index)
            self._is_titled = False
        elif self.files and _COMMIT.match(line):
            is_title = line.startswith("    ") and not self._is_titled
            self._is_titled = self._is_titled or is_title
            (report.keep.append if is_title else report.noise.add)(index)
        elif line.startswith("--- ") and index + 1 < len(self._lines) and _NEW.match(self._lines[index + 1]):
            if not any(self._lines[before].startswith("diff ") for before in range(max(0, index - 8), index)):
                self.files.append([])
                report.keep += [index + 1] if _path(line) == _path(self._lines[index + 1]) else [index, index + 1]
            report.noise.update((index, index + 1))
        elif _STATE.match(line):
            (report.keep.append if not line.startswith("similarity") else report.noise.add)(index)
        elif line.startswith("index "):
            report.noise.add(index)
        return False


def _path(line: str) -> str:
    """Return the path that a line `--- path` or `+++ path` names, without the time behind it."""
    path = line[4:].partition("\t")[0].removeprefix("a/").removeprefix("b/")
    return path.removesuffix(":before").removesuffix(":after")  # as isort says


class DiffStat:
    """Reads the list of changed files with their sizes."""

    name = "diff --stat"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return 0.8 if ends_match(lines, _STAT_SIGN) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        rows = 0
        for index, line in enumerate(lines):
            if _STAT.match(line) or re.match(r" (?:create|delete|rename|copy|mode change|rewrite) ", line):
                report.keep.append(index)
                rows += " | " in line
            elif tally := _TALLY.match(line):
                report.summary.append(index)
                report.counts = report.counts + Counts(changed=int(tally[1]))
        report.is_consistent = (report.counts.changed or 0) <= rows or not report.summary
        return report.parsed(exit_code, False if exit_code == 0 else None) if report.summary else None


_STAT_SIGN: Final = re.compile(r"\n \S.*? +\| +(?:\d+(?: [+-]+)?|Bin .*)\n(?:.*\n)*? \d+ files? changed")

PARSERS = (Diffs(), DiffStat())
