"""The loop on which the asyncio twins run, one call at a time, in the calling thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from ai_session_tui.errors import UsageError

_Value = TypeVar("_Value")


class Loop:
    """An event loop that runs while a call runs."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, call: Coroutine[object, object, _Value]) -> _Value:
        """Return what the call comes to; raise `UsageError` inside a loop that runs already."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._runner.run(call)
        call.close()
        raise UsageError(
            "the blocking library was called inside a running event loop, which it would block",
            "there, use `from ai_session_tui import SessionManager` and await its methods.",
        )

    def close(self) -> None:
        """Close the loop, for good."""
        self._runner.close()
