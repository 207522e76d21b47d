"""A quiet list: no frame, the keys of vi beside the arrows, and it stays where it is when its rows are renewed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Listing(OptionList):
    """Rows to walk through; a row is known by its id."""

    DEFAULT_CSS = """
    Listing {
        height: 1fr;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { border: none; background-tint: transparent; }
        & > .option-list--option { padding: 0 1; }
        & > .option-list--option-highlighted { background: $boost; color: $foreground; text-style: none; }
        &:focus > .option-list--option-highlighted {
            background: $block-cursor-blurred-background; color: $foreground; text-style: none;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]

    def renew(self, rows: Iterable[Option]) -> None:
        """Show other rows; the highlighted one stays highlighted, and the last one when it was the last."""
        before = self.highlighted_option
        at_end = bool(self.option_count) and self.highlighted == self.option_count - 1
        offset = self.scroll_offset.y
        self.set_options(rows)
        if not self.option_count:
            return
        index = self.option_count - 1 if at_end else 0
        if before is not None and before.id is not None and before.id in self._id_to_option and not at_end:
            index = self.get_option_index(before.id)
        self.highlighted = index
        if not at_end:
            self.scroll_to(y=offset, animate=False)


def clock(moment: float | None) -> str:
    """Return the time of day of a moment, blank when it is not known."""
    return "     " if moment is None else time.strftime("%H:%M", time.localtime(moment))


def indented(text: str | Content, width: int, indent: int) -> list[Content]:
    """Return a text as lines that begin so many columns from the left, wrapped ones too."""
    blank = Content(" " * indent)
    lines = text.split("\n") if isinstance(text, Content) else [Content(line) for line in text.splitlines()]
    return [blank + part for line in lines for part in line.wrap(max(width - indent, 8))]
