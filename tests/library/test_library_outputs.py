"""What outputs say, through the library: digests, lines read again, searches; async and blocking alike."""

from __future__ import annotations

import time

import pytest

from ai_session_tui import SessionConfig, SessionManager, blocking
from ai_session_tui.client.happenings import CommandAnalysed
from ai_session_tui.client.records import Verdict
from ai_session_tui.errors import ConflictError, NotFoundError, UsageError


async def test_digests_lines_and_searches(real_home: str) -> None:
    async with SessionManager() as manager:
        session = await manager.create(SessionConfig(name="dev"))
        result = await session.exec("seq 1 2000; echo error: disk full; (exit 3)", stream="none")
        digest = await session.digest(result.id, budget=200)
        assert (digest.verdict, digest.exit_code, digest.lines) == (Verdict.FAILURE, 3, 2001)
        assert "error: disk full" in str(digest) and digest.digest_tokens <= 240
        lines = await session.text(result.id, lines=(10, 12))
        assert (str(lines), lines.total, lines.truncated) == ("10\n11\n12", None, False)
        found = await session.text(result.id, grep="^19.9$", limit=3)
        assert [line.text for line in found.lines] == ["1909", "1919", "1929"] and found.truncated
        record = await session.command(result.id)
        assert record.analysis is not None and record.analysis.plain_tokens > digest.digest_tokens
        hits = (await manager.search("disk full", session="dev", failed=True, since=time.time() - 60)).hits
        assert [hit.reference for hit in hits if hit.kind == "output"] == ["dev#1:2001"]
        assert (await session.refresh()).plain_tokens == record.analysis.plain_tokens
        with pytest.raises(UsageError):
            await manager.search("NOT this")
        with pytest.raises(NotFoundError):
            await session.digest(99)


async def test_an_analysis_is_told(real_home: str) -> None:
    async with SessionManager() as manager:
        session = await manager.create(SessionConfig(name="dev"))
        async with session.events() as events:
            await session.exec("seq 3")
            async for event in events:
                if isinstance(event, CommandAnalysed):
                    assert event.command.analysis is not None and event.command.analysis.lines == 3
                    break


def test_the_blocking_twin(real_home: str) -> None:
    with blocking.SessionManager() as manager:
        session = manager.create(SessionConfig(name="dev"))
        result = session.exec("seq 1 2000; echo API_KEY=sk_live_51H8abcdefghij0123456789")
        assert session.digest(result.id).reference == "ai-session output dev#1"
        last = session.text(result.id, lines=(2001, None))
        assert "51H8" not in str(last)
        assert "51H8" in str(session.text(result.id, lines=(2001, None), redact=False))
        assert session.text(result.id, grep="^77$", context=1, ignore_case=True).matches == (77,)
        assert manager.search("API_KEY").hits[0].snippet == "API_KEY=[redacted]"
        running = session.exec_stream("echo up; sleep 30")
        next(iter(running))
        with pytest.raises(ConflictError):
            session.digest(2)
        running.cancel()
