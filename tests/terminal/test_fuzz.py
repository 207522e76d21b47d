"""Bad input: no exception, no leak into the text, no unbounded memory, no loop.

`AI_SESSION_FUZZ_BYTES` says how many bytes are fed (10 million if unset), `AI_SESSION_FUZZ_SEED` repeats a run; the
seed is printed, and part of every failure.
"""

from __future__ import annotations

import os
import random
import tracemalloc

import pytest

from ai_session_tui.terminal import Terminal
from tests.terminal.record import load, names

TOTAL = int(os.environ.get("AI_SESSION_FUZZ_BYTES", 10_000_000))
SEED = int(os.environ.get("AI_SESSION_FUZZ_SEED", random.SystemRandom().randrange(1 << 32)))
SHARE = {"noise": 0.2, "escapes": 0.25, "recordings": 0.45, "strings": 0.1}

# History kept small, so that growth beyond it shows; see `test_memory_stays_bounded`.
HISTORY = 200

_ALPHABET = (
    b"\x1b\x1b\x1b[[[]]P_^X();:?<=>!$ \"'0123456789;;hlmrqJKHABCDLMPSTX@\\\x07\x9b\x9c\x90\r\n\t\b\xe6\xbc\xa2\xf0\x9fa"
)


def _noise(chance: random.Random, size: int) -> bytes:
    return chance.randbytes(size)


def _escapes(chance: random.Random, size: int) -> bytes:
    return bytes(chance.choices(_ALPHABET, k=size))


def _strings(chance: random.Random, size: int) -> bytes:
    """Return control strings that hardly ever end."""
    opening = chance.choice(
        (b"\x1b]52;c;", b"\x1bP+q", b"\x1b_G", b"\x1b]0;", b"\x1b[", b"\x1b[38;2;", b"\x1bX", b"\x1b]8;;")
    )
    return (
        opening
        + chance.choice((b"a", b"1;", b"\xe6", b"9", b":")) * (size // 2)
        + chance.choice((b"\x07", b"\x1b\\", b""))
    )


_RECORDINGS = [load(name).recording for name in names()]


def _mutated(chance: random.Random, size: int) -> bytes:
    """Return a piece of a recording with bytes changed, lost, doubled and moved."""
    source = chance.choice(_RECORDINGS)
    start = chance.randrange(len(source))
    data = bytearray(source[start : start + size])
    for _ in range(len(data) // 50 + 1):
        at = chance.randrange(len(data) + 1)
        end = min(at + chance.randrange(8), len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[at:end] = b""
        elif kind == 1:
            data[at:at] = data[at:end] * chance.randrange(1, 20)
        elif kind == 2:
            data[at:end] = chance.randbytes(end - at)
        else:
            data[at:at] = bytes(chance.choices(_ALPHABET, k=4))
    return bytes(data)


KINDS = {"noise": _noise, "escapes": _escapes, "recordings": _mutated, "strings": _strings}


def _look_around(terminal: Terminal, chance: random.Random) -> None:
    """Use what a server and its viewers use."""
    assert 0 <= terminal.cursor.column < terminal.columns
    assert 0 <= terminal.cursor.row < terminal.rows
    for y in terminal.rows_changed_since(terminal.epoch - 3):
        row = terminal.row(y)
        assert row.text.isprintable() or not any(ord(character) < 32 or ord(character) == 127 for character in row.text)
        assert all(0 <= start < end <= terminal.columns for start, end, _ in row.runs)
    assert terminal.history_length <= HISTORY
    assert len(terminal.take_replies()) < 1 << 20
    assert len(terminal.take_events()) < 10_000
    choice = chance.randrange(60)
    if choice == 0:
        terminal.snapshot()
    elif choice == 1:
        terminal.end_program()
    elif choice == 2:
        terminal.text(None)
    elif choice < 10:
        terminal.resize(*chance.choice(((1, 1), (2, 1), (80, 24), (120, 40), (1, 50), (300, 2))))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_raises_whatever_comes(kind: str) -> None:
    print(f"AI_SESSION_FUZZ_SEED={SEED}")
    chance = random.Random(f"{SEED} {kind}")
    fed = 0
    terminal = Terminal(80, 24, history=HISTORY)
    while fed < TOTAL * SHARE[kind]:
        data = KINDS[kind](chance, chance.choice((10, 300, 4096, 20_000)))
        try:
            terminal.feed(data)
            _look_around(terminal, chance)
        except Exception as error:
            error.add_note(f"AI_SESSION_FUZZ_SEED={SEED} {kind}, after {fed} bytes, in {data[-200:]!r}")
            raise
        fed += len(data)
        if chance.randrange(200) == 0:
            terminal = Terminal(*chance.choice(((80, 24), (1, 1), (132, 50), (1000, 500))), history=HISTORY)


@pytest.mark.parametrize(
    "opening",
    [
        b"\x1b]52;c;",
        b"\x1b]0;",
        b"\x1bP",
        b"\x1bP+q",
        b"\x1b_",
        b"\x1b^",
        b"\x1bX",
        b"\x1b[",
        b"\x1b[38",
        b"\x1b]8;;",
        b"\x1b ",
    ],
)
def test_a_sequence_that_never_ends_stays_small(opening: bytes) -> None:
    terminal = Terminal(80, 24, history=HISTORY)
    terminal.feed(opening)
    tracemalloc.start()
    try:
        for _ in range(64):
            terminal.feed(b"1" * 65536)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 2 * 1024 * 1024, f"{grown} bytes kept of 4 MB"


def test_marks_on_one_cell_stay_small() -> None:
    terminal = Terminal(80, 24, history=HISTORY)
    tracemalloc.start()
    try:
        terminal.feed(b"e" + "\u0301\u0302\u200d".encode() * 30_000)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 1024 * 1024


@pytest.mark.parametrize(
    "line",
    [
        "\x1b[38;2;{r};{g};{b}mx\x1b[m\r\n",
        "\x1b]8;id={n};http://example.org/" + "y" * 2000 + "{n}\x07x\x1b]8;;\x07\r\n",
        "{wide}\u0301{mark}\r\n",
        "\x1b]2;title {n}\x07\x1b[22t\x1b[>1u\x1b7\x1bH\x1b[?{n}h\x1b[?1049h\x1b[?1049l\r\n",
    ],
    ids=["colours", "links", "clusters", "stacks"],
)
def test_what_scrolled_away_is_forgotten(line: str) -> None:
    """Ever new styles, links, clusters and saved states cost no more than a table's worth of them."""
    terminal = Terminal(80, 24, history=HISTORY)
    tracemalloc.start()
    try:
        for n in range(8_000):
            colours = {"r": n % 256, "g": n // 256 % 256, "b": n % 7}
            terminal.feed(line.format(n=n, wide=chr(0x4E00 + n % 9999), mark=chr(0x300 + n % 99), **colours).encode())
            terminal.take_events()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 8 * 1024 * 1024, f"{grown} bytes kept"


def test_a_storm_of_resizes_during_output() -> None:
    chance = random.Random(SEED)
    terminal = Terminal(80, 24, history=HISTORY)
    source = load("textual").recording
    for start in range(0, len(source), 400):
        terminal.feed(source[start : start + 400])
        terminal.resize(chance.randrange(1, 200), chance.randrange(1, 60))
        _look_around(terminal, chance)
    terminal.resize(1000, 500)
    terminal.resize(1, 1)


def test_a_terminal_without_cells_is_refused() -> None:
    for columns, rows in ((0, 0), (0, 5), (5, 0), (-1, 4)):
        with pytest.raises(ValueError, match="no cells"):
            Terminal(80, 24).resize(columns, rows)
