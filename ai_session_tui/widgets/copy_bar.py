"""Copy mode of a pane: one line that has the keys, moves a cursor of its own over the pane and selects there.

The pane draws, `copying` reckons, this wires the two. What runs in the pane goes on below; lines keep their numbers, so
what is looked at stays. Invariant: when the mode ends the pane is live again, without our cursor, selection and marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ai_session_tui.terminal import Match
from ai_session_tui.widgets.command_lines import CommandLine
from ai_session_tui.widgets.copying import CopyState, Place, jump, move, select, settled, swap_ends
from ai_session_tui.widgets.looks import Overlay, look_of
from ai_session_tui.widgets.picture import Picture
from ai_session_tui.widgets.selection import Kind, Selection
from ai_session_tui.widgets.terminal_pane import TerminalPane

MOTION_KEYS = {
    "h": "left", "left": "left", "l": "right", "right": "right", "k": "up", "up": "up", "j": "down", "down": "down",
    "0": "line_start", "home": "line_start", "circumflex_accent": "line_text", "dollar_sign": "line_end",
    "end": "line_end", "w": "word_forward", "b": "word_back", "e": "word_end", "G": "bottom", "H": "window_top",
    "M": "window_middle", "L": "window_bottom", "ctrl+u": "half_page_up", "ctrl+d": "half_page_down",
    "ctrl+b": "page_up", "pageup": "page_up", "ctrl+f": "page_down", "pagedown": "page_down",
    "left_curly_bracket": "paragraph_back", "right_curly_bracket": "paragraph_forward",
    "ctrl+y": "scroll_up", "ctrl+e": "scroll_down",
}  # fmt: skip
SELECT_KEYS = {"v": Kind.CHARACTERS, "space": Kind.CHARACTERS, "V": Kind.LINES, "ctrl+v": Kind.BLOCK}
KEYS = (
    ("h j k l, arrows", "move; w b e by words, 0 ^ $ in the line, { } by paragraphs"),
    ("^u ^d, ^b ^f, g G", "half pages, pages, top and bottom"),
    ("v V ^v, o", "select characters, lines, a block; the other end"),
    ("y, enter", "copy the selection (or the line) and leave"),
    ("/ ? n N", "search down, up; next hit, hit before"),
    ("[ ]", "the command before, the next one"),
    ("O", "copy the whole output of the command"),
    ("q, esc", "leave"),
)
HINT = "v select · y copy · / search · [ ] commands · O copy output · q leave"
MOST_COUNT = 10_000


class PictureLines:
    """A pane's lines as copy mode reads them."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    @property
    def columns(self) -> int:
        """The width of the terminal."""
        return max(self._picture.columns, 1)

    @property
    def first(self) -> int:
        """The oldest line."""
        return self._picture.first_kept

    @property
    def end(self) -> int:
        """Behind the last line of the screen."""
        return self._picture.screen_at + max(len(self._picture.rows), 1)

    def text(self, number: int) -> str:
        """Return a line; one that is not loaded yet reads as blank."""
        row = self._picture.line(number)
        return row.text.rstrip(" ") if row is not None else ""


