"""What was read is added up once: the totals that a server keeps are those that the store adds up."""

from __future__ import annotations

import asyncio
import os
import tempfile
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.config import Settings
from ai_session_tui.paths import Home
from ai_session_tui.server.analyses import Analyses
from ai_session_tui.server.host import Host
from ai_session_tui.server.sessions import Sessions
from ai_session_tui.store import AnalysisRow, ReadingRow, SessionRow, Store

NUMBERS = st.integers(1, 3)
COUNTS = st.integers(0, 10_000)

ANALYSES = st.builds(
    AnalysisRow,
    session_id=st.just("s1"),
    number=NUMBERS,
    raw_bytes=COUNTS,
    raw_tokens=COUNTS,
    plain_tokens=COUNTS,
    digest_tokens=COUNTS,
    is_estimate=st.just(False),
    trouble=st.sampled_from(["", "", "it took too long"]),
)
READINGS = st.builds(
    ReadingRow,
    session_id=st.just("s1"),
    number=st.integers(0, 3),
    tokens=COUNTS,
    raw_bytes=COUNTS,
    text_bytes=COUNTS,
    digests=st.integers(0, 1),
)


@settings(max_examples=60)
@given(st.lists(ANALYSES | READINGS, max_size=12))
def test_totals_that_are_kept_are_those_that_are_added_up(happened: list[AnalysisRow | ReadingRow]) -> None:
    asyncio.run(_compare(happened))


async def _compare(happened: list[AnalysisRow | ReadingRow]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(os.path.join(folder, "sessions.db"))
        store.save(SessionRow("s1", "dev", created=1.0, last_activity=1.0, dir="/"))
        host = Host(Home(folder), Settings(), store, cast(Any, None), cast(Any, None))
        analyses = Analyses(host, Sessions())
        assert analyses.accounts.totals("s1").commands == 0
        for row in happened:
            if isinstance(row, AnalysisRow):
                analyses._save(row, None)
            else:
                analyses.accounts.charge(row)
        assert analyses.accounts.totals("s1") == store.analyses.totals("s1")
        store.close()


def test_a_streamed_part_counts_by_its_share(tmp_path: Any) -> None:
    store = Store(str(tmp_path / "sessions.db"))
    store.save(SessionRow("s1", "dev", created=1.0, last_activity=1.0, dir="/"))
    figures = AnalysisRow("s1", 1, raw_bytes=1000, raw_tokens=500, plain_tokens=200)
    store.analyses.save(figures, None)
    store.analyses.add_reading(ReadingRow("s1", 1, raw_bytes=500))
    store.analyses.add_reading(ReadingRow("s1", 1, text_bytes=1000, tokens=7))
    assert store.analyses.measured("s1", 1)[1].delivered_tokens == 250 + 200 + 7
    store.analyses.add_reading(ReadingRow("s1", 0, tokens=30))
    assert store.analyses.totals("s1").delivered_tokens == 457 + 30
    store.close()
