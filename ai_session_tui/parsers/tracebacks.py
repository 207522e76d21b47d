"""Tracebacks of programs that died: Python, Node, Java, Rust, Go, Ruby, PHP, .NET; crashes that the shell tells of.

Invariant: a traceback keeps its message, where it was raised and where in the user's own code it came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Location, Parsed, Severity
from .output import contains
from .report import Report, clip, location

_PYTHON: Final = re.compile(
    r"(?P<in>[\s|+-]*)Traceback \(most recent call last\):$"
    r"|(?P<group>\s*\+ Exception Group Traceback \(most recent call last\):)$"
)
_PYTHON_FRAME: Final = re.compile(r'[\s|]*File "(.+?)", line (\d+)(?:, in (.+))?')
_CHAINED: Final = re.compile(r"\s*(?:During handling of the above|The above exception was the direct)")
_LIBRARY: Final = re.compile(
    r"site-packages|dist-packages|/lib/python|<frozen|node_modules|node:|\(internal|/rustc/|/\.cargo/registry"
)
_NODE_FRAME: Final = re.compile(
    r"\s+at (?:.*\()?(?:file://)?([^()\s]+):(\d+):(\d+)\)?|\s+at .*\((?:native|<anonymous>)\)"
    r"|\s+at (?:async )?\S+"
)
_NODE_ERROR: Final = re.compile(
    r"(?:Uncaught |Unhandled )?(?:\w+ )?\[?[\w$.]*(?:Error|Exception)(?: \[\w+\])?(?:: .*|\]?$)|throw .*"
)
_JAVA: Final = re.compile(
    r'(?!\s+java\.lang\.Thread\.State:)(?:Exception in thread ".*?" |.*?)?'
    r"((?:[a-z_]\w*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable)?)(?:: (.*))?$"
)
_JAVA_FRAME: Final = re.compile(r"\s+at [\w.$/<>@-]+\((?:(\S+\.\w+):(\d+)|Native Method|Unknown Source|.*)\)")
_JAVA_CAUSE: Final = re.compile(r"\s*(?:Caused by|Suppressed): (.*)")
_JAVA_OWN: Final = re.compile(
    r"\s+at (?:[\w.]+/)?(?!java\.|javax\.|jdk\.|sun\.|org\.springframework|org\.apache|io\.netty|org\.eclipse"
    r"|com\.sun|org\.hibernate|reactor\.)"
)
_RUST: Final = re.compile(r"\s*thread '(.*?)'(?: \(\d+\))? panicked at (?:'(.*)', )?(.+?):(\d+):(\d+):?$")
_RUST_FRAME: Final = re.compile(r"\s+\d+: (.*)|\s+at (.+?):(\d+)(?::\d+)?$")
_GO: Final = re.compile(r"(?:panic|fatal error): (.*)")
_GO_FRAME: Final = re.compile(
    r"goroutine \d+|\s+\S+\.go:(\d+)|[\w./*()\[\]]+\(.*\)$|created by |\[signal |\s*$|exit status \d+"
)
_SHELL: Final = re.compile(
    r"(?:\S+: )?(?:line \d+: +)?(?:\d+ )?(?:Segmentation fault|Aborted|Bus error|Illegal instruction"
    r"|Floating point exception|Killed)(?: +\(core dumped\))?(?: .*)?$"
)
_NODE_MESSAGE: Final = re.compile(r"(?:Uncaught )?[A-Z]\w*Error(?: \[\w+\])?: \S")
_AT: Final = re.compile(r"    at \S")
_LONG_MESSAGE: Final = 16  # lines between the beginning of a message and the first frame
_DEATH: Final = re.compile(r"fault|Aborted|error|instruction|exception|Killed")
_MOST_FRAMES: Final = 3
_NOTE_LINES: Final = 12  # of notes that were added to an exception


class Tracebacks:
    """Reads tracebacks wherever they stand."""

    name = "traceback"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        signs = (
            "Traceback (most recent call last)",
            "\n    at ",
            "\n\tat ",
            "\n        at ",
            " panicked at ",
            "\npanic: ",
            "goroutine ",
            "core dumped",
            "Segmentation fault",
        )
        return 0.7 if contains(lines, *signs) and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        index = 0
        while index < len(lines):
            index = _step(lines, index, report)
        if not report.diagnostics:
            return None
        # A program may catch, print and go on: only its exit code tells whether it failed.
        return report.parsed(exit_code, exit_code not in (0, None) or None)


def _step(lines: Sequence[str], index: int, report: Report) -> int:
    line = lines[index]
    if "Traceback (" in line and _PYTHON.match(line):
        return _read_python(lines, index, report)
    if " panicked at " in line and (panic := _RUST.match(line)):
        return _read_rust(lines, index, panic, report)
    if line.startswith(("panic: ", "fatal error: ")) and contains(lines, "goroutine "):
        return _read_go(lines, index, report)
    following = lines[index + 1] if index + 1 < len(lines) else ""
    heads = (following,) if index else (line, following)  # a server caught a panic, or `| tail` left its frames
    if any(head.startswith("goroutine ") and head.endswith(" [running]:") for head in heads):
        return _read_go(lines, index, report)
    if "Error" in line and not following.strip() and _NODE_MESSAGE.match(line):
        frame = next((i for i in range(index + 2, min(index + _LONG_MESSAGE, len(lines))) if _AT.match(lines[i])), None)
        if frame is not None:
            return _read_node(lines, index, report, frame)
    if not following.lstrip().startswith("at "):
        if _DEATH.search(line) and _SHELL.match(line):
            report.diagnose(Severity.ERROR, line, (index,))
        return index + 1
    if _JAVA_FRAME.match(following) and _JAVA.match(line):
        return _read_java(lines, index, report)
    if (
        line
        and _NODE_FRAME.match(following)
        and re.match(r"\s+at ", following)
        and (_NODE_ERROR.match(line.lstrip()) or re.search(r"\w: ", line))
    ):
        return _read_node(lines, index, report)
    return index + 1


def _read_python(lines: Sequence[str], start: int, report: Report) -> int:
    """Read one traceback to its last line; chained ones follow as diagnostics of their own."""
    index, frames, message_at = start + 1, [], -1
    margin = re.match(r"[\s|+]*", lines[start])
    indent = len(margin[0]) if margin else 0
    while index < len(lines):
        line = lines[index]
        if frame := _PYTHON_FRAME.match(line):
            frames.append((index, frame))
        elif (
            line.strip(" |+-")
            and len(line) - len(line[indent:].lstrip()) <= indent
            and not re.match(r"[\s|]*\[Previous line repeated|  ", line[indent:])
        ):
            message_at = index
            break
        index += 1
    if message_at < 0:
        return start + 1
    index = message_at + 1
    while index < len(lines) and lines[index].strip() and (_is_note(lines, index, indent)):
        index += 1
    index = _notes_end(lines, index, indent)
    own = [pair for pair in frames if not _LIBRARY.search(pair[1][1])] or frames[-1:]
    shown = [*own[-1:], *own[:1], *frames[-1:], *own[-_MOST_FRAMES + 1 : -1]]  # where it happened comes first
    lines_shown = [
        i for at, _ in shown for i in (at, at + 1) if i < message_at and not re.match(r"[\s|]*[\^~]+$", lines[i])
    ]
    place = location(own[-1][1][1], own[-1][1][2]) if own else None
    notes = clip(range(message_at + 1, index), _NOTE_LINES, 2)
    chosen = dict.fromkeys([message_at, *notes[:1], *lines_shown, *notes])
    report.noise.update(range(start, index))
    report.diagnose(Severity.ERROR, lines[message_at].strip(" |"), chosen, None, *([place] if place else []))
    while index < len(lines) and (not lines[index].strip() or _CHAINED.match(lines[index])):
        if _CHAINED.match(lines[index]):
            report.noise.add(index)
        index += 1
    return index


def _is_note(lines: Sequence[str], index: int, indent: int) -> bool:
    """Return whether a line continues an exception's message."""
    line = lines[index]
    return line[indent:].startswith((" ", "\t", "[", "(")) and not _PYTHON_FRAME.match(line) and "Traceback" not in line


