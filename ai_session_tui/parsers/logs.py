"""Logs: lines with times and levels.

Errors and warnings are told by kind, with the first and the last of each.

Invariant: a line counts as an error by the level that its writer gave it (or by its HTTP status), never by a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Bulk, Counts, Parsed, Severity
from .output import as_output
from .report import Report

_TIME: Final = re.compile(
    r"[^\d\n]{0,40}?(?:\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d"
    r"|\d{1,2}[/ ][A-Z][a-z]{2}[/ ]\d{4}[: ]\d\d:\d\d)"
    r"|\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}|time=|ts=|\{\"(?:time|ts|timestamp|level|severity|@timestamp)\""
    r"|\[\s*\d+\.\d{6}\]"
)
_GRAVE: Final = re.compile(
    r"(?<![\w.\-])(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT|ERR|CRIT)(?![\w=])|\[(?:error|err|crit"
    r"|critical|emerg|alert|fatal|panic)\]"
    r"|\b(?:level|lvl|severity)=\"?(?:error|fatal|critical|panic|err)\b|\"(?:level|severity"
    r"|lvl)\":\s*\"(?:error|fatal|critical|panic|err)\b|(?<![\w.])(?:error|fatal)(?=: |\s+\| |\]\s)"
    r"|\"level\":\s*[56]0\b",
    re.ASCII,
)
_WARNING: Final = re.compile(
    r"(?<![\w.\-])(?:WARN|WARNING)(?![\w=])|\[warn(?:ing)?\]|\b(?:level|lvl|severity)=\"?warn|\"(?:level"
    r"|severity|lvl)\":\s*\"warn|(?<![\w.])(?:warn|warning)(?=: |\s+\| |\]\s)"
    r"|\"level\":\s*40\b"
)
_HINTS: Final = ("err", "warn", "crit", "fatal", "severe", "panic", "emerg", "alert", "level")
# A cheap look for what tells without such a word: most lines have nothing that counts.
_MAY_TELL: Final = (re.compile(r"status[\"=: ]+[45]"), re.compile('" [45]'))
_STATUS: Final = re.compile(r"\" ([45])\d\d [\d-]|\bstatus[\"=: ]+([45])\d\d\b")
_VALUE: Final = re.compile(
    r"0x[0-9a-fA-F]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b(?=[a-f]*\d)[0-9a-f]{7,}\b|\d+(?:[.,:/T-]\d+)*|'[^'\n]*'"
    r"|\"[^\"\n]*\""
)
_REQUEST: Final = re.compile(r"\"[A-Z]+ (\S+)[^\"]*\" (\d{3})")
_FOLLOWER: Final = re.compile(r"\s+\S|Caused by|Traceback|\.\.\. \d+ more|[\w.]+(?:Error|Exception)\b")
_LEVEL_SIGNS: Final = 160  # characters in which a level stands
_SHARE: Final = 0.6  # of the lines have a time
_MOST_FOLLOWERS: Final = 12
_LONGEST_BLOCK: Final = 200
_RAISED: Final = re.compile(r"[\w.]+(?:Error|Exception|Warning|Interrupt|Exit)?\b(?::|$)")
_MANY_KINDS: Final = 24
_NAME: Final = re.compile(
    r"[\w.@/-]*[#_/@][\w.@/#-]*"
)  # a word that no language has: an identifier, a path, an address


class Logs:
    """Reads logs."""

    name = "log"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        sample = as_output(lines).sample
        if len(sample) < 12:
            return 0.0
        timed = sum(_TIME.match(line) is not None for line in sample)
        return 0.78 if timed >= _SHARE * len(sample) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        groups: dict[tuple[Severity, str], list[list[int]]] = {}
        output, end = as_output(lines), 0
        for index in sorted(output.hinted(_HINTS) | output.matched(_MAY_TELL)):
            if index < end:
                continue
            line = lines[index]
            severity = _severity(line)
            if severity is not None:
                end = _end_of_block(lines, index + 1)
                groups.setdefault((severity, _kind(line)), []).append([*range(index, end)])
        groups = _merged(groups)
        _tell(lines, groups, report)
        errors = sum(len(found) for (severity, _), found in groups.items() if severity is Severity.ERROR)
        warnings = sum(len(found) for (severity, _), found in groups.items() if severity is Severity.WARNING)
        report.counts = Counts(errors=errors or None, warnings=warnings or None)
        is_data = exit_code in (0, None) or is_reading(command)
        return report.parsed(
            exit_code, False if exit_code == 0 else None, Bulk("log", rows=len(lines)) if is_data else None
        )


# What PostgreSQL logs about the record above, in records of their own.
_ADDED: Final = re.compile(r"\d{4}-\d\d-\d\d .*?\b(?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY):  ")


def _end_of_block(lines: Sequence[str], index: int) -> int:
    """Return where the lines end that follow a line of the log: what is indented, a traceback with its last line."""
    start, in_traceback = index, False
    while index < len(lines) and index - start < _LONGEST_BLOCK:
        line = lines[index]
        if _ADDED.match(line[:_LEVEL_SIGNS]):
            index += 1
            continue
        if _TIME.match(line):
            break
        if line.startswith("Traceback (most recent"):
            in_traceback = True
        elif in_traceback and line and not line[0].isspace():
            in_traceback = False  # what was raised
        elif not _FOLLOWER.match(line):
            break
        index += 1
    return index


def _severity(line: str) -> Severity | None:
    if request := _REQUEST.search(line):
        if request[2][0] == "5":
            return Severity.ERROR
        return Severity.WARNING if request[2][0] == "4" else None
    head = line[:_LEVEL_SIGNS]
    if _GRAVE.search(head):
        return Severity.ERROR
    if _WARNING.search(head):
        return Severity.WARNING
    status = _STATUS.search(line)
    return None if status is None else Severity.ERROR if (status[1] or status[2]) == "5" else Severity.WARNING


def _kind(line: str) -> str:
    """Return what lines of a kind share: all but times, numbers, quoted names; of a request its path and status."""
    if request := _REQUEST.search(line):
        return f"{_VALUE.sub('#', request[1].split('?')[0])} {request[2]}"
    return _VALUE.sub("#", line[:300])


def _merged(groups: dict[tuple[Severity, str], list[list[int]]]) -> dict[tuple[Severity, str], list[list[int]]]:
    """Return fewer groups where there are very many: kinds that differ in names only are one."""
    if len(groups) <= _MANY_KINDS:
        return groups
    merged: dict[tuple[Severity, str], list[list[int]]] = {}
    for (severity, kind), found in groups.items():
        merged.setdefault((severity, _NAME.sub("#", kind)), []).extend(found)
    return {key: sorted(found) for key, found in merged.items()}


def _tell(lines: Sequence[str], groups: dict[tuple[Severity, str], list[list[int]]], report: Report) -> None:
    for (severity, kind), found in groups.items():
        first, last = found[0], found[-1]
        shown = [first[0], *([last[0]] if last is not first else []), *_telling(lines, first[1:])][:_MOST_FOLLOWERS]
        report.diagnose(severity, kind, shown)
        for block in found[1:]:
            report.diagnose(severity, kind, block[:1])
        for block in found:
            report.noise.update(block)


def _telling(lines: Sequence[str], followers: list[int]) -> list[int]:
    """Return those lines below an error that tell most: what was raised and where, causes, the first frames."""
    if any(lines[i].startswith("Traceback (most recent") for i in followers):
        raised = [i for i in followers if _RAISED.match(lines[i]) and not lines[i].startswith("Traceback")]
        frames = [i for i in followers if lines[i].startswith("  File ")]
        places = [j for i in frames[-1:] for j in (i, i + 1) if j in followers]
        return [*raised[-2:], *places, *frames[:1]]
    heads = [i for i in followers if not re.match(r"\s+(?:at|\.\.\.) ", lines[i])]
    frames = [i for i in followers if i not in heads]
    causes = [i for i in heads if lines[i].startswith("Caused by")]
    return list(dict.fromkeys([*heads[:4], *causes[-1:], *frames[:2]]))


PARSERS = (Logs(),)
