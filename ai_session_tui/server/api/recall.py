"""Methods about reading an output again: as lines of text with their numbers, or those that a pattern fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from ai_session_tui.analyst.messages import Read, Source, Text
from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.names import parse_target
from ai_session_tui.server.api.commands import find_command
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Count

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class ReadText(msgspec.Struct):
    """Parameters of `command.text`."""

    target: str
    lines: tuple[Count, Count | None] | None = None
    grep: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None
    ignore_case: bool = False
    context: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    redact: bool = True
    charge: bool = True  # a person who looks does not spend the reader's tokens


@method("command.text", ReadText)
async def text(server: Server, call: Call, params: ReadText) -> object:
    """Tell lines of a command's output, or of all that a pane has printed; they count as read unless told otherwise."""
    first, last = params.lines or (1, None)
    if last is not None and last < first:
        raise UsageError(f"lines {first} to {last} are none", "the first number must not be larger.")
    session_id, number, source = _source(server, params.target)
    answer = await server.host.analyses.ask(
        Read(
            source,
            first,
            last,
            pattern=params.grep,
            ignore_case=params.ignore_case,
            context=params.context,
            limit=params.limit,
            redacted=params.redact,
            seconds=server.host.settings.analysis_seconds,
        ),
        source.end - source.start,
    )
    assert isinstance(answer, Text)
    if params.charge:
        server.host.analyses.accounts.charge_text(session_id, number, "\n".join(line for _, line in answer.lines))
    return {
        "lines": answer.lines,
        "matches": answer.matches if params.grep is not None else None,
        "total": answer.total,
        "truncated": answer.is_cut,
        "lost": answer.lost,
    }


def _source(server: Server, wanted: str) -> tuple[str, int, Source]:
    """Return the session's id, the command's number (0: a whole pane) and where the output lies."""
    target = parse_target(wanted)
    if target.command is None:
        pane = server.sessions.find_pane(wanted)
        folder = server.host.home.journal(pane.row.id)
        source = Source(folder, pane.journal.start, pane.journal.end, pane.row.columns, pane.row.rows)
        return pane.session.row.id, 0, source
    session, row = find_command(server, wanted)
    if row.start_offset is None:
        raise NotFoundError(f"{wanted}: the command never ran, so it has no output")
    return row.session_id, row.number, server.host.analyses.source(session, row)
