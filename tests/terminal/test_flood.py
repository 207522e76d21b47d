"""Fast-forward: a flood leaves exactly what drawing every line of it would have left."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal, engine, flood, sieve
from tests.terminal.record import load, names
from tests.terminal.test_laws import EXAMPLES

PIECES = [
    "word ",
    "x",
    "a longer piece of text, ",
    "漢字",
    "é",
    "─",
    "🚀",
    "\t",
    "\x1b[31m",
    "\x1b[m",
    "\x1b[0m",
    "\x1b[1;44m",
    "\x1b[K",
    "\x1b[39m",
    "\x1b[48;2;1;2;3m",
]
STRAYS = [
    "👍🏽",
    "e\u0301",
    "\x1b[5A",
    "\x1b]0;t\x07",
    "\r",
    "\n",
    "\x1b[2;4r",
    "\x1b[?1049h",
    "\x1b[?7l",
    "\x85",
    "\x07",
]

line = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
plain_lines = st.lists(line, min_size=1, max_size=12)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "_parts", lambda *_: None)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    before=st.lists(st.sampled_from([*PIECES, *STRAYS, "\r\n"]), max_size=6).map("".join),
    lines=plain_lines,
    repeats=st.integers(1, 30),
    stray=st.one_of(st.just(""), st.sampled_from(STRAYS)),
    place=st.integers(0, 400),
    after=st.lists(st.sampled_from([*PIECES, *STRAYS, "\r\n", "\x1b[b"]), max_size=6).map("".join),
    size=st.tuples(st.integers(1, 40), st.integers(1, 6)),
    history=st.sampled_from([0, 3, 50, 1000]),
)
def test_fast_forward_equals_drawing_every_line(
    before: str, lines: list[str], repeats: int, stray: str, place: int, after: str, size: tuple[int, int], history: int
) -> None:
    all_lines = lines * repeats
    all_lines.insert(place % (len(all_lines) + 1), stray)
    body = "".join(f"{line}\r\n" for line in all_lines).encode() + after.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flood, "LEAST_BYTES", 1)
        patch.setattr(flood, "_LEAST_LINES", 1)
        patch.setattr(flood, "BLOCK_BYTES", 300)
        patch.setattr(sieve, "BLOCK_BYTES", 300)
        fast = Terminal(*size, history=history)
        fast.feed(before.encode())
        fast.feed(body)
        fast.feed(body)
        slow(patch)
        drawn = Terminal(*size, history=history)
        drawn.feed(before.encode())
        drawn.feed(body)
        drawn.feed(body)
    assert fast.dropped == drawn.dropped
    assert fast.state() == drawn.state()


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    lines=plain_lines,
    repeats=st.integers(1, 60),
    strays=st.lists(st.tuples(st.integers(0, 700), st.sampled_from([*STRAYS, "\x1b[", "\xff"])), max_size=2),
    cut=st.integers(1, 400),
    most=st.sampled_from([50, 400, 3000]),
    looks=st.sets(st.integers(0, 40), max_size=3),
    size=st.tuples(st.integers(1, 40), st.integers(1, 6)),
    history=st.sampled_from([0, 3, 50, 1000]),
)
def test_what_is_put_off_and_thinned_out_equals_drawing_every_line(
    lines: list[str],
    repeats: int,
    strays: list[tuple[int, str]],
    cut: int,
    most: int,
    looks: set[int],
    size: tuple[int, int],
    history: int,
) -> None:
    all_lines = lines * repeats
    for place, stray in strays:
        all_lines.insert(place % (len(all_lines) + 1), stray)
    stream = "".join(f"{line}\r\n" for line in all_lines).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "LEAST_PUT_OFF", 1)
        patch.setattr(engine, "MOST_PUT_OFF", most)
        patch.setattr(flood, "LEAST_BYTES", 1)
        patch.setattr(flood, "_LEAST_LINES", 1)
        patch.setattr(flood, "BLOCK_BYTES", 300)
        patch.setattr(sieve, "BLOCK_BYTES", 300)
        fast = Terminal(*size, history=history)
        for number, start in enumerate(range(0, len(stream), cut)):
            fast.feed(stream[start : start + cut])
            if number in looks:
                fast.lines()
        ours = fast.dropped, fast.state(), fast.take_replies(), fast.take_events()
        patch.setattr(engine, "LEAST_PUT_OFF", len(stream) + 1)
        slow(patch)
        drawn = Terminal(*size, history=history)
        drawn.feed(stream)
    assert ours == (drawn.dropped, drawn.state(), drawn.take_replies(), drawn.take_events())


@settings(max_examples=EXAMPLES, deadline=None)
@example(lines=["", "a longer piece of text, \t", *[""] * 10], repeats=1, sizes=[(2, 1)], history=10)
@example(lines=["", "word x\x1b[K"], repeats=6, sizes=[(6, 1)], history=10)
@example(lines=["", "word word word word x\x1b[K"], repeats=6, sizes=[(40, 1)], history=10)
@given(
    lines=plain_lines,
    repeats=st.integers(1, 30),
    sizes=st.lists(st.tuples(st.integers(2, 40), st.integers(1, 6)), min_size=1, max_size=3),
    history=st.sampled_from([10, 5000]),
)
def test_a_flood_that_is_still_bytes_is_reflowed_as_lines_are(
    lines: list[str], repeats: int, sizes: list[tuple[int, int]], history: int
) -> None:
    body = "".join(f"{line}\r\n" for line in lines * repeats).replace("\t", " ").encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flood, "LEAST_BYTES", 1)
        patch.setattr(flood, "_LEAST_LINES", 1)
        patch.setattr(flood, "BLOCK_BYTES", 300)
        patch.setattr(sieve, "BLOCK_BYTES", 300)
        fast = Terminal(20, 5, history=history)
        fast.feed(body)
        fast.catch_up()
        slow(patch)
        drawn = Terminal(20, 5, history=history)
        drawn.feed(body)
        for size in sizes:
            fast.resize(*size)
            drawn.resize(*size)
        assert fast.lines() == drawn.lines()
        assert fast.cursor == drawn.cursor
        ours, theirs = fast.text(None), drawn.text(None)
        assert ours == theirs or (history == 10 and (ours.endswith(theirs) or theirs.endswith(ours)))


def test_a_flood_is_not_drawn() -> None:
    terminal = Terminal(80, 24)
    data = b"".join(b"\x1b[32mline\x1b[m %d\r\n" % number for number in range(5000))
    terminal.feed(data)
    assert [*terminal._screen.history.raws()], "most of it stays bytes"
    assert terminal.history_row(17).text == "line 17"
    assert terminal.lines()[22] == "line 4999"
    assert terminal.history_length == 5000 - 23


def test_a_flood_that_is_written_line_by_line_is_kept_in_large_parts() -> None:
    terminal = Terminal(80, 24)
    terminal.feed(b"x" * 2000 + b"\r\n")
    for number in range(20_000):
        terminal.feed(b"line %d\r\n" % number)
    assert len([*terminal._screen.history.raws()]) < 10
    assert terminal.history_row(9_999).text == "line 19976"


@pytest.mark.parametrize("line", ["x" * 500, "漢" * 99, "a\tb", "\x1b[31mred", "🚀 go", ""])
def test_floods_of_all_sorts_are_fast_forwarded_and_right(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (line + "\r\n").encode() * 3000
    fast = Terminal(81, 24)
    fast.feed(data)
    assert [*fast._screen.history.raws()]
    slow(monkeypatch)
    drawn = Terminal(81, 24)
    drawn.feed(data)
    assert fast.state() == drawn.state()
    assert fast.dropped == drawn.dropped


@pytest.mark.parametrize("size", [None, (40, 12), (13, 3)], ids=["own-size", "40x12", "13x3"])
@pytest.mark.parametrize("name", names())
def test_recorded_programs_are_fast_forwarded_to_what_is_drawn(name: str, size: tuple[int, int] | None) -> None:
    """The recording of a program, and then twice its text as a flood, looked at now and then."""
    case = load(name)
    columns, rows = size or (case.columns, case.rows)
    text = b"".join(line.encode() + b"\x1b[m\r\n" for line in case.grid * 3)
    stream = case.recording[: 200 * 1024] + text * 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "LEAST_PUT_OFF", 1)
        patch.setattr(engine, "MOST_PUT_OFF", 3000)
        patch.setattr(flood, "LEAST_BYTES", 1)
        patch.setattr(flood, "_LEAST_LINES", 1)
        patch.setattr(flood, "BLOCK_BYTES", 300)
        patch.setattr(sieve, "BLOCK_BYTES", 300)
        fast = Terminal(columns, rows)
        reader = sieve.Sieve()
        for number, start in enumerate(range(0, len(stream), 1500)):
            piece = stream[start : start + 1500]
            sifted = None
            if number % 5:  # what came in one read went through no sieve
                for at in range(0, len(piece), 137):
                    reader.add(memoryview(piece)[at : at + 137])
                sifted = reader.take()
            while piece:
                taken = fast.feed_some(piece, 700, sifted)
                sifted = None
                assert taken in (len(piece), 700)
                piece = piece[taken:]
            if number % 7 == 0:
                fast.lines()
        fast.catch_up()
        patch.setattr(engine, "LEAST_PUT_OFF", len(stream) + 1)
        slow(patch)
        drawn = Terminal(columns, rows)
        drawn.feed(stream)
    assert fast.dropped == drawn.dropped
    assert fast.state() == drawn.state()
    assert (fast.take_replies(), fast.take_events()) == (drawn.take_replies(), drawn.take_events())
