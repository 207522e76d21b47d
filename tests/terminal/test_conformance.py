"""Every case of the scorecard holds for ours; and for libghostty or tmux, or the case itself is wrong."""

from __future__ import annotations

import pytest

from tests.terminal.conformance import COLUMNS, ROWS, judge
from tests.terminal.conformance_cases import CASES, Case
from tests.terminal.oracles import GhosttyOracle, OurTerminal, TmuxOracle, TmuxServer


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}-{case.name}".replace(" ", "_"))
def test_ours_does_what_the_source_says(case: Case) -> None:
    assert judge(case, OurTerminal(COLUMNS, ROWS)) == ""


# Neither oracle does these; the manuals are plain enough.
UNSUPPORTED = {
    "DECSTR resets the modes": "VT510 manual, DECSTR: cursor on, replace mode, origin mode absolute",
    "DECXCPR": "VT510 manual, DECXCPR",
    "size of the text area": "xterm ctlseqs, XTWINOPS 18: `8 ; height ; width`; tmux 3.3a says width first",
    "XTGETTCAP is answered": "xterm ctlseqs, `DCS 0 + r`: a program that asks waits for it",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}-{case.name}".replace(" ", "_"))
def test_an_oracle_agrees_with_the_case(case: Case, tmux: TmuxServer) -> None:
    ghostty = judge(case, GhosttyOracle(COLUMNS, ROWS))
    if ghostty:
        pane = TmuxOracle(tmux, COLUMNS, ROWS)
        other = judge(case, pane)
        pane.close()
        assert bool(other) == (case.name in UNSUPPORTED), f"ghostty: {ghostty}; tmux: {other}"
