"""Reports drawn with box characters, as miette and ariadne do: oxlint, rolldown and vite, deno lint, nushell.

A message stands above a frame whose first line names the place: `╭─[src/a.js:3:7]`. Invariant: every frame with a place
is a diagnostic; the source lines within it are noise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location

_FRAME: Final = re.compile(r"\s*[╭┌][─-]+\[ ?(?P<path>[^\]]+?):(?P<line>\d+):(?P<column>\d+) ?\]")
_INSIDE: Final = re.compile(r"\s*\d* ?[│·╰╭├|┬]|\s*╰─+|\s*$")
_MESSAGE: Final = re.compile(
    r"\s*(?P<level>[⚠×✖✘!ℹ☞x]|error|warning|advice|Error|Warning)?:? ?"
    r"(?:(?P<code>[\w@/-]+\([\w@/-]+\)|\[[\w-]+\]):? )?(?P<text>\S.*)"
)
_LABEL: Final = re.compile(r".*╰─+ (\S.*)")
_SUMMARY: Final = re.compile(r"Found \d+ .*|Finished in .*|.*\d+ (?:errors?|warnings?|problems?)\b.*")
_ABOVE: Final = 4  # lines in which the message is looked for


class Graphical:
    """Reads such reports, whichever tool drew them."""

    name = "report"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, "╭─[", "┌─["):
            return 0.0
        return 0.84 if any("─[" in line and _FRAME.match(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name, blames_warnings=True)
        for index, line in enumerate(lines):
            if "─[" in line and (frame := _FRAME.match(line)):
                self._read(lines, index, frame, report)
            elif not line.startswith(" ") and _SUMMARY.match(line):
                report.summary.append(index)
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=len(report.diagnostics) - errors or None)
        return report.parsed(exit_code, errors > 0 or exit_code not in (0, None)) if report.diagnostics else None

    def _read(self, lines: Sequence[str], at: int, frame: re.Match[str], report: Report) -> None:
        head = next((i for i in range(at - 1, max(-1, at - _ABOVE), -1) if lines[i].strip()), at)
        stop = at + 1
        while stop < len(lines) and _INSIDE.match(lines[stop]) and lines[stop].strip():
            stop += 1
        label = next((i for i in range(at + 1, stop) if _LABEL.match(lines[i])), None)
        while stop < len(lines) and lines[stop].lstrip().startswith(("help: ", "Help: ", "note: ")):
            stop += 1
        found = _MESSAGE.match(lines[head])
        level = (found["level"] or "×").lower() if found else "×"
        severity = (
            Severity.WARNING
            if level in ("⚠", "!", "warning")
            else Severity.NOTE
            if level in ("ℹ", "☞", "advice")
            else Severity.ERROR
        )
        place = location(frame["path"], frame["line"], frame["column"])
        shown = dict.fromkeys([head, at, *([label] if label is not None and severity is Severity.ERROR else [])])
        report.noise.update(range(head, stop))
        code = (found["code"] or "").strip("[]") or None if found else None
        report.diagnose(severity, found["text"] if found else lines[head], shown, code, place)


PARSERS = (Graphical(),)
