"""The method that searches everything that was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from ai_session_tui.analyst.messages import Hit
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Time

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class SearchAll(msgspec.Struct):
    """Parameters of `search`."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    session: str | None = None
    since: Time | None = None
    failed: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    charge: bool = True  # a person who looks does not spend the reader's tokens


@method("search", SearchAll)
async def search(server: Server, call: Call, params: SearchAll) -> object:
    """Search commands, outputs and messages of all sessions, or of one; what is shown counts as read."""
    sessions = None if params.session is None else [server.sessions.find(params.session).row.id]
    found, is_behind = await server.host.analyses.searches.search(
        params.query, sessions=sessions, since=params.since, failed=params.failed, limit=params.limit
    )
    if params.charge:
        _charge(server, found.hits)
    return {
        "hits": [_to_wire(hit) for hit in found.hits],
        "truncated": found.is_cut,
        "behind": is_behind,
        "took_ms": found.took_ms,
    }


def _charge(server: Server, hits: list[Hit]) -> None:
    shown: dict[tuple[str, int], list[str]] = {}
    for hit in hits:
        number = 0 if hit.kind == "message" else hit.number
        shown.setdefault((hit.session_id, number), []).append(hit.snippet)
    for (session_id, number), snippets in shown.items():
        server.host.analyses.accounts.charge_text(session_id, number, "\n".join(snippets))


def _to_wire(hit: Hit) -> dict[str, object]:
    is_message = hit.kind == "message"
    name = hit.session_id if hit.is_killed else hit.session  # the name of a killed one may be another's by now
    line = hit.line if hit.kind == "output" else None
    reference = name if is_message else f"{name}#{hit.number}" + ("" if line is None else f":{line}")
    return {
        "session": hit.session,
        "session_id": hit.session_id,
        "command": None if is_message else hit.number,
        "message": hit.number if is_message else None,
        "kind": hit.kind,
        "line": line,
        "snippet": hit.snippet,
        "marks": hit.marks,
        "reference": reference,
        "time": hit.time,
        "exit_code": hit.exit_code,
        "more": hit.more,
    }
