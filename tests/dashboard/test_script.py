"""One script of keys and expected texts, run by Pilot on a link that plays the server, and in tmux on the real one."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from ai_session_tui.dashboard.app import Dashboard
from tests.conftest import RunCli
from tests.dashboard.playing import PlayingLink
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import LIMIT_SECONDS, ready, until

Make = Callable[..., Dashboard]


class Hands(Protocol):
    """What the script needs: keys as tmux names them, and a look at the screen."""

    async def press(self, *keys: str) -> None: ...
    async def write(self, text: str) -> None: ...
    async def await_text(self, text: str) -> None: ...
    async def await_no_text(self, text: str) -> None: ...


async def script(hands: Hands) -> None:
    """A walk through the dashboard with the sessions `dev` and `web`, at first in `dev`."""
    await hands.await_text("2 sessions")
    await hands.write("echo one-and-only\r")
    await hands.await_text("one-and-only")
    await hands.press("C-b", "%")
    await hands.await_text("dev:2")
    await hands.write("echo in-the-second\r")
    await hands.await_text("in-the-second")
    await hands.press("C-b", "z")
    await hands.await_no_text("echo one-and-only")
    await hands.press("C-b", "z")
    await hands.await_text("echo one-and-only")
    await hands.press("C-b", "s")
    await hands.await_text("switch to")
    await hands.write("web\r")
    await hands.await_no_text("dev:2")
    await hands.write("echo here-is-web\r")
    await hands.await_text("here-is-web")
    await hands.press("C-b", ";")
    await hands.await_text("dev:2")
    await hands.press("C-b", "?")
    await hands.await_text("esc close")
    await hands.press("Escape")
    await hands.await_no_text("esc close")
    await hands.press("C-b", "x")
    await hands.await_no_text("dev:2")
    await hands.press("C-b", "d")


class PilotHands:
    """Pilot on the application."""

    _NAMES = {"C-b": "ctrl+b", "%": "percent_sign", ";": "semicolon", "?": "question_mark", "Escape": "escape"}  # noqa: RUF012

    def __init__(self, pilot: Pilot[None], app: Dashboard) -> None:
        self._pilot, self._app = pilot, app

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*(self._NAMES.get(key, key) for key in keys))

    async def write(self, text: str) -> None:
        await self._pilot.press(*("enter" if sign == "\r" else "minus" if sign == "-" else sign for sign in text))

    async def await_text(self, text: str) -> None:
        await until(self._pilot, lambda: text in screen_text(self._app))

    async def await_no_text(self, text: str) -> None:
        await until(self._pilot, lambda: text not in screen_text(self._app))


class TmuxHands:
    """A tmux that runs `ai-session` against the real server."""

    def __init__(self, folder: Path, run: RunCli, *words: str, size: tuple[int, int] = (100, 30)) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]
        env = [f"{name}={value}" for name, value in run.environment().items()]
        command = ["env", "-u", "TMUX", "-u", "COLUMNS", "-u", "LINES", *env, "COLORTERM=truecolor", *run.words(*words)]
        columns, rows = size
        ready = f"{shlex.join(command)}; echo; echo left with $?; sleep 60"
        self.call("new-session", "-d", "-x", str(columns), "-y", str(rows), ready)

    def call(self, *words: str) -> str:
        done = subprocess.run([*self._tmux, *words], capture_output=True, text=True, check=True, timeout=30)
        return done.stdout

    def text(self) -> str:
        return self.call("capture-pane", "-p")

    def send_bytes(self, data: bytes) -> None:
        """Type bytes exactly."""
        self.call("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.call("send-keys", "\\;" if key == ";" else key)

    async def write(self, text: str) -> None:
        self.call("send-keys", "-l", text)

    async def await_text(self, text: str) -> None:
        await self._await(lambda: text in self.text(), text)

    async def await_no_text(self, text: str) -> None:
        await self._await(lambda: text not in self.text(), text)

    async def _await(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 2 * LIMIT_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"{what!r} did not come to pass:\n{self.text()}"
            await asyncio.sleep(0.03)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def tmux(run_cli: RunCli, tmp_path: Path) -> Iterator[Callable[..., TmuxHands]]:
    """Start the dashboard in a tmux of its own."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux here")
    opened: list[TmuxHands] = []

    def start(*words: str, size: tuple[int, int] = (100, 30)) -> TmuxHands:
        opened.append(TmuxHands(tmp_path, run_cli, *words, size=size))
        return opened[-1]

    yield start
    for hands in opened:
        hands.close()


