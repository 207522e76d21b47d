"""The area that the panes share: puts each where the layout says, and makes and removes the widgets for it.

Where not every pane has room to be of use, the one in focus is shown alone.

The module of the pane is loaded with the first pane, not before: the frame of the dashboard is on the screen by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.containers import Container
from textual.message import Message

from ai_session_tui.layouts import Layout, Rect, panes, rectangles, zoomed

if TYPE_CHECKING:
    from ai_session_tui.widgets.terminal_pane import TerminalPane


LEAST_COLUMNS, LEAST_ROWS = 16, 3  # a pane with less, its title included, shows nothing of use


class Stage(Container):
    """Shows one layout. `panes` are the widgets by the panes' ids."""

    @dataclass
    class Arranged(Message):
        """Other panes are shown than before, or at other places."""

        shown: tuple[TerminalPane, ...]  # new ones
        hidden: tuple[TerminalPane, ...]  # those that are no more

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.panes: dict[str, TerminalPane] = {}
        self.is_crowded = False  # not all panes have room: one is shown alone
        self._layout: Layout | None = None
        self._targets: dict[str, str] = {}

    async def show(self, layout: Layout | None, targets: Mapping[str, str]) -> None:
        """Show a layout; `targets` are the addresses of its panes, and one without an address is left out."""
        self._layout, self._targets = layout, dict(targets)
        await self._settle()

    async def _settle(self) -> None:
        """Make and remove panes, and put each at its place."""
        places = self._places()
        hidden = {ident: pane for ident, pane in self.panes.items() if ident not in places}
        fresh = [ident for ident in places if ident not in self.panes]
        shown = {ident: self._new_pane(self._targets[ident]) for ident in fresh}
        self.panes = {ident: self.panes.get(ident) or shown[ident] for ident in places}
        for ident, rect in places.items():
            pane = self.panes[ident]
            pane.styles.offset = (rect.x, rect.y)
            pane.styles.width, pane.styles.height = rect.width, rect.height
            pane.has_border, pane.has_above = rect.x > 0, rect.y > 0
        if not hidden and not shown:
            return
        if self.screen.focused in hidden.values():
            self.screen.set_focus(None)  # else Textual would give the keys to whatever comes next
        with self.app.batch_update():
            if hidden:
                await self.remove_children(list(hidden.values()))
            if shown:
                await self.mount_all(shown.values())
        self.post_message(self.Arranged(tuple(shown.values()), tuple(hidden.values())))

    async def on_resize(self, event: events.Resize) -> None:
        """Give each pane its share of the new area."""
        del event
        await self._settle()

    def pane_id_of(self, pane: TerminalPane) -> str | None:
        """Return the id of the pane that a widget shows."""
        return next((ident for ident, one in self.panes.items() if one is pane), None)

    def _new_pane(self, target: str) -> TerminalPane:
        from ai_session_tui.widgets.terminal_pane import TerminalPane

        return TerminalPane(target)

    def _places(self) -> dict[str, Rect]:
        width, height = self.size
        if self._layout is None or width < 1 or height < 1:
            return {}
        self.is_crowded = not has_room(self._layout, width, height)
        places = rectangles(zoomed(self._layout, self._layout.zoomed or self.is_crowded), width, height)
        return {ident: rect for ident, rect in places.items() if rect.width and rect.height and ident in self._targets}


def has_room(layout: Layout, columns: int, rows: int) -> bool:
    """Whether each pane of a layout that is to be seen has room to be of use; one alone always has."""
    if layout.zoomed or len(panes(layout)) == 1:
        return True
    places = rectangles(layout, columns, rows)
    return all(rect.width >= LEAST_COLUMNS and rect.height >= LEAST_ROWS for rect in places.values())
