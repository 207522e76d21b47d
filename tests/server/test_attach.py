"""Plain terminals attached to a pane: each shows what the pane shows, whatever its size and speed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui.client.connection import Connection, Done, Event
from ai_session_tui.errors import StoppedError
from ai_session_tui.terminal import Terminal
from tests.server.server_kit import RunningServer, await_event, error_of, until
from tests.terminal.oracles import GhosttyOracle


class Viewer:
    """A terminal of some size at the end of a connection."""

    def __init__(self, server: RunningServer, target: str, columns: int = 80, rows: int = 24, **params: object) -> None:
        self.connection: Connection = server.connect()
        self.call = self.connection.open("attach", target=target, columns=columns, rows=rows, **params)
        self.columns, self.rows = columns, rows
        self.terminal = Terminal(columns, rows, history=2000)
        self.received = bytearray()
        self.events: list[Event] = []
        self.reason: str | None = None

    def read(self, seconds: float = 0.05) -> None:
        """Take in what arrives within some time."""
        deadline = time.monotonic() + seconds
        while self.reason is None and (left := deadline - time.monotonic()) > 0:
            self._take(self.call.receive(left))

    def _take(self, item: Event | bytes | Done | None) -> None:
        if isinstance(item, bytes):
            self.received += item
            self.terminal.feed(item)
        elif isinstance(item, Done):
            self.reason = item.result["reason"]
        elif item is not None:
            self.events.append(item)

    def await_text(self, text: str) -> None:
        until(lambda: (self.read(0.02), text in self.shown())[1], f"{text!r} in {self.shown()!r}")

    def await_end(self) -> str:
        until(lambda: (self.read(0.02), self.reason)[1], "the end of the attachment")
        assert self.reason is not None
        return self.reason

    def shown(self) -> str:
        return "\n".join(self.terminal.lines())

    def type(self, data: bytes) -> None:
        self.call.send(data)

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.terminal.resize(columns, rows)
        self.connection.call("attach.resize", attach=self.call.ident, columns=columns, rows=rows)

    def agrees(self, server: RunningServer, target: str) -> bool:
        """Whether it shows what the pane shows, with the cursor in its place."""
        self.read(0.05)
        shown = server.call("pane.capture", target=target)
        cursor = self.terminal.cursor
        same_place = (cursor.column, cursor.row) == (shown["cursor"]["column"], shown["cursor"]["row"])
        return same_place and self.terminal.text(0) == shown["text"]


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.await_prompt(made["name"])
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


def test_a_snapshot_comes_first_and_then_the_programs_bytes(shared: RunningServer, name: str) -> None:
    shared.exec(name, "for i in $(seq 40); do echo line $i; done")
    viewer = Viewer(shared, name)
    viewer.await_text("line 40")
    assert viewer.events[0].name == "attached"
    assert viewer.events[0].data["pane"]["columns"] == 80
    assert "line 1\n" in viewer.terminal.text(None)  # the lines above the screen too
    viewer.read(0.1)
    viewer.received.clear()
    path = os.path.join(shared.home.folder, "picture")
    data = b"".join(b"\x1b[3%dm%d\x1b[0m \xe2\x86\x92 \xe6\x97\xa5\r\n" % (n % 8, n) for n in range(300))
    with open(path, "wb") as file:
        file.write(data)
    viewer.type(f"cat '{path}'; echo E''ND\r".encode())
    viewer.await_text("END")
    assert data in viewer.received.replace(b"\r\r\n", b"\r\n")
    until(lambda: viewer.agrees(shared, name), "the same picture")


def test_what_is_typed_reaches_the_program_and_its_echo_comes_back_at_once(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name)
    viewer.read(0.2)
    for letter in "abcdef0123456789":  # the last byte may look like the beginning of a nonce
        viewer.type(letter.encode())
        until(
            lambda letter=letter: (viewer.read(0.005), viewer.shown().rstrip().endswith(letter))[1], f"echo of {letter}"
        )  # type: ignore[misc]  # bound now
    viewer.type(b"\x15echo $((6*7))\r")
    viewer.await_text("\n42")


def test_no_viewer_is_shown_the_nonce(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name)
    viewer.read(0.1)
    viewer.type(b"declare -p | grep nonce=\r")
    viewer.await_text("declare -- __ai_session_nonce=")
    viewer.read(0.2)
    assert b"n=" + b"0" * 32 in viewer.received or b'="' + b"0" * 32 in viewer.received
    shown = viewer.shown().split("__ai_session_nonce=")[1][:40]
    assert set(shown.split('"')[1]) == {"0"}


def test_the_viewer_that_typed_last_owns_the_size_and_the_other_gets_a_picture(
    shared: RunningServer, name: str
) -> None:
    wide, narrow = Viewer(shared, name, 100, 30), Viewer(shared, name, 40, 10)
    narrow.read(0.2)
    assert (shared.pane(name)["columns"], shared.pane(name)["rows"]) == (40, 10)
    wide.type(b"seq 1 200 | tr '\\n' ' '; echo; echo E''ND\r")
    narrow.await_text("END")
    wide.await_text("END")
    assert (shared.pane(name)["columns"], shared.pane(name)["rows"]) == (100, 30)
    until(lambda: wide.agrees(shared, name), "the owner's picture")
    until(
        lambda: (narrow.read(0.05), narrow.terminal.lines() == _cropped(shared, name, 40, 10))[1], "the cropped picture"
    )
    oracle = GhosttyOracle(40, 10)
    oracle.feed(bytes(narrow.received))
    assert oracle.picture().lines == _cropped(shared, name, 40, 10)
    oracle.close()
    narrow.type(b"echo mine\r")
    until(lambda: (narrow.read(0.05), shared.pane(name)["columns"] == 40)[1])
    narrow.await_text("\nmine")
    until(lambda: narrow.agrees(shared, name), "the new owner's picture")


def _cropped(server: RunningServer, name: str, columns: int, rows: int) -> list[str]:
    """Return what a smaller terminal should show of a pane: the part with the cursor."""
    shown = server.call("pane.capture", target=name, ansi=True)
    screen = Terminal(shown["columns"], shown["rows"], history=0)
    screen.feed(shown["text"].replace("\n", "\r\n").encode())
    lines = screen.lines()
    first = max(shown["cursor"]["row"] - rows + 1, 0)
    return [line[:columns].rstrip() for line in lines[first : first + rows]]


def test_two_viewers_of_one_size_both_get_the_bytes(shared: RunningServer, name: str) -> None:
    one, two = Viewer(shared, name, 80, 24), Viewer(shared, name, 80, 24)
    one.read(0.1)
    two.read(0.1)
    path = os.path.join(shared.home.folder, "poem")
    with open(path, "w") as file:
        file.write("".join(f"verse {number}\n" for number in range(60)))
    shared.exec(name, f"cd '{shared.home.folder}'")  # a long path would make vi ask for Enter
    one.type(b"vi -n -u NONE -c 'set nocp nu' poem\r")
    one.await_text("verse 7")
    two.await_text("verse 7")
    one.type(b":q!\r")
    until(lambda: (one.read(0.02), "verse 7" not in one.shown())[1], "the end of the editor")
    shared.await_prompt(name)
    one.type(b"echo done\r")
    one.await_text("\ndone")
    two.await_text("\ndone")
    until(lambda: one.agrees(shared, name) and two.agrees(shared, name), "one picture")


def test_a_slow_viewer_gets_one_snapshot_instead_of_a_queue(shared: RunningServer, name: str) -> None:
    slow = Viewer(shared, name)
    slow.read(0.2)
    before = _resident(shared.pid)
    ran = shared.exec(name, "python3 -c \"for i in range(500000): print('line', i, 'x' * 30)\"; echo E''ND")
    assert len(ran.output) > 20_000_000
    assert _resident(shared.pid) - before < 60_000
    slow.await_text("END")
    assert len(slow.received) < 10_000_000
    until(lambda: slow.agrees(shared, name), "the same picture")


def _resident(pid: int) -> int:
    with open(f"/proc/{pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1])


def test_a_viewer_that_comes_during_a_flood_is_served(shared: RunningServer, name: str) -> None:
    call = shared.begin(name, "timeout 3 yes 0123456789abcdef0123456789abcdef; echo E''ND", stream="none")
    await_event(call, "started")
    viewer = Viewer(shared, name, 60, 20)
    viewer.await_text("0123456789abcdef")
    viewer.await_text("END")
    until(lambda: viewer.agrees(shared, name), "the same picture")


def test_a_read_only_viewer_changes_nothing(shared: RunningServer, name: str) -> None:
    watching = Viewer(shared, name, 33, 7, read_only=True)
    watching.read(0.1)
    watching.type(b"echo intruder\r")
    shared.exec(name, "echo visible")
    watching.await_text("visible")
    assert "intruder" not in shared.screen(name)
    assert (shared.pane(name)["columns"], shared.pane(name)["rows"]) == (80, 24)


# Replies to a program's questions

ASK = """
import os, select, sys, termios, tty
old = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"\\x1b[6n")
seen = b""
while select.select([0], [], [], 0.7)[0]:
    seen += os.read(0, 1000)
