"""The conversation of one session: what was said, what ran, how it went, within the limit of its tokens.

Every message is in the store before anything else is done with it. Then the analyst masks and counts it, and when the
live messages fill the limit it makes a digest of the oldest; the server only decides which, by arithmetic. After a
crash the next server goes on with what was not counted yet.

Invariants: the server's loop neither counts tokens nor compresses; nobody outside is shown a text before its secrets
are masked; a message is live or covered by a digest, and nothing is deleted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ai_session_tui import limits
from ai_session_tui.analyst.messages import Compress, Compressed, Job, Told, Weigh, Weighed, WeighedText
from ai_session_tui.conversation import compression
from ai_session_tui.conversation.covering import standing_failures
from ai_session_tui.conversation.facts import Facts, brief
from ai_session_tui.errors import AiSessionError, StorageError
from ai_session_tui.redaction import redact
from ai_session_tui.server.host import Progress
from ai_session_tui.store import DecisionRow, MessageRow
from ai_session_tui.store.conversations import OutcomeRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_session_tui.server.host import Host
    from ai_session_tui.server.sessions import Session

logger = logging.getLogger(__name__)

_BATCH = 64  # messages that are counted at once
_BATCH_SIGNS = 1024 * 1024
_SIGNS_PER_TOKEN = 3  # where only an estimate is possible; rather too many tokens than too few
_UNRESOLVED = 20  # failures that a digest names


class Conversation:
    """The messages of one session."""

    def __init__(self, host: Host, session: Session) -> None:
        self.session = session
        self._host = host
        self._store = host.store.conversations
        ident = session.row.id
        self.live = {row.id: row for row in self._store.live(ident)}
        self.standing = self._store.standing(ident)
        self._outcomes = {(row.text, row.cwd): row for row in self._store.outcomes(ident)}
        self._broken: list[OutcomeRow] | None = None  # the failures that stand, until something changes
        self._uncounted = deque(row.id for row in self.live.values() if row.tokens is None)
        self._wire: dict[int, dict[str, object]] = {}
        self._wire_name = session.row.name
        self._tokens: int | None = None  # the sum, until something changes
        self._task: asyncio.Task[None] | None = None
        self._news = Progress()
        if self._uncounted or compression.is_full(self.tokens, session.row.max_tokens):
            self._begin_work()

    # how it stands

    @property
    def tokens(self) -> int:
        """The tokens of everything that is live."""
        if self._tokens is None:
            self._tokens = sum(row.tokens or 0 for row in self.live.values())
        return self._tokens

    @property
    def is_estimate(self) -> bool:
        """Whether a figure of it is an estimate."""
        return self.standing.is_estimate

    def entries(self) -> list[MessageRow]:
        """Return the live messages in their order."""
        return sorted(self.live.values(), key=compression.position)

    def unresolved(self) -> list[OutcomeRow]:
        """Return the commands whose last run failed and that no later success covers, oldest first."""
        if self._broken is None:
            self._broken = standing_failures(self._outcomes.values())
        return list(self._broken)

    async def settled(self, seconds: float) -> bool:
        """Wait until everything is counted and compressed; return whether it was within so many seconds."""
        deadline = time.monotonic() + seconds
        while self._task is not None:
            if not await self._news.wait(deadline - time.monotonic()):
                return False
        return True

    # what happens

    def add(self, row: MessageRow, decision: DecisionRow | None = None) -> bool:
        """Take in a message whose id was asked from `next_id`; False when that entry of a command is there already."""
        row.text = row.text.encode("utf-8", "replace").decode()  # no lone surrogate reaches the store or the analyst
        if not self._store.add(row, decision):
            return False
        self.standing.last_id = row.id
        self.standing.messages += 1
        self.live[row.id] = row
        self._uncounted.append(row.id)
        self._host.analyses.searches.note_news()
        self._begin_work()
        return True

    def next_id(self) -> int:
        """Return the id of the next message."""
        return self.standing.last_id + 1

    def note_outcome(self, outcome: OutcomeRow) -> None:
        """Remember how a command went."""
        self._outcomes[(outcome.text, outcome.cwd)] = outcome
        self._broken = None

    def pin(self, row: MessageRow, pinned: bool) -> None:
        """Keep a message for good, or no longer; one that was compressed is live again when it is pinned."""
        row.pinned = pinned
        if pinned:
            row.covered_by = None
        self._store.save([row])
        if row.covered_by is None:
            self.live[row.id] = row
        self._tell(row)
        self._begin_work()

    def find(self, ident: int) -> MessageRow | None:
        """Return a message, live or not."""
        return self.live.get(ident) or self._store.message(self.session.row.id, ident)

    def close(self) -> None:
        """Stop; the next server goes on."""
        if self._task is not None:
            self._task.cancel()

    # the work behind it

    def _begin_work(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._uncounted:
                await self._count_batch()
                await self._compress()
            await self._compress()
        except StorageError as error:
            logger.warning("the conversation of %s: %s", self.session.row.name, error.message)
        except Exception:  # a bug must not keep what is said from being kept
            logger.exception("the conversation of %s", self.session.row.name)
        finally:
            self._task = None
            self._news.announce()

    async def _count_batch(self) -> None:
        batch: list[MessageRow] = []
        signs = 0
        while self._uncounted and len(batch) < _BATCH and signs < _BATCH_SIGNS:
            row = self.live.get(self._uncounted.popleft())
            if row is not None and row.tokens is None:
                batch.append(row)
                signs += len(row.text)
        if not batch:
            return
        found = await self._weigh([row.text for row in batch], [self._headline(row) for row in batch])
        for row, weight in zip(batch, found.texts, strict=True):
            row.masked, row.brief = weight.masked, weight.brief
            row.tokens, row.raw_tokens, row.brief_tokens = weight.tokens, weight.raw_tokens, weight.brief_tokens
            row.is_estimate = row.is_estimate or found.is_estimate
            self.standing.baseline_tokens += row.tokens if row.plain_tokens is None else row.plain_tokens
            self.standing.is_estimate = self.standing.is_estimate or row.is_estimate
        self._tokens = None
        self._store.save(batch)
        for row in batch:
            self._tell(row)

    def _headline(self, row: MessageRow) -> str:
        """Return an output in a line: what it came to says more than how it begins."""
        told = row.facts.get("headline")
        return f"Output: {told} [{self.session.row.name}#{row.command}]" if row.kind == "output" and told else ""

    async def _weigh(self, texts: list[str], briefs: list[str]) -> Weighed:
        try:
            answer = await self._ask(Weigh(texts, briefs))
            assert isinstance(answer, Weighed)
            return answer
        except AiSessionError as error:
            logger.warning("tokens of %s are estimated: %s", self.session.row.name, error.message)
            return await asyncio.to_thread(_estimated, texts)

    async def _compress(self) -> None:
        limit = self.session.row.max_tokens
        while self.session.row.compression and (plan := compression.plan(list(self.live.values()), limit)) is not None:
            chosen = [self.live[ident] for ident in plan.ids]
            digest = await self._digest(chosen, plan.budget)
            covered = [row.id for row in chosen if self.live.get(row.id) is row and not row.pinned]
            self._store.compress(digest, covered)
            for ident in covered:
                self.live.pop(ident).covered_by = digest.id
                self._wire.pop(ident, None)
            self.live[digest.id] = digest
            self.standing.compressions += 1
            self._tell(digest)

    async def _digest(self, chosen: Sequence[MessageRow], budget: int) -> MessageRow:
        self.standing.last_id += 1  # taken now: messages go on coming while the analyst works
        ident = self.standing.last_id
        first = min(row.id if row.first is None else row.first for row in chosen)
        last = max(row.id if row.last is None else row.last for row in chosen)
        name = self.session.row.name
        kept = {row.command for row in self.live.values() if row.kind == "output" and row not in chosen}
        failures = [found for found in self.unresolved() if found.command not in kept]
        job = Compress(
            before=[row.facts for row in chosen if row.kind == "digest"],
            messages=[self._told(row) for row in chosen if row.kind != "digest"],
            unresolved=[_failure(name, found) for found in failures[-_UNRESOLVED:]],
            reference=self._reference(ident),
            budget=budget,
        )
        try:
            answer = await self._ask(job)
            assert isinstance(answer, Compressed)
        except AiSessionError as error:
            logger.warning("a digest of %s without its facts: %s", name, error.message)
            answer = _bare_digest(job, len(chosen))
        return MessageRow(
            session_id=self.session.row.id,
            id=ident,
            time=max(row.time for row in chosen),
            role="system",
            kind="digest",
            text=answer.text,
            brief=answer.brief,
            tokens=answer.tokens,
            raw_tokens=answer.tokens,
            brief_tokens=answer.brief_tokens,
            is_estimate=answer.is_estimate,
            first=first,
            last=last,
            facts=answer.facts | {"reference": job.reference},
        )

    def _told(self, row: MessageRow) -> Told:
        command = row.facts.get("command")
        return Told(
            row.role,
            row.kind,
            row.shown,
            row.time,
            command=command if isinstance(command, str) else "",
            number=row.command or 0,
            verdict=row.verdict,
        )

    async def _ask(self, job: Job) -> object:
        return await self._host.analyses.ask(job)

    # telling

    def to_wire(self, row: MessageRow) -> dict[str, object]:
        """Return the protocol's message, masked; of one that is not counted yet the tokens are null."""
        if self._wire_name != self.session.row.name:  # digests say how to expand them
            self._wire.clear()
            self._wire_name = self.session.row.name
        found = self._wire.get(row.id)
        if found is None:
            text = row.shown if row.tokens is not None else redact(row.text[: limits.MAX_MESSAGE_SIGNS])
            found = wire(row, self._renamed(row, text))
            if row.tokens is not None:
                self._wire[row.id] = found
        return found

    def _renamed(self, row: MessageRow, text: str) -> str:
        """Return a digest's text with the call that expands it as it is written now."""
        before = row.facts.get("reference")
        return text if not isinstance(before, str) else text.replace(before, self._reference(row.id))

    def _reference(self, ident: int) -> str:
        return f"ai-session context {self.session.row.name} --expand {ident}"

    def _tell(self, row: MessageRow) -> None:
        self._wire.pop(row.id, None)
        self._tokens = None
        bus = self._host.bus
        if bus.is_heard:
            bus.tell("message", {"session_id": self.session.row.id, "message": self.to_wire(row)})
            bus.tell("session", self.session.to_wire())


