"""A panel in which something is found by a few letters: for switcher, palette and themes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ai_session_tui import figures
from ai_session_tui.dashboard.fuzzy import best
from ai_session_tui.widgets.looks import clean

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Choice(Generic[_Value]):
    """Something to choose: what is shown, what is dim beside it, and what is searched."""

    value: _Value
    label: str
    detail: str = ""
    sign: str = ""
    keys: str = ""  # at the right end of its line

    @property
    def text(self) -> str:
        """What the letters are looked for in."""
        return f"{self.label} {self.detail}"


class Chooser(ModalScreen[_Value | None], Generic[_Value]):
    """Choose one of `choices()`; the screen's result is its value, or None."""

    HEADING = "choose"
    PLACEHOLDER = "a few letters"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "leave", "Close", show=False),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
    ]

    @abstractmethod
    def choices(self) -> Sequence[Choice[_Value]]:
        """Return everything that can be chosen, best first."""

    def highlighted(self, value: _Value) -> None:
        """Do what is to be seen before the choice is made; nothing by default."""

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel") as panel:
            panel.border_title = self.HEADING
            panel.border_subtitle = "↑↓ move · enter choose · esc close"
            yield Input(placeholder=self.PLACEHOLDER)
            yield OptionList()

    def on_mount(self) -> None:
        """Show everything."""
        self._all = list(self.choices())
        self._shown: list[Choice[_Value]] = []
        self._width = 0
        self._fill("")
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        """Give each line the room there is now."""
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        options = self.query_one(OptionList)
        width = options.size.width - options.scrollbar_size_vertical
        if width != self._width and any(choice.keys for choice in self._all):
            self._width = width
            self._fill(self.query_one(Input).value)

    @on(Input.Changed)
    def _sought(self, event: Input.Changed) -> None:
        event.stop()
        self._fill(event.value)

    def _fill(self, sought: str) -> None:
        self._shown = best(sought.strip(), self._all, lambda choice: choice.text)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_content(choice, self._width)) for choice in self._shown])
        if self._shown:
            options.highlighted = self.first_highlighted() if not sought else 0

    def first_highlighted(self) -> int:
        """Return the place of the choice that is highlighted at first."""
        return 0

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._shown):
            self.dismiss(self._shown[at].value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index].value)

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_index < len(self._shown):
            self.highlighted(self._shown[event.option_index].value)

    def action_move(self, way: int) -> None:
        """Move the highlight, round the ends by one step."""
        options = self.query_one(OptionList)
        count = len(self._shown)
        if count:
            at = (options.highlighted or 0) + way
            options.highlighted = at % count if abs(way) == 1 else max(0, min(count - 1, at))

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


def _content(choice: Choice[_Value], width: int) -> Content:
    """Return the line of a choice; with keys it is exactly one, `width` columns if they are known."""
    parts = [(f"{choice.sign} ", "$primary")] if choice.sign else []
    keys = f"  {choice.keys}" if choice.keys else ""
    label = clean(choice.label)
    room = width - figures.width(keys) - (2 if choice.sign else 0)
    if keys and room > 0:
        label = figures.cut(label, room)
        keys = " " * (room - figures.width(label)) + keys
    parts += [(label, "$foreground")]
    if choice.detail:
        parts += [("  " + clean(choice.detail), "$foreground 55%")]
    return Content.assemble(*parts, (keys, "$primary"))
