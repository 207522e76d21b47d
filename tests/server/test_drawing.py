"""Clients that draw panes themselves, as the dashboard does: keys in, frames out, and whose size a pane has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_session_tui.client.connection import Connection, Done, Event
from ai_session_tui.errors import UsageError
from ai_session_tui.protocol import messages
from ai_session_tui.protocol.frames import encode_control, encode_stream
from tests.server.server_kit import RunningServer, error_of, until
from tests.server.test_attach import Viewer
from tests.server.test_panes import split


class Dashboard:
    """A client that watches a pane, gives it a size and types into it."""

    def __init__(self, server: RunningServer, target: str) -> None:
        self.connection: Connection = server.connect()
        self.target = target
        self.watch = self.connection.open("screen.watch", target=target)
        self.keys = self.connection.open("pane.type", target=target)
        self.rows: dict[int, str] = {}
        self.size = (0, 0)
        self.over: str | None = None

    def resize(self, columns: int, rows: int) -> None:
        self.connection.call("pane.resize", target=self.target, columns=columns, rows=rows)

    def type(self, data: bytes) -> None:
        self.keys.send(data)

    def read(self) -> None:
        """Apply what has arrived, and ask for more."""
        while (item := self.watch.receive(0.02)) is not None:
            if isinstance(item, Done):
                self.over = str(item.result["reason"])
                return
            assert isinstance(item, Event)
            self._apply(item.data)
            self.watch.send(b"\0")

    def _apply(self, frame: Any) -> None:
        if frame.get("all"):
            self.rows.clear()
        scrolled = frame.get("scrolled", 0)
        if scrolled:
            self.rows = {y - scrolled: text for y, text in self.rows.items() if y >= scrolled}
        self.rows |= {row[0]: row[1] for row in frame.get("rows", ())}
        self.size = (frame.get("columns", self.size[0]), frame.get("height", self.size[1]))

    def shown(self) -> str:
        self.read()
        return "\n".join(self.rows.get(y, "") for y in range(self.size[1]))

    def await_text(self, text: str) -> None:
        until(lambda: text in self.shown(), f"{text!r} in {self.rows}")

    def await_size(self, columns: int, rows: int) -> None:
        until(lambda: (self.read(), self.size == (columns, rows))[1], f"{columns}x{rows}, not {self.size}")


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.await_prompt(made["name"])
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


def size(server: RunningServer, target: str) -> tuple[int, int]:
    pane = server.pane(target)
    return pane["columns"], pane["rows"]


def test_keys_arrive_in_order_whatever_they_are(shared: RunningServer, name: str) -> None:
    dashboard = Dashboard(shared, name)
    shared.call(
        "pane.send", target=name, text="stty raw -echo; echo ready; head -c 2004 | od -An -c | tail -1", enter=True
    )
    dashboard.await_text("ready")
    for number in range(500):
        dashboard.type(b"%03d|" % number)
    dashboard.type(b"\x1b[A\x02")
    dashboard.await_text("033   [   A 002")
    dashboard.connection.close()


def test_several_watchers_see_the_same_and_each_resize(shared: RunningServer, name: str) -> None:
    dashboards = [Dashboard(shared, name) for _ in range(3)]
    dashboards[0].resize(70, 20)
    shared.exec(name, "stty size; seq 100")
    for dashboard in dashboards:
        dashboard.await_text("100")
        dashboard.await_size(70, 20)
    dashboards[1].resize(61, 15)
    shared.exec(name, "stty size")
    for dashboard in dashboards:
        dashboard.await_text("15 61")
        dashboard.await_size(61, 15)
        assert dashboard.shown().split() == dashboards[0].shown().split()
    for dashboard in dashboards:
        dashboard.connection.close()


def test_who_typed_last_owns_the_size(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name, 80, 24)
    viewer.await_text("#")
    dashboard = Dashboard(shared, name)
    dashboard.await_size(80, 24)
    dashboard.resize(60, 15)  # it comes, as a terminal that attaches
    dashboard.await_size(60, 15)
    viewer.type(b"\r")
    dashboard.await_size(80, 24)
    dashboard.resize(50, 12)  # its window changes, but the other one is typing
    assert size(shared, name) == (80, 24)
    dashboard.type(b"\r")
    dashboard.await_size(50, 12)
    shared.exec(name, "echo both see this")
    viewer.await_text("both see this")
    dashboard.await_text("both see this")
    dashboard.connection.close()
    until(lambda: size(shared, name) == (80, 24), "the size of who is left")
    viewer.await_text("both see this")
    until(lambda: viewer.agrees(shared, name), "an exact picture again")
    viewer.connection.close()


def test_a_size_from_outside_lasts_until_somebody_types(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name, 80, 24)
    viewer.await_text("#")
    shared.call("pane.resize", target=name, columns=100, rows=30)
    assert size(shared, name) == (100, 30)
    viewer.type(b"\r")
    until(lambda: size(shared, name) == (80, 24))
    viewer.connection.close()


def test_odd_sizes_are_taken_and_impossible_ones_refused(shared: RunningServer, name: str) -> None:
    for columns, rows in ((0, 0), (0, 24), (80, 0), (-1, 24), (1_000_000, 24)):
        refused = error_of(lambda c=columns, r=rows: shared.call("pane.resize", target=name, columns=c, rows=r))  # type: ignore[misc]  # bound now
        assert isinstance(refused, UsageError)
    for columns, rows in ((1, 1), (1000, 500), (2, 1), (80, 24)):
        shared.call("pane.resize", target=name, columns=columns, rows=rows)
        assert size(shared, name) == (columns, rows)
        assert shared.call("pane.capture", target=name)["columns"] == columns
    shared.exec(name, "echo alive")
    shared.await_screen(name, "alive")


def test_closing_a_pane_ends_watching_and_typing(shared: RunningServer, name: str) -> None:
    split(shared, name)
    dashboard = Dashboard(shared, f"{name}:2")
    shared.exec(f"{name}:2", "echo there")
    dashboard.await_text("there")
    shared.call("pane.close", target=f"{name}:2", force=True)
    until(lambda: (dashboard.read(), dashboard.over)[1])
    assert dashboard.over == "closed"
    assert dashboard.keys.result()["reason"] == "closed"
    dashboard.connection.close()


def test_keys_for_a_program_that_has_ended_are_told_lost(shared: RunningServer, name: str) -> None:
    split(shared, name, command=["cat"])
    dashboard = Dashboard(shared, f"{name}:2")
    dashboard.type(b"hello\r")
    dashboard.await_text("hello\nhello")
    dashboard.type(b"\x04")
    until(lambda: shared.call("session.get", target=name)["panes"][1]["status"] == "exited")
    dashboard.type(b"x")
    lost = dashboard.keys.receive(10)
    assert isinstance(lost, Event)
    assert (lost.name, lost.data["code"]) == ("lost", "stopped")
    shared.call("session.start", target=f"{name}:2", env=shared.shell_environment())
    dashboard.type(b"again\r")
    dashboard.await_text("again\nagain")
    dashboard.keys.cancel()
    assert dashboard.keys.result()["reason"] == "cancelled"
    dashboard.connection.close()


# Broadcast


def test_a_broadcast_reaches_all_that_are_meant_once_and_tells_of_the_rest(shared: RunningServer, name: str) -> None:
    others = [shared.create()["name"] for _ in range(2)]
    split(shared, others[0])  # it has the focus now
    shared.call("session.tag", target=others[1], add=["web"])
    gone = shared.create(command=["true"])["name"]
    until(lambda: shared.call("session.get", target=gone)["status"] == "stopped")
    for target in (name, f"{others[0]}:2", others[1]):
        shared.await_prompt(target)
    told = shared.call(
        "broadcast", targets=[name, f"{name}:1", others[0], gone, "nobody"], tag="web", text="echo to-all", enter=True
    )
    assert [(one["session"], one["pane"]) for one in told["sent"]] == [(name, 1), (others[0], 2), (others[1], 1)]
    assert {one["target"]: one["error"]["code"] for one in told["failed"]} == {gone: "stopped", "nobody": "not_found"}
    for target in (name, f"{others[0]}:2", others[1]):
        shared.await_screen(target, "\nto-all")
    assert "to-all" not in shared.screen(f"{others[0]}:1")
    own = shared.pane(name)["id"]
    reached = shared.call("broadcast", all=True, keys=["C-l"], skip=own)["sent"]
    assert name not in [one["session"] for one in reached]
    assert {*others} <= {one["session"] for one in reached}
    for wrong in ({"all": True}, {"text": "x"}, {"all": True, "targets": [name], "text": "x"}):
        assert isinstance(error_of(lambda wrong=wrong: shared.call("broadcast", **wrong)), UsageError)  # type: ignore[misc]
    shared.call("session.kill", targets=[*others, gone], force=True)


def test_keys_that_come_in_one_burst_with_the_request_all_arrive(shared: RunningServer) -> None:
    """As a person's do who types on while the dashboard opens."""
    script = "stty raw -echo; echo ready; head -c 3000 | tr -d x | wc -c; echo that was all"
    made = shared.create(command=["sh", "-c", script])
    shared.await_screen(made["name"], "ready")
    connection = shared.connect()
    ident = 1000
    burst = encode_control(messages.request(ident, "pane.type", {"target": made["id"]}))
    connection.post(burst + b"".join(encode_stream(ident, b"x") for _ in range(2998)) + encode_stream(ident, b"ab"))
    shared.await_screen(made["name"], "that was all")
    assert "\n2\n" in shared.screen(made["name"]).replace(" ", "")


UPDATES = """
import itertools, sys
for k in itertools.count():
    rows = "".join(f"\\x1b[{y};1H" + str(k + y) * 12 for y in range(1, 25))
    sys.stdout.write("\\x1b[?2026h\\x1b[2J" + rows + "\\x1b[?2026l")
"""


def test_of_updates_without_a_pause_between_them_only_whole_ones_are_shown(
    shared: RunningServer, tmp_path: Path
) -> None:
    program = tmp_path / "updates.py"
    program.write_text(UPDATES)
    made = shared.create(command=[sys.executable, str(program)])
    dashboard = Dashboard(shared, made["name"])
    seen: set[str] = set()

    def look() -> bool:
        dashboard.read()
        rows = dashboard.shown().splitlines()
        if rows and rows[0]:
            first = int(rows[0][: len(rows[0]) // 12])
            assert rows == [str(first + y) * 12 for y in range(24)]
            seen.add(rows[0])
        return len(seen) > 20

    until(look, "twenty pictures")
    dashboard.connection.close()
    shared.call("session.kill", targets=[made["id"]], force=True)
