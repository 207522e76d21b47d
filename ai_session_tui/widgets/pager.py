"""An output to read: numbered lines, the keys of a pager, search with every hit marked.

It draws only the lines that are in view, so an output of a million lines opens like one of ten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ai_session_tui.terminal.widths import text_width

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Pager(ScrollView, can_focus=True):
    """Shows lines; `first` is the number of the first one."""

    DEFAULT_CSS = """
    Pager {
        height: 1fr;
        background: transparent;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        & > .pager--number { color: $text-muted; }
        & > .pager--hit { background: $warning 40%; }
        & > .pager--current { background: $accent; color: $background; }
        & > .pager--line { background: $boost; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"pager--number", "pager--hit", "pager--current", "pager--line"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down,enter", "lines(1)", "down", show=False),
        Binding("k,up", "lines(-1)", "up", show=False),
        Binding("ctrl+d", "pages(0.5)", "half a page", show=False),
        Binding("ctrl+u", "pages(-0.5)", "half a page back", show=False),
        Binding("space,pagedown,ctrl+f", "pages(1)", "page", show=False),
        Binding("b,pageup,ctrl+b", "pages(-1)", "page back", show=False),
        Binding("g,home", "edge(0)", "top", show=False),
        Binding("G,end", "edge(1)", "bottom", show=False),
        Binding("h,left", "sideways(-8)", "left", show=False),
        Binding("l,right", "sideways(8)", "right", show=False),
        Binding("n", "hit(1)", "next hit", show=False),
        Binding("N", "hit(-1)", "hit before", show=False),
        Binding("y", "copy", "copy all", show=False),
    ]

    @dataclass
    class Copied(Message):
        """The whole text shall go to the clipboard."""

        text: str

    @dataclass
    class Moved(Message):
        """Another hit is the current one: its number from 1 and how many there are."""

        hit: int
        hits: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[str] = ()
        self._first = 1
        self._pattern: re.Pattern[str] | None = None
        self._hits: list[int] = []  # indices of lines
        self._hit = -1
        self._marked: int | None = None

    def show(self, lines: Sequence[str], first: int = 1) -> None:
        """Show a text."""
        self._lines, self._first = lines, first
        self._marked = None
        self._search()
        self._measure()
        self.refresh()

    def _measure(self) -> None:
        widest = max((text_width(line) if not line.isascii() else len(line) for line in self._lines), default=0)
        self.virtual_size = Size(self._gutter + widest, len(self._lines))

    @property
    def _gutter(self) -> int:
        return len(str(self._first + max(len(self._lines) - 1, 0))) + 2

    def go_to(self, line: int) -> None:
        """Show a line by its number, in the middle, and mark it."""
        self._marked = min(max(line - self._first, 0), max(len(self._lines) - 1, 0))
        self.scroll_to(y=self._marked - self.size.height // 2, animate=False)
        self.refresh()

    def find(self, text: str) -> int:
        """Mark the hits of a text (small letters find large ones), go to the next; return how many lines have one."""
        flags = 0 if any(sign.isupper() for sign in text) else re.IGNORECASE
        self._pattern = re.compile(re.escape(text), flags) if text else None
        self._search()
        at = self._marked if self._marked is not None else self.scroll_offset.y
        self._hit = next((number for number, line in enumerate(self._hits) if line >= at), 0) - 1
        self.action_hit(1)
        self.refresh()
        return len(self._hits)

    def _search(self) -> None:
        pattern = self._pattern
        self._hits = [] if pattern is None else [at for at, line in enumerate(self._lines) if pattern.search(line)]
        self._hit = -1

    def action_hit(self, by: int) -> None:
        """Go to the next line with a hit, or the one before, around the end."""
        if not self._hits:
            return
        self._hit = (self._hit + by) % len(self._hits)
        self.go_to(self._first + self._hits[self._hit])
        self.post_message(self.Moved(self._hit + 1, len(self._hits)))

    def action_lines(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def action_pages(self, by: float) -> None:
        """Scroll by pages."""
        self.scroll_to(y=self.scroll_offset.y + int(by * max(self.size.height - 1, 1)), animate=False)

    def action_edge(self, end: int) -> None:
        """Go to the top, or to the bottom."""
        self.scroll_to(y=len(self._lines) if end else 0, animate=False)

    def action_sideways(self, by: int) -> None:
        """Scroll long lines."""
        self.scroll_to(x=self.scroll_offset.x + by, animate=False)

    def action_copy(self) -> None:
        """Ask for the text in the clipboard."""
        self.post_message(self.Copied("\n".join(self._lines)))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        left, top = self.scroll_offset
        at = top + y
        base = self.rich_style
        if at >= len(self._lines):
            return Strip.blank(self.size.width, base)
        text = _UNPRINTABLE.sub("\ufffd", self._lines[at].expandtabs())
        number = Segment(f"{self._first + at:>{self._gutter - 2}}  ", self.get_component_rich_style("pager--number"))
        line = base + self.get_component_rich_style("pager--line", partial=True) if at == self._marked else base
        body = Strip(self._segments(text, line, is_current=at == self._marked))
        width = max(self.size.width - self._gutter, 0)
        return Strip([number, *body.crop_extend(left, left + width, line)])

    def _segments(self, text: str, base: Style, *, is_current: bool) -> list[Segment]:
        name = "pager--current" if is_current and self._hits else "pager--hit"
        hit = self.get_component_rich_style(name)
        segments, at = [], 0
        for found in self._pattern.finditer(text) if self._pattern is not None else ():
            segments += [Segment(text[at : found.start()], base), Segment(found[0], hit)]
            at = found.end()
        return [one for one in [*segments, Segment(text[at:], base)] if one.text]
