"""What is known of the sessions, and what list and titles say of it: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.dashboard.fuzzy import best, score
from ai_session_tui.dashboard.rows import ago, clock, entries, sparkline, state_of
from ai_session_tui.dashboard.state import World
from ai_session_tui.dashboard.titles import heading_of
from tests.dashboard.fakes import NOW, session_wire


def world(*sessions: dict[str, object]) -> World:
    made = World()
    made.reset(sessions)
    return made


def command(number: int = 1, **changes: object) -> dict[str, object]:
    shape = {"id": number, "session": "dev", "session_id": "id-dev", "pane": 1, "command": "make", "started": NOW - 12}
    return shape | changes


def test_who_needs_the_user_is_first_the_longest_wait_before_the_others_then_names() -> None:
    needs = {"kind": "bell", "pane": 1}
    known = world(
        session_wire("job10"),
        session_wire("job2"),
        session_wire("b", attention=needs | {"since": NOW - 1}),
        session_wire("c", attention=needs | {"since": NOW - 9}),
    )
    assert [one.name for one in known.ordered()] == ["c", "b", "job2", "job10"]
    assert [one.name for one in known.needy] == ["c", "b"]


def test_events_change_what_is_known() -> None:
    known = world(session_wire("dev"))
    known.apply("session", session_wire("dev") | {"name": "new-name"})
    assert [one.name for one in known.ordered()] == ["new-name"]
    known.apply("session", session_wire("other"))
    known.apply("session_gone", {"id": "id-dev", "name": "new-name"})
    assert list(known.sessions) == ["id-other"]
    known.apply("an_event_of_a_newer_server", {"anything": 1})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("○", "idle 4m", "quiet")),
        ({"status": "stopped"}, ("■", "stopped", "quiet")),
        ({"attention": {"kind": "input", "since": NOW, "pane": 1}}, ("●", "needs you", "needy")),
        ({"status": "active", "running": "make", "running_since": NOW - 12}, ("◐", "0:12", "running")),
        ({"status": "active"}, ("◐", "active", "quiet")),
    ],
)
def test_a_state_is_a_glyph_and_words(changes: dict[str, object], expected: tuple[str, str, str]) -> None:
    known = world(session_wire("dev", **changes))
    assert state_of(known.ordered()[0], known, NOW) == expected


def test_a_failure_is_told_until_it_is_seen() -> None:
    known = world(session_wire("dev", unread=True))
    known.apply("command_ended", command(state="ended", exit_code=2, duration_s=3.0))
    assert state_of(known.ordered()[0], known, NOW) == ("✗", "exit 2", "failed")
    known.apply("session", session_wire("dev", unread=False))
    assert state_of(known.ordered()[0], known, NOW)[1] == "idle 4m"


def test_titles_follow_the_command() -> None:
    known = world(session_wire("dev"))
    place = known.find_pane("dev-1")
    assert place is not None
    assert heading_of(place, known, NOW).command == "bash"
    known.apply("command_started", command(state="running"))
    running = heading_of(place, known, NOW)
    assert (running.command, running.state, running.kind) == ("make", "running 0:12", "running")
    known.apply("command_ended", command(state="ended", exit_code=2, duration_s=12.0))
    failed = heading_of(place, known, NOW)
    assert (failed.command, failed.state, failed.kind) == ("bash", "exit 2 · 12s", "failed")
    known.apply("command_ended", command(2, state="ended", exit_code=0, duration_s=65.0))
    assert heading_of(place, known, NOW).state == "✔ 1m 5s"


def test_the_list_keeps_what_fits_the_letters() -> None:
    known = world(session_wire("backend", tags=["work"]), session_wire("docs"))
    assert [one.name for one in entries(known, NOW, sought="bkd")] == ["backend"]
    assert [one.name for one in entries(known, NOW, sought="work")] == ["backend"]
    assert [one.name for one in entries(known, NOW, sought="zzz")] == []


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (75, "1:15"), (3723, "1:02:03"), (183_600, "2d 03:00"), (-5, "0:00")]
)
def test_clocks(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(3, "now"), (47, "40s"), (240, "4m"), (7300, "2h"), (200_000, "2d")])
def test_quiet_times_change_seldom(seconds: float, shown: str) -> None:
    assert ago(seconds) == shown


def test_a_sparkline_shows_a_line_of_text_beside_a_flood() -> None:
    line = sparkline([0, 40, 0, 5_000_000], 8)
    assert line[0] == " " and line[1] not in " █" and line[3] == "█"
    assert sparkline([0, 0], 8) == ""


@given(st.text(max_size=6), st.text(max_size=20))
def test_a_fit_has_all_letters_in_order(sought: str, text: str) -> None:
    letters = iter(text.lower())
    is_there = all(sign in letters for sign in sought.lower().replace(" ", "")) or sought.lower() in text.lower()
    assert (score(sought, text) is not None) == is_there


def test_better_fits_come_first() -> None:
    assert best("doc", ["a dull old cat", "my docs", "docs"], str) == ["docs", "my docs", "a dull old cat"]
    assert best("", ["b", "a"], str) == ["b", "a"]