async def test_by_pilot(dashboard: Make) -> None:
    app = dashboard(PlayingLink("dev", "web"), target="dev")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await script(PilotHands(pilot, app))
        await pilot.pause()
    assert app.return_code == 0


async def test_in_tmux(run_cli: RunCli, tmux: Callable[..., TmuxHands]) -> None:
    for name in ("dev", "web"):
        run_cli.json("create", "--name", name)
    hands = tmux("ui", "dev")
    await script(hands)
    await hands.await_text("left with 0")
    assert "stopped" not in run_cli("list").stdout.lower(), "everything keeps running"


async def test_a_killed_server_comes_back_to_the_same_panes_without_a_key(
    run_cli: RunCli, tmux: Callable[..., TmuxHands]
) -> None:
    run_cli.json("create", "--name", "dev")
    hands = tmux("ui", "dev")
    await hands.await_text("1 session")
    await hands.write("echo in-$((1))-one\r")
    await hands.await_text("in-1-one")
    await hands.press("C-b", "-")
    await hands.await_text("dev:2")
    await hands.write("echo in-$((2))-two\r")
    await hands.await_text("in-2-two")
    run_cli.crash_server()
    await hands.await_text("the server")
    await hands.await_text("The server is back")
    await hands.await_text("in-1-one")
    await hands.write("echo alive-$((3))\r")
    await hands.await_text("alive-3")


PROBE = """
import os, sys, tty
tty.setraw(0)
os.write(1, b"probe ready\\r\\n")
while True:
    data = os.read(0, 1024)
    os.write(1, data.hex(" ").encode() + b"\\r\\n")
    if data == b"q": break
"""


async def test_keys_reach_a_raw_program_in_a_real_pane(
    run_cli: RunCli, tmux: Callable[..., TmuxHands], tmp_path: Path
) -> None:
    """What the terminal sends is what the program reads, byte for byte; the leader alone is kept."""
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE)
    run_cli.json("create", "--name", "dev")
    hands = tmux("ui", "dev")
    await hands.await_text("1 session")
    await hands.write(f"{sys.executable} -IS {probe}\r")  # `python3` may be a wrapper that takes its time
    await hands.await_text("probe ready")
    sent = [b"a", b"\x03", b"\x11", b"\x10", b"\x1a", b"\t", b"\r", b"\x7f", b"\x1b[A", b"\x1bOP", b"\x1b[15;5~"]
    sent += [b"\x1ba", b"\x1b1", "é".encode(), b"\x1b[1;5C", b"\x1b[Z", b"\x1b", b"\x00"]
    for data in sent:
        hands.send_bytes(data)
        await hands.await_text(f"│{data.hex(' ')}\n")


async def test_a_bar_is_the_terminals_own_and_function_keys_arrive(
    tmux: Callable[..., TmuxHands], run_cli: RunCli
) -> None:
    program = "printf '\\033[6 q\\033[4:3;58:2::255:0:0mcurly\\033[m '; cat -v"
    run_cli("create", "--name", "dev", "--", "sh", "-c", program).check_returncode()
    hands = tmux("ui", "dev")

    async def await_cursor(shown: str) -> None:
        await hands._await(lambda: hands.call("display-message", "-p", "#{cursor_flag}").strip() == shown, "the cursor")

    await hands.await_text("curly")
    await await_cursor("1")
    x, y = (int(hands.call("display-message", "-p", f"#{{cursor_{axis}}}")) for axis in "xy")
    assert hands.text().splitlines()[y].index("curly") + len("curly ") == x
    line = hands.call("capture-pane", "-p", "-e").splitlines()[y]
    assert "\x1b[4m" in line, "of this terminal it is not known that it draws them"
    await hands.press("F10", "M-b", "C-Left", "Enter")
    await hands.await_text("^[[21~^[b^[[1;5D")
    await hands.press("C-b", "?")
    await await_cursor("0")
    await hands.press("Escape")
    await await_cursor("1")
    await hands.press("C-b", "d")
    await hands.await_text("left with 0")
    await await_cursor("1")
