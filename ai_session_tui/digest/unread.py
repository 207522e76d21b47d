"""What stands before, between and behind what parsers read: another program's output, treated as if it stood alone.

`grep -rn TODO .; ./deploy.sh` is a search, and then something that nobody has a parser for. Invariant: a part without
trouble costs a few lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ai_session_tui.parsers.model import Parsed
from ai_session_tui.parsers.registry import unread

from .general import General
from .lines import Lines
from .salience import ERROR
from .selection import Budget, Rank, Selection

_CALM_ROOM: Final = 60  # tokens for a part without trouble
_ROOM: Final = 520
_A_ROOT: Final = 16  # tokens for the root of each token of the part


def select_unread(
    parsed: Sequence[Parsed], lines: Lines, selection: Selection, is_failure: bool, count: Callable[[str], int]
) -> None:
    """Choose lines of the parts that no parser speaks about."""
    for part in _parts(parsed, lines):
        own = Lines(lines[part.start : part.stop])
        general = General(own, is_failure)
        room = min(_ROOM, int(_A_ROOT * math.sqrt(count("\n".join(own.texts)))))
        found = Selection()
        general.choose(found, Budget(room if general.trouble >= ERROR else min(room, _CALM_ROOM), count))
        selection.choose((index + part.start for index in found.chosen), Rank.GENERAL)
        for index, texts in found.notes.items():
            for text in texts:
                selection.note(index + part.start, text)


def _parts(parsed: Sequence[Parsed], lines: Lines) -> Iterator[range]:
    return (part for part in unread(parsed, len(lines)) if any(line.strip() for line in lines[part.start : part.stop]))
