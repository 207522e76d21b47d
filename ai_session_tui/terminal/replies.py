"""Answers to what programs ask their terminal: who are you, where is the cursor, which modes, which colours.

Invariant: a reply holds nothing that the program could have made up, except numbers in range and colours; so no
program can type at the shell through us (titles are never reported).
Source: xterm's ctlseqs, DEC STD 070, kitty's keyboard protocol.
"""

from __future__ import annotations

from pyte import modes as mo

from ai_session_tui.version import VERSION

from .modal import ALTERNATE, KNOWN_ANSI, KNOWN_PRIVATE, ModalScreen
from .styles import sgr

MAX_REPLIES = 64 * 1024  # bytes nobody has taken yet; more is dropped
CELL_WIDTH, CELL_HEIGHT = 10, 20  # pixels; nominal, as the real font is the viewer's


class AnsweringScreen(ModalScreen):
    """The modal screen that answers."""

    replies: bytearray
    titles: list[str]  # pushed by XTWINOPS 22

    def write_process_input(self, data: str) -> None:
        """Queue a reply."""
        if len(self.replies) + len(data) <= MAX_REPLIES:
            self.replies += data.encode("ascii", "replace")

    def report_device_attributes(self, mode: int = 0, *_: int, **__: object) -> None:
        """Say: a VT220 with colours (DA1)."""
        if mode == 0:
            self.write_process_input("\x1b[?62;22c")

    def report_secondary_attributes(self, mode: int = 0, *_: int) -> None:
        """Say: no particular hardware (DA2)."""
        if mode == 0:
            self.write_process_input("\x1b[>1;10;0c")

    def report_tertiary_attributes(self, mode: int = 0, *_: int) -> None:
        """Say: no serial number (DA3)."""
        if mode == 0:
            self.write_process_input("\x1bP!|00000000\x1b\\")

    def report_version(self, mode: int = 0, *_: int) -> None:
        """Say our name and version (XTVERSION)."""
        if mode == 0:
            self.write_process_input(f"\x1bP>|ai-session {VERSION}\x1b\\")

    def report_device_status(self, mode: int = 0, *_: int, **__: object) -> None:
        """Answer DSR 5 and CPR."""
        cursor = self.cursor
        pending, cursor.x = cursor.x, min(cursor.x, self.columns - 1)
        if mo.DECOM not in self.mode or self.margins:
            super().report_device_status(mode)
        elif mode in (5, 6):
            self.write_process_input("\x1b[0n" if mode == 5 else f"\x1b[{cursor.y + 1};{cursor.x + 1}R")
        cursor.x = pending

    def report_private_status(self, mode: int = 0, *_: int) -> None:
        """Answer DECXCPR and the colour scheme query (dark)."""
        if mode == 6:
            top = self.margins.top if self.margins and mo.DECOM in self.mode else 0
            x = min(self.cursor.x, self.columns - 1)
            self.write_process_input(f"\x1b[?{self.cursor.y - top + 1};{x + 1}R")
        elif mode == 996:
            self.write_process_input("\x1b[?997;1n")

    def report_mode(self, number: int = 0, *_: int) -> None:
        """Answer DECRQM for an ANSI mode: 1 set, 2 reset, 0 unknown."""
        value = 0 if number not in KNOWN_ANSI else 1 if number in self.mode else 2
        self.write_process_input(f"\x1b[{number};{value}$y")

    def report_private_mode(self, number: int = 0, *_: int) -> None:
        """Answer DECRQM for a private mode; grapheme clusters (2027) are permanently on (3)."""
        if number in ALTERNATE:
            value = 1 if self.page is not self.main else 2
        elif number == 1048:
            value = 1 if self.page.saved else 2
        elif number == 2027:
            value = 3
        else:
            value = 0 if number not in KNOWN_PRIVATE else 1 if number << 5 in self.mode else 2
        self.write_process_input(f"\x1b[?{number};{value}$y")

    def report_keyboard(self, *_: int) -> None:
        """Answer kitty's query of the keyboard flags (CSI ? u)."""
        self.write_process_input(f"\x1b[?{self.page.keyboard[-1]}u")

    def report_key_modifiers(self, resource: int = 0, *_: int) -> None:
        """Answer XTQMODKEYS."""
        if resource == 4:
            self.write_process_input(f"\x1b[>4;{self.modify_other_keys}m")

    def window_operation(self, operation: int = 0, which: int = 0, *_: int) -> None:
        """Report sizes, push and pop the title (XTWINOPS); windows are not moved, titles are not reported."""
        columns, lines = self.columns, self.lines
        if operation == 14:
            self.write_process_input(f"\x1b[4;{lines * CELL_HEIGHT};{columns * CELL_WIDTH}t")
        elif operation == 16:
            self.write_process_input(f"\x1b[6;{CELL_HEIGHT};{CELL_WIDTH}t")
        elif operation in (18, 19):
            self.write_process_input(f"\x1b[{operation - 10};{lines};{columns}t")
        elif operation == 22 and which in (0, 2):
            self.titles = [*self.titles[-9:], self.title]
        elif operation == 23 and which in (0, 2) and self.titles:
            self.set_title(self.titles.pop())

    def request_setting(self, name: str) -> None:
        """Answer DECRQSS for SGR, margins and cursor style; refuse the rest."""
        if name == "m":
            value = sgr(self.styles.style(self.ink))[2:-1] or "0"
        elif name == "r":
            top, bottom = self.margins or (0, self.lines - 1)
            value = f"{top + 1};{bottom + 1}"
        elif name == " q":
            value = str(self.cursor_style)
        else:
            self.write_process_input("\x1bP0$r\x1b\\")
            return
        self.write_process_input(f"\x1bP1$r{value}{name}\x1b\\")
