"""What was measured, as `SessionManager.statistics` returns it."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured figure: None while nothing was measured; `n` observations; `note` says what they are."""

    value: float | None
    n: int
    unit: str
    note: str = ""
    least: float | None = None
    most: float | None = None


class SlowCommand(msgspec.Struct, frozen=True, array_like=True):
    """One of the slowest commands."""

    id: int
    command: str
    seconds: float


class CommandGroup(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one command line."""

    text: str
    runs: int
    failures: int
    seconds: float


class ProcessUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What the programs of a session take of the machine now; the processor's seconds since they began."""

    processes: int
    cpu_seconds: float
    memory_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """How often programs asked for input, and for how long until somebody looked or typed."""

    n: int
    seconds: float | None = None


class SessionProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time of one session went. Seconds."""

    commands: int
    busy: float
    waiting: float
    slowest: tuple[SlowCommand, ...] = ()
    most_frequent: tuple[CommandGroup, ...] = ()
    failures: tuple[CommandGroup, ...] = ()
    questions: Questions | None = None
    processes: ProcessUsage | None = None


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of all sessions, or of one: `blocks["tokens"]["saved"]`."""

    time: float
    since: float | None = None
    session: str | None = None
    session_id: str | None = None
    blocks: dict[str, dict[str, Figure]]
    profile: SessionProfile | None = None