def wire(row: MessageRow, text: str) -> dict[str, object]:
    """Return the protocol's message with this text."""
    return {
        "id": row.id,
        "time": row.time,
        "role": row.role,
        "kind": row.kind,
        "text": text,
        "tokens": row.tokens,
        "pinned": row.pinned,
        "command": row.command,
        "covers": None if row.first is None else [row.first, row.last],
        "from": row.sender or None,
    }


def _failure(name: str, found: OutcomeRow) -> str:
    code = f" (exit {found.exit_code})" if found.exit_code is not None else ""
    text = f"{name}#{found.command} {brief(found.text, 80)}{code}: {found.brief.removeprefix('Output: ')}"
    return text.encode("utf-8", "replace").decode()


def _estimated(texts: Iterable[str]) -> Weighed:
    found = []
    for text in texts:
        masked = redact(text)
        short = brief(masked)
        tokens, raw, few = (len(each.encode()) // _SIGNS_PER_TOKEN + 1 for each in (masked, text, short))
        found.append(WeighedText(None if masked == text else masked, short, tokens, raw, few))
    return Weighed(found, True)


def _bare_digest(job: Compress, number: int) -> Compressed:
    """Return a digest that only says where the messages are."""
    facts = Facts()
    for before in job.before:
        facts.merge(Facts.from_plain(before))
    plain: Mapping[str, object] = facts.to_plain()
    text = f"[{number} messages compressed · {job.reference}]"
    tokens = len(text.encode()) // _SIGNS_PER_TOKEN + 1
    return Compressed(text, text, tokens, tokens, dict(plain), True)
