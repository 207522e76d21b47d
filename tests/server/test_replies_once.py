"""A program's question is answered exactly once, whatever its viewers do while it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ai_session_tui.client.connection import Call, Done
from tests.server.server_kit import RunningServer, until
from tests.server.test_attach import Viewer
from tests.server.test_drawing import Dashboard

# Asks in two halves; what happens in between is the test's. Then it prints a line that every viewer must show.
ASK = r"""
import os, re, select, sys, termios, time, tty
folder, first, second = sys.argv[1], *(part.encode().decode("unicode_escape").encode() for part in sys.argv[2:4])
old = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, first)
open(folder + "/half", "w").close()
while not os.path.exists(folder + "/go"):
    time.sleep(0.005)
os.write(1, second)
seen = b""
while select.select([0], [], [], 1.0)[0]:
    seen += os.read(0, 1000)
termios.tcsetattr(0, termios.TCSANOW, old)
print("answers:", len(re.findall(rb"\x1b[\[\]P]", seen)), flush=True)
time.sleep(0.2)
"""
HALVES = [("", r"\x1b[6n"), (r"\x1b[", "6n"), (r"\x1b]11;", r"?\x07"), (r"\x1bP+q5", r"44e\x1b\\")]


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.await_prompt(made["name"])
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


class Scene:
    """A pane with its viewers, and a program in it that asks in two halves."""

    def __init__(self, server: RunningServer, name: str, folder: Path) -> None:
        self.server, self.name, self.folder = server, name, folder
        self.viewers: list[Viewer] = []
        self.program = folder / "ask.py"
        self.program.write_text(ASK)

    def attach(self, columns: int = 80, rows: int = 24, **params: object) -> Viewer:
        viewer = Viewer(self.server, self.name, columns, rows, **params)
        until(lambda: (viewer.read(0.01), viewer.received)[1], "the first picture")
        self.viewers.append(viewer)
        return viewer

    def begin(self, first: str, second: str) -> Call:
        call = self.server.begin(self.name, f"python3 '{self.program}' '{self.folder}' '{first}' '{second}'")
        until((self.folder / "half").exists, "the first half")
        self.turn(0.1)
        return call

    def turn(self, seconds: float = 0.01) -> None:
        """Let every viewer's terminal read and answer."""
        for viewer in self.viewers:
            viewer.read(seconds)
            answer = viewer.terminal.take_replies()
            if answer and viewer.reason is None:
                viewer.type(answer)

    def end(self, call: Call) -> bytes:
        (self.folder / "go").touch()
        output = b""
        while not isinstance(item := call.receive(0.01), Done):
            output += item if isinstance(item, bytes) else b""
            self.turn()
        return output


def nothing(scene: Scene) -> None:
    pass


def another_comes(scene: Scene) -> None:
    scene.attach()


def another_of_another_size_comes(scene: Scene) -> None:
    scene.attach(50, 12)


def a_watcher_comes(scene: Scene) -> None:
    scene.attach(read_only=True)


def another_types(scene: Scene) -> None:
    """What it types is not what the program counts."""
    scene.viewers[0].type(b"x")
    scene.turn(0.1)


def the_owner_goes(scene: Scene) -> None:
    owner = scene.viewers.pop()
    owner.call.cancel()
    owner.await_end()


def the_owner_is_resized(scene: Scene) -> None:
    scene.viewers[-1].resize(70, 20)


def a_dashboard_comes(scene: Scene) -> None:
    Dashboard(scene.server, scene.name).resize(60, 20)


BETWEEN: list[Callable[[Scene], None]] = [
    nothing,
    another_comes,
    another_of_another_size_comes,
    a_watcher_comes,
    another_types,
    the_owner_goes,
    the_owner_is_resized,
    a_dashboard_comes,
]


@pytest.mark.parametrize("halves", HALVES, ids=["whole", "CPR", "OSC", "DCS"])
@pytest.mark.parametrize("between", BETWEEN, ids=lambda between: between.__name__)
def test_a_question_in_two_halves_is_answered_once(
    shared: RunningServer, name: str, tmp_path: Path, between: Callable[[Scene], None], halves: tuple[str, str]
) -> None:
    scene = Scene(shared, name, tmp_path)
    scene.attach()
    scene.attach()
    call = scene.begin(*halves)
    between(scene)
    assert scene.end(call).endswith(b"answers: 1\n")
    for viewer in scene.viewers:
        viewer.await_text("answers: 1")
        if viewer.columns == scene.server.pane(name)["columns"]:
            until(lambda viewer=viewer: viewer.agrees(shared, name), "the pane's picture")  # type: ignore[misc]  # bound now


@pytest.mark.parametrize("halves", HALVES, ids=["whole", "CPR", "OSC", "DCS"])
def test_who_comes_first_in_the_middle_of_a_question(
    shared: RunningServer, name: str, tmp_path: Path, halves: tuple[str, str]
) -> None:
    scene = Scene(shared, name, tmp_path)
    call = scene.begin(*halves)
    scene.attach()
    assert scene.end(call).endswith(b"answers: 1\n")
    scene.viewers[0].await_text("answers: 1")
