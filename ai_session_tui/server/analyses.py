"""What is known about commands beyond their records: every one that ends is analysed, in the order of their ends.

Invariants: an analysis is in the store before anybody is told; a command is analysed once, however many ask for it at
the same time; one whose analysis is not possible says so and is not tried again unless somebody asks for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_session_tui import limits
from ai_session_tui.analyst.messages import Analyse, Analysed, Answer, Excerpt, Job, Outcome, Source
from ai_session_tui.errors import AiSessionError, ConflictError, NotFoundError, StorageError, UnsupportedError
from ai_session_tui.server.accounts import Accounts
from ai_session_tui.server.analysts import Analysts, is_hopeless
from ai_session_tui.server.searches import Searches
from ai_session_tui.store import AnalysisRow, CommandRow, DigestRow

if TYPE_CHECKING:
    from ai_session_tui.server.host import Host
    from ai_session_tui.server.sessions import Session, Sessions

logger = logging.getLogger(__name__)


_ENDED = ("ended", "lost")
_COMPARED = 500  # earlier commands among which the last run of a command is looked for
_BACKLOG_SECONDS = 2.0  # after the start of a server, before it looks after what the last one left
_BACKLOG = 500  # commands that are looked up at once
_AGAIN_SECONDS = 30.0  # after a failure that is not the output's


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found out about one command, and its digest."""

    figures: AnalysisRow
    digest: DigestRow


AnalysisListener = Callable[["Session", CommandRow, Analysis], None]
FailureListener = Callable[["Session", CommandRow, UnsupportedError], None]


