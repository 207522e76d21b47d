"""Notices: a toast, and on demand a call to the user's own terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_session_tui.dashboard.app import Dashboard
from tests.dashboard.fakes import FakeLink, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until

Make = Callable[..., Dashboard]
NOTICE = {"kind": "input", "session": "web", "pane": 1, "text": "Proceed? [y/N]\x1b[2J;\x07", "time": 0}


async def test_what_happens_elsewhere_is_a_toast(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"), session_wire("web"))
    app = dashboard(link, target="dev")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await ready(pilot)
        link.happen("notice", **NOTICE)
        await until(pilot, lambda: "Proceed? [y/N]" in screen_text(app))


async def test_what_the_user_looks_at_is_none(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"), session_wire("web"))
    app = dashboard(link, target="web", notify="bell")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        link.happen("notice", **NOTICE)
        await pilot.pause()
        assert "Proceed?" not in screen_text(app)


@pytest.mark.parametrize(
    ("setting", "written"),
    [("none", []), ("bell", ["\x07"]), ("osc9", ["\x1b]9;web: Proceed? [y/N]\ufffd[2J,\ufffd\x07"])],
)
async def test_the_terminal_is_called_the_way_that_was_set(
    dashboard: Make, setting: str, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = FakeLink(session_wire("dev"), session_wire("web"))
    app = dashboard(link, target="dev", notify=setting)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        found: list[str] = []
        monkeypatch.setattr(app._driver, "write", found.append)
        monkeypatch.setattr(app, "bell", lambda: found.append("\x07"))
        link.happen("notice", **NOTICE)
        await pilot.pause()
        assert found == written
