"""The keyboard law: what the user's terminal sends reaches the program as the bytes that it would get from xterm.

The sequences go through Textual's own parser and through a pane of the whole application. The first table is what
xterm sends (most of it must arrive unchanged), the second what kitty sends when it is asked to report every key, as
Textual asks it: there the program gets xterm's bytes, since it asked for nothing else.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator

import pytest
from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser

from ai_session_tui.dashboard import alt_keys
from ai_session_tui.dashboard.app import Dashboard
from tests.dashboard.fakes import FakeLink, frame, session_wire
from tests.dashboard.waiting import ready, until, watched

_MODIFIERS = {2: "shift", 3: "alt", 4: "shift alt", 5: "ctrl", 6: "shift ctrl", 7: "alt ctrl", 8: "all"}

UNCHANGED = [
    *string.printable[:95],
    *"éß漢€ñ",
    *(chr(code) for code in range(1, 32) if code not in (2, 10, 27)),  # ^b is the leader; ^j: see below
    "\x00",
    "\x7f",
    "\x1b",
    *(f"\x1b{sign}" for sign in string.printable[:95] if sign not in "[OPX]^_"),
    *(f"\x1b{chr(code)}" for code in range(1, 27) if code not in (2, 9, 10)),
    "\x1b\x7f",
    *(f"\x1b[{letter}" for letter in "ABCDFHZ"),
    *(f"\x1bO{letter}" for letter in "PQRS"),
    *(f"\x1b[{number}~" for number in (2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23, 24)),
    *(f"\x1b[1;{modifier}{letter}" for modifier in _MODIFIERS for letter in "ABCDFHPQS"),
    *(f"\x1b[{number};{modifier}~" for modifier in _MODIFIERS for number in (3, 5, 6, 15, 17, 20, 21, 23, 24)),
]

AS_XTERM = [
    ("\n", b"\n"),
    ("\x08", b"\x08"),
    ("\x1b[1~", b"\x1b[H"),  # VT220's home and end, which screens and old consoles send
    ("\x1b[4~", b"\x1b[F"),
    ("\x1b[[A", b"\x1bOP"),  # the Linux console's F1
    ("\x1b[25~", b"\x1b[1;2P"),  # F13 is shift+F1 on every xterm
    ("\x1b[29~", b"\x1b[29~"),
]

FROM_KITTY = [
    ("\x1b[97;;97u", b"a"),
    ("\x1b[97;2;65u", b"A"),
    ("\x1b[49;2;33u", b"!"),
    ("\x1b[233;;233u", "é".encode()),
    ("\x1b[32;;32u", b" "),
    ("\x1b[97;3u", b"\x1ba"),
    ("\x1b[97;4u", b"\x1bA"),
    ("\x1b[49;3u", b"\x1b1"),
    ("\x1b[97;5u", b"\x01"),
    ("\x1b[97;7u", b"\x1b\x01"),
    ("\x1b[32;5u", b"\x00"),
    ("\x1b[47;5u", b"\x1f"),
    ("\x1b[91;5u", b"\x1b"),
    ("\x1b[13u", b"\r"),
    ("\x1b[13;3u", b"\x1b\r"),
    ("\x1b[9u", b"\t"),
    ("\x1b[9;2u", b"\x1b[Z"),
    ("\x1b[27u", b"\x1b"),
    ("\x1b[127u", b"\x7f"),
    ("\x1b[127;5u", b"\x08"),
    ("\x1b[127;3u", b"\x1b\x7f"),
    ("\x1b[57441;2u", b""),  # Shift by itself
    ("\x1b[57414u", b"\r"),
    ("\x1b[57399u", b"0"),
    ("\x1b[P", b"\x1bOP"),
    ("\x1b[13~", b"\x1bOR"),
    ("\x1b[57376u", b"\x1b[1;2P"),
    ("\x1b[1;5A", b"\x1b[1;5A"),
    ("\x1b[3;5~", b"\x1b[3;5~"),
]

Make = Callable[..., Dashboard]


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put Textual's tables right for the test alone."""
    sequences, functional = dict(ANSI_SEQUENCES_KEYS), dict(FUNCTIONAL_KEYS)
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.0)
    alt_keys.put_right()
    yield
    for table, before in ((ANSI_SEQUENCES_KEYS, sequences), (FUNCTIONAL_KEYS, functional)):
        table.clear()
        table.update(before)


def events_of(sent: str) -> list[events.Key]:
    parser = XTermParser()
    found = [*parser.feed(sent), *parser.tick()]
    assert all(isinstance(event, events.Key) for event in found), f"{sent!r} became {found}"
    return [event for event in found if isinstance(event, events.Key)]


async def arrived(make: Make, table: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return the table with what arrived at the program."""
    link = FakeLink(session_wire("dev"))
    app = make(link)
    found = []
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        (await watched(pilot, link, "id-dev:1")).feed(frame("$ "))
        for sent, expected in table:
            link.typed.clear()
            for event in events_of(sent):
                app.post_message(event)
            if expected:
                await until(pilot, lambda expected=expected: len(link.typed.get("id-dev:1", b"")) >= len(expected))
            await pilot.pause()
            found.append((sent, link.typed.get("id-dev:1", b"")))
    return found


async def test_what_xterm_sends_arrives_unchanged(dashboard: Make) -> None:
    table = [(sent, sent.encode()) for sent in UNCHANGED]
    assert await arrived(dashboard, table) == table


async def test_other_spellings_arrive_as_xterm_spells_them(dashboard: Make) -> None:
    assert await arrived(dashboard, AS_XTERM) == AS_XTERM


async def test_a_terminal_that_reports_every_key_is_understood(dashboard: Make) -> None:
    assert await arrived(dashboard, FROM_KITTY) == FROM_KITTY


async def test_no_sequence_that_textual_knows_breaks_the_dashboard(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        for sent in list(ANSI_SEQUENCES_KEYS):
            parser = XTermParser()
            for event in [*parser.feed(sent), *parser.tick()]:
                if isinstance(event, events.Key) and event.key != "ctrl+b":
                    app.workspace.pane.press(event.key, event.character)
        await pilot.pause()
        assert app.is_running


def test_backspace_of_an_old_terminal_stays_backspace() -> None:
    alt_keys.put_right(b"\x08")
    assert events_of("\x08")[0].key == "ctrl+h" or events_of("\x08")[0].key == "backspace"
