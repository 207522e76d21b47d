"""A pane's past as it is told to whoever plays it again."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.terminal import Terminal
from tests.server.server_kit import RunningServer, collect, error_of, until


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.await_prompt(made["name"])
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


def read(server: RunningServer, target: str, start: int, end: int) -> bytes:
    return collect(server.connect().open("journal.read", target=target, start=start, end=end)).output


def play(server: RunningServer, target: str, told: dict[str, Any], until: int) -> Terminal:
    """A terminal as it was when it had been sent the bytes before `until`."""
    sizes = told["sizes"]
    terminal = Terminal(sizes[0][1], sizes[0][2])
    at = told["start"]
    for offset, columns, rows in [*sizes[1:], (until, 0, 0)]:
        terminal.feed(read(server, target, at, min(offset, until)))
        at = min(offset, until)
        if columns and offset <= until:
            terminal.resize(columns, rows)
    return terminal


def test_the_past_can_be_played_again_with_its_times_and_sizes(shared: RunningServer, name: str) -> None:
    begun = time.time()
    pause(shared, name, "first", "second")
    shared.call("pane.resize", target=name, columns=50, rows=10)
    shared.exec(name, "stty size; seq 30")
    shared.await_prompt(name)

    def told_and_played() -> Any:
        found = shared.call("journal.timeline", target=name)
        shown = play(shared, name, found, found["end"]).text(0).strip()
        return found if shown == shared.screen(name).strip() else None

    told = until(told_and_played, "what the shell prints, played to its end")
    times = [moment for moment, _ in told["pieces"]]
    offsets = [offset for _, offset in told["pieces"]]
    assert offsets[0] == told["start"] == 0
    assert offsets == sorted(offsets)
    assert begun - 60 < times[0] <= times[-1] <= time.time() + 0.1
    assert any(later - earlier >= 0.25 for earlier, later in itertools.pairwise(times))
    assert [size[1:] for size in told["sizes"]][-1] == [50, 10]
    resized = next(offset for offset, columns, _ in told["sizes"] if columns == 50)
    assert "10 50" not in play(shared, name, told, resized).text(None)
    assert "second" in play(shared, name, told, resized).text(None)


def pause(server: RunningServer, name: str, first: str, second: str) -> None:
    """Let a command print two words, the second not before the server has had the first for 0.3 seconds."""
    call = server.begin(name, f"echo {first}; read -s line; echo {second}")
    until(lambda: isinstance(data := call.receive(1.0), bytes) and first.encode() in data, "the first word")
    time.sleep(0.3)
    server.call("pane.send", target=name, text="", enter=True)
    collect(call)


def test_the_time_of_one_command(shared: RunningServer, name: str) -> None:
    shared.exec(name, "echo before")
    pause(shared, name, "a", "b")
    told = shared.call("journal.timeline", target=f"{name}#2")
    assert read(shared, f"{name}#2", told["start"], told["end"]) == b"a\r\nb\r\n"
    assert read(shared, f"{name}#2", 0, 1 << 40) == b"a\r\nb\r\n"
    assert told["pieces"][-1][0] - told["pieces"][0][0] > 0.15
    assert len(told["sizes"]) == 1


def test_the_secret_of_the_integration_is_not_told(shared: RunningServer, name: str) -> None:
    for _ in range(5):
        shared.exec(name, "echo x")
    told = shared.call("journal.timeline", target=name)
    whole = read(shared, name, told["start"], told["end"])
    assert len(whole) == told["end"] - told["start"]
    pieces = [read(shared, name, at, at + 7) for at in range(0, 700, 7)]
    assert b"".join(pieces) == whole[:700]
    assert whole == shared.journal(name)


def test_the_newest_screen_is_told_so_that_a_long_past_need_not_be_drawn(shared: RunningServer, name: str) -> None:
    shared.exec(name, "seq 200000; printf '\\033[41mred\\033[0m\\n'")
    until(lambda: shared.call("session.get", target=name)["panes"][0]["state"] == "prompt", "the prompt")
    shown = shared.call("pane.capture", target=name, ansi=True)["text"]
    told = shared.call("journal.timeline", target=name, screen=True)
    screen = told["screen"]
    assert told["end"] - 10_000 < screen["offset"] <= told["end"]
    terminal = Terminal(screen["columns"], screen["rows"])
    terminal.feed(screen["text"].encode())
    terminal.feed(read(shared, name, screen["offset"], told["end"]))
    assert terminal.ansi_text() == shown
    assert shared.call("journal.timeline", target=f"{name}#1", screen=True)["screen"] is None
    assert "screen" not in shared.call("journal.timeline", target=name)


def test_a_past_that_was_pruned_begins_later(shared: RunningServer) -> None:
    error = error_of(lambda: shared.call("journal.timeline", target="nobody"))
    assert isinstance(error, NotFoundError)
    made = shared.create()
    assert isinstance(
        error_of(lambda: shared.call("journal.read", target=made["id"], start=5, end=2)),
        UsageError,
    )
    shared.call("session.kill", targets=[made["id"]])
    assert shared.call("journal.timeline", target=made["id"])["start"] == 0


def test_a_long_past_is_told_quickly_and_with_bounds(shared: RunningServer, name: str) -> None:
    shared.exec(name, "seq 200000")
    told = shared.call("journal.timeline", target=name)
    assert told["end"] > 1_000_000
    assert len(told["pieces"]) <= 50_000
