"""The four blocks of `stats`, computed from facts.

Invariant: a figure whose facts are missing has the value None, never zero; a saving names what it is measured against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ai_session_tui.prices import Price
from ai_session_tui.statistics.figure import Figure

BASELINE = "reading the same output raw"
CONTEXT_BASELINE = "plain text of everything"
Blocks = dict[str, dict[str, Figure]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Values of one kind that were measured, added up."""

    n: int
    total: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about all sessions, or about one."""

    sessions: Mapping[str, int]  # by status
    commands: int
    analysed: int = 0  # commands whose tokens were counted
    raw_tokens: int = 0
    plain_tokens: int = 0
    digest_tokens: int = 0
    is_estimate: bool = False
    messages: int = 0  # of conversations
    context_plain: int = 0  # tokens of everything that was said, and of all outputs whole
    context_held: int = 0  # of what the contexts hold, and of what was expanded
    measured: Mapping[str, Tally] = field(default_factory=dict)  # by kind
    memory_growth: int | None = None  # bytes
    memory_sessions: int = 0
    disk_bytes: int | None = None
    journal_raw: int = 0  # bytes of output in compressed files
    journal_stored: int = 0  # bytes of those files
    recoveries: Mapping[str, int] = field(default_factory=dict)  # entries of the restore ledger by outcome
    price: Price | None = None


def report(facts: Facts) -> Blocks:
    """Return the figures by block and name, in the order in which they are shown."""
    return {
        "tokens": _tokens(facts),
        "performance": _performance(facts),
        "resources": _resources(facts),
        "activity": _activity(facts),
    }


def _tokens(facts: Facts) -> dict[str, Figure]:
    n, raw, digests = facts.analysed, facts.raw_tokens, facts.digest_tokens
    of = "commands, estimated" if facts.is_estimate else "commands"
    saved = raw - digests if n else None
    dollars = None
    if saved is not None and facts.price is not None:
        dollars = saved * facts.price.input / 1_000_000
    total = sum(facts.sessions.values())
    return {
        "sessions": Figure(total, total, "count"),
        "messages": Figure(facts.messages or None, facts.messages, "count"),
        "raw": Figure(raw if n else None, n, "tokens", of),
        "compressed": Figure(digests if n else None, n, "tokens", of),
        "plain": Figure(facts.plain_tokens if n else None, n, "tokens", f"{of}, as plain text"),
        "saved": Figure(saved, n, "tokens", f"against {BASELINE}"),
        "saved_ratio": Figure(saved / raw if saved is not None and raw else None, n, "share", f"against {BASELINE}"),
        "saved_dollars": Figure(dollars, n, "dollars", _price(facts.price)),
        **_contexts(facts),
    }


def _contexts(facts: Facts) -> dict[str, Figure]:
    n, plain, held = facts.messages, facts.context_plain, facts.context_held
    saved = plain - held if n else None
    note = f"messages, against {CONTEXT_BASELINE}"
    return {
        "context_saved": Figure(saved, n, "tokens", note),
        "context_saved_ratio": Figure(saved / plain if saved is not None and plain else None, n, "share", note),
    }


def _price(price: Price | None) -> str:
    if price is None:
        return "the model has no price"
    date = f" as of {price.date}" if price.date else ""
    return f"{price.model}, ${price.input:.2f} per million input tokens{date}"


def _performance(facts: Facts) -> dict[str, Figure]:
    return {
        "creation": _mean(facts, "session.create", "sessions"),
        "exec_overhead": _mean(facts, "exec.overhead", "commands"),
        "context_retrieval": _mean(facts, "context.get", "calls"),
        "context_size": _tokens_of_contexts(facts),
        "message_rate": _peak(facts, "requests.per_second"),
    }


def _mean(facts: Facts, kind: str, of: str) -> Figure:
    tally = facts.measured.get(kind)
    if tally is None or not tally.n:
        return Figure(None, 0, "seconds", of)
    return Figure(tally.total / tally.n, tally.n, "seconds", of, tally.least, tally.most)


def _tokens_of_contexts(facts: Facts) -> Figure:
    tally = facts.measured.get("context.tokens")
    if tally is None or not tally.n:
        return Figure(None, 0, "tokens", "calls")
    return Figure(round(tally.total / tally.n), tally.n, "tokens", "calls", tally.least, tally.most)


def _peak(facts: Facts, kind: str) -> Figure:
    tally = facts.measured.get(kind)
    if tally is None or not tally.n:
        return Figure(None, 0, "per_second", "busy seconds")
    return Figure(tally.most, tally.n, "per_second", "busy seconds, the busiest", tally.least, tally.most)


def _resources(facts: Facts) -> dict[str, Figure]:
    total = sum(facts.sessions.values())
    memory = None
    if facts.memory_growth is not None and facts.memory_sessions:
        memory = facts.memory_growth / facts.memory_sessions
    recovered = sum(number for outcome, number in facts.recoveries.items() if outcome != "failed")
    tried = sum(facts.recoveries.values())
    alive = facts.recoveries.get("adopted", 0)
    return {
        "memory": Figure(memory, facts.memory_sessions, "bytes", "sessions; growth of the server, PSS"),
        "disk": Figure(facts.disk_bytes, total, "bytes", "sessions"),
        "compression": Figure(
            1 - facts.journal_stored / facts.journal_raw if facts.journal_raw else None,
            facts.journal_raw,
            "share",
            "bytes of output",
        ),
        "recovery": Figure(
            recovered / tried if tried else None, tried, "share", f"restores, {alive} with their programs running"
        ),
    }


def _activity(facts: Facts) -> dict[str, Figure]:
    def count(*statuses: str) -> Figure:
        number = sum(facts.sessions.get(status, 0) for status in statuses)
        return Figure(number, number, "count")

    return {
        "active": count("active"),
        "idle": count("idle"),
        "completed": count("stopped", "killed"),
        "commands": Figure(facts.commands, facts.commands, "count"),
    }