termios.tcsetattr(0, termios.TCSANOW, old)
print("answers:", seen.count(b"R"), flush=True)
"""


@pytest.mark.parametrize("viewers", [0, 1, 2, 3])
def test_a_question_is_answered_exactly_once(shared: RunningServer, name: str, viewers: int, tmp_path: Path) -> None:
    program = tmp_path / "ask.py"
    program.write_text(ASK)
    sizes = [(80, 24), (80, 24), (50, 12)]
    attached = [Viewer(shared, name, *sizes[number]) for number in range(viewers)]
    if viewers > 1:
        attached[1].type(b"\x15")  # the owner has the size of another
    for viewer in attached:
        viewer.read(0.2)
    call = shared.begin(name, f"python3 '{program}'")
    output = b""
    while True:
        item = call.receive(0.01)
        if isinstance(item, Done):
            break
        if isinstance(item, bytes):
            output += item
        for viewer in attached:
            viewer.read(0.01)
            answer = viewer.terminal.take_replies()
            if answer:
                viewer.type(answer)
    assert output.endswith(b"answers: 1\n")


def test_a_program_that_asks_without_end_and_never_reads_harms_nobody(shared: RunningServer, name: str) -> None:
    other = shared.create(
        command=["sh", "-c", "stty -echo raw; while :; do printf '\\033[c\\033[6n%.0s' $(seq 500); done"]
    )
    until(lambda: shared.pane(other["name"])["journal_end"] > 3_000_000, "some questions")
    assert shared.exec(name, "echo alive").output == b"alive\n"
    assert "Traceback" not in shared.log()
    shared.call("session.kill", targets=[other["id"]], force=True)


# Ends


def test_detach_and_its_reasons(shared: RunningServer) -> None:
    session = shared.create()
    target = session["name"]
    shared.await_prompt(target)
    one, two, three = (Viewer(shared, target) for _ in range(3))
    one.read(0.1)
    assert shared.call("session.get", target=target)["viewers"] == 3
    one.call.cancel()
    assert one.await_end() == "detached"
    assert shared.call("session.detach", target=target) == {"detached": 2}
    assert (two.await_end(), three.await_end()) == ("detached", "detached")
    assert shared.call("session.get", target=target)["viewers"] == 0
    four = Viewer(shared, target)
    four.read(0.2)
    four.type(b"exit 3\r")
    assert four.await_end() == "exited"
    [exited] = [event.data for event in four.events if event.name == "exited"]
    assert exited["exit_code"] == 3
    assert b"exit" in four.received
    assert isinstance(error_of(lambda: Viewer(shared, target).call.result()), StoppedError)
    shared.call("session.start", target=target, env=shared.shell_environment())
    five = Viewer(shared, target)
    five.read(0.1)
    shared.call("session.kill", targets=[session["id"]])
    assert five.await_end() == "killed"


def test_a_viewer_that_vanishes_is_forgotten(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name)
    viewer.read(0.1)
    viewer.connection.close()
    until(lambda: shared.call("session.get", target=name)["viewers"] == 0)


# Sizes


def test_a_storm_of_resizes_ends_in_the_right_picture(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name, 100, 30)
    shared.exec(name, "seq 1 3000")
    call = shared.begin(name, "for i in $(seq 400); do echo storm $i $COLUMNS; done; sleep 0.5; echo E''ND")
    for number in range(120):
        columns, rows = 20 + (number * 37) % 180, 5 + (number * 13) % 45
        viewer.connection.open("attach.resize", attach=viewer.call.ident, columns=columns, rows=rows)
        viewer.read(0.002)
    viewer.resize(72, 18)
    call.result()
    viewer.terminal.resize(72, 18)
    viewer.connection.call("attach.redraw", attach=viewer.call.ident)
    viewer.await_text("END")
    assert (shared.pane(name)["columns"], shared.pane(name)["rows"]) == (72, 18)
    assert shared.exec(name, "stty size").output == b"18 72\n"
    until(lambda: viewer.agrees(shared, name), "the same picture")


def test_two_hundred_columns_and_then_twenty(shared: RunningServer, name: str) -> None:
    viewer = Viewer(shared, name, 200, 50)
    viewer.read(0.2)
    viewer.type(b"printf 'x%.0s' $(seq 190); echo; echo E''ND\r")
    viewer.await_text("END")
    viewer.resize(20, 10)
    viewer.connection.call("attach.redraw", attach=viewer.call.ident)
    until(lambda: viewer.agrees(shared, name), "the same picture")
    viewer.resize(200, 50)
    viewer.connection.call("attach.redraw", attach=viewer.call.ident)
    until(lambda: viewer.agrees(shared, name), "the same picture again")


# What programs leave behind


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "sh"])
def test_modes_that_a_dying_program_left_are_undone_at_the_prompt(shared: RunningServer, shell: str) -> None:
    session = shared.create(shell=shell)
    target = session["name"]
    shared.await_prompt(target)
    viewer = Viewer(shared, target)
    viewer.read(0.2)
    left = r"\033[?1049h\033[?1000h\033[?1003h\033[?1006h\033[?2004h\033[?25l\033[31m\033[2;5r\033[>1u\033[?1ha mess"
    shared.exec(target, f"printf 'before the mess\\n{left}'; sh -c 'kill -9 $$'")
    shared.exec(target, "echo after")
    viewer.await_text("after")
    until(lambda: viewer.agrees(shared, target), "the same picture")
    modes = viewer.terminal.modes
    assert not modes.alternate
    assert (modes.mouse_tracking, modes.mouse_encoding) == (0, 0)
    assert not modes.application_cursor or shell in ("zsh", "fish")  # their own editors ask for it
    assert viewer.terminal.cursor.visible
    assert "after" in viewer.terminal.ansi_text(0).splitlines()  # in the default colours
    assert "before the mess" in viewer.shown()
    capture = shared.call("pane.capture", target=target)
    assert capture["alternate"] is False
    assert capture["cursor"]["visible"] is True


def test_bracketed_paste_is_on_at_the_prompt_of_an_editor(shared: RunningServer, name: str) -> None:
    shared.exec(name, "true")
    shared.await_prompt(name)
    shared.call("pane.send", target=name, text="echo one\necho two", paste=True)
    shared.await_screen(name, "echo two")
    assert "\none" not in shared.screen(name)
    shared.call("pane.send", target=name, keys=["C-c"])


def test_the_picture_after_a_restart_is_the_one_before(server: RunningServer) -> None:
    server.create("one")
    server.exec("one", r"printf 'first\n'; printf '\033[?1049h\033[?1000hgone'")
    server.exec("one", r"printf '\033[1;32mgreen\033[0m\n'; echo last")
    server.await_prompt("one")
    before = server.call("pane.capture", target="one", ansi=True, scrollback=-1)
    server.kill_server()
    after = server.call("pane.capture", target="one", ansi=True, scrollback=-1)
    assert after == before
    assert "first" in after["text"]
