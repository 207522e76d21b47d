"""The inspector: what there is to know of the session that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action, has_session

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


@action(
    "inspect.toggle",
    key="i",
    label="inspector",
    help="Show context, tokens and commands of this session, or hide them",
    group="View",
    when=has_session,
    footer=7,
)
async def toggle(app: Dashboard) -> None:
    """Show the inspector and give it the keys, or hide it; wherever the keys are."""
    await app.workspace.aside.toggle_inspector()


@action(
    "inspect.commands",
    key="h",
    label="commands",
    help="Show the commands that ran in this session, failures first",
    group="Commands",
    when=has_session,
)
async def commands(app: Dashboard) -> None:
    """Show the inspector's list of commands."""
    await app.workspace.aside.toggle_inspector("commands")


@action(
    "inspect.tokens",
    key="dollar_sign",
    label="tokens",
    help="Show what the outputs of this session cost in tokens",
    group="Commands",
    when=has_session,
)
async def tokens(app: Dashboard) -> None:
    """Show the inspector's figures."""
    await app.workspace.aside.toggle_inspector("tokens")
