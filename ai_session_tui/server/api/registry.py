"""The registry of methods: a name, the shape of its parameters, the coroutine that serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ai_session_tui.errors import UsageError
from ai_session_tui.server.connection import Call

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server

_Params = TypeVar("_Params", bound=msgspec.Struct)
Handler = Callable[["Server", Call, object], Awaitable[object]]
METHODS: dict[str, Handler] = {}
SHAPES: dict[str, type[msgspec.Struct]] = {}


def method(
    name: str, shape: type[_Params]
) -> Callable[[Callable[[Server, Call, _Params], Awaitable[object]]], Callable[[Server, Call, _Params], object]]:
    """Declare the decorated coroutine function as the protocol's method `name`."""

    def register(
        serve: Callable[[Server, Call, _Params], Awaitable[object]],
    ) -> Callable[[Server, Call, _Params], object]:
        async def checked(server: Server, call: Call, raw: object) -> object:
            try:
                params = msgspec.convert(raw, shape)
            except msgspec.ValidationError as error:
                raise UsageError(f"{name}: {error}") from None
            return await serve(server, call, params)

        METHODS[name], SHAPES[name] = checked, shape
        return serve

    return register
