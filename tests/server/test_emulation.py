"""Screens and their turns: an echo waits for nobody's flood, and however a screen is fed it ends the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ai_session_tui.journal import JournalWriter
from ai_session_tui.server.emulation import Emulation, ScreenFeed
from ai_session_tui.terminal import Terminal

NONCE = "0" * 32
# Nothing of it can be left out: every line moves the cursor.
REDRAW = b"".join(b"\x1b[%d;%dH\x1b[3%dmframe %d" % (n % 40 + 1, n % 90 + 1, n % 8, n) for n in range(60_000))


def pane(emulation: Emulation, folder: Path) -> tuple[JournalWriter, ScreenFeed]:
    journal = JournalWriter.open(str(folder))
    feed = ScreenFeed(
        emulation, journal, str(folder), (120, 40), history=500, nonce=lambda: NONCE, on_fed=lambda *_: None
    )
    return journal, feed


def prints(journal: JournalWriter, feed: ScreenFeed, data: bytes) -> None:
    journal.append(data)
    feed.announce(data)


async def test_an_echo_is_drawn_while_another_screen_is_far_behind(tmp_path: Path) -> None:
    emulation = Emulation()
    loud, typed = pane(emulation, tmp_path / "loud"), pane(emulation, tmp_path / "typed")
    prints(*typed, b"$ ")
    await typed[1].caught_up()
    for start in range(0, len(REDRAW), 65_536):
        prints(*loud, REDRAW[start : start + 65_536])
    assert loud[1].lag == len(REDRAW)
    for key in b"echo":
        prints(*typed, bytes([key]))
        assert typed[1].lag == 0
    assert typed[1].current().lines()[0] == "$ echo"
    assert loud[1].lag > len(REDRAW) // 2
    await loud[1].caught_up()
    assert loud[1].lag == 0


@pytest.mark.parametrize("piece", [100, 5_000, 65_536])
async def test_a_screen_ends_the_same_in_whatever_pieces_it_is_fed(tmp_path: Path, piece: int) -> None:
    journal, feed = pane(Emulation(), tmp_path / "pane")
    wanted = Terminal(120, 40, history=500)
    data = REDRAW[:400_000] + b"line of a flood\r\n" * 30_000 + REDRAW[:100_000]
    for number, start in enumerate(range(0, len(data), piece)):
        prints(journal, feed, data[start : start + piece])
        wanted.feed(data[start : start + piece])
        if number == 3:
            feed.resize(100, 30)
            wanted.resize(100, 30)
        if number % 50 == 0:
            await asyncio.sleep(0)
    await feed.caught_up()
    assert feed.current().state() == wanted.state()
