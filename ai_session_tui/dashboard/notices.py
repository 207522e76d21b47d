"""What the server thinks worth telling: a toast, and on demand a call to the user's own terminal or desktop."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ai_session_tui.widgets.looks import clean

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

Severity = Literal["information", "warning", "error"]
_SEVERITIES: dict[str, Severity] = {"failure": "error", "input": "warning", "bell": "warning"}
_LONGEST = 120


def show(app: Dashboard, data: Mapping[str, object]) -> None:
    """Show a notice, unless it is about the pane that the user looks at."""
    kind, session, text = (str(data.get(name) or "") for name in ("kind", "session", "text"))
    place = app.workspace.place
    if app.app_focus and place is not None and session in (place.session.name, place.session.id):
        return
    known = app.world.find_name(session)
    name = known.name if known is not None else session
    words = clean(" ".join(text.split()))[:_LONGEST]
    app.notify(words, title=clean(name), severity=_SEVERITIES.get(kind, "information"), timeout=6, markup=False)
    call(app, f"{name}: {words}")


def call(app: Dashboard, words: str) -> None:
    """Call the user the way the setting `notify` says."""
    words = clean(words).replace(";", ",")
    match app.preferences.notify:
        case "bell":
            app.bell()
        case "osc9":
            if app._driver is not None:
                app._driver.write(f"\x1b]9;{words}\x07")
        case "desktop":
            program = shutil.which("notify-send")
            if program is not None:
                app.run_worker(_send(program, words), group="desktop", exit_on_error=False)


async def _send(program: str, words: str) -> None:
    import asyncio

    process = await asyncio.create_subprocess_exec(
        program,
        "--app-name=ai-session",
        "ai-session",
        words,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.wait()
