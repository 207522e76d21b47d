"""Where libghostty and tmux differ from each other: whom we follow, and why.

Every row is a stream on which the two oracles disagree; the test fails when they come to agree, when we leave the
one we follow, and so keeps the table honest. `test_oracles` is strict wherever the oracles agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.terminal.oracles import GhosttyOracle, OurTerminal, TmuxOracle, TmuxServer
from tests.terminal.picture import differences


@dataclass(frozen=True, slots=True)
class Dispute:
    """A stream for a terminal of 10x4 that the oracles show differently."""

    name: str
    stream: bytes
    follow: str
    why: str
    history: bool = False


DISPUTES = (
    Dispute(
        "erase while a wrap is pending",
        b"0123456789\x1b[K",
        "ghostty",
        "xterm and the VT220 keep the cursor in the last column, so EL erases it; tmux counts one column further",
    ),
    Dispute(
        "print after erasing while a wrap is pending",
        b"0123456789\x1b[JX",
        "ghostty",
        "xterm drops the pending wrap on ED, so the next character lands in the last column",
    ),
    Dispute(
        "clear the screen",
        b"one\r\ntwo\x1b[2J",
        "ghostty",
        "ED 2 erases, says ECMA-48; tmux saves the erased lines in its history, which would fill ours with every "
        "redraw of a program that clears before it draws",
        history=True,
    ),
    Dispute(
        "clear from the home position",
        b"one\r\ntwo\x1b[H\x1b[J",
        "ghostty",
        "as above: ED 0 from the first cell erases the same cells as ED 2",
        history=True,
    ),
    Dispute(
        "line feed while a wrap is pending",
        b"0123456789\nx",
        "ghostty",
        "the cursor stands in the last column, as in xterm, so the line feed keeps that column; tmux is beyond it",
    ),
    Dispute(
        "backspace while a wrap is pending",
        b"0123456789\bx",
        "ghostty",
        "as above: one to the left of the last column",
    ),
    Dispute(
        "save the cursor while a wrap is pending",
        b"0123456789\x1b7\x1b[H\x1b8x",
        "ghostty",
        "DECSC saves the pending wrap (DEC STD 070), so the character goes to the next line",
    ),
    Dispute(
        "insert or delete characters while a wrap is pending",
        b"0123456789\x1b[1Px",
        "ghostty",
        "as with EL: the sequence works on the last column and ends the wrap",
    ),
    Dispute(
        "insert or delete lines",
        b"ab\r\ncd\x1b[1;2H\x1b[L",
        "ghostty",
        "IL and DL move the cursor to the first column (DEC STD 070, xterm); tmux leaves it",
    ),
    Dispute(
        "repeat into the next line",
        b"0123456789\x1b[2b",
        "ghostty",
        "REP prints, and printing wraps (ECMA-48 8.3.103); tmux stops at the margin",
    ),
    Dispute(
        "second half of a wide character is overwritten",
        "漢字\x1b[1;2Hx".encode(),
        "ghostty",
        "half a character cannot be shown, so it goes, as in xterm; tmux keeps the whole one beside the new cell",
    ),
    Dispute(
        "colour of what is left of a wide character",
        "漢字\x1b[43m\x1b[1;1Hx".encode(),
        "ghostty",
        "the left-over half is erased with the current background, as every erasing is (bce)",
    ),
)


@pytest.mark.parametrize("dispute", DISPUTES, ids=lambda dispute: dispute.name.replace(" ", "-"))
def test_we_follow_the_oracle_that_the_table_names(dispute: Dispute, tmux: TmuxServer) -> None:
    terminals = {"ours": OurTerminal(10, 4), "ghostty": GhosttyOracle(10, 4), "tmux": TmuxOracle(tmux, 10, 4)}
    pictures = {}
    for name, terminal in terminals.items():
        terminal.feed(dispute.stream)
        pictures[name] = terminal.picture()
        terminal.close()
    assert differences(pictures["ghostty"], pictures["tmux"], history=dispute.history), "the oracles agree by now"
    assert not differences(pictures["ours"], pictures[dispute.follow], history=dispute.history)
