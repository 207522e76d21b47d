"""Diagnostics in the form that rustc made usual, told by other tools: ty, pyrefly, deno, and what comes after them.

A heading with a level, a message and a code; below it an arrow to the place, and a frame with the source. Invariant:
what rustc and ruff themselves print is left to their parsers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location
from .rules import Role, RuleParser, rule

_HEAD: Final = re.compile(
    r"\s?(?P<level>error|warning|info|note|hint|fatal|ERROR|WARN(?:ING)?|INFO)"
    r"(?:\[(?P<code>[\w:@./-]+)\]: (?P<message>.+)|:? (?P<text>.+?) \[(?P<rule>[\w:@/-]+)\]$)"
    r"|(?P<number>TS\d+) \[(?P<grade>ERROR|WARN)\]: (?P<said>.+)"
)
_PLACE: Final = re.compile(r"\s*(?:-->|at) (?:file://)?(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+)$")
_FRAME: Final = re.compile(r"\s*\d*\s*[|:.-]|\s+=|\s{2,}\S|(?:info|help|hint|note|docs): |\s*[~^]+\s*$|\s*$")
_LABEL: Final = re.compile(r"\s*\d*\s*\|[\s|]*[\^-]+ [A-Za-z`\"'].*")
_ADVICE: Final = re.compile(r"(?:info|help|hint|note): .+")
_SUMMARY: Final = re.compile(r"Found \d+ (?:diagnostics?|errors?|problems?).*|\s*INFO \d+ errors?.*|All checks passed!")
_NEAR: Final = 5  # lines below a heading in which its place stands
_RUST: Final = ("error: could not compile `", "\n   Compiling ", "\n    Checking ", "\nerror[E", "\n    Finished `")


class Arrows:
    """Reads such reports, whichever tool printed them."""

    name = "diagnostics"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, "--> ", " [ERROR]: ") or contains(lines, *_RUST):
            return 0.0
        return 0.93 if any(_place_below(lines, i) for i, line in enumerate(lines) if _HEAD.match(line)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name, blames_warnings=True)
        heads = [i for i, line in enumerate(lines) if _HEAD.match(line) and _place_below(lines, i)]
        for head, after in pairwise([*heads, len(lines)]):
            self._read(lines, head, after, report)
        report.summary += [i for i, line in enumerate(lines) if _SUMMARY.match(line)]
        errors = sum(found.severity is Severity.ERROR for found in report.diagnostics)
        warnings = sum(found.severity is Severity.WARNING for found in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=warnings or None)
        return report.parsed(exit_code, errors > 0 or exit_code not in (0, None)) if report.diagnostics else None

    def _read(self, lines: Sequence[str], head: int, after: int, report: Report) -> None:
        at, found = _place_below(lines, head), _HEAD.match(lines[head])
        place = _PLACE.match(lines[at]) if at else None
        if at is None or found is None or place is None:
            return
        stop = at + 1
        while stop < after and _FRAME.match(lines[stop]):
            stop += 1
        frame = range(at + 1, stop)
        label = next((i for i in frame if _LABEL.match(lines[i])), None)
        advice = next((i for i in frame if _ADVICE.match(lines[i])), None)
        level = (found["level"] or found["grade"]).lower()
        severity = (
            Severity.ERROR if level[0] in "ef" else Severity.WARNING if level.startswith("warn") else Severity.NOTE
        )
        told = [head, at, *(index for index in (label, advice) if index is not None and severity is Severity.ERROR)]
        message = found["message"] or found["text"] or found["said"]
        code = found["code"] or found["rule"] or found["number"]
        report.diagnose(severity, message, told, code, location(place["path"], place["line"], place["column"]))
        report.noise.update(range(head, stop))


def _place_below(lines: Sequence[str], head: int) -> int | None:
    """Return the line below a heading that tells its place."""
    for index in range(head + 1, min(head + 1 + _NEAR, len(lines))):
        if _PLACE.match(lines[index]):
            return index
        if _HEAD.match(lines[index]):
            return None
    return None


_ABOVE: Final = re.compile(r"(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+)$")
_BELOW: Final = re.compile(r"(?P<level>Error|Warn|Hint): (?P<message>.+?)(?: \((?P<code>[\w-]+)\))?$")


class PlaceAbove:
    """Reads reports whose places stand on lines of their own, each above its message: svelte-check."""

    name = "svelte-check"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, "\nError: ", "\nWarn: "):
            return 0.0
        return 0.9 if any(_ABOVE.match(above) and _BELOW.match(line) for above, line in pairwise(lines)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        for index, (above, line) in enumerate(pairwise(lines)):
            if (place := _ABOVE.match(above)) and (found := _BELOW.match(line)):
                stop = index + 2
                while stop < len(lines) and lines[stop].strip():
                    stop += 1
                level = {"Error": Severity.ERROR, "Warn": Severity.WARNING, "Hint": Severity.NOTE}[found["level"]]
                spot = location(place["path"], place["line"], place["column"])
                report.diagnose(level, found["message"], (index + 1, index), found["code"], spot)
                report.noise.update(range(index, stop))
        report.summary += [i for i, line in enumerate(lines) if line.startswith("svelte-check found ")]
        return report.parsed(exit_code, report.has(Severity.ERROR)) if report.diagnostics else None


CYTHON: Final = RuleParser(
    "cython",
    ("cython", "cythonize"),
    ("Error compiling Cython file:",),
    (
        rule(Role.ERROR, r"(?P<path>\S+\.p(?:yx|xd|y)):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)"),
        rule(Role.NOISE, r"Error compiling Cython file:|-{50,}|\.\.\.$|\[\d+/\d+\] Cythonizing .*|\s*$|\s+\^$"),
    ),
    confidence=0.9,
)

PARSERS: Final = (Arrows(), PlaceAbove(), CYTHON)
