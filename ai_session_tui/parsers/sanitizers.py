"""Sanitizers and valgrind: what was done wrong, the first frames of the user's code, who allocated the memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Parsed, Severity
from .output import contains
from .report import Report, location
from .rules import Role, RuleParser, rule

_HEAD: Final = re.compile(r"=*\s*(?:==\d+==)?\s*(?:ERROR|WARNING): (?P<tool>\w+Sanitizer): (?P<message>.*)")
_RUNTIME: Final = re.compile(r"(?P<path>\S+?):(?P<line>\d+):(?P<column>\d+): runtime error: (?P<message>.*)")
_FRAME: Final = re.compile(r"\s+#(\d+) .*")
_FRAME_PLACE: Final = re.compile(r"\s+#\d+ .*? ([^\s()]+?):(\d+)(?::(\d+))?$")
_PART: Final = re.compile(
    r"\S.* (?:allocated by|freed by|previously allocated|is located|Previous|by thread|of size|thread T\d+).*"
    r"|\s+(?:Write|Read|Previous write|Previous read|Location is|Mutex|Thread).*|(?:Direct|Indirect) leak of .*"
)
_FOREIGN: Final = re.compile(r"libc|lib[alt]?san|ubsan|sanitizer_|interceptor|/usr/lib|\b_start\b")
_SUMMARY: Final = re.compile(
    r"SUMMARY: \w+Sanitizer: .*|==\d+== ERROR SUMMARY: .*|==\d+==\s+(?:definitely|indirectly"
    r"|possibly) lost: (?!0 bytes).*"
)
_VALGRIND: Final = re.compile(
    r"==\d+== (Invalid (?:read|write|free).*|Use of uninit.*|Conditional jump.*|.* definitely lost.*"
    r"|Possible data race.*|Thread #\d+(?: unlocked|: lock order).*"
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
    chosen, frames = [start], 0
    places = [location(values["path"], values["line"], values["column"])] if values.get("path") else []
    stop = start + 1
    while stop < len(lines):
        line = lines[stop]
        if (
            _SUMMARY.match(line)
            or _HEAD.match(line)
            or _RUNTIME.match(line)
            or _VALGRIND.match(line)
            or line.startswith("Shadow bytes")
        ):
            break
        if _FRAME.match(line) or re.match(r"==\d+==    (?:at|by) 0x", line):
            found = _FRAME_PLACE.match(line)
            if frames < 3 and not _FOREIGN.search(line):
                chosen.append(stop)
                frames += 1
                if found and not places:
                    places.append(location(found[1], found[2], found[3]))
        elif _PART.match(line):
            chosen.append(stop)
            frames = 2  # one frame of each further part: who freed it, who allocated it, the other thread
        elif line.strip() and not _NOISE.match(line):
            break
        stop += 1
    report.noise.update(range(start, stop))
    report.diagnose(Severity.ERROR, values.get("message") or head[1], chosen[:14], values.get("tool"), *places)
    return stop


_DEBUGGER: Final = RuleParser(
    "debugger",
    ("gdb", "lldb"),
    ("Program received signal", "Program terminated with signal", "stop reason = signal"),
    (
        rule(
            Role.ERROR,
            r"(?:Program|Thread .*) (?:received|terminated with) signal (?P<code>\w+), (?P<message>.*)",
            r"(?!#)\S.* at .*:\d+$",
        ),
        rule(Role.ERROR, r"\* thread .*stop reason = (?P<message>.*)"),
        rule(Role.KEEP, r"#\d+ +.*", r"\s{4,}(?!No locals)\S.*"),
        rule(Role.KEEP, r"\s+(?:\* )?frame #\d+: .*|(?:rip|pc|eip) .*|\d+\s+.*;.*"),
        rule(
            Role.NOISE,
            r"\[Thread debugging.*|Using host libthread_db.*|warning: .*|Reading symbols.*|No locals\..*"
            r"|[re]?[a-ds][a-z0-9]{1,2} +0x.*|\s*$",
        ),
    ),
    confidence=0.9,
)

PARSERS = (Sanitizers(), _DEBUGGER)
