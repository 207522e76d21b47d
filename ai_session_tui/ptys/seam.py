"""What the server asks of a terminal, whatever the system.

How bytes arrive is the one difference that cannot be hidden: a `PosixTerminal` has a descriptor to read from, a
`WindowsTerminal` calls back from a thread of its own. Invariant: nothing here waits for the program.
"""

from __future__ import annotations

from typing import Protocol


class Terminal(Protocol):
    """One PTY and the program that was started on it."""

    @property
    def pid(self) -> int:
        """The program that was started on the terminal."""

    def write(self, data: bytes) -> int:
        """Type bytes; return how many were taken (0: try again later). Raises OSError when nobody is there."""

    def resize(self, columns: int, rows: int) -> None:
        """Change the size in cells; the foreground program hears of it."""

    def foreground(self) -> int | None:
        """Return the id of the process group in the foreground, or None when nobody can tell."""

    def reads_lines(self) -> bool:
        """Return whether the terminal collects and echoes what is typed until a line is complete."""

    def hides_typing(self) -> bool:
        """Return whether the terminal collects a line without showing it, as for a password."""

    def takes_keys(self) -> bool:
        """Return whether the program is sent every key at once."""

    def has_unread(self) -> bool:
        """Return whether there is output that nobody has read."""

    def interrupt(self) -> None:
        """Interrupt the program in the foreground, whatever it does with the key ^C where that is possible."""

    def close(self) -> None:
        """Give up our side of the terminal; more than once is fine."""
