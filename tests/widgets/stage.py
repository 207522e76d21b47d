"""A small app that shows one widget, and what that widget said: for tests of widgets without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("textual-dark", "textual-light")

_Kind = TypeVar("_Kind", bound=Message)


class Stage(App[None]):
    """Shows a widget on an empty screen."""

    CSS = "Screen { background: $background; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Widget, fill: Callable[[], object] | None = None, theme: str = "textual-dark") -> None:
        super().__init__()
        self._shown = widget
        self._fill = fill
        self.theme = theme
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield self._shown

    def on_mount(self) -> None:
        if self._fill is not None:
            self._fill()


class Said:
    """The messages that went through an app, each once."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    def take(self, message: Message) -> None:
        if not any(message is known for known in self._messages):
            self._messages.append(message)

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        """Return the messages of a kind so far, in order."""
        return [message for message in self._messages if isinstance(message, kind)]


@asynccontextmanager
async def on_stage(
    widget: Widget, fill: Callable[[], object] | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[None], Said]]:
    """Run a widget in an app of its own."""
    said = Said()
    async with Stage(widget, fill).run_test(size=size, message_hook=said.take) as pilot:
        await pilot.pause()
        yield pilot, said


def shown(widget: Widget) -> str:
    """Return the text that a widget's part of the screen shows, line by line without trailing blanks."""
    region = widget.region
    update = widget.screen._compositor.render_strips()
    lines = []
    for y in range(region.y, region.bottom):
        text = "".join(segment.text for segment in update[y])
        lines.append(text[region.x : region.right].rstrip())
    return "\n".join(lines)