def _notes_end(lines: Sequence[str], start: int, indent: int) -> int:
    """Return where the notes that were added to an exception end: they stand below it, as far left as its message.

    Only a group's margin, the words that chain two tracebacks, and the end of all tell them from what is printed next.
    """
    stop = start
    while stop < min(start + _NOTE_LINES, len(lines)) and lines[stop][indent:].strip() and "+-" not in lines[stop]:
        stop += 1
    if not any(line.strip() for line in lines[stop:]):  # the program died of it: what follows is of its message
        return stop
    is_in_group = start < len(lines) and "|" in lines[start][:indent]
    is_chained = any(_CHAINED.match(line.lstrip(" |")) for line in lines[stop : stop + 2])
    return stop if is_in_group or is_chained else start


def _read_node(lines: Sequence[str], start: int, report: Report, first: int = 0) -> int:
    """Read an error and its frames, of which the first may be known; above it may stand the throwing line."""
    stop = first or start + 1
    message = [index for index in range(start + 1, stop) if lines[index].strip()]
    while stop < len(lines) and re.match(r"\s+at |\s+\.\.\. \d+ lines matching", lines[stop]):
        stop += 1
    frames = [i for i in range(start + 1, stop) if _NODE_FRAME.match(lines[i])]
    own = [i for i in frames if not _LIBRARY.search(lines[i])]
    report.noise.update(range(start, stop))
    before: list[int] = []
    for index in range(start - 1, max(-1, start - 6), -1):
        if found := re.match(r"(?:file://)?(\S+):(\d+)$", lines[index]):
            before = [i for i in range(index, start) if lines[i].strip() and not re.match(r"\s*\^+", lines[i])]
            break
    place: Location | None = None
    if own and (found := _NODE_FRAME.match(lines[own[0]])) and found[1]:
        place = location(found[1], found[2], found[3])
    if stop < len(lines) and lines[stop - 1].endswith("{"):
        end = next((i for i in range(stop, min(stop + 30, len(lines))) if lines[i].startswith("}")), stop)
        before += clip(
            [
                i
                for i in range(stop, end)
                if re.search(r"\b(?:code|errno|syscall|path|message|address|port|cause)\b", lines[i])
            ],
            6,
            0,
        )
        report.noise.update(range(stop, end + 1))
        stop = end + 1
    report.diagnose(
        Severity.ERROR,
        lines[start],
        [start, *clip(message, 4, 0), *clip(own or frames[:1], 2, 1), *before],
        None,
        *([place] if place else []),
    )
    return stop


