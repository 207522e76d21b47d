"""The registry of actions: one declaration feeds the keys behind the leader, footer, which-key hint, palette and help.

    @action("pane.zoom", key="z", label="zoom", help="Show one pane alone, or all again", group="Panes", when=has_pane)
    async def zoom(app: Dashboard) -> None: …

The declarations stand in `verbs/`, beside what they do. Invariant: within one registry no key and no id is declared
twice, and what is not possible now (`when`) is neither offered nor done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

GROUPS = ("Sessions", "Panes", "Commands", "View", "Dashboard")


@dataclass(frozen=True, slots=True)
class Situation:
    """What the possible depends on, at one moment."""

    is_connected: bool = False
    sessions: int = 0
    needy: int = 0  # sessions that need the user
    session: str | None = None  # id of the one shown
    pane: str | None = None  # id of the one in focus
    panes: int = 0  # in the layout that is shown
    is_stopped: bool = False  # nothing runs in the session
    is_zoomed: bool = False
    is_inspecting: bool = False  # the inspector is shown
    has_context: bool = False
    has_previous: bool = False


Condition = Callable[[Situation], bool]
Handler = Callable[["Dashboard"], Awaitable[None]]


def always(now: Situation) -> bool:
    """Say yes."""
    del now
    return True


def connected(now: Situation) -> bool:
    """Whether a server answers."""
    return now.is_connected


def has_sessions(now: Situation) -> bool:
    """Whether there is any session."""
    return now.is_connected and now.sessions > 0


def has_session(now: Situation) -> bool:
    """Whether one is shown."""
    return now.is_connected and now.session is not None


def has_pane(now: Situation) -> bool:
    """Whether a pane has the focus."""
    return now.is_connected and now.pane is not None


def has_panes(now: Situation) -> bool:
    """Whether there is another pane beside the one in focus."""
    return has_pane(now) and now.panes > 1


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done."""

    id: str
    key: str  # behind the leader, as Textual names keys; "" for one that only the palette offers
    label: str  # for footer and hint: a word or two
    help: str  # for help and palette: one imperative line
    group: str
    when: Condition
    run: Handler
    footer: int = 0  # its place in the footer, 0 for none
    also: tuple[str, ...] = ()  # further keys
    family: tuple[str, str] | None = None  # keys and label of the hint that stands for it and its like


class Registry:
    """Actions in the order of their declaration."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}
        self._by_key: dict[str, Action] = {}

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, ident: str) -> Action:
        return self._actions[ident]

    def add(self, declared: Action) -> None:
        """Take in an action; raises ValueError for an id, key or group that cannot be."""
        if declared.id in self._actions:
            raise ValueError(f"two actions are called {declared.id}")
        if declared.group not in GROUPS:
            raise ValueError(f"{declared.id}: no group is called {declared.group!r}")
        for key in (declared.key, *declared.also):
            if key and key in self._by_key:
                raise ValueError(f"{key} means both {self._by_key[key].id} and {declared.id}")
            if key:
                self._by_key[key] = declared
        self._actions[declared.id] = declared

    def of_key(self, key: str) -> Action | None:
        """Return what a key behind the leader means."""
        return self._by_key.get(key)

    def possible(self, now: Situation) -> list[Action]:
        """Return what can be done now."""
        return [one for one in self if one.when(now)]

    def footer(self, now: Situation) -> list[Action]:
        """Return what the footer shows, most important first."""
        return sorted((one for one in self.possible(now) if one.footer and one.key), key=lambda one: one.footer)


REGISTRY = Registry()


def action(
    ident: str,
    *,
    key: str = "",
    label: str,
    help: str,
    group: str,
    when: Condition = always,
    footer: int = 0,
    also: tuple[str, ...] = (),
    family: tuple[str, str] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as an action of the dashboard."""

    def declare(run: Handler) -> Handler:
        REGISTRY.add(Action(ident, key, label, help, group, when, run, footer, also, family))
        return run

    return declare


_SIGNS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "semicolon": ";",
    "percent_sign": "%",
    "quotation_mark": '"',
    "vertical_line": "|",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "ampersand": "&",
    "dollar_sign": "$",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "number_sign": "#",
    "at": "@",
    "plus": "+",
    "asterisk": "*",
    "space": "space",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def key_label(key: str) -> str:
    """Return a key as people read it: `^b`, `?`, `←`."""
    *modifiers, base = key.split("+") if key != "+" else [key]
    sign = _SIGNS.get(base, base)
    if modifiers == ["ctrl"]:
        return f"^{sign}"
    return "".join({"shift": "⇧", "alt": "alt-", "ctrl": "^"}.get(one, f"{one}-") for one in modifiers) + sign
