"""Modes: what a program may switch, on which of the two screens it works, and how all of it is undone.

Invariant: `mode` holds the modes that are set and nothing else (private ones shifted, as in pyte); a mode that
ai-session does not know is never stored. `autowrap`, `inserting` and `translation` mirror it for the drawing code.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyte import modes as mo
from pyte.charsets import VT100_MAP
from pyte.screens import Cursor

from .editing import Editor
from .grid import Page, Saved
from .styles import DEFAULT_INK

MAX_KEYBOARD_STACK = 32
MOUSE_TRACKING = (9, 1000, 1002, 1003)
MOUSE_ENCODINGS = (1005, 1006, 1015, 1016)
ALTERNATE = (47, 1047, 1049)
KNOWN_ANSI = (mo.IRM, mo.LNM)
KNOWN_PRIVATE = frozenset(
    (1, 5, 6, 7, 12, 25, 45, 66, 67, 1004, 1007, 2004, 2026, 2031, *MOUSE_TRACKING, *MOUSE_ENCODINGS)
)
INITIAL = frozenset((mo.DECAWM, mo.DECTCEM, 1007 << 5))
_GRAPHICS = {code: VT100_MAP[code] for code in range(0x5F, 0x7F)} | {ord("h"): "\u2424", ord("i"): "\u240b"}
CHARSETS: dict[str, dict[int, str]] = {"0": _GRAPHICS, "A": {ord("#"): "\u00a3"}}


@dataclass(frozen=True, slots=True)
class Modes:
    """What the program asked of the terminal; mouse and keyboard values are the numbers of the sequences, 0 is off."""

    alternate: bool = False
    application_cursor: bool = False
    application_keypad: bool = False
    autowrap: bool = True
    insert: bool = False
    newline: bool = False
    backarrow: bool = False
    reverse: bool = False
    origin: bool = False
    bracketed_paste: bool = False
    focus: bool = False
    synchronized: bool = False
    alternate_scroll: bool = True
    color_scheme_reports: bool = False
    mouse_tracking: int = 0
    mouse_encoding: int = 0
    kitty_flags: int = 0
    modify_other_keys: int = 0


class ModalScreen(Editor):
    """The editor with modes, two pages and the cursor's save slot."""

    cursor_style: int
    modify_other_keys: int

    def reset(self) -> None:
        """Return to the state after power-up; the scrollback stays (RIS; as tmux does)."""
        self._reset_modes()
        self.main = self.page = Page(self.columns, self.lines, self.epoch)
        self.alternate = None
        self.moved_all = self.epoch
        if not hasattr(self, "cursor"):
            self.cursor = Cursor(0, 0)
        self.cursor.x = self.cursor.y = 0
        self.cursor.hidden = False
        self.title = ""
        self.icon_name = ""
        self.tabstops = set(range(8, self.columns, 8))
        self.saved_columns = None
        self.last_drawn = ""

    def _reset_modes(self) -> None:
        self.blank_cells, self.blank_inks = " " * self.columns, DEFAULT_INK * self.columns
        self.mode = set(INITIAL)
        self.margins = None
        self.ink = DEFAULT_INK
        self.charsets = ["B"] * 4
        self.charset = 0
        self.cursor_style = 0
        self.modify_other_keys = 0
        self.joined = False
        self.tied = None
        self._mirror()

    def _mirror(self) -> None:
        mode = self.mode
        self.autowrap = mo.DECAWM in mode
        self.inserting = mo.IRM in mode
        self.translation = CHARSETS.get(self.charsets[self.charset])
        self._tie(self.joined)

    @property
    def modes(self) -> Modes:
        """What is switched on at the moment."""
        mode = self.mode
        return Modes(
            alternate=self.page is not self.main,
            application_cursor=1 << 5 in mode,
            application_keypad=66 << 5 in mode,
            autowrap=self.autowrap,
            insert=self.inserting,
            newline=mo.LNM in mode,
            backarrow=67 << 5 in mode,
            reverse=mo.DECSCNM in mode,
            origin=mo.DECOM in mode,
            bracketed_paste=2004 << 5 in mode,
            focus=1004 << 5 in mode,
            synchronized=2026 << 5 in mode,
            alternate_scroll=1007 << 5 in mode,
            color_scheme_reports=2031 << 5 in mode,
            mouse_tracking=next((number for number in MOUSE_TRACKING if number << 5 in mode), 0),
            mouse_encoding=next((number for number in MOUSE_ENCODINGS if number << 5 in mode), 0),
            kitty_flags=self.page.keyboard[-1],
            modify_other_keys=self.modify_other_keys,
        )

    # --- setting and resetting

    def set_mode(self, *modes: int, **_: object) -> None:
        """Set ANSI modes (SM)."""
        self.mode.update(mode for mode in modes if mode in KNOWN_ANSI)
        self._mirror()

    def reset_mode(self, *modes: int, **_: object) -> None:
        """Reset ANSI modes (RM)."""
        self.mode.difference_update(mode for mode in modes if mode in KNOWN_ANSI)  # others are private ones, shifted
        self._mirror()

    def set_private_mode(self, *modes: int) -> None:
        """Set private modes (DECSET)."""
        for number in modes:
            if number in ALTERNATE:
                self.enter_alternate(number)
            elif number == 1048:
                self.save_cursor()
            elif number in KNOWN_PRIVATE:
                self._exclude(number)
                self.mode.add(number << 5)
                self._follow(number)
        self._mirror()

    def reset_private_mode(self, *modes: int) -> None:
        """Reset private modes (DECRST)."""
        for number in modes:
            if number in ALTERNATE:
                self.leave_alternate(number)
            elif number == 1048:
                self.restore_cursor()
            elif number in KNOWN_PRIVATE:
                self.mode.discard(number << 5)
                self._follow(number)
        self._mirror()

    def _exclude(self, number: int) -> None:
        """Forget the modes of which only one can be set."""
        for group in (MOUSE_TRACKING, MOUSE_ENCODINGS):
            if number in group:
                self.mode.difference_update(other << 5 for other in group)

    def _follow(self, number: int) -> None:
        if number == 6:
            self.cursor_position()
        elif number == 25:
            self.cursor.hidden = mo.DECTCEM not in self.mode
        elif number == 5:
            self.moved_all = self.epoch  # every cell looks different now

    def keypad_application(self) -> None:
        """Ask for application keypad codes (DECKPAM)."""
        self.set_private_mode(66)

    def keypad_numeric(self) -> None:
        """Ask for plain keypad codes (DECKPNM)."""
        self.reset_private_mode(66)

    # --- two pages

    def enter_alternate(self, number: int) -> None:
        """Show the alternate screen, blank; 1049 saves the cursor first."""
        if self.page is not self.main:
            return
        if number == 1049:
            self.save_cursor()
        self.alternate = self.page = Page(self.columns, self.lines, self.epoch)
        self.moved_all = self.epoch

    def leave_alternate(self, number: int) -> None:
        """Show the main screen again, forget the alternate one (as tmux); 1049 always restores the cursor (xterm)."""
        if self.page is not self.main:
            self.page = self.main
            self.alternate = None
            self.moved_all = self.epoch
        if number == 1049:
            self.restore_cursor()

    def save_cursor(self) -> None:
        """Save the cursor, its pen, charsets and origin mode; one slot per screen (DECSC)."""
        cursor = self.cursor
        origin = mo.DECOM in self.mode
        self.page.saved = Saved(cursor.x, cursor.y, self.ink, self.charset, self.charsets.copy(), origin)

    def restore_cursor(self) -> None:
        """Restore what was saved, or home and defaults if nothing was (DECRC)."""
        saved = self.page.saved or Saved(0, 0, DEFAULT_INK, 0, ["B"] * 4, False)
        self.cursor.x, self.cursor.y = min(saved.x, self.columns), min(saved.y, self.lines - 1)
        self.ink, self.charset, self.charsets = saved.ink, saved.charset, saved.charsets.copy()
        if saved.origin:
            self.mode.add(mo.DECOM)
        else:
            self.mode.discard(mo.DECOM)
        self._mirror()

    # --- charsets

    def define_charset(self, code: str, mode: str) -> None:
        """Designate a charset to G0, G1, G2 or G3 (SCS); all but DEC graphics and UK is plain text.

        What is drawn next shares no cell with what stands before it."""
        self.charsets["()*+".index(mode)] = code if code in CHARSETS else "B"
        self.tied = None
        self._mirror()

    def shift_in(self) -> None:
        """Draw from G0 (SI)."""
        self.charset = 0
        self._mirror()

    def shift_out(self) -> None:
        """Draw from G1 (SO)."""
        self.charset = 1
        self._mirror()

    def shift_2(self) -> None:
        """Draw from G2 (LS2)."""
        self.charset = 2
        self._mirror()

    def shift_3(self) -> None:
        """Draw from G3 (LS3)."""
        self.charset = 3
        self._mirror()

    # --- keyboard

    def push_keyboard(self, flags: int = 0, *_: int) -> None:
        """Push kitty keyboard flags; of a full stack the oldest go (CSI > u)."""
        stack = self.page.keyboard
        stack.append(flags & 31)
        if len(stack) > MAX_KEYBOARD_STACK:
            del stack[1]

    def pop_keyboard(self, count: int = 1, *_: int) -> None:
        """Pop kitty keyboard flags (CSI < u)."""
        stack = self.page.keyboard
        del stack[max(len(stack) - (count or 1), 0) :]
        if not stack:
            stack.append(0)

    def set_keyboard(self, flags: int = 0, how: int = 1, *_: int) -> None:
        """Set the flags in force (1), add some (2) or remove some (3) (CSI = u)."""
        stack = self.page.keyboard
        if how <= 1:
            stack[-1] = flags & 31
        elif how == 2:
            stack[-1] |= flags & 31
        elif how == 3:
            stack[-1] &= ~flags

    def set_key_modifiers(self, resource: int = 0, value: int = 0, *_: int) -> None:
        """Set modifyOtherKeys, or all of xterm's key resources back to nothing (CSI > m)."""
        if resource in (0, 4):
            self.modify_other_keys = min(value, 2) if resource == 4 else 0

    def reset_key_modifiers(self, resource: int = 4, *_: int) -> None:
        """Switch modifyOtherKeys off (CSI > n)."""
        if resource == 4:
            self.modify_other_keys = 0

    def set_cursor_style(self, style: int = 0, *_: int) -> None:
        """Choose the cursor's shape: 0 default, 1-2 block, 3-4 underline, 5-6 bar; odd ones blink (DECSCUSR)."""
        if style <= 6:
            self.cursor_style = style

    # --- the ways back

    def soft_reset(self) -> None:
        """Reset modes, pen, margins and the saved cursor; the text stays (DECSTR)."""
        kept = self.mode.intersection(number << 5 for number in (*MOUSE_TRACKING, *MOUSE_ENCODINGS, 1004, 2004))
        self._reset_modes()
        self.mode |= kept
        self.cursor.hidden = False
        self.page.saved = None

    def end_program(self) -> None:
        """Undo what a program left behind that ended without cleaning up: pages, mouse, keyboard, pen, margins."""
        if self.page is not self.main:
            self.leave_alternate(1049)
        x, y = self.cursor.x, self.cursor.y
        self._reset_modes()
        self.cursor.x, self.cursor.y = x, y
        self.cursor.hidden = False
        self.main.saved = None
        self.main.keyboard = [0]
        self.moved_all = self.epoch