class CopyBar(Horizontal, can_focus=True):
    """The line at the bottom while copy mode is on."""

    DEFAULT_CSS = """
    CopyBar {
        height: 1;
        background: $boost;
        padding: 0 1;
        & > #copy-words { width: 1fr; height: 1; }
        & > Input, & > Input:focus {
            display: none; width: 1fr; height: 1; border: none; padding: 0; background: transparent;
        }
        &.-searching > Input { display: block; }
        &.-searching > #copy-words { display: none; }
    }
    """

    class Ended(Message):
        """The mode is over."""

    @dataclass
    class SearchWanted(Message):
        """Hits of a pattern are wanted."""

        pattern: str

    @dataclass
    class CopyWanted(Message):
        """A selection shall go to the clipboard; the mode ends."""

        selection: Selection

    @dataclass
    class CommandsWanted(Message):
        """It is asked for the lines of the commands, before the first step among them."""

    @dataclass
    class OutputWanted(Message):
        """A command's whole output shall go to the clipboard; the mode ends."""

        command: int

    def __init__(self, pane: TerminalPane, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pane = pane
        self.lines = PictureLines(pane.picture)
        height = max(pane.body.height, 1)
        cursor = pane.picture.cursor
        at = (
            Place(pane.picture.screen_at + cursor.row, cursor.column)
            if pane.is_live
            else Place(pane.top + height - 1, 0)
        )
        self.state = settled(CopyState(at, pane.top, height, at.column), self.lines)
        self.matches: Sequence[Match] = ()
        self.commands: Sequence[CommandLine] | None = None
        self._then = ""  # what to do once the lines of the commands are known
        self._count = ""
        self._pending = ""
        self._forward = True
        self._pattern = ""
        self._note = ""

    def compose(self) -> ComposeResult:
        yield Static(id="copy-words")
        yield Input(compact=True)

    def on_mount(self) -> None:
        """Take the keys and show the cursor."""
        self.focus()
        self._show()

    def end(self) -> None:
        """Leave the pane as it was."""
        self.pane.caret = None
        self.pane.highlights = {}
        self.pane.select(None)
        self.pane.show_from(None)
        self.pane.repaint()

    # --- keys

    async def on_key(self, event: events.Key) -> None:
        """Do what a key means; all keys are the mode's."""
        if self.has_class("-searching"):
            if event.key in ("escape", "ctrl+c"):
                event.stop()
                self._end_search()
            return
        event.stop()
        event.prevent_default()
        self._note = ""
        key = (
            event.character if event.character and event.character.isprintable() and event.key != "space" else event.key
        )
        name = event.key if event.key in MOTION_KEYS or event.key in SELECT_KEYS else str(key)
        if name.isdecimal() and (name != "0" or self._count):
            self._count = (self._count + name)[:5]
        elif name == "g" and self._pending != "g":
            self._pending = "g"
            return
        else:
            count = min(int(self._count or 1), MOST_COUNT)
            self._press(name, count, has_count=bool(self._count))
            self._count = ""
        self._pending = ""
        if self.is_attached:
            self._show()

    def _press(self, key: str, count: int, *, has_count: bool) -> None:
        if key in ("G", "g") and has_count:
            self.state = jump(self.state, self.lines, Place(self.lines.first + count - 1, 0))
        elif key == "g":
            self.state = move(self.state, self.lines, "top")
        elif key in MOTION_KEYS:
            self.state = move(self.state, self.lines, MOTION_KEYS[key], count)
        elif key in SELECT_KEYS:
            self.state = select(self.state, SELECT_KEYS[key])
        elif key in ("n", "N"):
            self._next_match(self._forward == (key == "n"), count)
        elif key in ("/", "?"):
            self._begin_search(forward=key == "/")
        elif key in ("[", "]", "O"):
            self._among_commands(key)
        elif key == "o":
            self.state = swap_ends(self.state, self.lines)
        elif key in ("y", "enter"):
            self._copy()
        elif key == "escape" and self.state.anchor is not None:
            self.state = replace(self.state, anchor=None)
        elif key in ("q", "escape", "ctrl+c"):
            self.post_message(self.Ended())

    def _copy(self) -> None:
        at = (self.state.cursor.line, self.state.cursor.column)
        self.post_message(self.CopyWanted(self.state.selection or Selection(at, at, Kind.LINES)))

    # --- search

    def _begin_search(self, *, forward: bool) -> None:
        self._forward = forward
        field = self.query_one(Input)
        field.placeholder = "search down (a regular expression)" if forward else "search up (a regular expression)"
        field.value = ""
        self.add_class("-searching")
        field.focus()

    def _end_search(self) -> None:
        self.remove_class("-searching")
        self.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask for the hits; an empty line repeats the last pattern."""
        event.stop()
        self._end_search()
        self._pattern = event.value or self._pattern
        if self._pattern:
            self.post_message(self.SearchWanted(self._pattern))

    def show_matches(self, matches: Sequence[Match]) -> None:
        """Mark hits, and go to the nearest in the direction of the search."""
        self.matches = sorted(matches, key=lambda one: (one.line, one.start))
        look = look_of(self.app).pane
        marks: dict[int, list[Overlay]] = {}
        for match in self.matches:
            for line in range(match.line, match.end_line + 1):
                start = match.start if line == match.line else 0
                end = match.end if line == match.end_line else self.lines.columns
                marks.setdefault(line, []).append(Overlay(start, end, look.match))
        self.pane.highlights = marks
        self._next_match(self._forward, 1)
        self._show()

    def complain(self, text: str) -> None:
        """Say what went wrong, in the line."""
        self._note = text
        self._show()

    def _next_match(self, forward: bool, count: int) -> None:
        if not self.matches:
            self._note = f"nothing matches {self._pattern}" if self._pattern else ""
            return
        here = (self.state.cursor.line, self.state.cursor.column)
        places = [(one.line, one.start) for one in self.matches]
        for _ in range(count):
            if forward:
                here = next((place for place in places if place > here), places[0])
            else:
                here = next((place for place in reversed(places) if place < here), places[-1])
        self.state = jump(self.state, self.lines, Place(*here))
        self._note = f"{places.index(here) + 1}/{len(places)} {self._pattern}"

    # --- commands

    def show_commands(self, commands: Sequence[CommandLine]) -> None:
        """Take the lines of the commands, in order, and do what waited for them."""
        self.commands = sorted(commands, key=lambda one: one.line)
        if self._then:
            self._among_commands(self._then)
        self._then = ""
        self._show()

    def go_to_command(self, command: int) -> bool:
        """Put the cursor on a command's line; return whether the scrollback still has it."""
        found = next((one for one in self.commands or () if one.command == command), None)
        if found is not None:
            self.go_to(found.line)
        return found is not None

    def go_to(self, line: int, column: int = 0) -> None:
        """Put the cursor on a line."""
        self.state = jump(self.state, self.lines, Place(line, column))
        self._show()

    def _among_commands(self, key: str) -> None:
        if self.commands is None:
            self._then = key
            self.post_message(self.CommandsWanted())
            return
        here = self.state.cursor.line
        if key == "]":
            found = next((one for one in self.commands if one.line > here), None)
        else:
            passed = [one for one in self.commands if one.line < here or (key == "O" and one.line == here)]
            found = passed[-1] if passed else None
        if found is None:
            self._note = "no command there"
        elif key == "O":
            self.post_message(self.OutputWanted(found.command))
        else:
            self.state = jump(self.state, self.lines, Place(found.line, 0))

    # --- showing

    def _show(self) -> None:
        pane, state = self.pane, settled(self.state, self.lines)
        self.state = state
        pane.caret = (state.cursor.line, state.cursor.column)
        pane.select(state.selection)
        pane.show_from(state.top)
        pane.view_top = state.top  # also when that is the live screen: it must not run away
        pane.repaint()
        self.query_one("#copy-words", Static).update(self._words())

    def _words(self) -> Content:
        line = self.state.cursor.line - self.lines.first + 1
        total = self.lines.end - self.lines.first
        kind = f" · {self.state.kind.value}" if self.state.anchor is not None else ""
        count = f" · {self._count}" if self._count else ""
        return Content.assemble(
            ("copy ", "bold"),
            f"{line:,}/{total:,}{kind}{count}",
            ("   ", ""),
            (self._note or HINT, "dim" if not self._note else ""),
        )
