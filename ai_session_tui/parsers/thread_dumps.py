"""What debuggers and virtual machines print of a program's threads: gdb, lldb, jstack.

Invariant: a signal, a deadlock, and of every stack that is not like an earlier one the frames of the user's own code
are kept; a short dump is kept whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from .commands import is_reading, runs
from .model import Parsed, Severity
from .output import contains
from .report import Report, clip

_SHORT: Final = 10  # frames that are all kept
_OWN_FRAMES: Final = 6
_LOCALS: Final = 8  # lines of a frame's variables
_ALIKE: Final = 2  # stacks that have the same frames and are kept

_SIGNAL: Final = re.compile(r"(?:Program|Thread .*) (?:received|terminated with) signal (\w+), (.*)")
_STOPPED: Final = re.compile(r"\* thread .*stop reason = (.*)")
_WHERE: Final = re.compile(r"(?!#)\S.* at .*:\d+$")
_HEADING: Final = re.compile(r"Thread \d+ \(.*|\* thread #\d+.*|  thread #\d+.*")
_FRAME: Final = re.compile(r"(?:\s+(?:\* )?frame )?#\d+:? +(?P<what>.*)")
_FOREIGN: Final = re.compile(
    r" from /|\?\? \(| at (?:\./|\.\./|/usr/|/build/|/rustc/)|\bstd::_| in ___?\w|`(?:__|start_thread|clone)"
    r"|(?:libc|libpthread|libstdc\+\+|ld-linux\S*)\.so"
)
_ADDRESS: Final = re.compile(r"0x[0-9a-f]+|\b\d+\b")
_LOCAL: Final = re.compile(r"\s{4,}(?!No locals)\S")
_KEPT: Final = re.compile(
    r"(?:rip|pc|eip) .*|\d+\s+.*;.*|terminate called .*|  what\(\): .*|\$\d+ = .*|(?:Old|New) value = .*"
    r"|(?:Thread .* hit )?(?:Temporary |Hardware )?(?:Break|Watch|Catch)point \d+[,:] .*"
    r"|Value returned is .*|\* +\d+ .*"
)
_NOISE: Final = re.compile(
    r"\[Thread debugging.*|\[New Thread.*|\[Switching to.*|Using host libthread_db.*|warning: .*|Reading symbols.*"
    r"|No (?:locals|symbol table).*|[re]?[a-ds][a-z0-9]{1,2} +0x.*|\s*$"
)


@dataclass(slots=True)
class _Stack:
    """A thread's frames: for each the lines, its own first."""

    heading: list[int] = field(default_factory=list)
    frames: list[list[int]] = field(default_factory=list)


class Debugger:
    """Reads gdb and lldb."""

    name = "debugger"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        is_named = runs(command, "gdb", "lldb")
        if contains(lines, " received signal SIG", "terminated with signal SIG", "stop reason = signal"):
            return 0.98 if is_named else 0.9
        return 0.9 if is_named and contains(lines, "\n#0  ", "frame #0: ") else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        stacks: list[_Stack] = [_Stack()]
        for index, line in enumerate(lines):
            if found := _SIGNAL.match(line):
                where = [index + 1] if index + 1 < len(lines) and _WHERE.match(lines[index + 1]) else []
                report.diagnose(Severity.ERROR, found[2], [index, *where], found[1])
            elif found := _STOPPED.match(line):
                report.diagnose(Severity.ERROR, found[1], [index])
            elif _FRAME.match(line):
                if stacks[-1].frames and " #0" in f" {line.strip().removeprefix('* ').removeprefix('frame ')}"[:4]:
                    stacks.append(_Stack())
                stacks[-1].frames.append([index])
            elif _HEADING.match(line):
                stacks.append(_Stack([index]))
            elif stacks[-1].frames and _LOCAL.match(line):
                stacks[-1].frames[-1].append(index)
            elif _KEPT.match(line):
                report.keep.append(index)
            elif _NOISE.match(line):
                report.noise.add(index)
        _keep_stacks(lines, [stack for stack in stacks if stack.frames], report)
        if not (report.diagnostics or report.keep):
            return None
        return report.parsed(exit_code, exit_code not in (0, None) or bool(report.diagnostics) or None)


