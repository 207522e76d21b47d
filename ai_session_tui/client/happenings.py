"""What happens, as typed values: on the way of one command, and in all sessions."""

from __future__ import annotations

import msgspec

from ai_session_tui.client.contexts import Mail, Message
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.records import CommandRecord, SessionInfo


class Queued(msgspec.Struct, frozen=True):
    """The command waits: `ahead` others come first, and `running` is what runs now."""

    ahead: int = 0
    running: str | None = None


class Started(msgspec.Struct, frozen=True):
    """The command runs."""

    command: CommandRecord


class ScreenTaken(msgspec.Struct, frozen=True):
    """The command took the whole screen, as an editor does, or gave it back."""

    taken: bool


class InputAwaited(msgspec.Struct, frozen=True):
    """The command waits for input; `Session.send` gives it some."""


class SessionChanged(msgspec.Struct, frozen=True):
    """A session is new, or something about it changed."""

    session: SessionInfo


class SessionGone(msgspec.Struct, frozen=True):
    """A session was killed."""

    id: str
    name: str


class CommandStarted(msgspec.Struct, frozen=True):
    """A command began in some session."""

    command: CommandRecord


class CommandEnded(msgspec.Struct, frozen=True):
    """A command ended in some session."""

    command: CommandRecord


class CommandAnalysed(msgspec.Struct, frozen=True):
    """The output of a command was analysed: its record has an `analysis` now."""

    command: CommandRecord


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is worth a word: `input`, `notification`, `bell` (a need began), `failed`, `finished`."""

    kind: str
    session: str
    session_id: str
    pane: int
    text: str
    time: float
    command: int | None = None


class MessageAdded(msgspec.Struct, frozen=True):
    """A conversation has changed: a message was added and counted, pinned, or is the digest of others."""

    session_id: str
    message: Message


class MailArrived(msgspec.Struct, frozen=True):
    """A session got a message from another one."""

    mail: Mail


class Reconnected(msgspec.Struct, frozen=True):
    """The server was lost and found again: what happened between is not told, look at `list` and `history`."""


ExecEvent = Queued | Started | ScreenTaken | InputAwaited
ManagerEvent = (
    SessionChanged
    | SessionGone
    | CommandStarted
    | CommandEnded
    | CommandAnalysed
    | MessageAdded
    | MailArrived
    | Notice
    | Reconnected
)


def read_exec_event(name: str, data: object) -> ExecEvent | None:
    """Return the typed form of an event of `exec.run`; None for one that only a newer server knows."""
    match name:
        case "queued":
            return decode(data, Queued)
        case "started":
            return Started(decode(data, CommandRecord))
        case "screen":
            return decode(data, ScreenTaken)
        case "input":
            return InputAwaited()
    return None


def read_manager_event(name: str, data: object) -> ManagerEvent | None:
    """Return the typed form of an event of `events`; None for one that only a newer server knows."""
    match name:
        case "session":
            return SessionChanged(decode(data, SessionInfo))
        case "session_gone":
            return decode(data, SessionGone)
        case "command_started":
            return CommandStarted(decode(data, CommandRecord))
        case "command_ended":
            return CommandEnded(decode(data, CommandRecord))
        case "notice":
            return decode(data, Notice)
        case "message":
            return decode(data, MessageAdded)
        case "mail":
            return MailArrived(decode(data, Mail))
        case "command_analysed":
            return CommandAnalysed(decode(data, CommandRecord))
    return None
