"""The analyst's processes as their owner has them: who waits for whom, and what becomes of a hurry."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ai_session_tui.analyst.messages import Analyse, Analysed, Count, Counted, Source
from ai_session_tui.errors import BusyError, TimeoutExpiredError
from ai_session_tui.journal import JournalWriter
from ai_session_tui.paths import Home
from ai_session_tui.server.analysts import Analysts
from tests.server.server_kit import is_running
from tests.server.test_analyses import ENDLESS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(str(tmp_path / "home"))
    home.prepare()
    Path(home.parsers).write_text(ENDLESS)
    return home


@pytest_asyncio.fixture
async def analysts(home: Home) -> AsyncIterator[Analysts]:
    some = Analysts(home, 60)
    yield some
    pids = some.pids
    await some.close()
    assert not any(is_running(pid) for pid in pids)


def stuck(home: Home, name: str = "stuck") -> Analyse:
    """Return a job that never ends."""
    folder = os.path.join(home.journals, name)
    writer = JournalWriter.open(folder)
    data = b"ENDLESS\r\n" + b"a" * 60 + b"b\r\n"
    writer.append(data)
    writer.close()
    return Analyse(Source(folder, 0, len(data), 80, 24), "endless", 0, "")


async def begun(analysts: Analysts, count: int) -> None:
    async with asyncio.timeout(30):
        while len(analysts._busy) < count:
            await asyncio.sleep(0.01)


async def test_the_background_leaves_one_process_for_who_asks(home: Home, analysts: Analysts) -> None:
    first = asyncio.ensure_future(analysts.run(stuck(home, "one"), 600, urgent=False))
    second = asyncio.ensure_future(analysts.run(stuck(home, "two"), 600, urgent=False))
    await begun(analysts, 1)
    assert isinstance(await analysts.run(Count("a b c"), 30, urgent=True), Counted)
    assert len(analysts._busy) == 1
    for task in (first, second):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_who_waits_for_the_background_can_be_hurried(home: Home, analysts: Analysts) -> None:
    blocking = asyncio.ensure_future(analysts.run(stuck(home), 600, urgent=False))
    await begun(analysts, 1)
    hurry = asyncio.Event()
    waiting = asyncio.ensure_future(analysts.run(Count("x"), 30, urgent=False, hurry=hurry))
    await asyncio.sleep(0)
    assert not waiting.done()
    hurry.set()
    assert isinstance(await asyncio.wait_for(waiting, 30), Counted)
    blocking.cancel()
    await asyncio.gather(blocking, return_exceptions=True)
    # the turn of the background is free again, however it was given up
    cancelled = asyncio.ensure_future(analysts.run(Count("x"), 30, urgent=False))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    assert isinstance(await asyncio.wait_for(analysts.run(Count("x"), 30, urgent=False), 30), Counted)


async def test_a_job_without_an_end_is_ended(home: Home, analysts: Analysts) -> None:
    job = stuck(home)
    with pytest.raises(TimeoutExpiredError):
        await analysts.run(job, 1, urgent=True)
    os.unlink(home.parsers)
    answer = await analysts.run(job, 60, urgent=True)
    assert isinstance(answer, Analysed) and answer.lines == 2


async def test_questions_are_bounded(analysts: Analysts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_session_tui.limits.ANALYST_WAITING", 3)
    tasks = [asyncio.ensure_future(analysts.run(Count("x"), 30, urgent=True)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await analysts.run(Count("x"), 30, urgent=True)
    assert [isinstance(answer, Counted) for answer in await asyncio.gather(*tasks)] == [True] * 3
