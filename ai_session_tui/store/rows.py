"""The rows of the store as values. Times are seconds since the epoch, offsets are bytes of the pane's journal."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class SessionRow:
    """One session. `killed` is the time at which `kill` took it out of the list."""

    id: str
    name: str
    created: float
    last_activity: float
    dir: str
    shell: str = ""
    argv: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    ai_context: bool = False
    max_tokens: int = 0
    compression: bool = True
    template: str | None = None
    killed: float | None = None
    layout: dict[str, object] | None = None  # of its panes, as in docs/protocol.md
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PaneRow:
    """One pane and the process that runs in it, or the last one that did.

    `argv` is the program that `start` starts again; where it is empty that is the shell.
    """

    id: str
    session_id: str
    position: int  # counts from 1; below zero once it is closed, so that another pane may have its number
    nonce: str
    kind: str  # ShellKind's value
    cwd: str
    columns: int
    rows: int
    pid: int | None = None
    pid_started: int | None = None  # clock ticks since boot; 0 where nobody can tell
    status: str = "running"  # running, exited, lost
    exit_code: int | None = None
    exit_signal: int | None = None
    exited: float | None = None
    boot_id: str = ""
    # From where on the journal must be read again to know the state of the shell.
    scan_offset: int = 0
    argv: list[str] = field(default_factory=list)
    shell: str = ""
    env: dict[str, str] = field(default_factory=dict)  # beside the session's
    closed: float | None = None
    seen_offset: int = 0  # up to where somebody has looked


@dataclass(slots=True)
class CommandRow:
    """One command. `number` counts within the session; `mark_offset` is where its start mark begins."""

    number: int
    session_id: str
    pane_id: str
    text: str
    state: str  # queued, sent, running, ended, lost
    source: str  # typed, exec, input
    cwd: str = ""
    started: float | None = None
    ended: float | None = None
    exit_code: int | None = None
    mark_offset: int | None = None
    start_offset: int | None = None
    end_offset: int | None = None
    exec_id: str | None = None
    key: str | None = None
    fullscreen: bool = False
    shell_exited: bool = False
    note: str = ""
    timed_out: bool = False  # ended because the time of whoever wanted it was over


@dataclass(slots=True, frozen=True)
class LedgerRow:
    """What became of a session when a server started, or when it was started again."""

    time: float
    server_pid: int
    session_id: str
    name: str
    outcome: str  # adopted, restarted, stopped, failed
    why: str


@dataclass(slots=True)
class AnalysisRow:
    """What the analyst found out about one command. With a `trouble` it found nothing, and that says why."""

    session_id: str
    number: int
    verdict: str = "unknown"  # success, failure, unknown
    headline: str = ""
    raw_bytes: int = 0
    raw_tokens: int = 0
    plain_tokens: int = 0
    digest_tokens: int = 0
    is_estimate: bool = False
    failures: int = 0
    warnings: int = 0
    lines: int = 0
    trouble: str = ""


@dataclass(slots=True)
class DigestRow:
    """The digest of one command, with what it is compared by and how it names the output."""

    session_id: str
    number: int
    text: str
    reference: str
    parsed: list[dict[str, object]] = field(default_factory=list)
    outcome: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class ReadingRow:
    """What was read of one command's output; number 0 stands for what belongs to no command.

    `tokens` were counted; `raw_bytes` and `text_bytes` are bytes of the journal that went out as they are and as
    text: their tokens are a share of the whole output's. `digests` counts how often its digest was delivered.
    """

    session_id: str
    number: int
    tokens: int = 0
    raw_bytes: int = 0
    text_bytes: int = 0
    digests: int = 0


@dataclass(slots=True)
class MessageRow:
    """One entry of a session's conversation; `id` counts within the session.

    `masked` is the text with its secrets masked, None where there are none. `tokens` are those of that, None until
    they are counted. `plain_tokens` is what an output's digest stands for. A digest has `first` and `last`, a message
    that is compressed `covered_by`.
    """

    session_id: str
    id: int
    time: float
    role: str  # user, assistant, system, tool
    kind: str  # text, command, output, digest, decision, note
    text: str
    masked: str | None = None
    brief: str = ""
    tokens: int | None = None
    raw_tokens: int = 0
    brief_tokens: int = 0
    plain_tokens: int | None = None
    is_estimate: bool = False
    pinned: bool = False
    command: int | None = None
    verdict: str = ""
    sender: str = ""
    covered_by: int | None = None
    first: int | None = None
    last: int | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The text without secrets."""
        return self.text if self.masked is None else self.masked


@dataclass(slots=True, frozen=True)
class DecisionRow:
    """What was decided; the message of that number tells it in the conversation."""

    session_id: str
    message: int
    text: str
    why: str = ""
    alternatives: tuple[str, ...] = ()
    outcome: str = ""


@dataclass(slots=True, frozen=True)
class MailRow:
    """A message from one session to another."""

    id: int
    session_id: str
    sender_id: str
    sender: str
    text: str
    time: float
    read: float | None = None
