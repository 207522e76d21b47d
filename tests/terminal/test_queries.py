"""Queries taken out of a raw stream: all that we answer, nothing else, in any split."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal
from ai_session_tui.terminal.queries import MAX_HELD, QueryFilter
from tests.terminal.streams import output

QUERIES = [
    "\x1b[c",
    "\x1b[0c",
    "\x1b[>c",
    "\x1b[=c",
    "\x1bZ",
    "\x1b[5n",
    "\x1b[6n",
    "\x1b[?6n",
    "\x1b[?996n",
    "\x1b[?2026$p",
    "\x1b[4$p",
    "\x1b[>q",
    "\x1b[>0q",
    "\x1b[?u",
    "\x1b[?4m",
    "\x1b[14t",
    "\x1b[16t",
    "\x1b[18t",
    "\x1b]10;?\x1b\\",
    "\x1b]11;?\x07",
    "\x1b]4;1;?\x07",
    "\x1b]4;1;?;2;?\x1b\\",
    "\x1b]52;c;?\x07",
    "\x1bP+q544e;524742\x1b\\",
    "\x1bP$qm\x1b\\",
    "\x05",
    "\x1b_Gi=1,a=q,t=d;AAAA\x1b\\",
]
OTHERS = [
    "\x1b[31m",
    "\x1b[>4;2m",
    "\x1b[>1u",
    "\x1b[<u",
    "\x1b[2 q",
    "\x1b]0;why?\x07",
    "\x1b]8;;http://x?y\x1b\\",
    "\x1b]11;#123456\x07",
    "\x1b[?25h",
    "\x1b[22;0t",
    "\x1b[!p",
    "\x1bPq#0\x1b\\",
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b[3;5H",
    "\x1b7",
    "text?",
]


def filtered(data: bytes, cuts: list[int]) -> bytes:
    queries, out, last = QueryFilter(), [], 0
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        out.append(queries.filter(data[last:cut]))
        last = cut
    return b"".join(out) + queries._begun


@pytest.mark.parametrize("query", QUERIES, ids=ascii)
def test_a_query_is_taken_out(query: str) -> None:
    data = f"before{query}after".encode()
    assert filtered(data, []) == b"beforeafter"
    for cut in range(len(data)):
        assert filtered(data, [cut]) == b"beforeafter", cut
    assert filtered(data, list(range(len(data)))) == b"beforeafter"


@pytest.mark.parametrize("other", OTHERS, ids=ascii)
def test_anything_else_passes(other: str) -> None:
    data = f"before{other}after".encode()
    for cut in range(len(data)):
        assert filtered(data, [cut]) == data


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("\x1b[\nc", "\n"),
        ("\x1b[?\r\n\x7f6n", "\r\n"),
        ("\x1b\r[>\bq", "\r\b"),
        ("\x1b\nZ", "\n"),
        ("\x1b[018t", ""),
        ("\x1b[1\n8t", "\n"),
        ("\x1b[5\x05n", ""),
        ("\x1b\n]11;?\x07", "\n"),
        ("\x1b]10;?\x1b[1m", "\x1b[1m"),
        ("\x1bP$qm\x1b7", "\x1b7"),
    ],
    ids=ascii,
)
def test_an_odd_query_leaves_only_what_is_no_question(query: str, left: str) -> None:
    """Control characters are allowed within a sequence, and a string ends where the next sequence begins."""
    asked = Terminal(20, 5)
    asked.feed(query.encode())
    assert asked.take_replies() or "\x05" in query
    data = f"before{query}after".encode()
    for cut in range(len(data)):
        assert filtered(data, [cut]) == f"before{left}after".encode(), cut


@settings(max_examples=1000, deadline=None)
@given(output, st.lists(st.integers(0, 300), max_size=6))
def test_what_passes_asks_nothing(data: bytes, cuts: list[int]) -> None:
    terminal = Terminal(20, 5)
    terminal.feed(filtered(data, cuts))
    assert terminal.take_replies() == b""


@settings(max_examples=1000, deadline=None)
@given(output, st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=8))
def test_each_query_is_answered_once_however_the_answering_terminal_changes(
    data: bytes, changes: list[tuple[int, bool]]
) -> None:
    """Two terminals get the same bytes, and take turns at answering, in the middle of queries too."""
    alone = Terminal(20, 5)
    pair = [(Terminal(20, 5), QueryFilter(passes=True)), (Terminal(20, 5), QueryFilter())]
    last, answers = 0, b""
    for cut, is_first in [*sorted((min(cut, len(data)), first) for cut, first in changes), (len(data), True)]:
        piece = data[last:cut]
        last = cut
        alone.feed(piece)
        for terminal, queries in pair:
            terminal.feed(queries.filter(piece))
            answers += terminal.take_replies()
        for (terminal, queries), answering in zip(pair, (is_first, not is_first), strict=True):
            terminal.feed(queries.let_pass() if answering else queries.hold_back())
    for terminal, _ in pair:
        assert terminal.lines() == alone.lines()
    assert answers == alone.take_replies()


def test_what_is_held_back_is_bounded() -> None:
    queries = QueryFilter()
    out = queries.filter(b"\x1b]52;c;") + b"".join(queries.filter(b"A" * 1000) for _ in range(100))
    assert len(out) >= 100_007 - MAX_HELD
