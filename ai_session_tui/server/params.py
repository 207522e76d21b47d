"""The parameters of the protocol's methods, decoded and checked by msgspec (docs/protocol.md)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ai_session_tui import limits

Columns = Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_COLUMNS)]
Rows = Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_ROWS)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
_LARGEST = 2**53  # beyond it not every JSON has whole numbers, and beyond 2**63 SQLite has none
Time = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
Count = Annotated[int, msgspec.Meta(ge=1, le=_LARGEST)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]


class Nothing(msgspec.Struct):
    """No parameters."""


class StopServer(msgspec.Struct):
    """Parameters of `server.stop`."""

    keep_sessions: bool = False


MaxTokens = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]


class Defaults(msgspec.Struct):
    """What holds where neither a parameter nor a template says anything: the settings of who asks."""

    shell: str | None = None
    columns: Columns | None = None
    rows: Rows | None = None
    max_tokens: MaxTokens | None = None
    compression: bool | None = None


class CreateSession(msgspec.Struct):
    """Parameters of `session.create`."""

    name: str | None = None
    dir: str | None = None
    shell: str | None = None
    command: list[str] = []
    env: dict[str, str] | None = None
    set_env: dict[str, str] = {}
    columns: Columns | None = None
    rows: Rows | None = None
    ai_context: bool | None = None
    max_tokens: MaxTokens | None = None
    compression: bool | None = None
    template: str | None = None
    variables: dict[str, str] = {}
    base_dir: str | None = None
    defaults: Defaults | None = None
    scrollback_file: str | None = None


class ListSessions(msgspec.Struct):
    """Parameters of `session.list`."""

    status: Literal["active", "idle", "stopped", "killed"] | None = None


class Targeted(msgspec.Struct):
    """A target and nothing else."""

    target: str


class RenameSession(msgspec.Struct):
    """Parameters of `session.rename`."""

    target: str
    name: str


class StartSession(msgspec.Struct):
    """Parameters of `session.start`."""

    target: str
    env: dict[str, str] | None = None


class KillSessions(msgspec.Struct):
    """Parameters of `session.kill`."""

    targets: list[str] = []
    all: bool = False
    force: bool = False


class RunExec(msgspec.Struct, rename={"from_offset": "from"}):
    """Parameters of `exec.run`."""

    target: str
    command: str
    key: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    wait: bool = True
    timeout: Seconds | None = None
    stream: Literal["output", "raw", "none"] = "output"
    from_offset: Offset | None = None


class FindExec(msgspec.Struct):
    """Parameters of `exec.find`."""

    target: str
    key: str


class SendInput(msgspec.Struct):
    """Parameters of `pane.send`."""

    target: str
    text: str = ""
    keys: list[str] = []
    enter: bool = False
    paste: bool = False


class CapturePane(msgspec.Struct):
    """Parameters of `pane.capture`."""

    target: str
    ansi: bool = False
    scrollback: Annotated[int, msgspec.Meta(ge=-1, le=_LARGEST)] = 0


class WaitForPane(msgspec.Struct):
    """Parameters of `pane.wait`."""

    target: str
    until: Literal["idle", "exit", "prompt"]
    seconds: Seconds = 1.0
    timeout: Seconds | None = None


class FollowPane(msgspec.Struct, rename={"from_offset": "from"}):
    """Parameters of `pane.follow`."""

    target: str
    from_offset: Offset | None = None
    raw: bool = True


class ListCommands(msgspec.Struct):
    """Parameters of `command.list`."""

    target: str
    limit: Count | None = None


class GetCommand(msgspec.Struct):
    """Parameters of `command.get`."""

    target: str
    analysed: bool = False


class ReadOutput(msgspec.Struct):
    """Parameters of `command.output`."""

    target: str
    raw: bool = True
    as_text: bool = False  # the client makes text of the bytes: that is what counts as read


class Attach(msgspec.Struct):
    """Parameters of `attach`."""

    target: str
    columns: Columns
    rows: Rows
    read_only: bool = False


class ResizeAttach(msgspec.Struct):
    """Parameters of `attach.resize`."""

    attach: int
    columns: Columns
    rows: Rows


class RedrawAttach(msgspec.Struct):
    """Parameters of `attach.redraw`."""

    attach: int
