"""Stacks of Python threads that were dumped while they ran: pytest-timeout, faulthandler, py-spy.

Invariant: of every thread its name and its innermost frames in the user's own code are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .commands import is_reading
from .model import Parsed
from .output import contains
from .report import Report, location

_CAUSE: Final = re.compile(r".*\+{3,} Timeout \+{3,}|Fatal Python error: .*|Timeout \(.*\)!|Process \d+: .*")
_THREAD: Final = re.compile(
    r"~+ Stack of (.*?) \(\d+\) ~+|(?:Current thread"
    r"|Thread) (\S+).*\(most recent call first\):|Thread \S+ \(.*\).*: \"(.*)\""
)
_FRAME: Final = re.compile(r'\s+File "(.+?)", line (\d+)(?: in |, in )')
_LIBRARY: Final = re.compile(r"site-packages|dist-packages|/lib/python|<frozen|<string>")
_SHOWN: Final = 2  # frames of a thread


class PythonDumps:
    """Reads dumps of threads."""

    name = "stack dump"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        signs = ("+++ Timeout +++", "Fatal Python error: ", "(most recent call first):")
        return 0.98 if contains(lines, *signs) and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        causes = [index for index, line in enumerate(lines) if _CAUSE.match(line)]
        threads = [index for index, line in enumerate(lines) if _THREAD.match(line)]
        for thread, stop in pairwise([*threads, len(lines)]):
            self._read(lines, range(thread, stop), report)
        if not threads:
            return None
        report.keep += [causes[0], causes[-1]] if causes else []
        return report.parsed(exit_code, bool(causes) or exit_code not in (0, None))

    def _read(self, lines: Sequence[str], part: range, report: Report) -> None:
        found = _THREAD.match(lines[part[0]])
        frames: list[int] = []
        end = part[0] + 1
        while end < part.stop and (_FRAME.match(lines[end]) or lines[end].startswith("    ")):
            if _FRAME.match(lines[end]):
                frames.append(end)
            end += 1
        is_newest_first = "most recent call first" in lines[part[0]]
        own = [index for index in frames if not _LIBRARY.search(lines[index])] or frames
        shown = own[:_SHOWN] if is_newest_first else own[-_SHOWN:]
        code = [index + 1 for index in shown if index + 1 < end and not _FRAME.match(lines[index + 1])]
        name = next((word for word in found.groups() if word), "thread") if found else "thread"
        frame = _FRAME.match(lines[shown[0 if is_newest_first else -1]]) if shown else None
        report.noise.update(range(part[0], end))
        message = lines[shown[-1]].strip() if shown else ""
        report.fail(name, message, sorted([part[0], *shown, *code]), location(frame[1], frame[2]) if frame else None)


PARSERS = (PythonDumps(),)
