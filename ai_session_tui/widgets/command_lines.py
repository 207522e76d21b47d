"""At which lines of a scrollback the commands were typed, found by their text: a prompt's line ends in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The line of the scrollback at which a command was typed."""

    line: int
    command: int


def align(lines: Sequence[tuple[int, str]], commands: Sequence[tuple[int, str]]) -> list[CommandLine]:
    """Return at which line each command was typed, as far as that can be seen.

    `lines` are (number, text) of lines that may end in the text of some command, `commands` (number, text), both in
    order. As many as possible are matched in order (the longest common subsequence), the newest first, so a line that
    only looks like a command's, or a command whose line is gone, is passed over."""
    best = [[0] * (len(commands) + 1) for _ in range(len(lines) + 1)]
    for i, (_, text) in enumerate(lines, 1):
        row, above = best[i], best[i - 1]
        for j, (_, command) in enumerate(commands, 1):
            skipped = max(above[j], row[j - 1])
            row[j] = max(skipped, above[j - 1] + 1) if _is_line_of(text, command) else skipped
    found: list[CommandLine] = []
    i, j = len(lines), len(commands)
    while i and j:
        if _is_line_of(lines[i - 1][1], commands[j - 1][1]) and best[i][j] == best[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
            found.append(CommandLine(lines[i][0], commands[j][0]))
        elif best[i - 1][j] >= best[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def first_line(command: str) -> str:
    """Return what of a command stands on the line of its prompt."""
    return command.strip().split("\n")[0].rstrip()


def _is_line_of(text: str, command: str) -> bool:
    first = first_line(command)
    return bool(first) and text.rstrip().endswith(first)