def _keep_stacks(lines: Sequence[str], stacks: list[_Stack], report: Report) -> None:
    is_short = sum(len(stack.frames) for stack in stacks) <= _SHORT
    seen: dict[tuple[str, ...], int] = {}
    for stack in stacks:
        own = [frame for frame in stack.frames if not _FOREIGN.search(lines[frame[0]])]
        kept = stack.frames if is_short else _clip_frames(own or stack.frames[:1])
        kind = tuple(_ADDRESS.sub("", lines[frame[0]]) for frame in kept)
        seen[kind] = seen.get(kind, 0) + 1
        report.noise.update(stack.heading, *stack.frames)
        if is_short or seen[kind] <= _ALIKE:
            report.keep += stack.heading
            for frame in kept:
                report.keep += clip(frame, _LOCALS, 2)


def _clip_frames(frames: list[list[int]]) -> list[list[int]]:
    """Return the first frames and the last, which is where a thread began."""
    return frames if len(frames) <= _OWN_FRAMES else [*frames[: _OWN_FRAMES - 1], frames[-1]]


_JAVA_THREAD: Final = re.compile(r'"(?P<name>[^"]+)".* (?:nid|tid)=0x.*')
_JAVA_STATE: Final = re.compile(r"\s+java\.lang\.Thread\.State: (?P<state>\w+).*")
_JAVA_FRAME: Final = re.compile(r"\s+at \S+\(.*\)")
_JAVA_LOCK: Final = re.compile(r"\s+- (?:waiting|locked|parking|eliminated).*")
_JAVA_FOREIGN: Final = re.compile(r"\s+at (?:[\w.@]+/)?(?:java|javax|jdk|sun|com\.sun)\.|\s+at \S+\(Unknown Source\)")
_DEADLOCK: Final = re.compile(r"Found (?:one|\d+) .*deadlock.*")
_DEADLOCK_LINES: Final = 24


class JavaThreads:
    """Reads what a Java machine prints of its threads."""

    name = "thread dump"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        signs = ("Full thread dump ", "Java-level deadlock")
        return 0.9 if contains(lines, *signs) and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        index, seen = 0, dict[tuple[str, ...], int]()
        while index < len(lines):
            line = lines[index]
            if _DEADLOCK.match(line):
                index = _read_deadlock(lines, index, report)
            elif _JAVA_THREAD.match(line):
                index = _read_thread(lines, index, report, seen)
            else:
                index += 1
        return report.parsed(exit_code, report.has(Severity.ERROR) or None) if report.noise else None


def _read_thread(lines: Sequence[str], start: int, report: Report, seen: dict[tuple[str, ...], int]) -> int:
    stop = start + 1
    while stop < len(lines) and lines[stop].strip() and not _JAVA_THREAD.match(lines[stop]):
        stop += 1
    own = [i for i in range(start, stop) if _JAVA_FRAME.match(lines[i]) and not _JAVA_FOREIGN.match(lines[i])]
    report.noise.update(range(start, stop))
    kind = tuple(lines[i] for i in own)
    seen[kind] = seen.get(kind, 0) + 1
    if own and seen[kind] <= _ALIKE:
        state = [i for i in range(start, stop) if _JAVA_STATE.match(lines[i])]
        locks = [i for i in range(start, stop) if _JAVA_LOCK.match(lines[i])]
        report.keep += [start, *state, *clip(own, _OWN_FRAMES - 1, 1), *locks[:2]]
    return stop


def _read_deadlock(lines: Sequence[str], start: int, report: Report) -> int:
    """Read who waits for whom; where the threads stand follows below in the same form, and ends like a stack."""
    stop = start + 1
    while stop < len(lines) and not _DEADLOCK.match(lines[stop]) and not _JAVA_THREAD.match(lines[stop]):
        stop += 1
    told = [i for i in range(start, stop) if lines[i].strip() and not _JAVA_FOREIGN.match(lines[i])]
    told = [i for i in told if not set(lines[i]) <= {"="}]
    report.noise.update(range(start, stop))
    if len(told) > 1:
        report.keep += told[1:_DEADLOCK_LINES]
    report.diagnose(Severity.ERROR, lines[start], [start])
    return stop


PARSERS = (Debugger(), JavaThreads())
