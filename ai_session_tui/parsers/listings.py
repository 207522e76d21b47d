"""Listings: names of files (find, ls, tree, du), matches of a search (grep, rg), packages (pip list, npm ls, dpkg -l).

Invariant: complaints among the names (permission denied) and the totals that a tool prints are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_filtered, runs
from .model import Bulk, Counts, Parsed, Severity
from .output import as_output
from .report import Report, clip

_COMPLAINT: Final = re.compile(r"(?:find|ls|tree|du|grep|rg|cat|head|tail|stat|tar|cp|rm|fd|locate|egrep): (.*)")
_PATH: Final = re.compile(r"(?:\.{0,2}/|[A-Za-z]:\\)?[^\s:*?\"<>|]+(?:/[^:*?\"<>|]*)?$")
_LONG: Final = re.compile(r"[-dlcbps][-rwxsStT]{9}[.+@]? +\d+ ")
_LONG_TOTAL: Final = re.compile(r"total \d\S*$|\S+:$|\s*$")
_TREE: Final = re.compile(r"[\s│|]*[├└|`+][─-]{1,3}[┬ ]")
_TREE_TOTAL: Final = re.compile(r"\d+ director(?:y|ies)(?:, \d+ files?)?$")
_SIZE: Final = re.compile(r"\s*[\d.,]+[KMGTPB]?i?\s+\S+")
_MATCH: Final = re.compile(r"([^\s:][\s\d]*[^\s:\d][^:\n]*?)[:-](\d+)([:-])(?!\d+:)")
_UNDER_HEADING: Final = re.compile(r"\d+[:-]")  # a match below the name of its file, as rg writes to a terminal
_PACKAGE_LISTS: Final = (
    *(
        "pip list",
        "pip freeze",
        "uv pip",
        "conda list",
        "npm ls",
        "npm list",
        "pnpm ls",
        "pnpm list",
        "yarn list",
        "cargo tree",
    ),
    *("dpkg", "dpkg-query", "apt list", "apt search", "apt-cache", "rpm", "snap list", "brew list", "gem list"),
)
_NAMED_WITHIN: Final = 400  # signs of a match in which its file is named
_FILES_SHOWN: Final = 14


class Search:
    """Reads the matches of grep and its likes: path, line, text."""

    name = "search"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_filtered(command):  # `make | grep error` searches no files
            return 0.0
        is_named = runs(command, "grep", "rg", "ag", "ack", "git grep", "egrep", "zgrep")
        sample = as_output(lines).sample if is_named or not command else []
        if len(sample) < 5:
            return 0.0
        heads = [line[:_NAMED_WITHIN] for line in sample]
        fitting = sum(_MATCH.match(line) is not None or _UNDER_HEADING.match(line) is not None for line in heads)
        if is_named:
            return 0.74 if fitting * 2 >= len(sample) else 0.0
        return 0.62 if fitting * 10 >= len(sample) * 9 else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        files: dict[str, list[int]] = {}
        context: list[int] = []
        heading = ""
        for index, line in enumerate(lines):
            if complaint := _COMPLAINT.match(line):
                report.diagnose(Severity.ERROR, complaint[1], (index,))
            elif (match := _MATCH.match(line)) or _UNDER_HEADING.match(line):
                is_context = (match is not None and match[3] == "-") or (
                    match is None and "-" in line[:8].partition(":")[0]
                )
                if is_context:
                    context.append(index)
                else:
                    files.setdefault(match[1] if match else heading, []).append(index)
            elif index + 1 < len(lines) and _UNDER_HEADING.match(lines[index + 1]):
                heading = line
                files.setdefault(line, []).append(index)
        report.keep += [at for found in clip_files(files) for at in found[: 2 if _is_heading(lines[found[0]]) else 1]]
        report.noise.update(context)
        rows = sum(len(found) - _is_heading(lines[found[0]]) for found in files.values())
        return report.parsed(exit_code, _fails(report, exit_code), Bulk("search", rows=rows, names=tuple(files)[:200]))


def _is_heading(line: str) -> bool:
    return not (_MATCH.match(line) or _UNDER_HEADING.match(line))


def clip_files(files: dict[str, list[int]]) -> list[list[int]]:
    """Return the matches of the files with the most of them, in order."""
    most = sorted(files.values(), key=lambda found: -len(found))[:_FILES_SHOWN]
    return sorted(most)


def _fails(report: Report, exit_code: int | None) -> bool | None:
    if exit_code in (0, None):
        return False if exit_code == 0 else None
    return bool(report.diagnostics) or None


class Listing:
    """Reads names of files, long listings, trees and sizes."""

    name = "listing"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        sample = as_output(lines).sample
        if len(sample) < 8:
            return 0.0
        is_named = runs(
            command,
            "find",
            "ls",
            "tree",
            "du",
            "fd",
            "locate",
            "git ls-files",
            "tar",
            "unzip",
            "exa",
            "eza",
            "fdfind",
            "ll",
        )
        trees = sum(_TREE.match(line) is not None for line in sample)
        longs = sum(_LONG.match(line) is not None or _LONG_TOTAL.match(line) is not None for line in sample)
        if max(trees, longs) * 10 >= len(sample) * 8:
            return 0.72
        paths = sum(
            _PATH.match(line) is not None or _SIZE.match(line) is not None or _LONG_TOTAL.match(line) is not None
            for line in sample
        )
        if is_named:
            return 0.72 if paths * 10 >= len(sample) * 6 else 0.55
        with_folder = sum("/" in line and _PATH.match(line) is not None for line in sample)
        return 0.6 if with_folder * 10 >= len(sample) * 9 else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        rows = 0
        folders: list[int] = []
        for index, line in enumerate(lines):
            if complaint := _COMPLAINT.match(line):
                report.diagnose(Severity.ERROR, complaint[1], (index,))
            elif _TREE_TOTAL.match(line):
                report.summary.append(index)
            elif re.match(r"total \d", line):
                (report.summary.append if not report.summary else report.noise.add)(index)
            elif line.endswith(":") and _LONG_TOTAL.match(line):
                folders.append(index)
            elif line.strip():
                rows += 1
        if folders:
            report.keep += clip(folders, 24, 4)
        if runs(command, "du"):
            report.keep += _largest(lines)
        report.counts = Counts()
        return report.parsed(exit_code, _fails(report, exit_code), Bulk("listing", rows=rows))


def _largest(lines: Sequence[str]) -> list[int]:
    """Return the lines with the largest sizes."""
    units = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
    sizes = []
    for index, line in enumerate(lines):
        if found := re.match(r"\s*([\d.]+)([KMGTB]?)\s+\S", line):
            sizes.append((float(found[1]) * units[found[2]], index))
    return [index for _, index in sorted(sizes, reverse=True)[:12]]


class Packages:
    """Reads lists of installed packages."""

    name = "packages"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if not runs(command, *_PACKAGE_LISTS):
            return 0.0
        sample = as_output(lines).sample
        return 0.71 if len(sample) >= 8 else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        top = [i for i, line in enumerate(lines) if re.match(r"(?:├──|└──|├─┬|└─┬|\+--|`--) ", line)]
        report.keep += clip(top, 40, 4)
        for index, line in enumerate(lines):
            if re.search(r"UNMET|invalid:|extraneous|npm (?:error|ERR!)|\bWARNING\b", line):
                report.diagnose(Severity.WARNING, line, (index,))
        rows = sum(bool(line.strip()) for line in lines)
        has_failed = bool(report.diagnostics) if exit_code not in (0, None) else False
        return report.parsed(exit_code, has_failed or (None if exit_code else False), Bulk("packages", rows=rows))


PARSERS = (Search(), Listing(), Packages())
