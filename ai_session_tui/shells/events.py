"""What the command tracker tells: plain facts about a pane's shell, with offsets into its journal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PaneState(Enum):
    """Where the pane's shell stands; `UNKNOWN` when the marks cannot tell any more."""

    STARTING = "starting"
    PROMPT = "prompt"
    CONTINUATION = "continuation"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PromptReady:
    """The shell waits for a command; `editing` is False when it has no line editor, so exec needs `ShellKind.SH`."""

    offset: int
    cwd: str | None
    editing: bool


@dataclass(frozen=True, slots=True)
class ExecAccepted:
    """The shell took the text; it starts now."""

    exec_id: str


@dataclass(frozen=True, slots=True)
class ExecRefused:
    """The shell did not take the text: `line` (a half-typed line), `continuation`, `running`, `repeated`,
    `incomplete`."""

    exec_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The shell wants more lines; whoever sent the text has to interrupt it."""

    exec_id: str


@dataclass(frozen=True, slots=True)
class CommandStarted:
    """A command runs since `start`; `OutputStarted` says where its output begins.

    Without `text`, `echo` is the journal range of what was typed, with the editor's escapes, to render it from.
    """

    start: int
    text: str | None
    echo: tuple[int, int] | None
    cwd: str | None
    exec_id: str | None


@dataclass(frozen=True, slots=True)
class OutputStarted:
    """The running command's output begins here: at once after `CommandStarted`, but for fish, which prints its title
    and a colour reset first, when those are over. Stream from this offset; a later one (sh, lines typed at PS2) counts.
    """

    start: int
    exec_id: str | None


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """A command is over; its output is `journal[start:end]`. `code` is None when the shell did not say it."""

    start: int
    end: int
    code: int | None
    cwd: str | None
    exec_id: str | None
    fullscreen: bool


TrackerEvent = PromptReady | ExecAccepted | ExecRefused | Incomplete | CommandStarted | OutputStarted | CommandEnded
