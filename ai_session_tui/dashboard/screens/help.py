"""All keys, by group: generated from the registry of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from ai_session_tui.dashboard.actions import GROUPS, Registry, key_label

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

_MOUSE = (
    ("click", "Give a pane the keys; open a link"),
    ("drag", "Select and copy; double click a word, triple click a line"),
    ("drag a border", "Move the line or title between two panes"),
    ("wheel", "Scroll back, or what the program makes of it"),
    ("right, middle", "Paste what was copied here"),
    ("shift + any", "The same in a program that uses the mouse itself"),
)


_INDENT = 18  # columns before what a key does


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
            yield HelpPage(app.registry, app.leader.leader)


class HelpPage(Static):
    """The page, wrapped to its width: what does not fit in a line goes on below its beginning."""

    def __init__(self, registry: Registry, leader: str) -> None:
        super().__init__()
        self._registry, self._leader = registry, leader

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that the page takes."""
        del container, viewport
        return len(help_lines(self._registry, self._leader, width))

    def render(self) -> Content:
        """Return the page."""
        return Content("\n").join(help_lines(self._registry, self._leader, self.size.width))


def help_lines(registry: Registry, leader: str, width: int) -> list[Content]:
    """Return the page line by line: every action with a key, then the mouse."""
    prefix = key_label(leader)
    lines = Content.assemble(
        ("All keys go to the program in the pane, but those behind ", "$text-muted"),
        (prefix, "$primary bold"),
        (" (twice: the key itself).", "$text-muted"),
    ).wrap(max(width, 1))
    for group in GROUPS:
        rows = [(_keys(one.key, one.also), one.help) for one in registry if one.group == group and one.key]
        rows = [(prefix + " " + keys, help) for keys, help in rows if not keys.isdecimal()]
        if group == "Sessions":
            rows.append((f"{prefix} 1…9", "Go to that session of the list"))
        lines += _section(group, rows, width)
    return lines + _section("Mouse", list(_MOUSE), width)


def _keys(key: str, also: tuple[str, ...]) -> str:
    return " ".join(key_label(one) for one in (key, *also))


def _section(name: str, rows: list[tuple[str, str]], width: int) -> list[Content]:
    if not rows:
        return []
    found = [Content(""), Content.styled(name, "bold")]
    for keys, help in rows:
        first, *more = Content(help).wrap(max(width - _INDENT, 16))
        found.append(Content.assemble((f"  {keys:<{_INDENT - 3}} ", "$primary"), first))
        found += [Content(" " * _INDENT) + line for line in more]
    return found
