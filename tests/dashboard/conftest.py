"""The dashboard on a fake link, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_session_tui.config import Settings
from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.preferences import Preferences
from ai_session_tui.paths import Home
from tests.dashboard.fakes import NOW, FakeLink


@pytest.fixture
def dashboard(tmp_path: object) -> Callable[..., Dashboard]:
    def make(link: FakeLink, *, target: str | None = None, **settings: object) -> Dashboard:
        home = Home(str(tmp_path))
        preferences = Preferences(home, Settings(**settings))  # type: ignore[arg-type]
        app = Dashboard(home, target, link=link, clock=lambda: NOW, preferences=preferences)
        link.listen(app.hear)
        return app

    return make
