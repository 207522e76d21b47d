"""The tools: each a name, what it is for, the shape of its arguments, and the calls of the library behind it.

A tool is declared once, by its function: the docstring is its description, the struct of its arguments its schema.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from ai_session_tui.client.aio import Session, SessionManager
from ai_session_tui.client.session_config import SessionConfig
from ai_session_tui.errors import NotFoundError, UsageError

_EXEC_SECONDS = 120.0
_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool answers: text for the model, and the same as data."""

    text: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool."""

    name: str
    description: str
    shape: type[msgspec.Struct]
    work: Callable[[SessionManager, Any], Awaitable[Said]]
    reads_only: bool
    is_masked: bool  # whether secrets in its answer are masked

    def to_wire(self) -> dict[str, object]:
        """Return the protocol's tool."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": schema(self.shape),
            "annotations": {"readOnlyHint": self.reads_only, "openWorldHint": False},
        }


TOOLS: dict[str, Tool] = {}
_Shape = TypeVar("_Shape", bound=msgspec.Struct)


def tool(
    shape: type[_Shape], *, reads_only: bool = False, is_masked: bool = True
) -> Callable[
    [Callable[[SessionManager, _Shape], Awaitable[Said]]], Callable[[SessionManager, _Shape], Awaitable[Said]]
]:
    """Declare the decorated coroutine function as a tool of its name."""

    def register(
        work: Callable[[SessionManager, _Shape], Awaitable[Said]],
    ) -> Callable[[SessionManager, _Shape], Awaitable[Said]]:
        name = work.__name__
        description = " ".join((work.__doc__ or "").split())
        TOOLS[name] = Tool(name, description, shape, work, reads_only, is_masked)
        return work

    return register


def schema(shape: type[msgspec.Struct]) -> dict[str, object]:
    """Return the JSON schema of arguments: an object without references."""
    found = msgspec.json.schema(shape)
    own: dict[str, object] = found["$defs"][shape.__name__]
    return {name: value for name, value in own.items() if name not in ("title", "description")}


def _about(text: str, **limits: Any) -> msgspec.Meta:
    return msgspec.Meta(description=text, **limits)


