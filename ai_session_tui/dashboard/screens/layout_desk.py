"""The layout that a screen shows: whose it is, what of the frame has room beside it, and how it is changed.

A change is shown at once, sent, and replaced by what the server says. Invariant: a pane with the focus is to be seen;
what lies over it is put away first.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.containers import Container

from ai_session_tui.dashboard import titles
from ai_session_tui.dashboard.aside import Aside
from ai_session_tui.dashboard.folding import NARROW_COLUMNS, WIDE_COLUMNS, fold, list_columns
from ai_session_tui.dashboard.screens.pane_desk import PaneDesk
from ai_session_tui.dashboard.state import PanePlace, Session
from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError, UsageError
from ai_session_tui.layouts import Layout, focused, from_plain, moved_border, panes, remove, single, to_plain
from ai_session_tui.widgets.session_list import SessionList
from ai_session_tui.widgets.stage import has_room

if TYPE_CHECKING:
    from textual.events import Key

    from ai_session_tui.widgets.terminal_pane import TerminalPane

_EARLY_KEYS = 256


class LayoutDesk(PaneDesk):
    """A screen with a stage between a list and an inspector; `session_id` is whose panes it shows."""

    list: SessionList

    def __init__(self) -> None:
        super().__init__()
        self.session_id: str | None = None
        self.aside = Aside(self)
        self._early: deque[tuple[str, str | None]] = deque(maxlen=_EARLY_KEYS)  # typed before the pane was there
        self._expected: str | None = None  # a pane that is to get the focus when it comes
        self._is_told_crowded = False

    @property
    def session(self) -> Session | None:
        """The session that is shown."""
        return self.dashboard.world.sessions.get(self.session_id) if self.session_id is not None else None

    @property
    def place(self) -> PanePlace | None:
        """The pane with the focus, and its session."""
        return self.dashboard.world.find_pane(self.pane_id) if self.pane_id is not None else None

    # --- what has room

    def refold(self, width: int | None = None) -> None:
        """Show what has room beside the panes of the layout, on a screen of `width` columns (default: as it is)."""
        width = self.size.width if width is None else width
        inspects, wants_list = self.has_class("inspecting"), not self.has_class("listless")
        folding = fold(width, self.layout_now, wants_list=wants_list, inspects=inspects)
        self.set_class(not folding.has_list, "folded")
        self.set_class(folding.covers, "covered")
        self.set_class(width < NARROW_COLUMNS, "narrow")
        self.set_class(width >= WIDE_COLUMNS, "wide")
        inspector = self.query_one("#inspector", Container)
        if folding.covers:
            inspector.styles.width = width - (list_columns(width) if folding.has_list else 0)
        else:
            inspector.styles.clear_rule("width")

    def inspect(self, wanted: bool) -> None:
        """Show the inspector, or put it away."""
        self.set_class(wanted, "inspecting")
        self.refold()

    # --- the layout

    def layout_of(self, session: Session | None) -> Layout | None:
        """Return the session's layout, or that of its first pane alone where the server has none."""
        if session is None or not session.panes:
            return None
        if session.layout is not None:
            try:
                return from_plain(session.layout)
            except AiSessionError as error:
                self.log.error(error)
        return single(session.panes[0].id)

    def _targets(self, layout: Layout | None) -> dict[str, str]:
        world = self.dashboard.world
        found = {ident: world.find_pane(ident) for ident in panes(layout)} if layout is not None else {}
        return {ident: place.target for ident, place in found.items() if place is not None}

    def is_stage_stale(self, layout: Layout | None) -> bool:
        """Whether a pane of the layout is known and not on the stage, or the other way round."""
        wanted = set(self._targets(layout)) if layout is not None else set()
        if layout is not None and (layout.zoomed or self.stage.is_crowded):
            wanted &= {layout.focus}
        return wanted != set(self.stage.panes)

    async def settle_layout(self) -> None:
        """Bring the stage to the layout."""
        if self._expected is not None and self._expected in self.pane_order:
            assert self.layout_now is not None
            self.layout_now, self._expected = focused(self.layout_now, self._expected), None
        self.refold()
        await self.stage.show(self.layout_now, self._targets(self.layout_now))
        self.show_titles()
        self.focus_now()

    def tell_crowded(self) -> None:
        """Say once that not all panes have room."""
        if self.stage.is_crowded and not self._is_told_crowded:
            self.notify(f"No room for {len(self.pane_order)} panes here: the one in focus is shown alone.", timeout=4)
        self._is_told_crowded = self.stage.is_crowded

    def show_titles(self) -> None:
        """Renew the title lines of the panes; one that hides others says so."""
        world, now = self.dashboard.world, self.dashboard.clock()
        order = self.pane_order
        for ident, pane in self.stage.panes.items():
            place = world.find_pane(ident)
            if place is not None:
                is_alone = len(self.stage.panes) < len(order) and ident in order
                among = (order.index(ident) + 1, len(order)) if is_alone else None
                pane.heading = titles.heading_of(place, world, now, among)

    def focus_now(self) -> None:
        """Give the keys to the pane with the focus, unless list, inspector or copy mode have them."""
        pane = self.pane
        if pane is None or self.focused is self.list or self.aside.has_focus:
            return
        if self.has_class("covered"):
            self.inspect(False)
        self.set_focus(pane, scroll_visible=False)
        while self._early:
            pane.press(*self._early.popleft())

    def back_to_pane(self) -> None:
        """Give the keys back to the pane with the focus."""
        self.remove_class("copying")
        self.set_focus(None)
        self.focus_now()

    def keep_early(self, event: Key) -> bool:
        """Keep a key that comes before the pane is there to take it; return whether that is so."""
        if self.focused is not None or self.session is None:
            return False
        self._early.append((event.key, event.character))
        return True

    def expect_pane(self, made: object) -> None:
        """Give the focus to a pane that was just made, as soon as it is in the layout."""
        if isinstance(made, dict) and isinstance(made.get("id"), str):
            self._expected = made["id"]
            if self._expected in self.pane_order:
                self.call_later(self.settle_layout)

    async def focus_pane(self, ident: str) -> None:
        """Move the focus, here at once and on the server for the next time."""
        if self.layout_now is not None and ident in self.pane_order:
            await self.change_layout(focused(self.layout_now, ident))

    async def change_layout(self, layout: Layout) -> None:
        """Show a layout at once and tell the server."""
        self.layout_now = layout
        await self.settle_layout()
        if self.session_id is not None:
            await self.dashboard.link.call("layout.set", {"target": self.session_id, "layout": to_plain(layout)})

    async def on_terminal_pane_border_dragged(self, event: TerminalPane.BorderDragged) -> None:
        """Move the border under the pointer, as far as both sides keep some room."""
        layout, ident = self.layout_now, self.stage.pane_id_of(event.pane)
        if layout is None or ident not in self.pane_order or layout.zoomed:
            return
        stage = self.stage.region
        moved = moved_border(layout, str(ident), event.side, event.x - stage.x, event.y - stage.y, *self.area)
        if moved != layout and has_room(moved, *self.area):
            newest(self, "border", self.change_layout, moved)

    def without_view(self, ident: str) -> dict[str, object]:
        """Return what `layout.set` needs to put a view of a pane away."""
        left = remove(self.layout_now, ident) if self.layout_now is not None else None
        if left is None:
            raise UsageError("the last pane cannot be put away")
        return {"target": self.session_id, "layout": to_plain(left)}
