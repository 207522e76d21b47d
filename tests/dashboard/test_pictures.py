"""Pictures of every screen and state: what changes in them is looked at before it is accepted.

pytest tests/dashboard/test_pictures.py --snapshot-update     accepts what the pictures show now
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ai_session_tui.config import Settings
from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.preferences import Preferences
from ai_session_tui.paths import Home
from ai_session_tui.styles.themes import DEFAULT, LIGHT
from tests.dashboard.fakes import NOW
from tests.dashboard.scenes import SCENES, link_of

SIZES = ((80, 24), (120, 40), (200, 60))
PICTURES = [(scene, *size, theme) for scene in SCENES for size in SIZES for theme in (DEFAULT, LIGHT)]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What pictures depend on, fixed: time zone, home, colours."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("HOME", "/home/user")
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_ANIMATIONS", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("scene", "columns", "rows", "theme"), PICTURES, ids=["{}-{}x{}-{}".format(*one) for one in PICTURES]
)
def test_picture(
    snap_compare: Callable[..., bool], tmp_path: Path, scene: str, columns: int, rows: int, theme: str
) -> None:
    home = Home(str(tmp_path))
    preferences = Preferences(home, Settings(theme=theme, reduced_motion=True))
    link = link_of(scene)
    target = None if scene == "first-run" else "dev"
    app = Dashboard(home, target, link=link, clock=lambda: NOW, preferences=preferences)
    link.listen(app.hear)

    async def play(pilot: Pilot[None]) -> None:
        await SCENES[scene](pilot, link)
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await pilot.pause()

    assert snap_compare(app, terminal_size=(columns, rows), run_before=play)
