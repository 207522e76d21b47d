"""Waiting for a text in a pane: on its screen, or among the lines that have scrolled out since the wait began.

The journal's stream says that something came; what it looks like is asked of the server's own screen, so that colours,
redrawn progress bars and full-screen programs need no second terminal here. Invariant: every line that was printed
during the wait is looked at, as long as fewer than `limits.HISTORY_LINES` come between two looks.
"""

from __future__ import annotations

import asyncio
import re

from ai_session_tui import limits
from ai_session_tui.client.channels import Channels
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.outputs import Capture
from ai_session_tui.client.streams import FollowStream
from ai_session_tui.errors import ConflictError, TimeoutExpiredError, UsageError

_LOOK_SECONDS = 0.05  # between two looks while output comes, and of quiet after which a last one is due


async def await_text(
    channels: Channels, target: str, pattern: str | re.Pattern[str], timeout: float | None
) -> re.Match[str]:
    """Return the first match of a regular expression in what a pane shows; `^` and `$` are ends of lines.

    Raises `TimeoutExpiredError`, and `ConflictError` when the program ends before such a text comes.
    """
    wanted = _compiled(pattern)
    try:
        async with asyncio.timeout(timeout), FollowStream(channels, target) as follow:
            return await _Watch(channels, target, wanted).until_found(follow)
    except TimeoutError:
        raise TimeoutExpiredError(
            f"no text like {wanted.pattern!r} came within {timeout:g} seconds", "`capture` shows what is there instead."
        ) from None


class _Watch:
    """Looks at one pane, not more often than is useful."""

    def __init__(self, channels: Channels, target: str, wanted: re.Pattern[str]) -> None:
        self._channels = channels
        self._target = target
        self._wanted = wanted
        self._columns = 1
        self._rows_due = 0  # rows that may have scrolled out since the last look
        self._next_look = 0.0

    async def until_found(self, follow: FollowStream) -> re.Match[str]:
        found = await self._look()
        is_settled = True
        while found is None:
            try:
                async with asyncio.timeout(None if is_settled else _LOOK_SECONDS):
                    data = await anext(follow)
            except TimeoutError:
                is_settled = True
            except StopAsyncIteration:
                found = await self._look()
                if found is None:
                    raise ConflictError(f"the program ended before a text like {self._wanted.pattern!r} came") from None
                continue
            else:
                is_settled = False
                self._rows_due += data.count(b"\n") + len(data) // self._columns + 1
                if asyncio.get_running_loop().time() < self._next_look:
                    continue
            found = await self._look()
        return found

    async def _look(self) -> re.Match[str] | None:
        params = {"target": self._target, "scrollback": min(self._rows_due, limits.HISTORY_LINES)}
        shown = decode(await self._channels.call("pane.capture", params, repeatable=True), Capture)
        self._columns, self._rows_due = shown.columns, 0
        self._next_look = asyncio.get_running_loop().time() + _LOOK_SECONDS
        return self._wanted.search(shown.text)


def _compiled(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.MULTILINE) if isinstance(pattern, str) else pattern
    except re.error as error:
        raise UsageError(f"{pattern!r} is not a regular expression: {error}") from None
