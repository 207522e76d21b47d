"""Commands are found in the scrollback by what the shell said, not by what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.server_kit import RunningServer, await_event, running_server, until


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("lines") / "home"
    home.mkdir(mode=0o700)
    with running_server(home) as running:
        yield running


def text_from(server: RunningServer, name: str, first: int, rows: int) -> str:
    """Return the text of some rows, those of the screen too, without its blanks."""
    page = server.call("screen.history", target=name, first=0, count=2000)
    known = {number: text for number, text, _, _ in page["lines"]}
    watching = server.connect().open("screen.watch", target=name)
    frame = await_event(watching, "frame")
    watching.cancel()
    known |= {page["screen_at"] + at: text for at, text, _, _ in frame["rows"]}
    return "".join("".join(known[number].split()) for number in range(first, first + rows))


def lines(server: RunningServer, name: str) -> dict[int, int]:
    """Return the line of each command."""
    return {command: line for line, command in server.call("screen.commands", target=name)["lines"]}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_command_is_found_though_its_text_was_printed_before_and_after(shared: RunningServer, shell: str) -> None:
    name = f"lines-{shell}"
    shared.create(name, shell=shell, columns=60, rows=12)
    decoy = "printf '$ echo fine\\n%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14"
    for command in (decoy, "echo fine", decoy, "true", "echo fine"):
        assert shared.exec(name, command).code == 0
    viewer = shared.connect()
    viewer.open("screen.watch", target=name)
    for size in ((60, 12), (43, 20), (100, 7)):
        viewer.call("pane.resize", target=name, columns=size[0], rows=size[1])
        found = lines(shared, name)
        assert list(found) == [1, 2, 3, 4, 5]
        for number in (2, 5):
            shown = text_from(shared, name, found[number], 3)
            assert "echofinefine" in shown and not shown.startswith("$echofine")


def test_what_was_wiped_away_is_not_told(shared: RunningServer) -> None:
    shared.create("wiped", shell="bash")
    shared.exec("wiped", "echo gone")
    shared.exec("wiped", "clear")
    shared.exec("wiped", "echo there")
    until(lambda: shared.call("session.get", target="wiped")["panes"][0]["state"] == "prompt", "the prompt")
    assert list(lines(shared, "wiped")) == [3]


def test_a_screen_that_begins_with_the_journal_knows_them_too(shared: RunningServer, tmp_path: Path) -> None:
    shared.create("again", shell="bash")
    shared.exec("again", "echo one")
    shared.exec("again", "for i in 1 2\ndo echo $i\ndone")
    before: Any = lines(shared, "again")
    assert list(before) == [1, 2]
    shared.kill_server()
    assert lines(shared, "again") == before
