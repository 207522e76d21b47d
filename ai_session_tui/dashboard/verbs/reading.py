"""Reading what was: copy mode, search, replay, the event log, statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action, connected, has_pane, has_sessions

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


@action(
    "copy.mode",
    key="left_square_bracket",
    also=("pageup",),
    label="copy mode",
    help="Scroll back, search, select and copy in this pane",
    group="Panes",
    when=has_pane,
)
async def copy_mode(app: Dashboard) -> None:
    """Begin copy mode."""
    await app.workspace.aside.start_copy_mode()


@action(
    "search.everything",
    key="slash",
    label="search",
    help="Search the commands, outputs and messages of all sessions",
    group="Commands",
    when=has_sessions,
    footer=6,
)
async def search(app: Dashboard) -> None:
    """Open the search."""
    from ai_session_tui.dashboard.screens.search import SearchScreen

    app.push_screen(SearchScreen())


@action(
    "replay.open",
    key="r",
    label="replay",
    help="Look at the past of this pane: play, step by command, scrub",
    group="Panes",
    when=has_pane,
)
async def replay(app: Dashboard) -> None:
    """Open the player."""
    from ai_session_tui.dashboard.screens.replay import open_replay

    await open_replay(app)


@action("log.events", key="e", label="event log", help="List what happened lately in all sessions", group="Dashboard")
async def events(app: Dashboard) -> None:
    """Open the event log."""
    from ai_session_tui.dashboard.screens.event_log import EventLogScreen

    app.push_screen(EventLogScreen())


@action(
    "stats.show",
    key="u",
    label="statistics",
    help="Show the measured figures of all sessions, or of this one",
    group="Dashboard",
    when=connected,
)
async def stats(app: Dashboard) -> None:
    """Open the statistics."""
    from ai_session_tui.dashboard.screens.stats import StatsScreen

    app.push_screen(StatsScreen())