class Analyses:
    """Analyses commands and keeps the results."""

    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions
        self.analysts = Analysts(host.home, host.settings.analyst_idle_seconds)
        self.searches = Searches(host, self.analysts)
        self.accounts = Accounts(host.store, self.analysts, self._seconds)
        self._listeners: list[AnalysisListener] = []
        self._failure_listeners: list[FailureListener] = []
        self._queue: deque[tuple[str, int]] = deque(maxlen=limits.UNANALYSED_KNOWN)
        self._news = asyncio.Event()
        self._running: dict[tuple[str, int], asyncio.Task[Analysis]] = {}
        self._hurries: dict[tuple[str, int], asyncio.Event] = {}  # set when somebody waits for one that runs
        self._loop_task: asyncio.Task[None] | None = None

    # whoever wants to know

    def listen(self, listener: AnalysisListener) -> Callable[[], None]:
        """Call `listener(session, command, analysis)` with each that is stored; return the way to end that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def listen_to_failures(self, listener: FailureListener) -> None:
        """Call `listener(session, command, why)` with each that cannot be analysed."""
        self._failure_listeners.append(listener)

    def stored(self, row: CommandRow) -> Analysis | None:
        """Return the analysis of a command from the store; None where there is none."""
        measured = self.accounts.measured(row.session_id, row.number)
        digest = self._host.store.analyses.digest(row.session_id, row.number) if measured else None
        return None if measured is None or digest is None else Analysis(measured.analysis, digest)

    def forget(self, session_id: str) -> None:
        """A session's records are gone, or about to go."""
        self.accounts.forget(session_id)
        self.searches.note_removal()

    # the work

    def start(self) -> None:
        """Begin to analyse what ends, and after a while what ended before this server came."""
        self.searches.start()
        self._loop_task = asyncio.get_running_loop().create_task(self._work())

    async def close(self) -> None:
        """Stop; what is not analysed by then is up to the next server."""
        tasks = [task for task in (self._loop_task, *self._running.values()) if task is not None]
        for task in tasks:
            task.cancel()
        self.searches.close()
        await self.accounts.close()
        await self.analysts.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    def command_ended(self, row: CommandRow) -> None:
        """Analyse a command when its turn comes."""
        self._queue.append((row.session_id, row.number))
        self._news.set()
        self.searches.note_news()

    async def analyse(self, session: Session, row: CommandRow, *, urgent: bool = True) -> Analysis:
        """Return the analysis of a command that has ended, from the store or made now.

        Raises `ConflictError` for one that runs, `NotFoundError` for one without output, `UnsupportedError` where an
        analysis is not possible, and what keeps an analyst from working.
        """
        if row.state not in _ENDED:
            raise ConflictError(f"{session.row.name}#{row.number} has not ended yet", "wait for its end.")
        if row.start_offset is None or row.end_offset is None:
            raise NotFoundError(f"{session.row.name}#{row.number} never ran, so it has no output")
        found = self.stored(row)
        if found is not None:
            return found
        key = (row.session_id, row.number)
        task = self._running.get(key)
        if task is not None and urgent:
            self._hurries[key].set()
        if task is None:
            hurry = self._hurries[key] = asyncio.Event()
            task = asyncio.ensure_future(self._make(session, row, urgent=urgent, hurry=hurry))
            self._running[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(task)

    async def ask(self, job: Job, size: int = 0) -> Answer:
        """Have a question answered by the analyst; `size` are the bytes that it has to read."""
        return await self.analysts.run(job, self._seconds(size), urgent=True)

    def source(self, session: Session, row: CommandRow) -> Source:
        """Return where the output of a command lies."""
        pane = session.pane_of(row.pane_id)  # also one that is closed
        if pane is None:
            raise NotFoundError(f"the pane of command {row.number} is gone")
        start = row.start_offset or 0
        end = pane.output.certain_end if row.end_offset is None else row.end_offset
        return Source(self._host.home.journal(row.pane_id), start, max(start, end), pane.row.columns, pane.row.rows)

    def question(self, session: Session, row: CommandRow, budget: int | None = None) -> Analyse:
        """Return the job of analysing a command."""
        return Analyse(
            source=self.source(session, row),
            command=row.text,
            exit_code=row.exit_code,
            reference=reference(session, row),
            budget=budget,
            previous=self._previous(session, row),
        )

    async def excerpt(self, question: Analyse, why: AiSessionError) -> Analysed:
        """Return the two ends of an output that cannot be analysed; raise `why` where not even that is possible."""
        job = Excerpt(
            source=question.source,
            exit_code=question.exit_code,
            reference=question.reference,
            why=why.message,
            budget=question.budget,
            redacted=question.redacted,
        )
        size = job.source.end - job.source.start
        try:
            answer = await self.analysts.run(job, self._seconds(size), urgent=True)
        except AiSessionError as error:
            if is_hopeless(error):
                raise why from error
            raise
        assert isinstance(answer, Analysed)
        return answer

    def _finished(self, key: tuple[str, int], task: asyncio.Task[Analysis]) -> None:
        self._running.pop(key, None)
        self._hurries.pop(key, None)
        if not task.cancelled():
            task.exception()  # told to who asked; nobody may have waited that long

    def _seconds(self, size: int) -> float:
        return self._host.settings.analysis_seconds + size / limits.ANALYST_BYTES_PER_SECOND

    def _previous(self, session: Session, row: CommandRow) -> Outcome | None:
        """Return how the last run went, if who reads this digest knows: its troubles are not explained again."""
        analyses = self._host.store.analyses
        last = analyses.last_run(row.session_id, row.number, row.text, row.cwd, within=_COMPARED)
        if last is None or not (session.row.ai_context or analyses.digests_delivered(row.session_id, last.number)):
            return None
        said = last.outcome
        exit_code, troubles, lines = said.get("exit_code"), said.get("troubles"), said.get("lines")
        return Outcome(
            exit_code if isinstance(exit_code, int) else None,
            [str(trouble) for trouble in troubles] if isinstance(troubles, list) else [],
            str(said.get("fingerprint", "")),
            [line for line in lines if isinstance(line, int)] if isinstance(lines, list) else [],
        )

    async def _make(self, session: Session, row: CommandRow, *, urgent: bool, hurry: asyncio.Event) -> Analysis:
        job = self.question(session, row)
        seconds = self._seconds(job.source.end - job.source.start)
        try:
            answer = await self.analysts.run(job, seconds, urgent=urgent, hurry=hurry)
        except AiSessionError as error:
            if is_hopeless(error):
                self._save(AnalysisRow(row.session_id, row.number, trouble=error.message), None)
                logger.warning("%s cannot be analysed: %s", reference(session, row), error.message)
                why = UnsupportedError(f"it cannot be analysed: {error.message}", error.hint)
                for tell in self._failure_listeners:
                    tell(session, row, why)
                raise why from error
            raise
        assert isinstance(answer, Analysed)
        analysis = _rows(row, job.reference, answer)
        self._save(analysis.figures, analysis.digest)
        for listener in tuple(self._listeners):
            listener(session, row, analysis)
        if self._host.bus.is_heard:
            self._host.bus.tell("command_analysed", session.command_to_wire(row))
            self._host.bus.tell("session", session.to_wire())
        return analysis

    def _save(self, analysis: AnalysisRow, digest: DigestRow | None) -> None:
        with self.accounts.recounted(analysis.session_id, analysis.number):
            self._host.store.analyses.save(analysis, digest)

    async def _work(self) -> None:
        """Analyse what ends; when nothing has ended for a while, what was never analysed."""
        is_backlog_open = True
        while True:
            if self._queue:
                await self._analyse_next(*self._queue.popleft())
                continue
            self._news.clear()
            try:
                async with asyncio.timeout(_BACKLOG_SECONDS if is_backlog_open else None):
                    await self._news.wait()
            except TimeoutError:
                is_backlog_open = self._look_after_backlog()

    def _look_after_backlog(self) -> bool:
        """Queue commands that an earlier server left; return whether there may be more."""
        try:
            left = self._host.store.analyses.unanalysed(_BACKLOG)
        except StorageError as error:
            logger.warning("%s", error.message)
            return True
        self._queue.extend(left)
        return len(left) == _BACKLOG

    async def _analyse_next(self, session_id: str, number: int) -> None:
        session = self._sessions.of_id(session_id)
        if session is None:
            return
        try:
            row = self._host.store.command(session_id, number)
            if row is not None:
                await self.analyse(session, row, urgent=False)
        except (UnsupportedError, NotFoundError, ConflictError):
            return  # said in the log where it matters; nothing is gained by another attempt
        except AiSessionError as error:
            logger.warning("not analysed yet: %s", error.message)
            self._queue.append((session_id, number))
            await asyncio.sleep(_AGAIN_SECONDS)
        except Exception:  # a listener's bug must not end the analysis of all that follows
            logger.exception("after the analysis of command %d of %s", number, session_id)


def reference(session: Session, row: CommandRow) -> str:
    """Return the call that prints a command's output."""
    name = session.row.name if session.row.killed is None else session.row.id
    return f"ai-session output {name}#{row.number}"


def _rows(row: CommandRow, named: str, found: Analysed) -> Analysis:
    figures = AnalysisRow(
        session_id=row.session_id,
        number=row.number,
        verdict=found.verdict,
        headline=found.headline,
        raw_bytes=found.raw_bytes,
        raw_tokens=found.raw_tokens,
        plain_tokens=found.plain_tokens,
        digest_tokens=found.digest_tokens,
        is_estimate=found.is_estimate,
        failures=found.failures,
        warnings=found.warnings,
        lines=found.lines,
    )
    outcome: dict[str, object] = {
        "exit_code": found.outcome.exit_code,
        "troubles": found.outcome.troubles,
        "fingerprint": found.outcome.fingerprint,
        "lines": found.outcome.lines,
    }
    return Analysis(figures, DigestRow(row.session_id, row.number, found.digest, named, found.parsed, outcome))
