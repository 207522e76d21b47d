"""Our cells, styles, cursor, modes and scrollback are those of libghostty and of tmux.

Recordings of real programs are looked at again and again while they run, at the size they were made for and at
others; then come generated streams and resizes. Wherever the oracles agree we must agree with them, to the cell;
where they differ we must show what one of them shows (`test_disputes` says which one, and why).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.terminal.oracles import GhosttyOracle, Oracle, OurTerminal, TmuxOracle, TmuxServer
from tests.terminal.picture import UNTOLD, Cell, Picture, differences, text_of
from tests.terminal.record import load, names

_SEQUENCE = re.compile(
    rb"\x1b\[[\x20-\x3f]*[\x40-\x7e]|\x1b[\]P_^X].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\xc0-\xff][\x80-\xbf]*|.",
    re.DOTALL,
)
LOOKS = 8  # how often a running program is looked at


def disagreements(ours: Picture, ghostty: Picture, tmux: Picture, *, history: bool = True) -> list[str]:
    """Return where we differ from what the oracles agree on, or from both."""
    found = []
    if ours.cursor not in (ghostty.cursor, tmux.cursor):
        found.append(f"cursor {ours.cursor}; ghostty {ghostty.cursor}, tmux {tmux.cursor}")
    for y, rows in enumerate(zip(ours.screen, ghostty.screen, tmux.screen, strict=True)):
        found += _row_disagreement(f"row {y}", *rows)
    for name in ours.switches.keys() & ghostty.switches.keys() & tmux.switches.keys():
        if ours.switches[name] not in (ghostty.switches[name], tmux.switches[name]):
            found.append(f"{name} is {ours.switches[name]}")
    if history and not ours.switches["alternate"]:  # there libghostty tells of none, tmux of the main screen's
        found += _history_disagreement(ours, ghostty, tmux)
    return found


def _row_disagreement(what: str, ours: list[Cell], ghostty: list[Cell], tmux: list[Cell]) -> list[str]:
    for x, (mine, first, second) in enumerate(zip(ours, ghostty, tmux, strict=True)):
        if mine != first and mine != second and not (second == UNTOLD and mine[0] == " " != first[0]):
            texts = [text_of(row) for row in (ours, ghostty, tmux)]
            return [f"{what}, column {x}: {mine}; ghostty {first}, tmux {second}; rows {texts}"]
    return []


def _history_disagreement(ours: Picture, ghostty: Picture, tmux: Picture) -> list[str]:
    if len(ghostty.history) != len(tmux.history):
        # tmux keeps erased screens (see test_disputes): then ours are libghostty's lines.
        return (
            [] if [text_of(row) for row in ours.history] == [text_of(row) for row in ghostty.history] else ["history"]
        )
    if len(ours.history) != len(ghostty.history):
        return [f"{len(ours.history)} lines of history against {len(ghostty.history)}"]
    found = []
    for y, rows in enumerate(zip(ours.history, ghostty.history, tmux.history, strict=True)):
        found += _row_disagreement(f"history row {y}", *rows)
    return found


def _looks(recording: bytes, seed: int) -> list[bytes]:
    """Cut a recording between sequences, so that taking a picture disturbs no oracle."""
    ends = [found.end() for found in _SEQUENCE.finditer(recording)]
    cuts = sorted({0, *random.Random(seed).sample(ends, min(LOOKS, len(ends))), len(recording)})
    return [recording[start:end] for start, end in pairwise(cuts)]


def _feed_in_pieces(terminal: Oracle, data: bytes, seed: int) -> None:
    """Feed pieces that end anywhere: inside sequences, inside characters."""
    chance = random.Random(seed)
    start = 0
    while start < len(data):
        size = chance.choice((1, 7, 100, 5000, 65536))
        terminal.feed(data[start : start + size])
        start += size


def _run(tmux: TmuxServer, parts: Sequence[bytes | tuple[int, int]], columns: int, rows: int, **wanted: bool) -> None:
    """Feed parts to all three and compare after each; a part may be a new size."""
    ours, ghostty, other = OurTerminal(columns, rows), GhosttyOracle(columns, rows), TmuxOracle(tmux, columns, rows)
    try:
        for number, part in enumerate(parts):
            for terminal in (ghostty, other):
                terminal.feed(part) if isinstance(part, bytes) else terminal.resize(*part)
            if isinstance(part, bytes):
                _feed_in_pieces(ours, part, number)
            else:
                ours.resize(*part)
            found = disagreements(ours.picture(), ghostty.picture(), other.picture(), **wanted)
            assert not found, f"after part {number}: {found[:3]}"
    finally:
        other.close()


@pytest.mark.parametrize("name", names())
def test_a_recorded_program_looks_as_the_oracles_show_it(name: str, tmux: TmuxServer) -> None:
    case = load(name)
    _run(tmux, _looks(case.recording, 1), case.columns, case.rows)


@pytest.mark.parametrize("name", names())
def test_the_last_screen_is_the_recorded_grid(name: str) -> None:
    case = load(name)
    ours, ghostty = OurTerminal(case.columns, case.rows), GhosttyOracle(case.columns, case.rows)
    for terminal in (ours, ghostty):
        terminal.feed(case.recording)
    assert ours.picture().lines == case.grid
    # At its own size a recording meets none of the disputes in which we follow tmux.
    assert not differences(ours.picture(), ghostty.picture(), history=True)


@pytest.mark.parametrize("size", [(40, 12), (150, 50), (13, 3)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", [name for name in names() if name != "clear-frames"])
def test_a_recording_in_a_window_of_another_size(name: str, size: tuple[int, int], tmux: TmuxServer) -> None:
    looks = _looks(load(name).recording, 2)
    _run(tmux, [b"".join(looks[:-2]), *looks[-2:]], *size)


# ---- generated streams ------------------------------------------------------------------------------------------

_number = st.integers(0, 12)
_text = st.text(st.sampled_from("abc xyz─漢字é"), min_size=1, max_size=14).map(str.encode)
_plain = st.text(st.sampled_from("abc xyz─é"), min_size=1, max_size=14).map(str.encode)
_sgr = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "7",
        "8",
        "9",
        "22",
        "23",
        "24",
        "25",
        "27",
        "28",
        "29",
        "31",
        "42",
        "97",
        "103",
        "39",
        "49",
        "38;5;130",
        "48;5;22",
        "4:3",
    ]
).map(lambda codes: f"\x1b[{codes}m".encode())
_true_colour = st.tuples(st.sampled_from((38, 48)), *[st.integers(0, 255)] * 3).map(
    lambda c: f"\x1b[{c[0]};2;{c[1]};{c[2]};{c[3]}m".encode()
)
_move = st.tuples(_number, st.sampled_from("ABCDEFG`d")).map(lambda m: f"\x1b[{m[0]}{m[1]}".encode())
_address = st.tuples(st.integers(0, 8), st.integers(0, 25)).map(lambda p: f"\x1b[{p[0]};{p[1]}H".encode())
# libghostty takes a 0 for nothing here; ECMA-48 lets it stand for the default, 1, and so do xterm, tmux and we.
_edit = st.tuples(st.integers(1, 12), st.sampled_from("@PXLMST")).map(lambda e: f"\x1b[{e[0]}{e[1]}".encode())
_erase = st.tuples(st.integers(0, 2), st.sampled_from("JK")).map(lambda e: f"\x1b[{e[0]}{e[1]}".encode())
_margins = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(lambda m: f"\x1b[{m[0]};{m[1]}r".encode())
_controls = st.sampled_from(
    [b"\r\n", b"\r\n", b"\n", b"\r", b"\b", b"\t", b"\x1bD", b"\x1bM", b"\x1bE", b"\x1b7", b"\x1b8"]
)
# DECSTR is missing: neither oracle does it in full (test_conformance has it).
_modes = st.sampled_from(
    [
        "[?7l",
        "[?7h",
        "[?6h",
        "[?6l",
        "[4h",
        "[4l",
        "[?25l",
        "[?25h",
        "[?1049h",
        "[?1049l",
        "[?1h",
        "[?1l",
        "[?2004h",
        "H",
        "[3g",
        "(0",
        "(B",
        ")0",
    ]
).map(lambda mode: f"\x1b{mode}".encode()) | st.sampled_from([b"\x0e", b"\x0f"])
_pieces = st.one_of(
    _plain, _plain, _text, _sgr, _true_colour, _move, _address, _edit, _erase, _margins, _controls, _modes
)
_streams = st.lists(_pieces, max_size=25).map(b"".join)
_generated = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)


@_generated
@given(stream=_streams)
def test_generated_streams(stream: bytes, tmux: TmuxServer) -> None:
    _run(tmux, [stream], 20, 6)


_lines = st.lists(st.one_of(_plain, _sgr, st.sampled_from([b"\r\n", b"\r\n", b"\r"])), max_size=40).map(b"".join)


@_generated
@given(stream=_lines)
def test_generated_lines_and_their_history(stream: bytes, tmux: TmuxServer) -> None:
    _run(tmux, [stream], 20, 6)


# Clusters as people write them. Left out: a skin tone behind what takes none, which libghostty shows apart and UAX #29
# (GB9) keeps together, as we do.
_emoji = st.lists(
    st.sampled_from(
        [
            "a",
            "👍",
            "👍🏽",
            "👩",
            "👩🏽\u200d🚀",
            "👩\u200d👩\u200d👧",
            "❤",
            "❤️",
            "🇩🇪",
            "🇩",
            "👩\u200d",
            "1️⃣",
            "é",
            "é",
            "漢",
        ]
    ),
    max_size=12,
).map(lambda clusters: "".join(clusters).encode())


@_generated
@given(stream=st.lists(st.one_of(_emoji, _plain, st.sampled_from([b"\r\n", b"\r\n"])), max_size=8).map(b"".join))
def test_generated_emoji(stream: bytes) -> None:
    """tmux has no clusters but ZWJ's, so libghostty alone is asked."""
    ours, ghostty = OurTerminal(30, 8), GhosttyOracle(30, 8)
    for terminal in (ours, ghostty):
        terminal.feed(stream)
    assert not differences(ours.picture(), ghostty.picture(), history=True)


