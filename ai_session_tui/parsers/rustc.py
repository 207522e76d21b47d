"""rustc as cargo build, check and clippy print it: diagnostics with their places and labels, code frames dropped.

Invariant: an error is told with its labels and notes; of a warning the heading and the place are enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from .commands import is_reading
from .model import Counts, Diagnostic, Location, Parsed, Severity
from .output import contains
from .report import Report, location

_HEAD: Final = re.compile(r"(error|warning)(?:\[(\w+)\])?: (.*)")
_SHORT: Final = re.compile(  # --message-format short
    r"(?P<path>[^\s:]+\.rs):(?P<line>\d+):(?P<column>\d+): (?P<level>error|warning)(?:\[(?P<code>\w+)\])?: "
    r"(?P<message>.*)"
)
_ARROW: Final = re.compile(r"\s*(?:-->|:::) (.+?):(\d+):(\d+)$")
_FRAME: Final = re.compile(r"\s*(?:\d+\s*)?(?:\||[-+~]\s)|\s*\.\.\.$|\s*\d+ *[|+~-]")
_LABEL: Final = re.compile(r"\s*\d*\s*\|[\s|/_^~+-]*[\^~-][\s|_^~-]*\s([^\s|].*)$")
_NOTE: Final = re.compile(r"\s+= (note|help): (.*)|(note|help): (.*)")
_LINT: Final = re.compile(r"(?:#\[(?:warn|deny|forbid)\(|`-[WDF] |index\.html#)([\w:-]+)")
_TALLY: Final = re.compile(
    r"warning: `.*` \(.*\) generated \d+ warnings?|error: (?:could not compile|aborting due to"
    r"|\d+ targets? failed|build failed|test failed)"
    r"|warning: build failed|warning: \d+ warnings? emitted|error: doctest failed|error: `.*` \(.*\) generated"
)
_GENERATED: Final = re.compile(r"warning: `.*` \(.*\) generated (\d+) warnings?(?: \((\d+) duplicates?\))?")
_PROGRESS: Final = re.compile(
    r"\s+(?:Compiling|Checking|Downloading|Downloaded|Updating|Fresh|Building|Documenting|Blocking|Locking"
    r"|Adding|Unpacking|Installing"
    r"|Packaging|Verifying|Dirty|Ignored|Scraping|Uploading|Waiting|Removing|Removed|Replacing|Updated"
    r"|Upgrading|Downgrading|Credential) \S.*|\s*$"
)
_FINISHED: Final = re.compile(r"\s+(?:Finished|Published|Installed|Generated|Created|Running `|Fixed) ?\S.*")
_QUOTED: Final = re.compile(r"`[^`]*`|\d+")
_MORE: Final = re.compile(r"(?:For more information about|Some errors have detailed|note: to see what)")


class Rustc:
    """Reads rustc and cargo's builds."""

    name = "cargo"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        if contains(
            lines,
            "\n    Finished ",
            "\n   Compiling ",
            "\n    Checking ",
            "error: could not compile `",
            "error: failed to run custom build",
            "error: failed to parse manifest",
            "error: failed to select a version",
        ):
            return 0.92
        if contains(lines, "\nerror[E"):
            return 0.9
        if not contains(lines, "--> "):
            return 0.0
        return 0.9 if any(_ARROW.match(after) and _HEAD.match(line) for line, after in pairwise(lines)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        has_failed = False
        index, size = 0, len(lines)
        warnings: int | None = None
        while index < size:
            line = lines[index]
            if _TALLY.match(line):
                report.summary.append(index)
                has_failed = has_failed or line.startswith("error")
                if generated := _GENERATED.match(line):
                    warnings = (warnings or 0) + int(generated[1]) - int(generated[2] or 0)
                index = _skip_list(lines, index + 1, report, keeps=line.startswith("error"))
            elif short := _SHORT.match(line):
                severity = Severity.ERROR if short["level"] == "error" else Severity.WARNING
                place = location(short["path"], short["line"], short["column"])
                report.diagnose(severity, short["message"], (index,), short["code"], place)
                has_failed = has_failed or severity is Severity.ERROR
                index += 1
            elif head := _HEAD.match(line):
                index = _read(lines, index, head, report)
                has_failed = has_failed or head[1] == "error"
            else:
                if _FINISHED.match(line):
                    is_start = line.lstrip().startswith("Running `")
                    (report.noise.add if is_start else report.summary.append)(index)
                elif _PROGRESS.match(line) or _MORE.match(line):
                    report.noise.add(index)
                index += 1
        if not (report.diagnostics or report.summary or report.noise):
            return None
        report.diagnostics = _with_codes(report.diagnostics)
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        found = sum(d.severity is Severity.WARNING for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=(warnings if warnings is not None else found) or None)
        return report.parsed(exit_code, has_failed if has_failed or report.summary else None)


def _with_codes(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Give later diagnostics of a kind the lint's name, which rustc prints with the first one only."""
    codes: dict[str, str] = {}
    found = []
    for diagnostic in diagnostics:
        kind = _QUOTED.sub("`_`", diagnostic.message)
        if diagnostic.code:
            codes.setdefault(kind, diagnostic.code)
        elif kind in codes:
            diagnostic = replace(diagnostic, code=codes[kind])
        found.append(diagnostic)
    return found


def _skip_list(lines: Sequence[str], index: int, report: Report, *, keeps: bool) -> int:
    """Take the indented lines behind a closing line: the targets that failed, the cause."""
    while index < len(lines) and (
        lines[index].startswith("    `") or lines[index].startswith(("Caused by", "  process didn't", "  (signal"))
    ):
        (report.summary.append if keeps else report.noise.add)(index)
        index += 1
    return index


def _read(lines: Sequence[str], start: int, head: re.Match[str], report: Report) -> int:
    """Read one diagnostic; return the index behind it."""
    places: list[Location] = []
    arrows: list[int] = []
    others: list[int] = []  # where notes point at in the user's own code
    labels: list[int] = []
    notes: list[int] = []
    code = head[2]
    index = start + 1
    first_label = ""
    in_suggestion = False
    is_known = False
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            if index + 1 < len(lines) and _continues(lines[index + 1], bool(arrows)):
                index += 1
                continue
            break
        if arrow := _ARROW.match(line):
            if not in_suggestion and not places:
                places.append(location(arrow[1], arrow[2], arrow[3]))
                arrows.append(index)
            elif arrows and not arrow[1].startswith("/"):
                others.append(index)
        elif note := _NOTE.match(line):
            in_suggestion = bool(note[3])
            lint = _LINT.search(line)
            if lint:
                is_known = any(other.code == lint[1] for other in report.diagnostics)
                code = code or lint[1]
            told = note[2] or note[4] or ""
            if (lint and lint[0].startswith("index") and not is_known) or not re.match(
                r"`?#?\[|`-[WDF]|for further information|to override|this error originates|consider importing", told
            ):
                notes.append(index)
        elif not in_suggestion and (label := _LABEL.match(line)):
            labels.append(index)
            first_label = first_label or label[1]
        elif not _FRAME.match(line) and not line.startswith((" ", "...")):
            break
        index += 1
    while index < len(lines) and not lines[index].strip():
        index += 1
    report.noise.update(range(start, index))
    is_error = head[1] == "error"
    message = f"{head[3]}: {first_label}" if is_error and first_label else head[3]
    chosen = (
        [start, *arrows[:1], *labels[:3], *notes[:2], *others[:2]] if is_error else [start, *arrows[:1], *notes[:1]]
    )
    if not arrows and is_error:
        chosen = [i for i in range(start, index) if lines[i].strip()][:12]
    report.diagnose(Severity.ERROR if is_error else Severity.WARNING, message, chosen, code, *places)
    return index


def _continues(line: str, has_place: bool) -> bool:
    """Return whether a line behind an empty one still belongs to the diagnostic: a note, a suggestion, `Caused by`."""
    return (
        line.startswith("Caused by")
        or (not has_place and line.startswith("  "))
        or (has_place and bool(re.match(r"(?:note|help): |\s*\|", line)))
    )


PARSERS = (Rustc(),)
