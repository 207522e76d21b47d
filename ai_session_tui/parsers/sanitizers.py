"""Sanitizers and valgrind: what was done wrong, the first frames of the user's code, who allocated the memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Parsed, Severity
from .output import contains
from .report import Report, location

_HEAD: Final = re.compile(r"=*\s*(?:==\d+==)?\s*(?:ERROR|WARNING): (?P<tool>\w+Sanitizer): (?P<message>.*)")
_RUNTIME: Final = re.compile(r"(?P<path>\S+?):(?P<line>\d+):(?P<column>\d+): runtime error: (?P<message>.*)")
_FRAME: Final = re.compile(r"\s+#\d+ .*|==\d+==    (?:at|by) 0x.*")
_FRAME_PLACE: Final = re.compile(
    r"\s+#\d+ .*? ([^\s()]+?):(\d+)(?::(\d+))?(?: \(.*)?$|==\d+==    (?:at|by) 0x\S+: .*\((\S+):(\d+)\)$"
)
_PART: Final = re.compile(
    r"\S.* (?:allocated by|freed by|previously allocated|is located|Previous|by thread|of size|thread T\d+).*"
    r"|\s+(?:Write|Read|Previous|Location is|Mutex|Thread|Cycle|Uninitialized value was|As if).*"
    r"|(?:Direct|Indirect) leak of .*|.* <== .*|==\d+==  ?(?!HEAP|All heap|For |Use |Rerun)(?:[A-Z]|followed by ).*"
)
_FOREIGN: Final = re.compile(
    r"libc|lib[alt]?san|ubsan|sanitizer_|interceptor|/usr/lib|\b_start\b|<null>|sysdeps|/c\+\+/\d|libstdc\+\+"
    r"|0x[0-9A-F]+: (?:(?:void )?std::|__|start_thread|clone)|\((?:in |vg_replace)| in \?\?|vgpreload|\?\?\?"
)
_MAIN_PARTS: Final = 3  # parts whose frames are told, and not only the first
_FRAMES: Final = 3
_PARTS: Final = 14  # lines of a report that are told
_SUMMARY: Final = re.compile(
    r"SUMMARY: \w+Sanitizer: .*|==\d+== ERROR SUMMARY: .*|==\d+==\s+(?:definitely|indirectly"
    r"|possibly) lost: (?!0 bytes).*"
)
_VALGRIND: Final = re.compile(
    r"==\d+== (Invalid (?:read|write|free).*|Use of uninit.*|Conditional jump.*|.* definitely lost.*"
    r"|Possible data race.*|Conflicting (?:load|store).*|Thread #\d+(?: unlocked|: lock order).*"
    r"|Process terminating.*|Syscall param.*|Mismatched free.*)"
)
_NOISE: Final = re.compile(
    r"\s*=>?0x[0-9a-f]+:.*|\s+0x[0-9a-f]+: .*|Shadow bytes.*|\s+(?:Addressable|Partially|Heap|Stack|Global"
    r"|Freed|Poisoned|Container|Array|Intra|ASan|Left|Right|Shadow).*|==\d+==.*|=+$|\s*$"
)


class Sanitizers:
    """Reads the reports of ASan, UBSan, TSan, LSan, MSan and of valgrind."""

    name = "sanitizer"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        signs = ("Sanitizer: ", ": runtime error: ", "== ERROR SUMMARY: ", "== Memcheck")
        return 0.9 if contains(lines, *signs) and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        index = 0
        while index < len(lines):
            line = lines[index]
            head = _HEAD.match(line) or _RUNTIME.match(line) or _VALGRIND.match(line)
            if head:
                index = _read(lines, index, head, report)
                continue
            if _SUMMARY.match(line):
                report.summary.append(index)
            elif report.diagnostics and _NOISE.match(line):
                report.noise.add(index)
            index += 1
        has_errors = bool(report.diagnostics)
        return report.parsed(exit_code, has_errors) if report.summary or has_errors else None


def _read(lines: Sequence[str], start: int, head: re.Match[str], report: Report) -> int:
    values = head.groupdict()
    places = [location(values["path"], values["line"], values["column"])] if values.get("path") else []
    parts: list[list[int]] = [[start]]  # the head, and whatever tells of another thread, of memory, of a lock
    stop = start + 1
    while stop < len(lines) and not _ends(lines[stop]):
        line = lines[stop]
        if _FRAME.match(line):
            if len(parts[-1]) <= (_FRAMES if len(parts) < _MAIN_PARTS else 1) and not _FOREIGN.search(line):
                parts[-1].append(stop)
                found = _FRAME_PLACE.match(line)
                if found and not places:
                    places.append(location(found[1] or found[4], found[2] or found[5], found[3]))
        elif _PART.match(line):
            parts.append([stop])
        elif line.strip() and not line.startswith("  ") and not _NOISE.match(line):
            break
        stop += 1
    chosen = _most_telling(parts)
    report.noise.update(range(start, stop))
    report.diagnose(Severity.ERROR, values.get("message") or head[1], chosen, values.get("tool"), *places)
    return stop


def _ends(line: str) -> bool:
    """Return whether a report ends above a line."""
    return bool(
        _SUMMARY.match(line)
        or _HEAD.match(line)
        or _RUNTIME.match(line)
        or _VALGRIND.match(line)
        or line.startswith(("Shadow bytes", "====="))
    )


def _most_telling(parts: list[list[int]]) -> list[int]:
    """Return the lines that tell most, the best first: the head, in each part the first of the user's own frames."""
    first = [*parts[0][:1], *(index for part in parts for index in part[1:2])]
    headings = [part[0] for part in parts[1:]]
    others = [index for part in parts for index in part[2:]]
    return list(dict.fromkeys([*first, *headings, *others]))[:_PARTS]


PARSERS = (Sanitizers(),)
