"""What the reports of JavaScript's test runners have in common: stack frames, code frames, differences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from .model import Location
from .report import clip, location

FRAME: Final = re.compile(r"\s*(?:at|❯)\s+(?:.*?[(\s])?(?:file://)?([^\s()]+?):(\d+):(\d+)\)?")
POINTED: Final = re.compile(r"\s*>\s*\d+\s*\|")
CODE: Final = re.compile(r"\s*(?:>?\s*\d+\s*\||\|\s*[\^~ ]*$)")
FOREIGN: Final = re.compile(r"node_modules|node:|internal/|<anonymous>$|\.pnpm/|\.yarn/")
_MOST: Final = 12


def explanation(lines: Sequence[str], part: Iterable[int]) -> tuple[list[int], Location | None, str]:
    """Return the lines of a failure that explain it, the place in the user's own code, and the message."""
    told: list[int] = []
    pointed: list[int] = []
    own: int | None = None
    any_frame: int | None = None
    caller: int | None = None
    place: Location | None = None
    for index in part:
        line = lines[index]
        if not line.strip() or (not re.search(r"\w", line) and line.strip()[:1] not in "{}[]()+-"):
            continue
        if frame := FRAME.match(line):
            if own is None and not FOREIGN.search(line):
                own, place = index, location(frame[1], frame[2], frame[3])
            elif caller is None and place is not None and frame[1] != place.path and not FOREIGN.search(line):
                caller = index  # the test, where the error rose in what is tested
            any_frame = index if any_frame is None else any_frame
        elif POINTED.match(line):
            pointed.append(index)
        elif not CODE.match(line):
            told.append(index)
    message = lines[told[0]].strip() if told else ""
    frame_at = own if own is not None else any_frame
    chosen = [*clip(_tight(lines, told), _MOST - 4, 4), *pointed[:1]]
    chosen += [index for index in (frame_at, caller) if index is not None]
    return chosen, place, message


def _tight(lines: Sequence[str], told: list[int]) -> list[int]:
    """Leave out what is equal on both sides of a long difference."""
    changed = [index for index in told if re.match(r"\s*[-+] ", lines[index])]
    if not changed or len(told) <= _MOST:
        return told
    unchanged = [index for index in told if index < changed[0] and not re.match(r"\s*[\"'{}\[\]]", lines[index])]
    return [*unchanged, *changed]
