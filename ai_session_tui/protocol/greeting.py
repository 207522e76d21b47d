"""The greeting: the first frame of either side, before anything else is said.

Both sides name the protocol they speak. A peer with another number is told what to do and the connection ends;
within one number, either side ignores fields that it does not know, so additions need no new number.
"""

from __future__ import annotations

from ai_session_tui.errors import ProtocolError
from ai_session_tui.version import PROTOCOL, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = "ai-session"


def greeting(role: str, **extra: object) -> dict[str, object]:
    """Return our greeting; `role` is `server` or `client`."""
    return {"hello": _WORD, "role": role, "protocol": PROTOCOL, "version": VERSION, **extra}


def check_greeting(message: Mapping[str, object], *, we_are: str) -> None:
    """Raise `ProtocolError` unless the peer speaks our protocol; the hint says which side to renew."""
    if message.get("hello") != _WORD:
        raise ProtocolError("the peer does not speak the ai-session protocol")
    theirs = message.get("protocol")
    if theirs == PROTOCOL:
        return
    version = _printable(message.get("version"))
    server_protocol, client_protocol = (
        (PROTOCOL, _printable(theirs)) if we_are == "server" else (_printable(theirs), PROTOCOL)
    )
    server_version, client_version = (VERSION, version) if we_are == "server" else (version, VERSION)
    is_server_older = isinstance(theirs, int) and (theirs > PROTOCOL) == (we_are == "server")
    raise ProtocolError(
        f"the server is version {server_version} (protocol {server_protocol}), "
        f"the client version {client_version} (protocol {client_protocol})",
        "run `ai-session server restart` with the newer version; every session stays alive."
        if is_server_older
        else "upgrade this client to the server's version.",
    )


def _printable(said: object) -> str:
    """Return what a peer said about itself in a form that a terminal and a log can take."""
    if not isinstance(said, str | int):
        return "unknown"
    return "".join(sign for sign in str(said)[:40] if sign.isprintable())
