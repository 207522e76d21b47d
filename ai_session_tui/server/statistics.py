"""Collecting the facts for `stats`: from the sessions here, from the store and the disk beside the loop."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from ai_session_tui.prices import price_of
from ai_session_tui.ptys.processes import ProcessRef
from ai_session_tui.server.disk import home_size, journals_size
from ai_session_tui.server.memory import Memory
from ai_session_tui.server.sessions import Session
from ai_session_tui.server.usage import Usage, usage_of
from ai_session_tui.statistics import CommandFacts, Facts, Tally, profile_of, report
from ai_session_tui.store.statistics import StatisticsReader, statistics_reader

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


_WHOLE = ("context.get", "context.tokens", "requests.per_second")  # not measured by the session


async def statistics(server: Server, session: Session | None, since: float | None) -> dict[str, object]:
    """Return the protocol's statistics, of one session or of all."""
    host = server.host
    host.measurements.flush()
    sessions = [session] if session is not None else list(server.sessions)
    statuses: dict[str, int] = {}
    for each in sessions:
        statuses[each.status] = statuses.get(each.status, 0) + 1
    alive = [pane for each in sessions for pane in each.awake_panes if pane.is_alive]
    roots = [(ProcessRef(pane.row.pid, pane.row.pid_started or 0), pane.row.id) for pane in alive if pane.row.pid]
    collector = _Collector(server, session, since, statuses, roots)
    return await asyncio.to_thread(collector.collect)


class _Collector:
    """Everything that is read beside the loop; it is given what only the loop may look at."""

    def __init__(
        self,
        server: Server,
        session: Session | None,
        since: float | None,
        statuses: dict[str, int],
        roots: list[tuple[ProcessRef, str]],
    ) -> None:
        host = server.host
        self._home = host.home
        self._store_path = host.store.path
        self._price = price_of(host.settings.model, host.settings.prices)
        self._memory: Memory = server.memory
        self._held = sum(bool(each.awake_panes) for each in server.sessions)
        self._spare = (host.holder.keeper_pid or 0,)
        self._id = None if session is None else session.row.id
        self._name = None if session is None else session.row.name
        self._since = since
        self._statuses = statuses
        self._roots = roots

    def collect(self) -> dict[str, object]:
        now = time.time()
        with statistics_reader(self._store_path) as reader:
            blocks = report(self._facts(reader))
            profile = None if self._id is None else self._profile(reader, now)
        price = self._price
        return {
            "time": now,
            "since": self._since,
            "session": self._name,
            "session_id": self._id,
            "blocks": {
                block: {name: asdict(figure) for name, figure in figures.items()} for block, figures in blocks.items()
            },
            "price": None if price is None else asdict(price),
            "profile": profile,
        }

    def _facts(self, reader: StatisticsReader) -> Facts:
        session, since = self._id, self._since
        tokens, contexts = reader.tokens(session, since), reader.contexts(session, since)
        sizes = journals_size(self._home, reader.panes(session))
        measured = reader.measured(session, since)
        if session is not None:
            whole = reader.measured(None, since)
            measured |= {kind: whole[kind] for kind in _WHOLE if kind in whole}
        return Facts(
            sessions=self._statuses,
            commands=reader.commands(session, since),
            analysed=tokens.commands,
            raw_tokens=tokens.raw,
            plain_tokens=tokens.plain,
            digest_tokens=tokens.digests,
            is_estimate=tokens.is_estimate,
            messages=contexts.messages,
            context_plain=contexts.plain,
            context_held=contexts.held,
            measured={kind: Tally(one.n, one.total, one.least, one.most) for kind, one in measured.items()},
            memory_growth=self._memory.growth(),
            memory_sessions=self._held,
            disk_bytes=home_size(self._home) if session is None else sizes.disk,
            journal_raw=sizes.raw,
            journal_stored=sizes.stored,
            recoveries=reader.recoveries(session, since),
            price=self._price,
        )

    def _profile(self, reader: StatisticsReader, now: float) -> dict[str, object]:
        assert self._id is not None
        rows = [CommandFacts(*row) for row in reader.command_rows(self._id, self._since)]
        usage = usage_of(self._roots, self._spare) if self._roots else Usage()
        asked = reader.measured(self._id, self._since).get("question.waited")
        questions = {"n": 0, "seconds": None} if asked is None else {"n": asked.n, "seconds": asked.total}
        return {
            **asdict(profile_of(rows, now, self._since)),
            "questions": questions,
            "processes": asdict(usage),
        }
