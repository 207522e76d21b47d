"""All keys, by group: generated from the registry of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ai_session_tui.dashboard.actions import GROUPS, Registry, key_label

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

_MOUSE = (
    ("click", "Give a pane the keys; open a link"),
    ("drag", "Select and copy; double click a word, triple click a line"),
    ("wheel", "Scroll back, or what the program makes of it"),
    ("right, middle", "Paste what was copied here"),
    ("shift + any", "The same in a program that uses the mouse itself"),
)


class HelpScreen(ModalScreen[None]):
    """Shows the keys; any of Escape, q and Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c,question_mark", "app.pop_screen", "Close", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        app = cast("Dashboard", self.app)
        with VerticalScroll(classes="panel") as panel:
            panel.border_title = "keys"
            panel.border_subtitle = "esc close"
            yield Static(help_text(app.registry, app.leader.leader))


def help_text(registry: Registry, leader: str) -> Content:
    """Return the page: every action with a key, then the mouse."""
    prefix = key_label(leader)
    lines = [
        Content.assemble(
            ("All keys go to the program in the pane, but those behind ", "$text-muted"),
            (prefix, "$primary bold"),
            (" (twice: the key itself).", "$text-muted"),
        )
    ]
    for group in GROUPS:
        rows = [(_keys(one.key, one.also), one.help) for one in registry if one.group == group and one.key]
        rows = [(prefix + " " + keys, help) for keys, help in rows if not keys.isdecimal()]
        if group == "Sessions":
            rows.append((f"{prefix} 1…9", "Go to that session of the list"))
        lines += _section(group, rows)
    lines += _section("Mouse", list(_MOUSE))
    return Content("\n").join(lines)


def _keys(key: str, also: tuple[str, ...]) -> str:
    return " ".join(key_label(one) for one in (key, *also))


def _section(name: str, rows: list[tuple[str, str]]) -> list[Content]:
    if not rows:
        return []
    found = [Content(""), Content.styled(name, "bold")]
    return found + [Content.assemble((f"  {keys:<16}", "$primary"), (help, "")) for keys, help in rows]