Name = Annotated[str, _about("name or id of a session; `.` is the one this program runs in", min_length=1)]
Number = Annotated[int, _about("number of a command, as `exec` and `search` tell it", ge=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Budget = Annotated[Positive | None, _about("most tokens of the answer")]
Seconds = Annotated[float, _about("most seconds to wait", ge=0, le=86_400)]


async def session_of(manager: SessionManager, name: str) -> Session:
    """Return a session by its name, unique prefix or id, or `.`."""
    if name == ".":
        name = os.environ.get("AI_SESSION_ID", "")
        if not name:
            raise NotFoundError("`.` is the session one is in, but this is not inside one", "name the session.")
    return await manager.get(name)


# sessions


class Create(msgspec.Struct, forbid_unknown_fields=True):
    """What `create_session` takes."""

    name: Annotated[str | None, _about("default: one is made up")] = None
    dir: Annotated[str | None, _about("directory to start in")] = None
    command: Annotated[list[str], _about("program to run instead of a shell, with its arguments")] = []
    ai_context: Annotated[bool, _about("keep a conversation: what was said, decided and run")] = True
    max_tokens: Annotated[Positive | None, _about("most tokens of that")] = None
    template: Annotated[str | None, _about("make the session after a template")] = None


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
    return Said(f"created session {session.name!r} in {session.info.dir}", _data(session.info))


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
    return Said("\n".join(lines) or "no sessions", {"sessions": [_data(info) for info in infos]})


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
    return Said(f"killed {killed.name}: {gone}", _data(killed))


# commands


class Exec(msgspec.Struct, forbid_unknown_fields=True):
    """What `exec` takes."""

    session: Name
    command: Annotated[str, _about("what to run in the session's own shell", min_length=1)]
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
    data = _data(digest) | {"command": result.id, "address": result.address, "duration_s": result.duration_s}
    return Said(f"{result.address}\n{digest.text}", data)


class ReadOutput(msgspec.Struct, forbid_unknown_fields=True):
    """What `output` takes."""

    session: Name
    command: Number
    first: Annotated[int, _about("first line, from 1", ge=1)] = 1
    last: Annotated[Positive | None, _about("last line")] = None
    grep: Annotated[str | None, _about("only lines that fit this regular expression")] = None
    limit: Annotated[int, _about("most lines that fit", ge=1, le=2000)] = 200


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
    return Said(shown or "no such lines", _data(text))


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """What `search` takes."""

    query: Annotated[str, _about('words, "a phrase", OR, NOT', min_length=1)]
    session: Annotated[str | None, _about("only in this session")] = None
    failed: Annotated[bool, _about("only in commands that failed")] = False
    limit: Annotated[int, _about("most hits", ge=1, le=200)] = 20


@tool(Search, reads_only=True)
async def search(manager: SessionManager, wish: Search) -> Said:
    """Search the commands, outputs and messages of all sessions, newest first."""
    found = await manager.search(wish.query, session=wish.session, failed=wish.failed, limit=wish.limit)
    lines = [f"{hit.reference}{f':{hit.line}' if hit.line else ''}: {hit.snippet}" for hit in found.hits]
    return Said("\n".join(lines) or "nothing found", _data(found))


# the conversation


class Context(msgspec.Struct, forbid_unknown_fields=True):
    """What `context` takes."""

    session: Name
    budget: Budget = None
    lines: Annotated[Positive | None, _about("only the newest messages")] = None
    since_last_look: Annotated[bool, _about("only what is new since `looker` looked last")] = False
    looker: Annotated[str, _about("who looks", min_length=1)] = "mcp"


@tool(Context, reads_only=True)
async def context(manager: SessionManager, wish: Context) -> Said:
    """Tell where a session is: what was asked, said and decided, what ran, what failed and is not resolved."""
    session = await session_of(manager, wish.session)
    found = await session.context(
        budget=wish.budget,
        lines=wish.lines,
        since_last_look=wish.since_last_look,
        looker=wish.looker if wish.since_last_look else None,
        format="text",
    )
    return Said(found.rendered or str(found), {"tokens": found.tokens, "left_out": found.left_out})


class AddMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What `add_message` takes."""

    session: Name
    text: Annotated[str, _about("what was said", min_length=1)]
    role: Annotated[Literal["user", "assistant", "system", "tool"], _about("who said it")] = "assistant"
    pin: Annotated[bool, _about("never compress it")] = False


@tool(AddMessage)
async def add_message(manager: SessionManager, wish: AddMessage) -> Said:
    """Add a message to a session's conversation."""
    added = await (await session_of(manager, wish.session)).add_message(wish.text, role=wish.role, pin=wish.pin)
    return Said(f"added message {added.id}", _data(added))


class Expand(msgspec.Struct, forbid_unknown_fields=True):
    """What `expand` takes."""

    session: Name
    message: Annotated[int, _about("number of a digest of messages", ge=1)]


@tool(Expand, reads_only=True)
async def expand(manager: SessionManager, wish: Expand) -> Said:
    """Return the messages that a digest of messages stands for, as they were said."""
    found = await (await session_of(manager, wish.session)).expand(wish.message)
    lines = [f"{message.id} {message.role}: {message.text}" for message in found]
    return Said("\n".join(lines), {"messages": [_data(message) for message in found]})


class Decide(msgspec.Struct, forbid_unknown_fields=True):
    """What `decide` takes."""

    session: Name
    text: Annotated[str, _about("what was decided", min_length=1)]
    why: str = ""
    alternatives: Annotated[list[str], _about("what was not chosen")] = []
    outcome: str = ""


@tool(Decide)
async def decide(manager: SessionManager, wish: Decide) -> Said:
    """Record a decision in a session's conversation. It is never compressed away."""
    session = await session_of(manager, wish.session)
    made = await session.decide(wish.text, why=wish.why, alternatives=wish.alternatives, outcome=wish.outcome)
    return Said(f"recorded decision {made.id}", _data(made))


# the terminal


class Send(msgspec.Struct, forbid_unknown_fields=True):
    """What `send` takes."""

    session: Name
    text: Annotated[str, _about("what to type")] = ""
    keys: Annotated[list[str], _about('keys to press after it: "C-c", "Up", "Escape", …')] = []
    enter: Annotated[bool, _about("press Enter at the end")] = False


@tool(Send)
async def send(manager: SessionManager, wish: Send) -> Said:
    """Type into a session, as a person would: for programs that ask, editors, and Ctrl-C."""
    session = await session_of(manager, wish.session)
    size = await session.send(wish.text, keys=wish.keys, enter=wish.enter)
    return Said(f"typed {size} bytes", {"bytes": size})


class Capture(msgspec.Struct, forbid_unknown_fields=True):
    """What `capture` takes."""

    session: Name
    scrollback: Annotated[int, _about("lines of what scrolled out above the screen; -1 for all", ge=-1)] = 0


@tool(Capture, reads_only=True, is_masked=False)
async def capture(manager: SessionManager, wish: Capture) -> Said:
    """Return what a session's screen shows."""
    found = await (await session_of(manager, wish.session)).capture(scrollback=wish.scrollback)
    return Said(found.text, _data(found))


class Wait(msgspec.Struct, forbid_unknown_fields=True):
    """What `wait` takes."""

    session: Name
    until: Annotated[Literal["prompt", "idle", "exit", "text"], _about("what to wait for")] = "prompt"
    pattern: Annotated[str | None, _about("with `text`: a regular expression")] = None
    idle: Annotated[float, _about("with `idle`: seconds without output", ge=0)] = 1.0
    timeout: Seconds = _WAIT_SECONDS


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
    return Said(f"{wish.until}: {pane.status}, {pane.state}", _data(pane))


# other sessions


class SendMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What `send_message` takes."""

    session: Annotated[str, _about("who gets it", min_length=1)]
    text: Annotated[str, _about("the message", min_length=1)]
    sender: Annotated[str | None, _about("the session that it comes from; default: the one this program runs in")] = (
        None
    )


@tool(SendMessage)
async def send_message(manager: SessionManager, wish: SendMessage) -> Said:
    """Send a message to another session, for whoever works there."""
    sender = wish.sender or os.environ.get("AI_SESSION_ID") or None
    mail = await (await session_of(manager, wish.session)).send_message(wish.text, sender=sender)
    return Said(f"sent to {mail.session}", _data(mail))


class WaitForMail(msgspec.Struct, forbid_unknown_fields=True):
    """What `wait_for_mail` takes."""

    session: Annotated[str, _about("whose messages; default: of the session this program runs in")] = "."
    sender: Annotated[str | None, _about("only from this session")] = None
    timeout: Seconds = _WAIT_SECONDS


@tool(WaitForMail, is_masked=False)
async def wait_for_mail(manager: SessionManager, wish: WaitForMail) -> Said:
    """Wait until a message for a session is unread, and return what is; it is read then."""
    session = await session_of(manager, wish.session)
    mail = await session.wait_for_mail(sender=wish.sender, timeout=wish.timeout)
    lines = [f"{found.sender or 'somebody'}: {found.text}" for found in mail]
    return Said("\n".join(lines), {"mail": [_data(found) for found in mail]})


def _data(record: object) -> dict[str, object]:
    found: dict[str, object] = msgspec.to_builtins(record)
    return found
