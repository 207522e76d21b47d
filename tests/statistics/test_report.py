"""Every figure rests on something: what was not measured is not there, and sums come out right."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.cli import stats_layout
from ai_session_tui.prices import Price
from ai_session_tui.statistics import CommandFacts, Facts, Tally, profile_of, report
from ai_session_tui.statistics.exports import to_csv, to_prometheus

PRICE = Price("model-x", 3.0, "2026-01")
FULL = Facts(
    sessions={"active": 3, "idle": 2, "stopped": 1},
    commands=1456,
    analysed=120,
    raw_tokens=45_670,
    digest_tokens=3_120,
    messages=342,
    plain_tokens=40_000,
    context_plain=18_900,
    context_held=1_285,
    measured={
        "session.create": Tally(6, 0.534, 0.05, 0.2),
        "exec.overhead": Tally(100, 0.41, 0.001, 0.02),
        "context.get": Tally(10, 0.008, 0.0001, 0.002),
        "context.tokens": Tally(10, 41_000, 100, 8000),
        "requests.per_second": Tally(31, 2000, 1, 1247),
    },
    memory_growth=int(3 * 3.6 * 1024 * 1024),
    memory_sessions=3,
    disk_bytes=45 * 1024 * 1024,
    journal_raw=1000,
    journal_stored=270,
    recoveries={"adopted": 9, "stopped": 3},
    price=PRICE,
)


def plain(facts: Facts, profile: object = None) -> dict[str, object]:
    blocks = {name: {key: asdict(figure) for key, figure in block.items()} for name, block in report(facts).items()}
    return {"time": 1.0, "since": None, "session": None, "session_id": None, "blocks": blocks, "profile": profile}


def test_the_four_blocks_as_they_were_promised() -> None:
    assert [re.sub(r"  \(n = .*\)$", "", line) for line in stats_layout.statistics(plain(FULL))] == [
        "📊 AI-Session Performance Statistics",
        "═" * 44,
        "",
        "💰 Token Efficiency:",
        "  Total Sessions: 6",
        "  Messages Processed: 342",
        "  Raw Token Usage: 45,670",
        "  Compressed Usage: 3,120",
        "  Token Savings: 42,550 (93.2%)",
        "  Estimated Cost Savings: $0.13",
        "  Context Savings: 17,615 (93.2%)",
        "",
        "⚡ Performance Metrics:",
        "  Average Session Creation: 89ms",
        "  Command Execution Overhead: 4.1ms",
        "  Context Retrieval: 0.8ms (4,100 tokens)",
        "  Multi-Agent Message Rate: 1,247 msg/sec",
        "",
        "💾 Resource Usage:",
        "  Memory per Session: 3.6MB",
        "  Disk Usage: 45MB",
        "  Compression Ratio: 73% (zstd)",
        "  Session Recovery Rate: 100%",
        "",
        "🔄 Activity Summary:",
        "  Active Sessions: 3",
        "  Idle Sessions: 2",
        "  Completed Sessions: 1",
        "  Total Commands Executed: 1,456",
    ]


def test_each_line_says_what_it_rests_on() -> None:
    lines = "\n".join(stats_layout.statistics(plain(FULL)))
    for said in (
        "(n = 120 commands)",
        "(n = 120; against reading the same output raw)",
        "(n = 120; model-x, $3.00 per million input tokens as of 2026-01)",
        "(n = 6 sessions)",
        "(n = 342 messages, against plain text of everything)",
        "(n = 31 busy seconds, the busiest)",
        "(n = 12 restores, 9 with their programs running)",
    ):
        assert said in lines, lines


def test_what_was_not_measured_is_not_there() -> None:
    lines = stats_layout.statistics(plain(Facts(sessions={}, commands=0)))
    known = [line for line in lines if line.startswith("  ") and not line.endswith(": n/a")]
    assert known == [
        "  Total Sessions: 0",
        "  Active Sessions: 0",
        "  Idle Sessions: 0",
        "  Completed Sessions: 0",
        "  Total Commands Executed: 0",
    ]


def test_a_model_without_a_price_saves_no_dollars() -> None:
    figure = report(Facts(sessions={}, commands=1, analysed=1, raw_tokens=100, digest_tokens=10))["tokens"]
    assert figure["saved"].value == 90 and figure["saved_dollars"].value is None


def test_digests_that_cost_more_than_they_save_are_shown_as_they_are() -> None:
    figure = report(Facts(sessions={}, commands=1, analysed=1, raw_tokens=10, digest_tokens=30, price=PRICE))["tokens"]
    assert (figure["saved"].value, figure["saved_ratio"].value) == (-20, -2.0)


def test_exports_hold_every_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(plain(FULL)))))
    assert len(rows) == sum(len(block) for block in report(FULL).values())
    assert {(row["block"], row["name"]): row["value"] for row in rows}["tokens", "saved"] == "42550"
    text = to_prometheus({**plain(FULL), "session": 'a"b\\'})
    assert 'ai_session_tokens_saved{session="a\\"b\\\\"} 42550\n' in text
    assert "ai_session_performance_creation_seconds{" in text and "dollars_dollars" not in text
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{session="[^\n]*"\})? [-+.e0-9]+', line), line
    assert "context_retrieval" not in to_prometheus(plain(Facts(sessions={}, commands=0)))


def command(number: int, text: str, started: float, ended: float | None, code: int | None = 0) -> CommandFacts:
    return CommandFacts(number, "p1", text, started, ended, code)


def test_a_profile_tells_where_the_time_went() -> None:
    rows = [
        command(1, "make", 0, 10, 2),
        command(2, "make  ", 15, 30, 0),
        command(3, "ls", 31, 31.5, 1),
        command(4, "sleep", 40, None, None),
    ]
    found = profile_of(rows, now=50)
    assert (found.commands, found.busy, found.waiting) == (4, 35.5, 14.5)
    assert [(number, seconds) for number, _, seconds in found.slowest] == [(2, 15), (1, 10), (3, 0.5)]
    assert (found.most_frequent[0].text, found.most_frequent[0].runs) == ("make", 2)
    assert [(group.text, group.failures) for group in found.failures] == [("ls", 1), ("make", 1)]
    late = profile_of(rows, now=50, since=20)
    assert (late.commands, late.busy, late.waiting) == (3, 20.5, 9.5)


@given(
    st.lists(
        st.tuples(st.sampled_from(["p1", "p2"]), st.floats(0, 1000), st.floats(0, 100) | st.none(), st.integers(0, 2)),
        max_size=30,
    ),
    st.none() | st.floats(0, 1000),
)
def test_times_never_exceed_the_clock(rows: list[tuple[str, float, float | None, int]], since: float | None) -> None:
    facts = [
        CommandFacts(number, pane, "x", start, None if length is None else start + length, code)
        for number, (pane, start, length, code) in enumerate(rows)
    ]
    found = profile_of(facts, now=2000.0, since=since)
    assert found.busy >= 0 and found.waiting >= 0
    assert found.busy + found.waiting <= 2 * 2000.0 + 1e-6
    assert sum(group.runs for group in found.most_frequent) <= found.commands
