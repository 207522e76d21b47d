"""What can go wrong, and what to do about it.

    AiSessionError                  code               exit status
    ├── UsageError                  usage              2
    │   ├── InvalidNameError        invalid_name       2
    │   ├── AmbiguousNameError      ambiguous_name     2
    │   └── ConfigError             config             2
    ├── NotFoundError               not_found          3
    ├── ConflictError               conflict           4
    │   └── StoppedError            stopped            4
    ├── BusyError                   busy               5
    ├── ServerError                 server             6
    │   ├── ServerUnreachableError  server_unreachable 6
    │   └── ProtocolError           protocol           6
    ├── StorageError                storage            7
    ├── SpawnError                  spawn              8
    ├── UnsupportedError            unsupported        9
    ├── OutcomeUnknownError         outcome_unknown    125
    └── TimeoutExpiredError         timeout            124

Invariant: an error that reaches a user says what happened (`message`) and what to do next (`hint`). The same
object crosses the protocol: `to_wire` on the server, `from_wire` on the client. This module imports nothing
of ours and nothing slow, because the headless subcommands load it at every start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import ClassVar

EXIT_OK = 0
EXIT_FAILURE = 1
EXIT_INTERRUPTED = 130


class AiSessionError(Exception):
    """Root of every error that ai-session raises on purpose."""

    code: ClassVar[str] = "failure"
    exit_status: ClassVar[int] = EXIT_FAILURE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def to_wire(self) -> dict[str, str]:
        """Return the error as the protocol's error object."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(AiSessionError):
    """The words of the call are off: an option, a value, a shape."""

    code = "usage"
    exit_status = 2


class InvalidNameError(UsageError):
    """A session name that no session may have."""

    code = "invalid_name"


class AmbiguousNameError(UsageError):
    """A prefix that fits several sessions."""

    code = "ambiguous_name"


class ConfigError(UsageError):
    """A setting that is unknown or has a bad value; names the file and the line."""

    code = "config"


class NotFoundError(AiSessionError):
    """No such session, pane or command."""

    code = "not_found"
    exit_status = 3


class ConflictError(AiSessionError):
    """The wish is clear but does not fit what is there: a name that is taken, say."""

    code = "conflict"
    exit_status = 4


class StoppedError(ConflictError):
    """The session exists, but no process runs in it."""

    code = "stopped"


class BusyError(AiSessionError):
    """The pane runs something else, or a half-typed line stands at its prompt."""

    code = "busy"
    exit_status = 5


class ServerError(AiSessionError):
    """The server failed at something that it should have been able to do."""

    code = "server"
    exit_status = 6


class ServerUnreachableError(ServerError):
    """No server answers, and none could be started."""

    code = "server_unreachable"


class ProtocolError(ServerError):
    """The peer speaks another version, or not our protocol at all."""

    code = "protocol"


class StorageError(AiSessionError):
    """The home cannot be written: disk full, read-only, wrong owner."""

    code = "storage"
    exit_status = 7


class SpawnError(AiSessionError):
    """A program could not be started in a pane."""

    code = "spawn"
    exit_status = 8


class UnsupportedError(AiSessionError):
    """This platform or this pane cannot do that."""

    code = "unsupported"
    exit_status = 9


class OutcomeUnknownError(AiSessionError):
    """The command was handed over, but nobody can tell how it ended."""

    code = "outcome_unknown"
    exit_status = 125


class TimeoutExpiredError(AiSessionError):
    """The time that the caller allowed is over. `output` is what a command that was waited for wrote until then."""

    code = "timeout"
    exit_status = 124
    output: bytes = b""


def _tree(root: type[AiSessionError]) -> dict[str, type[AiSessionError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


_BY_CODE = _tree(AiSessionError)


def from_wire(error: Mapping[str, object]) -> AiSessionError:
    """Return the error object that the peer described; an unknown code becomes the root class."""
    kind = _BY_CODE.get(str(error.get("code")), AiSessionError)
    return kind(str(error.get("message", "unknown error")), str(error.get("hint", "")))
