"""Sessions, panes and commands as the server says them: one definition for the async library and its blocking twin.

The shapes are those of docs/protocol.md. Times are seconds since the epoch (UTC), durations seconds, sizes bytes;
`None` means "not known" or "not yet", never zero.
"""

from __future__ import annotations

import msgspec

from ai_session_tui.client.decoding import State


class SessionStatus(State):
    """How a session is."""

    ACTIVE = "active"
    IDLE = "idle"
    STOPPED = "stopped"
    KILLED = "killed"
    UNKNOWN = "unknown"


class PaneStatus(State):
    """Whether the process of a pane lives."""

    RUNNING = "running"
    EXITED = "exited"
    LOST = "lost"
    UNKNOWN = "unknown"


class ShellState(State):
    """What the shell of a pane does."""

    STARTING = "starting"
    PROMPT = "prompt"
    CONTINUATION = "continuation"
    RUNNING = "running"
    UNKNOWN = "unknown"


class CommandState(State):
    """How far a command is."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"
    UNKNOWN = "unknown"


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """What a session needs somebody for: `input`, `notification`, `bell`; `evidence` is how that is known."""

    kind: str
    since: float = 0.0
    pane: int = 1
    evidence: str = ""


class Pane(msgspec.Struct, frozen=True, kw_only=True):
    """One terminal of a session and the process in it."""

    index: int
    id: str
    pid: int | None = None
    cwd: str | None = None
    command: str | None = None
    shell: str | None = None
    columns: int
    rows: int
    status: PaneStatus = PaneStatus.UNKNOWN
    exit_code: int | None = None
    exit_signal: int | None = None
    title: str | None = None
    state: ShellState = ShellState.UNKNOWN
    waits_for_input: bool | None = None
    journal_start: int | None = None
    journal_end: int | None = None
    attention: Attention | None = None
    unread: bool = False


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it was when the server answered."""

    id: str
    name: str
    status: SessionStatus
    created: float
    last_activity: float | None = None
    dir: str | None = None
    ai_context: bool = False
    max_tokens: int | None = None
    compression: bool | None = None
    template: str | None = None
    viewers: int = 0
    commands: int | None = None
    messages: int | None = None
    tokens: int | None = None
    compressions: int | None = None
    running: str | None = None
    running_since: float | None = None
    raw_tokens: int | None = None
    plain_tokens: int | None = None
    delivered_tokens: int | None = None
    is_estimate: bool = False
    panes: tuple[Pane, ...] = ()
    attention: Attention | None = None
    unread: bool = False
    tags: tuple[str, ...] = ()
    activity: tuple[int, ...] = ()  # bytes written per 5 seconds, newest last
    last_line: str = ""
    layout: dict[str, object] | None = None  # `ai_session_tui.layouts.from_plain` reads it


class Verdict(State):
    """How a command ended, exit code and output weighed together."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a command's output, and what was read of it; `is_estimate` is about the tokens."""

    verdict: Verdict
    headline: str = ""
    lines: int = 0
    raw_tokens: int
    plain_tokens: int
    digest_tokens: int
    delivered_tokens: int = 0
    failures: int = 0
    warnings: int = 0
    is_estimate: bool = False


class CommandRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One command, typed by a person or sent by a program."""

    id: int
    session: str
    session_id: str
    pane: int | None = None  # None: that pane is closed
    command: str
    cwd: str | None = None
    started: float | None = None
    ended: float | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    state: CommandState = CommandState.UNKNOWN
    source: str | None = None
    fullscreen: bool = False
    shell_exited: bool = False
    start_offset: int | None = None
    end_offset: int | None = None
    note: str = ""
    analysis: Analysis | None = None

    @property
    def ok(self) -> bool:
        """Whether the command ended with exit code 0; false as well while that is not known."""
        return self.exit_code == 0

    @property
    def address(self) -> str:
        """The command as other calls and subcommands name it: `dev#12`."""
        return f"{self.session}#{self.id}"


class CommandResult(CommandRecord, frozen=True, kw_only=True):
    """A command that `exec` waited for, with what it wrote."""

    output_bytes: bytes = b""

    @property
    def output(self) -> str:
        """What the command wrote, as text; bytes that are no UTF-8 read as U+FFFD."""
        return self.output_bytes.decode("utf-8", "replace")


class Process(msgspec.Struct, frozen=True):
    """A process that `kill` ended, or that survived it."""

    pid: int
    name: str


class Killed(msgspec.Struct, frozen=True):
    """What `kill` did to one session."""

    id: str
    name: str
    gone: tuple[Process, ...] = ()
    survived: tuple[Process, ...] = ()


def with_output(record: CommandRecord, data: bytes) -> CommandResult:
    """Return the record together with what the command wrote."""
    return CommandResult(**{name: getattr(record, name) for name in CommandRecord.__struct_fields__}, output_bytes=data)
