"""What footer, which-key hint and the empty dashboard say: read from the registry of actions, nothing of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import GROUPS, Action, key_label
from ai_session_tui.widgets.footer import Hint

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


def hint_of(action: Action, leader: str) -> Hint:
    """Return an action as a hint with the whole key sequence."""
    return Hint(f"{key_label(leader)} {key_label(action.key)}", action.label, action.id)


def line(app: Dashboard) -> tuple[list[Hint], str, str]:
    """Return the footer: hints, status, and the status' kind."""
    leader = app.leader.leader
    if app.leader.is_pending:
        return (
            [Hint(f"{key_label(leader)} …", "and a key; ? lists all, Escape forgets it", "dashboard.help")],
            "",
            "quiet",
        )
    now = app.situation()
    hints = [hint_of(one, leader) for one in app.registry.footer(now)]
    if now.is_inspecting:  # the way out of it before all the rest
        hide = hint_of(app.registry["inspect.toggle"], leader)
        hints = [replace(hide, label="hide inspector"), *(one for one in hints if one.action != hide.action)]
    return hints, *_status(app)


def _status(app: Dashboard) -> tuple[str, str]:
    workspace = app.workspace
    if workspace.trouble:
        return workspace.trouble, "needy"
    if not app.link.is_up:
        return "connecting…", "quiet"
    count, needy = len(app.world.sessions), len(app.world.needy)
    words = f"{count} session" + ("" if count == 1 else "s")
    return (
        (f"{words} · {needy} needs you" if needy == 1 else f"{words} · {needy} need you", "needy")
        if needy
        else (words, "quiet")
    )


def possible_keys(app: Dashboard) -> dict[str, list[Hint]]:
    """Return the keys that mean something now, by group; a family of keys is one hint."""
    groups: dict[str, list[Hint]] = {group: [] for group in GROUPS}
    for one in app.registry.possible(app.situation()):
        if one.key:
            keys, label = one.family or (key_label(one.key), one.label)
            hint = Hint(keys, label, "" if one.family else one.id)
            if hint not in groups[one.group]:
                groups[one.group].append(hint)
    return groups


def first_steps(app: Dashboard) -> list[Hint]:
    """Return what helps on from an empty dashboard."""
    wanted = ("session.new", "dashboard.help", "dashboard.leave")
    possible = {one.id: one for one in app.registry.possible(app.situation())}
    return [hint_of(possible[ident], app.leader.leader) for ident in wanted if ident in possible]
