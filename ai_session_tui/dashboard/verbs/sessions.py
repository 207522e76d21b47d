"""What is done to a session as a whole, without a form."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action, has_session

if TYPE_CHECKING:
    from ai_session_tui.dashboard.actions import Situation
    from ai_session_tui.dashboard.app import Dashboard


def _is_stopped(now: Situation) -> bool:
    return has_session(now) and now.is_stopped


@action(
    "session.start",
    key="enter",
    label="start again",
    help="Start this stopped session again, with all it had",
    group="Sessions",
    when=_is_stopped,
    footer=3,
)
async def start(app: Dashboard) -> None:
    """Start what is stopped."""
    await app.link.call("session.start", {"target": app.workspace.session_id, "env": dict(os.environ)})