# No blanks at the end of a line: a written one is no different from an erased one with us, so it takes no line
# in a reflow. No backgrounds: libghostty gives erased cells of a colour a line of their own, tmux and we do not.
_trailing = re.compile(rb" +(?=(?:\x1b\[1m)*(?:\r|$))")
_text_lines = st.lists(st.one_of(_plain, st.sampled_from([b"\r\n", b"\r\n", b"\r", b"\x1b[1m"])), max_size=40).map(
    lambda pieces: _trailing.sub(b"", b"".join(pieces))
)
_sizes = st.tuples(st.integers(2, 40), st.integers(1, 12))


def _all_text(picture: Picture) -> list[str]:
    return "\n".join([*picture.history_lines, *picture.lines]).rstrip("\n").split("\n")


@settings(_generated, max_examples=60)
@given(parts=st.lists(st.one_of(_text_lines, _sizes), max_size=6))
def test_resizes_between_lines(parts: list[bytes | tuple[int, int]], tmux: TmuxServer) -> None:
    """The oracles differ in how many lines go into the history, so the text is compared across its border."""
    terminals: list[Oracle] = [OurTerminal(20, 6), GhosttyOracle(20, 6), TmuxOracle(tmux, 20, 6)]
    for part in parts:
        for terminal in terminals:
            terminal.feed(part) if isinstance(part, bytes) else terminal.resize(*part)
    ours, ghostty, other = [terminal.picture() for terminal in terminals]
    for terminal in terminals:
        terminal.close()
    assert _all_text(ours) in (_all_text(ghostty), _all_text(other))
    # A window that grows is filled from the history with us, also when it becomes narrower at the same time.
    if not differences(ghostty, other) and not other.history:
        assert not differences(ours, other)


def test_what_is_typed_behind_a_prompt_stays_behind_it_in_a_narrow_window() -> None:
    terminal = OurTerminal(20, 6)
    terminal.feed(b"some/path$ ")
    terminal.resize(10, 6)
    terminal.feed(b"ls")
    assert terminal.picture().lines[:2] == ["some/path$", "ls"]