def _read_java(lines: Sequence[str], start: int, report: Report) -> int:
    stop, heads = start + 1, [start]
    while stop < len(lines) and (
        re.match(r"\s+at |\s+\.\.\. \d+ (?:more|common)", lines[stop]) or _JAVA_CAUSE.match(lines[stop])
    ):
        if _JAVA_CAUSE.match(lines[stop]):
            heads.append(stop)
        stop += 1
    chosen: list[int] = []
    place: Location | None = None
    for position, head in enumerate(heads):
        end = heads[position + 1] if position + 1 < len(heads) else stop
        frames = [i for i in range(head + 1, end) if _JAVA_FRAME.match(lines[i])]
        own = [i for i in frames if _JAVA_OWN.match(lines[i])] or frames[:1]
        chosen += [head, *own[:2]]
        if own and (found := _JAVA_FRAME.match(lines[own[0]])) and found[1]:
            place = location(found[1], found[2])
    report.noise.update(range(start, stop))
    report.diagnose(
        Severity.ERROR,
        lines[heads[-1]].strip(),
        dict.fromkeys([start, heads[-1], *chosen]),
        None,
        *([place] if place else []),
    )
    return stop


def _read_rust(lines: Sequence[str], start: int, panic: re.Match[str], report: Report) -> int:
    stop = start + 1
    ends = ("stack backtrace", "note: ", "thread '")
    while stop < len(lines) and lines[stop].strip() and not lines[stop].lstrip().startswith(ends):
        stop += 1
    told = clip(range(start + 1, stop), 6, 2)
    message = panic[2] or (lines[start + 1] if start + 1 < stop else "")
    own: list[int] = []
    trace = stop + (stop < len(lines) and not lines[stop].strip())  # behind a message that ends with an empty line
    if trace < len(lines) and lines[trace].lstrip().startswith("stack backtrace"):
        first = stop = trace
        while stop < len(lines) and (stop == first or _RUST_FRAME.match(lines[stop])):
            stop += 1
        places = [i for i in range(first, stop) if re.match(r"\s+at ", lines[i]) and not _LIBRARY.search(lines[i])]
        own = [i for place in places[:3] for i in (place - 1, place)]
    while stop < len(lines) and lines[stop].lstrip().startswith("note: "):
        stop += 1
    report.noise.update(range(start, stop))
    report.diagnose(Severity.ERROR, message, [start, *told, *own], "panic", location(panic[3], panic[4], panic[5]))
    return stop


def _read_go(lines: Sequence[str], start: int, report: Report) -> int:
    stop = start + 1
    while stop < len(lines) and _GO_FRAME.match(lines[stop]):
        stop += 1
    places = [
        i
        for i in range(start, stop)
        if re.match(r"\s+\S+\.go:\d+", lines[i])
        and not re.search(r"/go-?[\d.]*/src/|/libexec/src/|/pkg/mod/", lines[i])
    ]
    own = [i for place in places[:3] for i in (place - 1, place)]
    first = [i for i in range(start, stop) if lines[i].startswith(("goroutine ", "[signal"))][:2]
    first += [i for i in range(max(0, start - 2), start) if lines[i].startswith("runtime: ")]
    found = re.match(r"\s+(\S+\.go):(\d+)", lines[places[0]]) if places else None
    report.noise.update(range(start, stop))
    report.diagnose(
        Severity.ERROR,
        lines[start],
        dict.fromkeys([start, *first, *own]),
        "panic",
        *([location(found[1], found[2])] if found else []),
    )
    return stop


PARSERS = (Tracebacks(),)
