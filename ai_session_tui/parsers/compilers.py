"""gcc, clang and their linkers: diagnostics with their places, notes cut to what explains, code frames dropped.

Invariant: every error line of the compiler or the linker is a diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, location

_HEAD: Final = re.compile(
    r"(?P<path>(?:[A-Za-z]:)?[^\s:][^:\n]*?):(?P<line>\d+)(?:[:.](?P<column>\d+)(?:-[\d.]+)?)?: "
    r"(?P<level>fatal error|error|warning|note|remark): (?P<message>.*)"
)
_CODE: Final = re.compile(r" \[(-W[^\]]+)\]$")
_CONTEXT: Final = re.compile(
    r"\S+: (?:In (?:function|member function|constructor|destructor|static member|instantiation|lambda"
    r"|substitution|copy|non-member|friend)"
    r"|At (?:top level|global scope)|In ‘|In method).*|In file included from .*|\s+from \S+:\d+.*[,:]"
    r"|\S+: In .*:$"
    r"|\S+:\d+:\d+:\s+(?:required|recursively required|in ‘constexpr|in 'constexpr).*"
)
_FRAME: Final = re.compile(r"\s*\d*\s*\|.*|\s+[\^~].*|\s*\^~*.*|\s{2,}\S.*|\+{3} .*|\s*$")
_LINK: Final = re.compile(
    r"(?:\S*/)?(?:\S*-)?(?:ld|lld|gold|mold|ld\.\w+|collect2|clang(?:\+\+)?(?:-\d+)?|gcc|g\+\+|cc|c\+\+|cc1\w*"
    r"|as)(?:\.exe)?: (?P<message>.*)"
)
_UNDEFINED: Final = re.compile(
    r"(?:\S+: )?(?:\S+?):?\(\.\w[^)]*\): (?P<message>(?:undefined|multiple|relocation).*)"
    r"|.*: undefined reference to .*"
)
_GENERATED: Final = re.compile(
    r"(?:\d+ warnings?(?: and )?)?(?:\d+ errors?)? generated\.$|compilation terminated\.$|cc1\w*: (?:all"
    r"|some) warnings.*"
)
_MOST_NOTES: Final = 2


class Compilers:
    """Reads gcc, g++, clang, and what prints their form."""

    name = "gcc"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(
            lines,
            ": error: ",
            ": warning: ",
            ": fatal error: ",
            "undefined reference",
            "ld returned",
            "multiple definition",
        ):
            return 0.0
        if contains(lines, "ld returned", "undefined reference to", "multiple definition of", ": fatal error: "):
            return 0.88
        return 0.86 if any(_is_compiled(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report("clang" if contains(lines, " generated.\n") else self.name)
        index = 0
        while index < len(lines):
            index = _step(lines, index, report)
        if not report.diagnostics:
            return None
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        warnings = sum(d.severity is Severity.WARNING for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=warnings or None)
        return report.parsed(exit_code, errors > 0)


def _is_compiled(line: str) -> bool:
    """Return whether a line has the form and is about a source file of the languages that these compilers know."""
    if ": error: " not in line and ": warning: " not in line:
        return False
    head = _HEAD.match(line)
    return head is not None and head["path"].rsplit(".", 1)[-1] in _SUFFIXES


_SUFFIXES: Final = frozenset(
    [
        "c",
        "cc",
        "cpp",
        "cxx",
        "c++",
        "C",
        "h",
        "hh",
        "hpp",
        "hxx",
        "m",
        "mm",
        "cu",
        "f",
        "f90",
        "f95",
        "for",
        "S",
        "s",
        "inc",
        "ipp",
        "tpp",
        "def",
        "l",
        "y",
        "ll",
        "cppm",
        "ixx",
        "swift",
        "vala",
        "d",
    ]
)


def _step(lines: Sequence[str], index: int, report: Report) -> int:
    line = lines[index]
    if ": " in line:
        if head := _HEAD.match(line):
            if head["path"].rsplit(".", 1)[-1] in _SUFFIXES or head["level"] == "fatal error":
                return _read(lines, index, head, report)
        elif (link := _LINK.match(line)) and not re.match(r"cc1\w*: (?:all|some) warnings", line):
            return _read_link(lines, index, link["message"], report)
        elif undefined := _UNDEFINED.match(line):
            return _read_link(lines, index, undefined["message"] or line, report)
    if _CONTEXT.match(line) or _GENERATED.match(line):
        report.noise.add(index)
    return index + 1


def _read(lines: Sequence[str], start: int, head: re.Match[str], report: Report) -> int:
    """Read a diagnostic with its frame and its notes; return the index behind it."""
    is_error = "error" in head["level"]
    severity = Severity.ERROR if is_error else Severity.WARNING if head["level"] == "warning" else Severity.NOTE
    chosen, notes = [start], 0
    for before in range(start - 1, max(-1, start - 40), -1):  # what a template was instantiated from
        if not _CONTEXT.match(lines[before]):
            break
        if "required from here" in lines[before] and is_error:
            chosen.append(before)
    index = start + 1
    in_note = False
    while index < len(lines):
        line = lines[index]
        if (note := _HEAD.match(line)) and note["level"] == "note":
            notes += 1
            in_note = True
            if is_error and notes <= _MOST_NOTES and "candidate" not in note["message"]:
                chosen.append(index)
        elif note or _LINK.match(line) or not (_FRAME.match(line) or _leads_to_note(lines, index)):
            break
        elif is_error and not in_note and index == start + 1 and re.match(r"\s*\d+ \|", line):
            chosen.append(index)
        index += 1
    while index > start + 1 and not lines[index - 1].strip():
        index -= 1
    code = _CODE.search(head["message"])
    report.noise.update(range(start, index))
    place = location(head["path"], head["line"], head["column"])
    message = head["message"][: code.start()] if code else head["message"]
    report.diagnose(severity, message, chosen, code[1] if code else None, place)
    return index


def _leads_to_note(lines: Sequence[str], index: int) -> bool:
    """Return whether context lines ("In file included from") introduce a note, not the next diagnostic."""
    while index < len(lines) and _CONTEXT.match(lines[index]):
        index += 1
    head = _HEAD.match(lines[index]) if index < len(lines) else None
    return head is not None and head["level"] == "note"


def _read_link(lines: Sequence[str], index: int, message: str, report: Report) -> int:
    is_warning = "warning: " in message
    is_context = bool(re.search(r"in function [`'‘].*[`'’]:$", lines[index]))
    chosen = [index]
    if is_context and index + 1 < len(lines) and "undefined reference" in lines[index + 1]:
        chosen, message = [index, index + 1], lines[index + 1]
        index += 1
    elif re.search(r": in function [`'‘].*", message):
        message = message.rsplit(": ", 1)[-1]
    place = re.search(r"([^\s:(]+\.\w+):(\d+): ", lines[index])
    report.diagnose(
        Severity.WARNING if is_warning else Severity.ERROR,
        message,
        chosen,
        None,
        *([location(place[1], place[2])] if place else []),
    )
    return index + 1


PARSERS = (Compilers(),)
