"""The scorecard: which of the cases ours, stock pyte and tmux pass, family by family.

`python -m tests.terminal.conformance` prints it and writes `docs/conformance.md`. libghostty is judged as well, as a
check on the cases themselves.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from unicodedata import normalize

from tests.terminal.conformance_cases import CASES, Case
from tests.terminal.oracles import GhosttyOracle, Oracle, OurTerminal, PyteOracle, TmuxOracle, TmuxServer
from tests.terminal.picture import UNTOLD, Picture

COLUMNS, ROWS = 10, 4
PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
TITLES = {"ours": "ai-session", "pyte": "pyte 0.8.2", "tmux": "tmux", "ghostty": "libghostty"}
Verdicts = dict[str, dict[str, str]]  # terminal -> case name -> "" or what went wrong


def judge(case: Case, terminal: Oracle) -> str:
    """Return what is wrong after the case, "" if nothing."""
    try:
        terminal.feed(case.stream)
        picture = terminal.picture()
    except Exception as error:  # noqa: BLE001 - a terminal that raises has failed the case, whatever it raises
        return f"raises {type(error).__name__}"
    if case.replies is not None and not re.fullmatch(case.replies.encode(), terminal.replies(), re.DOTALL):
        return f"replies {terminal.replies()!r}"
    return "; ".join(_faults(case, picture))


def _faults(case: Case, picture: Picture) -> Iterable[str]:
    if case.lines is not None:
        expected = [*case.lines, *[""] * (ROWS - len(case.lines))]
        if [normalize("NFC", line) for line in picture.lines] != [normalize("NFC", line) for line in expected]:
            yield f"shows {picture.lines}"
    if case.cursor is not None and picture.cursor != case.cursor:
        yield f"cursor at {picture.cursor}"
    for (column, row), look in case.looks.items():
        cell = picture.screen[row][column]
        if cell[1] != look and cell != UNTOLD:
            yield f"style {cell[1]}"
    for name, expected_switch in case.switches.items():
        # An emulator that knows no such mode has it off, always.
        if picture.switches.get(name, False) != expected_switch:
            yield f"{name} is {picture.switches.get(name, 'unknown')}"
    if case.history is not None and tuple(picture.history_lines) != case.history:
        yield f"history {picture.history_lines}"
    if case.title is not None and picture.title is not None and picture.title != case.title:
        yield f"title {picture.title!r}"


def run(tmux: TmuxServer, cases: Iterable[Case] = CASES) -> Verdicts:
    """Judge every terminal by every case."""
    makers: dict[str, Callable[[], Oracle]] = {
        "ours": lambda: OurTerminal(COLUMNS, ROWS),
        "pyte": lambda: PyteOracle(COLUMNS, ROWS),
        "tmux": lambda: TmuxOracle(tmux, COLUMNS, ROWS),
        "ghostty": lambda: GhosttyOracle(COLUMNS, ROWS),
    }
    verdicts: Verdicts = {name: {} for name in makers}
    for case in cases:
        for name, make in makers.items():
            terminal = make()
            verdicts[name][f"{case.family}: {case.name}"] = judge(case, terminal)
            terminal.close()
    return verdicts


def page(verdicts: Verdicts) -> str:
    """Return the scorecard as Markdown."""
    families = list(dict.fromkeys(case.family for case in CASES))
    shown = ["ours", "pyte", "tmux", "ghostty"]
    out = [
        "# Conformance of the screen",
        "",
        "Written by `make conformance`; every case is a row of `tests/terminal/conformance_cases.py`, with its source.",
        "Passed of all cases, per family, for the emulators as they were on the machine that ran it.",
        "",
        f"| family | {' | '.join(TITLES[name] for name in shown)} |",
        f"|---|{'---:|' * len(shown)}",
    ]
    for family in [*families, "all"]:
        cases = [f"{case.family}: {case.name}" for case in CASES if family in (case.family, "all")]
        scores = [f"{sum(not verdicts[name][case] for case in cases)}/{len(cases)}" for name in shown]
        out.append(f"| {family} | {' | '.join(scores)} |")
    out += ["", "## Sources", ""]
    out += [f"- {family}: {source}" for family, source in dict.fromkeys((c.family, c.source) for c in CASES)]
    for name in shown:
        failed = {case: fault for case, fault in verdicts[name].items() if fault}
        out += ["", f"## What {TITLES[name]} does otherwise", ""]
        out += [f"- {case}: {_shown(fault)}" for case, fault in failed.items()] or ["Nothing."]
    return "\n".join([*out, ""])


def _shown(fault: str) -> str:
    text = fault if len(fault) <= 160 else f"{fault[:157]}..."
    return f"`{text.replace('`', chr(39)).replace('|', chr(0xA6))}`"


def main() -> None:
    """Print the scorecard and write the page; exit 1 if ours fails a case."""
    server = TmuxServer()
    TITLES["tmux"] = server.run("-V").decode().strip()
    try:
        verdicts = run(server)
    finally:
        server.close()
    text = page(verdicts)
    print(text)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    sys.exit(any(verdicts["ours"].values()))


if __name__ == "__main__":
    main()
