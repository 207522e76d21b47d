"""The inspector: what there is to know of the session that is shown, in three tabs beside the panes.

It asks for nothing by itself: whoever wires it hands in views and listens to the messages of the tabs. Invariant: a tab
that is not shown is not drawn; its data is kept and drawn when it is turned to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from ai_session_tui.prices import Price
from ai_session_tui.widgets.commands_tab import CommandsTab
from ai_session_tui.widgets.context_tab import ContextTab
from ai_session_tui.widgets.listing import Listing
from ai_session_tui.widgets.tokens_tab import TokensTab
from ai_session_tui.widgets.views import CommandView, ContextView

TABS = ("context", "tokens", "commands")
KEYS = {
    "context": "enter open · p pin · a note · y copy · esc back",
    "tokens": "↑ ↓ scroll · ← → tabs · esc back",
    "commands": "enter result · o output · r again · esc back",
}


class TabLine(Static):
    """The names of the tabs in one line; a click turns to one."""

    DEFAULT_CSS = "TabLine { height: 1; padding: 0 1; color: $text-muted; }"

    current: reactive[str] = reactive(TABS[0])

    @dataclass
    class Clicked(Message):
        """A name was clicked."""

        tab: str

    def render(self) -> Content:
        """Return the names, the current one marked."""
        parts = [
            Content.styled(name.upper(), "bold underline $foreground" if name == self.current else "dim")
            for name in TABS
        ]
        return Content("  ").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Find the name under the pointer."""
        at = event.x - self.styles.padding.left
        for name in TABS:
            if 0 <= at < len(name):
                self.post_message(self.Clicked(name))
            at -= len(name) + 2


class Inspector(Vertical):
    """The three tabs of one session."""

    DEFAULT_CSS = """
    Inspector {
        width: 100%;
        background: $background;
        & > ContentSwitcher { height: 1fr; }
        & ContextTab, & CommandsTab, & TokensTab { height: 1fr; }
        & > #inspector-keys { height: 1; padding: 0 1; color: $text-muted; display: none; }
        &.-active > #inspector-keys { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "tab before", show=False),
        Binding("right,l", "turn(1)", "next tab", show=False),
        Binding("1", "tab('context')", "context", show=False),
        Binding("2", "tab('tokens')", "tokens", show=False),
        Binding("3", "tab('commands')", "commands", show=False),
        Binding("escape", "leave", "back to the pane"),
    ]

    tab: reactive[str] = reactive(TABS[0], init=False)

    class Left(Message):
        """The user wants back to the pane."""

    @dataclass
    class Turned(Message):
        """Another tab is shown."""

        tab: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._conversation: ContextView | None = None
        self._commands: Sequence[CommandView] = ()
        self._price: Price | None = None
        self._note = ""
        self._stale = set(TABS)

    def compose(self) -> ComposeResult:
        yield TabLine()
        with ContentSwitcher(initial="context"):
            yield ContextTab(id="context")
            yield TokensTab(id="tokens")
            yield CommandsTab(id="commands")
        yield Static(id="inspector-keys")

    def show_context(self, context: ContextView | None, note: str = "") -> None:
        """Show a session's conversation; without one, `note` says why."""
        self._conversation, self._note = context, note
        self._renew("context", "tokens")

    def show_commands(self, commands: Sequence[CommandView]) -> None:
        """Show a session's commands, oldest first."""
        self._commands = commands
        self._renew("commands", "tokens")

    def show_price(self, price: Price | None) -> None:
        """Count with the price of a model."""
        self._price = price
        self._renew("tokens")

    def _renew(self, *tabs: str) -> None:
        self._stale.update(tabs)
        self._draw()

    def _draw(self) -> None:
        if self.tab not in self._stale or not self.query(TabLine):
            return
        self._stale.discard(self.tab)
        if self.tab == "context":
            self.query_one(ContextTab).show(self._conversation, self._note)
        elif self.tab == "tokens":
            self.query_one(TokensTab).show(self._conversation, self._commands, self._price)
        else:
            self.query_one(CommandsTab).show(self._commands)

    def on_mount(self) -> None:
        """Draw what was handed in before."""
        self.watch_tab(self.tab)

    def watch_tab(self, tab: str) -> None:
        """Turn to a tab."""
        if not self.query(TabLine):  # not composed yet: `on_mount` does it
            return
        had_focus = self.has_focus_within
        self.query_one(TabLine).current = tab
        self.query_one("#inspector-keys", Static).update(Content.styled(KEYS[tab], "dim"))
        self.query_one(ContentSwitcher).current = tab
        self._draw()
        self.post_message(self.Turned(tab))
        if had_focus:
            self.focus_tab()

    def focus_tab(self) -> None:
        """Give the keys to what is shown."""
        shown: Widget = self.query_one(f"#{self.tab}")
        if self.tab != "tokens":
            shown = shown.query("#command-detail").first() if shown.has_class("-detail") else shown.query_one(Listing)
        self.screen.set_focus(shown)  # at once: whoever asks next must know who has the keys

    def on_descendant_focus(self) -> None:
        """Say what the keys mean here."""
        self.add_class("-active")

    def on_descendant_blur(self) -> None:
        """The keys are elsewhere."""
        self.set_class(self.has_focus_within, "-active")

    def on_tab_line_clicked(self, event: TabLine.Clicked) -> None:
        """Turn to the tab that was clicked."""
        event.stop()
        self.tab = event.tab
        self.focus_tab()

    def action_turn(self, by: int) -> None:
        """Turn to the next tab or the one before."""
        self.tab = TABS[(TABS.index(self.tab) + by) % len(TABS)]

    def action_tab(self, tab: str) -> None:
        """Turn to one tab."""
        self.tab = tab

    def action_leave(self) -> None:
        """Tell that the keys shall go back to the pane."""
        self.post_message(self.Left())
