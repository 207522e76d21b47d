"""The conversations of all sessions with an AI context, and how commands get into them.

A command is told three times: as what the user asked for when it starts, as what was executed when it ends, and as its
output's digest when it is analysed. Invariant: each of these once, whatever server was killed in between; what a
crash has left out is told when the next server starts.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import TYPE_CHECKING

from ai_session_tui import figures, limits
from ai_session_tui.analyst.messages import Analysed
from ai_session_tui.conversation.facts import brief
from ai_session_tui.errors import AiSessionError, ConflictError, StorageError, UnsupportedError
from ai_session_tui.server.analyses import Analysis
from ai_session_tui.server.conversation import Conversation
from ai_session_tui.server.host import Progress
from ai_session_tui.store import CommandRow, DecisionRow, MessageRow
from ai_session_tui.store.conversations import OutcomeRow

if TYPE_CHECKING:
    from ai_session_tui.server.host import Host
    from ai_session_tui.server.sessions import Session, Sessions

logger = logging.getLogger(__name__)

_CATCH_UP = 200  # commands of one session that are looked after at once
_OUTPUT_SHARE = 8  # the digest of one output may have an eighth of the limit
_LEAST_OUTPUT = 120  # tokens
_LOOK_SECONDS = 0.25  # after which it is asked whether an output can be analysed at all
_WORTH_TELLING = 0.1  # seconds that a command took
_EXIT_CODE = re.compile(r"\[exit code (?:-?\d+|unknown)\]")
_ONLY_COUNTED = re.compile(r"[\d,]+ lines?|no output")


class Conversations:
    """Finds, opens and feeds conversations."""

    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions
        self._open: dict[str, Conversation] = {}
        self._pending: dict[str, set[int]] = {}  # commands that have ended, whose output is not told yet
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = Progress()  # an output has been told
        host.analyses.listen(self._analysed)
        host.analyses.listen_to_failures(self._not_analysed)

    def of(self, session: Session) -> Conversation | None:
        """Return the conversation of a session; None for one without an AI context."""
        if not session.row.ai_context:
            return None
        found = self._open.get(session.row.id)
        if found is None:
            found = self._open[session.row.id] = Conversation(self._host, session)
        return found

    def need(self, session: Session) -> Conversation:
        """Return the conversation of a session; raise `ConflictError` for one without."""
        found = self.of(session)
        if found is None:
            name = session.row.name
            raise ConflictError(
                f"session {name!r} keeps no conversation: it was created without --ai-context",
                f"`ai-session context {name}` still shows what ran; `create --ai-context` makes one that does.",
            )
        return found

    def forget(self, session_id: str) -> None:
        """A session is gone from the store."""
        conversation = self._open.pop(session_id, None)
        if conversation is not None:
            conversation.close()
        self._pending.pop(session_id, None)

    def start(self) -> None:
        """Catch up with what an earlier server could not tell any more."""
        self._spawn(self._catch_up())

    def close(self) -> None:
        """Stop all work; the next server goes on with it."""
        for conversation in self._open.values():
            conversation.close()
        for task in self._tasks:
            task.cancel()

    async def settled(self, session: Session) -> None:
        """Wait, for a moment at most, until what has happened in a session is told, counted and compressed."""
        conversation = self.of(session)
        if conversation is None:
            return
        deadline = time.monotonic() + limits.SETTLE_SECONDS
        while pending := self._pending.get(session.row.id):
            left = deadline - time.monotonic()
            if left <= 0 or self._is_hopeless(session, pending):
                break
            await self._told.wait(min(left, _LOOK_SECONDS))
        await conversation.settled(max(0.0, deadline - time.monotonic()))

    # saying something

    def say(
        self,
        session: Session,
        role: str,
        text: str,
        *,
        kind: str = "text",
        pinned: bool = False,
        sender: str = "",
        decision: DecisionRow | None = None,
        said: float | None = None,
    ) -> MessageRow:
        """Add a message to a conversation, said now or at another time (seconds since the epoch), and return it."""
        conversation = self.need(session)
        ident = conversation.next_id()
        if decision is not None:
            decision = DecisionRow(
                decision.session_id, ident, decision.text, decision.why, decision.alternatives, decision.outcome
            )
        when = time.time() if said is None else said
        row = MessageRow(session.row.id, ident, when, role, kind, text, pinned=pinned, sender=sender)
        conversation.add(row, decision)
        session.touch()
        return row

    # commands

    def command_started(self, session: Session, row: CommandRow) -> None:
        """A command has begun."""
        if session.row.ai_context and row.text.strip():
            self._tell(session, row, "user", "command", _shortened(row.text), row.started)

    def command_ended(self, session: Session, row: CommandRow) -> None:
        """A command has ended, or nobody can tell."""
        if not session.row.ai_context or not row.text.strip():
            return
        self.command_started(session, row)
        text = f"Command executed: {_shortened(row.text)}{_how_it_went(row)}"
        self._tell(session, row, "system", "command", text, row.ended)
        if row.start_offset is not None and row.end_offset is not None:
            self._pending.setdefault(session.row.id, set()).add(row.number)

    def _analysed(self, session: Session, row: CommandRow, analysis: Analysis) -> None:
        if session.row.ai_context and row.text.strip():
            self._spawn(self._tell_output(session, row, analysis))

    async def _tell_output(self, session: Session, row: CommandRow, analysis: Analysis) -> None:
        """Tell a command's output as its digest, shortened to a share of the session's limit."""
        digest = analysis.digest.text
        headline = _headline(analysis)
        most = _most_tokens(session)
        if analysis.figures.digest_tokens > most:
            job = self._host.analyses.question(session, row, most)
            try:
                answer = await self._host.analyses.ask(job, job.source.end - job.source.start)
                digest = answer.digest if isinstance(answer, Analysed) else digest
            except AiSessionError as error:
                logger.info("the whole digest of %s#%d is told: %s", session.row.name, row.number, error.message)
        self._add_output(
            session,
            row,
            digest,
            headline=headline,
            verdict=analysis.figures.verdict,
            plain_tokens=analysis.figures.plain_tokens,
            is_estimate=analysis.figures.is_estimate,
        )

    def _not_analysed(self, session: Session, row: CommandRow, why: UnsupportedError) -> None:
        if session.row.ai_context and row.text.strip():
            self._spawn(self._tell_excerpt(session, row, why))

    async def _tell_excerpt(self, session: Session, row: CommandRow, why: UnsupportedError) -> None:
        """Tell the two ends of an output that cannot be analysed."""
        question = self._host.analyses.question(session, row, _most_tokens(session))
        try:
            found = await self._host.analyses.excerpt(question, why)
        except AiSessionError as error:
            logger.warning("the output of %s#%d is not told: %s", session.row.name, row.number, error.message)
            return
        self._add_output(
            session,
            row,
            found.digest,
            headline=found.headline,
            verdict=found.verdict,
            plain_tokens=found.plain_tokens,
            is_estimate=True,
        )

    def _add_output(
        self,
        session: Session,
        row: CommandRow,
        digest: str,
        *,
        headline: str,
        verdict: str,
        plain_tokens: int,
        is_estimate: bool,
    ) -> None:
        self.command_ended(session, row)  # already told, unless a crash came between
        self._tell(
            session,
            row,
            "system",
            "output",
            f"Output: {_without_exit_code(digest) or 'none'}",
            row.ended,
            plain_tokens=plain_tokens,
            verdict=verdict,
            is_estimate=is_estimate,
            headline=headline,
        )
        conversation = self.of(session)
        if conversation is not None:
            when = row.ended or time.time()
            conversation.note_outcome(OutcomeRow(row.number, row.text, row.cwd, verdict, headline, when, row.exit_code))
        self._pending.get(session.row.id, set()).discard(row.number)
        self._told.announce()

    def _tell(
        self,
        session: Session,
        row: CommandRow,
        role: str,
        kind: str,
        text: str,
        when: float | None,
        *,
        plain_tokens: int | None = None,
        verdict: str = "",
        is_estimate: bool = False,
        headline: str = "",
    ) -> None:
        """Add a message about a command, unless it is there."""
        conversation = self.of(session)
        if conversation is None:
            return
        message = MessageRow(
            session_id=session.row.id,
            id=conversation.next_id(),
            time=time.time() if when is None else when,
            role=role,
            kind=kind,
            text=text,
            plain_tokens=plain_tokens,
            is_estimate=is_estimate,
            command=row.number,
            verdict=verdict,
            facts={"command": _shortened(row.text), "headline": headline} if kind == "output" else {},
        )
        try:
            conversation.add(message)
        except StorageError as error:
            logger.warning("not in the conversation of %s: %s", session.row.name, error.message)

    def _is_hopeless(self, session: Session, pending: set[int]) -> bool:
        """Take out what cannot be analysed; return whether nothing is left to wait for."""
        measured = self._host.store.analyses.measured
        for number in tuple(pending):
            found = measured(session.row.id, number).get(number)
            if found is not None and found.analysis.trouble:
                pending.discard(number)
        return not pending

    async def _catch_up(self) -> None:
        """Tell what is analysed already and not told; what is not analysed yet comes by itself."""
        analyses, store = self._host.analyses, self._host.store
        for session in self._sessions.living():
            conversation = self.of(session)
            if conversation is None:
                continue
            try:
                for number in store.conversations.unrecorded(session.row.id, _CATCH_UP):
                    row = store.command(session.row.id, number)
                    found = None if row is None else analyses.stored(row)
                    if row is not None and found is not None:
                        await self._tell_output(session, row, found)
                    elif row is not None:
                        self.command_ended(session, row)
            except AiSessionError as error:
                logger.warning("the conversation of %s is behind: %s", session.row.name, error.message)

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]  # a coroutine
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a conversation: %s", error, exc_info=error)


def _most_tokens(session: Session) -> int:
    return max(_LEAST_OUTPUT, session.row.max_tokens // _OUTPUT_SHARE)


def _shortened(text: str) -> str:
    """Return a command line, cut where its record has more of it; a lone surrogate in it could not be told."""
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= limits.COMMAND_SIGNS:
        return text
    return f"{text[: limits.COMMAND_SIGNS]}… ({len(text) - limits.COMMAND_SIGNS:,} more characters)"


def _how_it_went(row: CommandRow) -> str:
    words = []
    if row.exit_code is not None:
        words.append(f"exit {row.exit_code}")
    elif row.note:
        words.append(row.note)
    if row.started is not None and row.ended is not None and row.ended - row.started >= _WORTH_TELLING:
        words.append(figures.duration(row.ended - row.started))
    return f" ({', '.join(words)})" if words else ""


def _without_exit_code(digest: str) -> str:
    """Return a digest without a first line that only repeats how the command ended."""
    first, _, rest = digest.partition("\n")
    return rest if _EXIT_CODE.fullmatch(first) else digest


def _headline(analysis: Analysis) -> str:
    """Return an output in one line: what a tool counted, else the last line of a failure, which mostly says why."""
    told = analysis.figures.headline
    if analysis.figures.verdict == "failure" and _ONLY_COUNTED.fullmatch(told):
        lines = _without_exit_code(analysis.digest.text).strip().splitlines()
        return brief(lines[-1]) if lines else told
    return told
