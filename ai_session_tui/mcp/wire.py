"""JSON-RPC 2.0 as the Model Context Protocol uses it, one object a line: bytes in, typed messages out.

Source: https://www.jsonrpc.org/specification and the protocol's pages on transports and lifecycle. Invariant: what is
no message is answered by an error of the specification, never by an exception.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ai_session_tui.protocol import json_text

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

Ident = int | str


@dataclass(frozen=True, slots=True)
class Request:
    """A call that wants an answer."""

    ident: Ident
    method: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """A call that wants none."""

    method: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Malformed:
    """No message; the line with which to say so."""

    answer: bytes


def read(line: bytes) -> Request | Notification | Malformed | None:
    """Return the message of a line; None where there is none to heed (a blank line, an answer to nothing)."""
    if not line.strip():
        return None
    try:
        value = json_text.decode(line)
    except (ValueError, RecursionError):
        return Malformed(error(None, PARSE_ERROR, "this is not JSON"))
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        return Malformed(error(None, INVALID_REQUEST, "this is no JSON-RPC 2.0 message"))
    method, params, ident = value.get("method"), value.get("params", {}), value.get("id")
    if "method" not in value and ("result" in value or "error" in value):
        return None
    known = ident if isinstance(ident, int | str) and not isinstance(ident, bool) else None
    if not isinstance(method, str) or not isinstance(params, dict) or ("id" in value and known is None):
        return Malformed(error(known, INVALID_REQUEST, "this is no request"))
    return Notification(method, params) if known is None else Request(known, method, params)


def result(ident: Ident, value: dict[str, object]) -> bytes:
    """Return the line that answers a request."""
    return _line({"jsonrpc": "2.0", "id": ident, "result": value})


def error(ident: Ident | None, code: int, message: str) -> bytes:
    """Return the line that refuses a request."""
    return _line({"jsonrpc": "2.0", "id": ident, "error": {"code": code, "message": message}})


def _line(value: dict[str, object]) -> bytes:
    return json_text.encode(value).encode("utf-8", "replace") + b"\n"
