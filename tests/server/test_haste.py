"""Whoever types sees the echo at once: other panes' floods wait a moment, and only a moment."""

from __future__ import annotations

import pytest

from ai_session_tui.server import haste
from ai_session_tui.server.haste import Haste


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(haste.time, "monotonic", lambda: now[0])
    return now


def test_without_keys_a_flood_has_all_the_time(clock: list[float]) -> None:
    hurry = Haste()
    assert not hurry.is_for("flood")
    assert hurry.patience >= haste.PATIENCE


def test_after_a_key_only_the_pane_it_was_for_is_read(clock: list[float]) -> None:
    hurry = Haste()
    hurry.typed("typed")
    assert hurry.is_for("flood") and hurry.is_for(None) and not hurry.is_for("typed")
    assert hurry.patience < haste.PATIENCE / 4


def test_a_program_that_does_not_answer_holds_nobody_up(clock: list[float]) -> None:
    hurry = Haste()
    hurry.typed("typed")
    clock[0] += 0.004
    assert not hurry.is_for("flood")
    clock[0] += 1
    assert hurry.patience == haste.PATIENCE


def test_the_echo_lets_the_others_go_on_sooner(clock: list[float]) -> None:
    hurry = Haste()
    hurry.typed("typed")
    hurry.printed("flood")
    clock[0] += 0.0015
    assert hurry.is_for("flood")
    hurry.typed("typed")
    hurry.printed("typed")
    assert hurry.is_for("flood"), "the echo has to be sent yet"
    clock[0] += 0.0015
    assert not hurry.is_for("flood")
