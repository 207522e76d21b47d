"""The protocol's shapes, for the type checker alone: at run time they are the decoded JSON objects themselves.

The subcommands import this under TYPE_CHECKING only; `typing` would cost more time than the request.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class PaneShape(TypedDict):
    """One pane of a session."""

    index: int
    id: str
    pid: int | None
    cwd: str | None
    command: str | None
    shell: str | None
    columns: int
    rows: int
    status: str
    exit_code: int | None
    exit_signal: int | None
    title: str | None
    state: str
    waits_for_input: bool | None
    journal_start: int
    journal_end: int
    attention: AttentionShape | None
    unread: bool


class AttentionShape(TypedDict):
    """What a session or a pane needs somebody for."""

    kind: str
    since: float
    pane: int
    evidence: str


class SessionShape(TypedDict):
    """One session."""

    id: str
    name: str
    status: str
    created: float
    last_activity: float | None
    dir: str
    ai_context: bool
    max_tokens: int
    compression: bool
    template: str | None
    viewers: int
    commands: int
    messages: int | None
    tokens: int | None
    compressions: int | None
    running: str | None
    running_since: float | None
    panes: list[PaneShape]
    attention: AttentionShape | None
    unread: bool
    tags: list[str]
    activity: list[int]
    last_line: str
    layout: dict[str, object]
    raw_tokens: NotRequired[int | None]
    plain_tokens: NotRequired[int | None]
    delivered_tokens: NotRequired[int | None]
    is_estimate: NotRequired[bool]


class CommandShape(TypedDict):
    """One record of a command."""

    id: int
    session: str
    session_id: str
    pane: int | None
    command: str | None
    cwd: str | None
    started: float | None
    ended: float | None
    duration_s: float | None
    exit_code: int | None
    state: str
    source: str
    fullscreen: bool
    shell_exited: bool
    start_offset: int | None
    end_offset: int | None
    note: str
    analysis: NotRequired[dict[str, object] | None]
    timed_out: NotRequired[bool]


class ProcessShape(TypedDict):
    """A process that `kill` found."""

    pid: int
    name: str


class KilledShape(TypedDict):
    """What became of one session that was killed."""

    id: str
    name: str
    gone: list[ProcessShape]
    survived: list[ProcessShape]


class ServerShape(TypedDict):
    """The server about itself."""

    pid: int
    keeper_pid: int | None
    version: str
    protocol: int
    home: str
    started: float
    sessions: dict[str, int]
    clients: int
    trouble: str | None
    ledger: list[dict[str, object]]


MailShape = TypedDict(
    "MailShape",
    {
        "id": int,
        "session": str,
        "session_id": str,
        "from": str | None,
        "from_id": str | None,
        "text": str,
        "time": float,
        "read": float | None,
    },
)
