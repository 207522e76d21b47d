"""Messages: what control frames say once the greeting is over.

    client  {"id": 7, "method": "session.create", "params": {…}}     a request; ids are the client's, rising
            {"cancel": 7}                                              no more of request 7, please
            binary frame, stream 7                                     input for request 7
    server  {"id": 7, "result": {…}}                                  the end of request 7
            {"id": 7, "error": {"code": …, "message": …, "hint": …}}  the other end of request 7
            {"id": 7, "event": "started", "data": {…}}                something on the way
            binary frame, stream 7                                     output of request 7
            {"error": {…}}                                             about the connection; it ends now

Invariant: every request gets exactly one result or error, and nothing about it follows.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_session_tui.errors import AiSessionError


def request(ident: int, method: str, params: Mapping[str, object]) -> dict[str, object]:
    """Return a request."""
    return {"id": ident, "method": method, "params": params}


def cancel(ident: int) -> dict[str, object]:
    """Return the wish to end request `ident` early."""
    return {"cancel": ident}


def result(ident: int, value: object) -> dict[str, object]:
    """Return the successful end of request `ident`."""
    return {"id": ident, "result": value}


def failure(ident: int | None, error: AiSessionError) -> dict[str, object]:
    """Return the failed end of request `ident`, or of the connection."""
    said: dict[str, object] = {"error": error.to_wire()}
    if ident is not None:
        said["id"] = ident
    return said


def event(ident: int, name: str, data: Mapping[str, object]) -> dict[str, object]:
    """Return an event on the way of request `ident`."""
    return {"id": ident, "event": name, "data": data}
