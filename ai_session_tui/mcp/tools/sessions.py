"""The tools that make, list and end sessions."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ai_session_tui.client.aio import SessionManager
from ai_session_tui.client.session_config import SessionConfig
from ai_session_tui.mcp.declaring import Name, Positive, Said, about, data, session_of, tool


class Create(msgspec.Struct, forbid_unknown_fields=True):
    """What `create_session` takes."""

    name: Annotated[str | None, about("default: one is made up")] = None
    dir: Annotated[str | None, about("directory to start in")] = None
    command: Annotated[list[str], about("program to run instead of a shell, with its arguments")] = []
    ai_context: Annotated[bool, about("keep a conversation: what was said, decided and run")] = True
    max_tokens: Annotated[Positive | None, about("most tokens of that")] = None
    template: Annotated[str | None, about("make the session after a template")] = None


@tool(Create)
async def create_session(manager: SessionManager, wish: Create) -> Said:
    """Create a session: a shell that goes on when nobody looks. What `cd` and `export` do in it lasts."""
    session = await manager.create(
        SessionConfig(
            name=wish.name,
            dir=wish.dir,
            command=wish.command or None,
            ai_context=wish.ai_context,
            max_tokens=wish.max_tokens,
            template=wish.template,
        )
    )
    return Said(f"created session {session.name!r} in {session.info.dir}", data(session.info))


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """What `list_sessions` takes."""


@tool(Nothing, reads_only=True)
async def list_sessions(manager: SessionManager, wish: Nothing) -> Said:
    """List the sessions: what each does, and where."""
    infos = [session.info for session in await manager.list()]
    lines = [
        f"{info.name}: {info.status}, {_running(info.running)}, {info.panes[0].cwd if info.panes else info.dir}"
        for info in infos
    ]
    return Said("\n".join(lines) or "no sessions", {"sessions": [data(info) for info in infos]})


def _running(command: str | None) -> str:
    return f"running {command!r}" if command else "at its prompt"


class Kill(msgspec.Struct, forbid_unknown_fields=True):
    """What `kill_session` takes."""

    session: Name


@tool(Kill)
async def kill_session(manager: SessionManager, wish: Kill) -> Said:
    """End a session with every process in it. Its records and its output stay."""
    killed = await (await session_of(manager, wish.session)).kill()
    gone = ", ".join(process.name for process in killed.gone) or "nothing was running"
    return Said(f"killed {killed.name}: {gone}", data(killed))
