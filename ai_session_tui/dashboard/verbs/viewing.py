"""What is shown and how; help; the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


@action("view.list", key="l", label="hide list", help="Show or hide the session list", group="View")
async def toggle_list(app: Dashboard) -> None:
    """Fold the list, or unfold it."""
    app.workspace.toggle_list()


@action(
    "view.group",
    key="g",
    label="group",
    help="Group the session list by directory, by tag, or not at all",
    group="View",
)
async def group_list(app: Dashboard) -> None:
    """Take the next way of grouping."""
    app.notify(
        f"Sessions are grouped by {name}."
        if (name := app.workspace.next_grouping()) != "none"
        else "Sessions are not grouped."
    )


@action(
    "view.theme",
    key="t",
    label="theme",
    help="Choose a theme: ours, dark, light, high contrast, or Textual's",
    group="View",
)
async def choose_theme(app: Dashboard) -> None:
    """Open the list of themes; the choice is remembered."""
    from ai_session_tui.dashboard.screens.themes import ThemeChooser

    app.push_screen(ThemeChooser())


@action(
    "dashboard.palette",
    key="colon",
    label="all actions",
    help="Find any action that is possible now by a few letters",
    group="Dashboard",
    footer=8,
)
async def palette(app: Dashboard) -> None:
    """Open the palette."""
    from ai_session_tui.dashboard.screens.palette import Palette

    app.push_screen(Palette())


@action("dashboard.help", key="question_mark", label="keys", help="List all keys", group="Dashboard", footer=2)
async def help_(app: Dashboard) -> None:
    """Open the list of keys."""
    from ai_session_tui.dashboard.screens.help import HelpScreen

    app.push_screen(HelpScreen())


@action(
    "dashboard.leave",
    key="d",
    label="leave",
    help="Leave the dashboard; everything keeps running",
    group="Dashboard",
    footer=1,
)
async def leave(app: Dashboard) -> None:
    """Close this face."""
    app.exit()
