"""How a tool is declared, and the arguments that several tools share.

A tool is declared once, by its function: the docstring is its description, the struct of its arguments its schema.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec

from ai_session_tui.client.aio import Session, SessionManager
from ai_session_tui.errors import NotFoundError

WAIT_SECONDS = 60.0  # unless a call says otherwise


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


_Shape = TypeVar("_Shape", bound=msgspec.Struct)


def tool(
    shape: type[_Shape], *, reads_only: bool = False, is_masked: bool = True
) -> Callable[[Callable[[SessionManager, _Shape], Awaitable[Said]]], Tool]:
    """Make the decorated coroutine function a tool of its name."""

    def declare(work: Callable[[SessionManager, _Shape], Awaitable[Said]]) -> Tool:
        return Tool(work.__name__, " ".join((work.__doc__ or "").split()), shape, work, reads_only, is_masked)

    return declare


def schema(shape: type[msgspec.Struct]) -> dict[str, object]:
    """Return the JSON schema of arguments: an object without references."""
    found = msgspec.json.schema(shape)
    own: dict[str, object] = found["$defs"][shape.__name__]
    return {name: value for name, value in own.items() if name not in ("title", "description")}


def about(text: str, **limits: Any) -> msgspec.Meta:
    """Return what is told of an argument, and its limits."""
    return msgspec.Meta(description=text, **limits)


Name = Annotated[str, about("name or id of a session; `.` is the one this program runs in", min_length=1)]
Number = Annotated[int, about("number of a command, as `exec` and `search` tell it", ge=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Budget = Annotated[Positive | None, about("most tokens of the answer")]
Seconds = Annotated[float, about("most seconds to wait", ge=0, le=86_400)]


async def session_of(manager: SessionManager, name: str) -> Session:
    """Return a session by its name, unique prefix or id, or `.`."""
    if name == ".":
        name = os.environ.get("AI_SESSION_ID", "")
        if not name:
            raise NotFoundError("`.` is the session one is in, but this is not inside one", "name the session.")
    return await manager.get(name)


def data(record: object) -> dict[str, object]:
    """Return a record of the library as plain data."""
    found: dict[str, object] = msgspec.to_builtins(record)
    return found
