"""What the server says, as typed values: one definition for the async library and its blocking twin.

The shapes are those of docs/protocol.md. Times are seconds since the epoch (UTC), durations seconds, sizes bytes;
`None` means "not known" or "not yet", never zero. Invariant: past `decode` there is no untyped value, and a field
that a newer server adds is ignored.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import msgspec

from ai_session_tui.errors import ProtocolError

_Record = TypeVar("_Record")


class _State(StrEnum):
    """A state; one that only a newer server knows reads as `UNKNOWN`."""

    @classmethod
    def _missing_(cls, value: object) -> _State | None:
        return cls("unknown") if isinstance(value, str) else None


class SessionStatus(_State):
    """How a session is."""

    ACTIVE = "active"
    IDLE = "idle"
    STOPPED = "stopped"
    KILLED = "killed"
    UNKNOWN = "unknown"


class PaneStatus(_State):
    """Whether the process of a pane lives."""

    RUNNING = "running"
    EXITED = "exited"
    LOST = "lost"
    UNKNOWN = "unknown"


class ShellState(_State):
    """What the shell of a pane does."""

    STARTING = "starting"
    PROMPT = "prompt"
    CONTINUATION = "continuation"
    RUNNING = "running"
    UNKNOWN = "unknown"


class CommandState(_State):
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


class Verdict(_State):
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


class Cursor(msgspec.Struct, frozen=True):
    """Where the cursor is, both counted from 0, and whether it shows."""

    column: int
    row: int
    visible: bool = True


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """What a pane shows; `str()` of it is the text."""

    text: str
    columns: int
    rows: int
    cursor: Cursor
    title: str | None = None
    alternate: bool = False

    def __str__(self) -> str:
        return self.text


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


class LostOutput(msgspec.Struct, frozen=True):
    """A stretch of a journal that is no longer there, and why."""

    offset: int
    length: int
    why: str = ""


class Output(msgspec.Struct, frozen=True):
    """What a command or a pane wrote, read from the journal."""

    data: bytes
    lost: tuple[LostOutput, ...] = ()

    @property
    def text(self) -> str:
        """The output as text; bytes that are no UTF-8 read as U+FFFD."""
        return self.data.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of an output's text, by its number in the whole output (from 1)."""

    number: int
    text: str


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of an output; `str()` of it is the text.

    `matches` are the numbers of the lines that a pattern fits, `total` is how many lines the output has (`None` when
    not all were looked at), `truncated` says that there is more of what was asked for.
    """

    lines: tuple[Line, ...]
    matches: tuple[int, ...] | None = None
    total: int | None = None
    truncated: bool = False
    lost: int = 0

    def __str__(self) -> str:
        return "\n".join(line.text for line in self.lines)


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader needs of a command's output; `str()` of it is the text. `parsed` is what each tool reported."""

    text: str
    reference: str
    verdict: Verdict
    headline: str = ""
    exit_code: int | None = None
    parsed: tuple[dict[str, object], ...] = ()
    lines: int = 0
    failures: int = 0
    warnings: int = 0
    raw_tokens: int
    plain_tokens: int
    digest_tokens: int
    delivered_tokens: int | None = None
    is_estimate: bool = False

    def __str__(self) -> str:
        return self.text


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a search found; `reference` is how other calls name it: `dev#12:40`.

    `kind` is "command" (its text), "output" or "message"; `marks` are the ranges of the snippet that fit; `more` says
    that the same command or message has more lines that fit.
    """

    session: str
    session_id: str
    kind: str
    snippet: str
    reference: str
    command: int | None = None
    message: int | None = None
    line: int | None = None
    marks: tuple[tuple[int, int], ...] = ()
    time: float | None = None
    exit_code: int | None = None
    more: bool = False


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found, newest first; `behind` says that the newest output is not indexed yet."""

    hits: tuple[SearchHit, ...]
    truncated: bool = False
    behind: bool = False
    took_ms: float | None = None


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one session when a server started."""

    time: float
    session_id: str
    session: str
    outcome: str
    why: str = ""
    server_pid: int | None = None


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is."""

    pid: int
    keeper_pid: int | None = None
    version: str
    protocol: int
    home: str
    started: float | None = None
    sessions: dict[str, int] = {}
    clients: int | None = None
    analysts: tuple[int, ...] = ()
    trouble: str | None = None
    ledger: tuple[LedgerEntry, ...] = ()


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


class CleanedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that a cleanup removed, would remove, or left alone; `why` says which it was."""

    id: str
    name: str
    status: SessionStatus
    last_activity: float | None = None
    why: str
    bytes: int = 0
    removed: bool = False
    gone: tuple[Process, ...] = ()
    survived: tuple[Process, ...] = ()


class Cleanup(msgspec.Struct, frozen=True, kw_only=True):
    """What a cleanup did, or (`dry_run`) would do; `bytes` are those that it freed."""

    dry_run: bool
    sessions: tuple[CleanedSession, ...]
    kept: tuple[CleanedSession, ...]
    leftovers: tuple[dict[str, str | int | bool], ...] = ()
    bytes: int
    trouble: str | None = None


class TemplateInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A template for new sessions; `mistake` says what keeps it from being used."""

    name: str
    path: str
    is_builtin: bool
    description: str = ""
    tags: tuple[str, ...] = ()
    panes: int = 0
    mistake: str | None = None


def decode(value: object, kind: type[_Record]) -> _Record:
    """Return a value of the wire as `kind`; raise `ProtocolError` when it has another shape."""
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise ProtocolError(
            f"the server sent a {kind.__name__} that cannot be read: {error}",
            "run `ai-session server restart`, so that server and client are of one version.",
        ) from None


def with_output(record: CommandRecord, data: bytes) -> CommandResult:
    """Return the record together with what the command wrote."""
    return CommandResult(**{name: getattr(record, name) for name in CommandRecord.__struct_fields__}, output_bytes=data)
