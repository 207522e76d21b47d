"""The tools that type, look and wait, as a person at the terminal would."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ai_session_tui.client.aio import SessionManager
from ai_session_tui.errors import UsageError
from ai_session_tui.mcp.declaring import WAIT_SECONDS, Name, Said, Seconds, about, data, session_of, tool


class Send(msgspec.Struct, forbid_unknown_fields=True):
    """What `send` takes."""

    session: Name
    text: Annotated[str, about("what to type")] = ""
    keys: Annotated[list[str], about('keys to press after it: "C-c", "Up", "Escape", …')] = []
    enter: Annotated[bool, about("press Enter at the end")] = False


@tool(Send)
async def send(manager: SessionManager, wish: Send) -> Said:
    """Type into a session, as a person would: for programs that ask, editors, and Ctrl-C."""
    session = await session_of(manager, wish.session)
    size = await session.send(wish.text, keys=wish.keys, enter=wish.enter)
    return Said(f"typed {size} bytes", {"bytes": size})


class Capture(msgspec.Struct, forbid_unknown_fields=True):
    """What `capture` takes."""

    session: Name
    scrollback: Annotated[int, about("lines of what scrolled out above the screen; -1 for all", ge=-1)] = 0


@tool(Capture, reads_only=True, is_masked=False)
async def capture(manager: SessionManager, wish: Capture) -> Said:
    """Return what a session's screen shows."""
    found = await (await session_of(manager, wish.session)).capture(scrollback=wish.scrollback)
    return Said(found.text, data(found))


class Wait(msgspec.Struct, forbid_unknown_fields=True):
    """What `wait` takes."""

    session: Name
    until: Annotated[Literal["prompt", "idle", "exit", "text"], about("what to wait for")] = "prompt"
    pattern: Annotated[str | None, about("with `text`: a regular expression")] = None
    idle: Annotated[float, about("with `idle`: seconds without output", ge=0)] = 1.0
    timeout: Seconds = WAIT_SECONDS


@tool(Wait, reads_only=True)
async def wait(manager: SessionManager, wish: Wait) -> Said:
    """Wait until a session is at its prompt, prints nothing for a while, has ended, or shows a text."""
    session = await session_of(manager, wish.session)
    if wish.until == "text":
        if wish.pattern is None:
            raise UsageError("waiting for a text needs a pattern")
        match = await session.wait_for_text(wish.pattern, timeout=wish.timeout)
        return Said(match[0], {"text": match[0]})
    pane = await session.wait(
        prompt=wish.until == "prompt",
        exit=wish.until == "exit",
        idle=wish.idle if wish.until == "idle" else None,
        timeout=wish.timeout,
    )
    return Said(f"{wish.until}: {pane.status}, {pane.state}", data(pane))
