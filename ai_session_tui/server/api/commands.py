"""Methods about the records of commands and their output."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ai_session_tui.errors import NotFoundError, UnsupportedError, UsageError
from ai_session_tui.names import parse_target
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.params import GetCommand, ListCommands, ReadOutput
from ai_session_tui.server.sessions import Session
from ai_session_tui.server.streams import JournalStream
from ai_session_tui.store import CommandRow, ReadingRow

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


@method("command.list", ListCommands)
async def list_commands(server: Server, call: Call, params: ListCommands) -> object:
    """List a session's commands, oldest first; with `NAME:PANE` those of that pane."""
    target = parse_target(params.target)
    session = server.sessions.find(target)
    rows = server.host.store.commands(session.row.id, params.limit if target.pane is None else None)
    if target.pane is not None:
        pane_id = session.pane_at(target.pane).row.id
        rows = [row for row in rows if row.pane_id == pane_id][-(params.limit or len(rows)) :]
    known = server.host.analyses.accounts.all_measured(session.row.id)
    return {"commands": [session.command_to_wire(row, known.get(row.number)) for row in rows]}


@method("command.get", GetCommand)
async def get(server: Server, call: Call, params: GetCommand) -> object:
    """Tell about one command, if that is wished for after its analysis."""
    session, row = find_command(server, params.target)
    if params.analysed:
        with suppress(UnsupportedError, NotFoundError):  # then there is none
            await server.host.analyses.analyse(session, row)
    return session.command_to_wire(row)


@method("command.output", ReadOutput)
async def output(server: Server, call: Call, params: ReadOutput) -> object:
    """Send a command's output, or the whole journal of a pane."""
    target = parse_target(params.target)
    if target.command is None:
        pane = server.sessions.find_pane(params.target)
        start, end, record = pane.journal.start, pane.journal.end, None
    else:
        session, row = find_command(server, params.target)
        pane = pane_of_command(session, row)
        if row.start_offset is None:
            raise NotFoundError(f"{params.target}: the command never ran, so it has no output")
        start = row.start_offset
        end = pane.output.certain_end if row.end_offset is None else row.end_offset
        record = session.command_to_wire(row)
    columns, rows = pane.journal.reader().size_at(start) or (pane.row.columns, pane.row.rows)
    call.event("terminal", {"columns": columns, "rows": rows})
    stream = JournalStream(call, pane, start, raw=params.raw)
    try:
        await stream.send_up_to(end)
        await stream.finish()
    finally:
        if target.command is not None and stream.position > start:
            size = stream.position - start
            reading = ReadingRow(pane.session.row.id, target.command)
            reading.text_bytes, reading.raw_bytes = (size, 0) if params.as_text else (0, size)
            server.host.analyses.accounts.charge(reading)
    return {"command": record, "bytes": stream.sent, "lost": stream.lost}


def find_command(server: Server, text: str) -> tuple[Session, CommandRow]:
    """Return the command that `NAME#NUMBER` names, and its session."""
    target = parse_target(text)
    if target.command is None:
        raise UsageError(f"{text!r} names no command", "write NAME#NUMBER; `ai-session history NAME` has the numbers.")
    session = server.sessions.find(target)
    row = server.host.store.command(session.row.id, target.command)
    if row is None:
        raise NotFoundError(
            f"session {session.row.name!r} has no command {target.command}",
            f"`ai-session history {session.row.name}` lists them.",
        )
    return session, row


def pane_of_command(session: Session, row: CommandRow) -> Pane:
    """Return the pane in which a command ran, also one that is closed; raise `NotFoundError`."""
    pane = session.pane_of(row.pane_id)
    if pane is None:
        raise NotFoundError(f"the pane of command {row.number} is gone")
    return pane
