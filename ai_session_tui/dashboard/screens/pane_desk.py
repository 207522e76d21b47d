"""The panes of a screen and what they say: keys, sizes, scrollback wanted, text copied.

What the main screen has of it apart from sessions and list. Invariant: what a pane says goes to the pane that said it,
whichever has the focus by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from ai_session_tui.layouts import Layout, panes

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard
    from ai_session_tui.dashboard.wiring import PaneWiring
    from ai_session_tui.widgets.stage import Stage
    from ai_session_tui.widgets.terminal_pane import TerminalPane


class PaneDesk(Screen[None]):
    """A screen with a stage; `layout_now` is the layout that it shows."""

    stage: Stage
    wiring: PaneWiring

    def __init__(self) -> None:
        super().__init__()
        self.layout_now: Layout | None = None

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    @property
    def pane_id(self) -> str | None:
        """The pane with the focus."""
        return self.layout_now.focus if self.layout_now is not None else None

    @property
    def pane(self) -> TerminalPane | None:
        """The widget of the pane with the focus."""
        return self.stage.panes.get(self.pane_id) if self.pane_id is not None else None

    @property
    def pane_order(self) -> list[str]:
        """The panes of the layout, in reading order."""
        return list(panes(self.layout_now)) if self.layout_now is not None else []

    @property
    def area(self) -> tuple[int, int]:
        """Columns and rows that the panes share."""
        return self.stage.size.width, self.stage.size.height

    # --- what the panes say

    def on_terminal_pane_typed(self, event: TerminalPane.Typed) -> None:
        """Send what was typed."""
        if not self.dashboard.link.type(event.pane.target, event.data):
            self.dashboard.bell()

    def on_terminal_pane_resized(self, event: TerminalPane.Resized) -> None:
        """Tell the server the size of a pane."""
        self.wiring.resized(event.pane, event.columns, event.rows)

    def on_terminal_pane_history_wanted(self, event: TerminalPane.HistoryWanted) -> None:
        """Fetch scrollback."""
        self.wiring.history(event.pane, event.first, event.count)

    def on_terminal_pane_copied(self, event: TerminalPane.Copied) -> None:
        """Copy to the clipboard of the user's terminal."""
        self.copy(event.text)

    def copy(self, text: str) -> None:
        """Copy to the clipboard of the user's terminal (OSC 52), and say so."""
        self.dashboard.copy_to_clipboard(text)
        count = len(text.splitlines())
        self.dashboard.notify(f"Copied {count} lines." if count > 1 else f"Copied {len(text)} characters.", timeout=2)

    def on_terminal_pane_paste_wanted(self, event: TerminalPane.PasteWanted) -> None:
        """Paste our clipboard."""
        if self.dashboard.clipboard:
            event.pane.paste(self.dashboard.clipboard)

    def on_terminal_pane_link_clicked(self, event: TerminalPane.LinkClicked) -> None:
        """Open a page."""
        self.dashboard.open_url(event.link)

    def paste(self, text: str) -> None:
        """Paste into the pane with the focus."""
        if self.pane is not None and text:
            self.pane.paste(text)
