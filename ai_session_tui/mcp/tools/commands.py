"""The tools that run commands, read what they wrote, and search it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ai_session_tui.client.aio import SessionManager
from ai_session_tui.mcp.declaring import Budget, Name, Number, Positive, Said, Seconds, about, data, session_of, tool

_EXEC_SECONDS = 120.0


class Exec(msgspec.Struct, forbid_unknown_fields=True):
    """What `exec` takes."""

    session: Name
    command: Annotated[str, about("what to run in the session's own shell", min_length=1)]
    timeout: Seconds = _EXEC_SECONDS
    budget: Budget = None


@tool(Exec)
async def exec(manager: SessionManager, wish: Exec) -> Said:
    """Run a command and return its digest: the exit code, every failure with its place, what matters of the rest, and
    how to read what is left out. A command that takes longer than `timeout` seconds is interrupted.
    """
    session = await session_of(manager, wish.session)
    result = await session.exec(wish.command, timeout=wish.timeout, stream="none")
    digest = await session.digest(result.id, budget=wish.budget)
    ran = {"command": result.id, "address": result.address, "duration_s": result.duration_s}
    return Said(f"{result.address}\n{digest.text}", data(digest) | ran)


class ReadOutput(msgspec.Struct, forbid_unknown_fields=True):
    """What `output` takes."""

    session: Name
    command: Number
    first: Annotated[int, about("first line, from 1", ge=1)] = 1
    last: Annotated[Positive | None, about("last line")] = None
    grep: Annotated[str | None, about("only lines that fit this regular expression")] = None
    limit: Annotated[int, about("most lines that fit", ge=1, le=2000)] = 200


@tool(ReadOutput, reads_only=True)
async def output(manager: SessionManager, wish: ReadOutput) -> Said:
    """Read lines of a command's output, numbered as its digest numbers them. It counts as read."""
    session = await session_of(manager, wish.session)
    last = wish.last
    if last is None and wish.grep is None:
        last = wish.first + wish.limit - 1
    lines = None if wish.first == 1 and last is None else (wish.first, last)
    limit = wish.limit if wish.grep is not None else None
    text = await session.text(wish.command, lines=lines, grep=wish.grep, limit=limit)
    shown = "\n".join(f"{line.number}: {line.text}" for line in text.lines)
    return Said(shown or "no such lines", data(text))


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """What `search` takes."""

    query: Annotated[str, about('words, "a phrase", OR, NOT', min_length=1)]
    session: Annotated[str | None, about("only in this session")] = None
    failed: Annotated[bool, about("only in commands that failed")] = False
    limit: Annotated[int, about("most hits", ge=1, le=200)] = 20


@tool(Search, reads_only=True)
async def search(manager: SessionManager, wish: Search) -> Said:
    """Search the commands, outputs and messages of all sessions, newest first."""
    found = await manager.search(wish.query, session=wish.session, failed=wish.failed, limit=wish.limit)
    lines = [f"{hit.reference}{f':{hit.line}' if hit.line else ''}: {hit.snippet}" for hit in found.hits]
    return Said("\n".join(lines) or "nothing found", data(found))
