"""Search in a pane's scrollback: whatever the pattern, the server has its answer, or says why not, in time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ai_session_tui.errors import TimeoutExpiredError, UsageError
from tests.server.server_kit import RunningServer, error_of


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.exec(made["name"], "seq -f 'line %g of many' 3000; printf 'z%.0s' {1..70}; echo b")
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


def test_matches_above_and_below_a_line(shared: RunningServer, name: str) -> None:
    newest = shared.call("screen.search", target=name, pattern=r"line \d*7 of", limit=2)["matches"]
    assert [match["line"] for match in newest] == sorted((match["line"] for match in newest), reverse=True)
    page = shared.call("screen.history", target=name, first=newest[1]["line"] - 100, count=1)["lines"]
    assert page[0][1] == "line 2887 of many"
    above = shared.call("screen.search", target=name, pattern="LINE 17 OF", ignore_case=True)["matches"]
    assert len(above) == 1
    [below] = shared.call("screen.search", target=name, pattern=r"line \d+ of", after=above[0]["line"], limit=1)[
        "matches"
    ]
    assert below["line"] == above[0]["line"] + 1
    assert shared.call("screen.search", target=name, pattern="a.b", regex=False)["matches"] == []


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("(z|zz)+$", TimeoutExpiredError),
        ("(?R)|z", TimeoutExpiredError),
        ("(?:(?:a{1000}){1000}){1000}", UsageError),
        ("(?:a{99999999999}){2}", UsageError),
        ("(" * 990 + "a" + ")" * 990, UsageError),
        ("(", UsageError),
    ],
    ids=["backtracks", "recurs", "repeats", "repeats-at-once", "nests", "is-none"],
)
def test_no_pattern_costs_the_server_more_than_a_moment(
    shared: RunningServer, name: str, pattern: str, error: type[Exception]
) -> None:
    pid = shared.pid
    before = time.process_time()
    found = error_of(lambda: shared.call("screen.search", target=name, pattern=pattern))
    assert isinstance(found, error), found
    assert time.process_time() - before < 5
    assert shared.pid == pid
    assert shared.exec(name, "echo alive").output == b"alive\n"


def test_usual_counts_are_fine(shared: RunningServer, name: str) -> None:
    pattern = r"([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|[0-9a-f]{64}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"
    assert shared.call("screen.search", target=name, pattern=pattern)["matches"] == []
