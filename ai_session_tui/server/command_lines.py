"""Where in a scrollback commands were typed: above the line at which their output began, which the screen remembers.

Invariant: a line is told only if the command's own text stands there; a program may have drawn over it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ai_session_tui.store import CommandRow
from ai_session_tui.terminal import Row, Terminal
from ai_session_tui.terminal.widths import text_width

_MOST_ROWS = 200  # of a command of several lines
_MORE_ROWS = 2  # beyond what its text needs: for a prompt in front of it


def lines_of_commands(terminal: Terminal, commands: Iterable[CommandRow]) -> list[tuple[int, int]]:
    """Return the number of the line at which each command was typed, and the command's, as far as both are known."""
    anchors = terminal.anchors()
    found = []
    for command in commands:
        output = anchors.get(command.mark_offset) if command.mark_offset is not None else None
        line = None if output is None else _typed_at(terminal, output, command.text)
        if line is not None:
            found.append((line, command.number))
    return found


def _typed_at(terminal: Terminal, output: int, text: str) -> int | None:
    """Return the first row of the line in which a command's text begins, above the row where its output does.

    Line editors wrap by themselves, so rows are joined whether or not the terminal wrapped them; blanks do not count.
    """
    lines = text.strip().split("\n")
    wanted = _squeezed(lines[0])
    if not wanted:
        return None
    rows = _MOST_ROWS if len(lines) > 1 else text_width(lines[0]) // terminal.columns + 1 + _MORE_ROWS
    above = ""
    for number in range(output - 1, max(terminal.dropped, output - rows) - 1, -1):
        above = _squeezed(_row(terminal, number).text) + above
        if wanted in above:
            while number > terminal.dropped and _row(terminal, number - 1).wrapped:
                number -= 1
            return number
    return None


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _row(terminal: Terminal, number: int) -> Row:
    at = number - terminal.dropped
    return terminal.history_row(at) if at < terminal.history_length else terminal.row(at - terminal.history_length)
