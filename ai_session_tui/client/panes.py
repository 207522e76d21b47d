"""The part of a session's handle that is about its panes: opening and closing them, their layout, their past; its tags.

Layouts are values of `ai_session_tui.layouts`: what the server says is one, and what is changed with its functions may
be given back.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ai_session_tui import layouts
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.handle import Handle
from ai_session_tui.client.records import Pane, Process, SessionInfo
from ai_session_tui.layouts import Arrangement, Direction, Layout, Side

FocusDirection = Literal["left", "right", "up", "down", "next", "previous"]


class ClosedPane(msgspec.Struct, frozen=True, kw_only=True):
    """What a closed pane's processes came to; with `survived` ones it stays."""

    gone: tuple[Process, ...] = ()
    survived: tuple[Process, ...] = ()
    session_killed: bool = False  # it was the last one


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """When a pane wrote what: offsets of its journal, times since the epoch."""

    pieces: tuple[tuple[float, int], ...]  # time, offset: the bytes from there on were read then
    sizes: tuple[tuple[int, int, int], ...]  # offset, columns, rows
    gaps: tuple[tuple[int, int], ...] = ()  # offset, length
    start: int
    end: int


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A pane into which a broadcast was typed."""

    target: str
    session: str
    pane: int
    bytes: int


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What cannot be done, as the server says it."""

    code: str
    message: str
    hint: str = ""


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A target that a broadcast did not reach, and why."""

    target: str
    session: str | None = None
    pane: int | None = None
    error: Failure


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """What a broadcast reached, and what not."""

    sent: tuple[Reached, ...] = ()
    failed: tuple[Missed, ...] = ()


class Arranging(Handle):
    """What a handle can do about panes."""

    # panes

    async def split(
        self,
        direction: Direction = "right",
        *,
        pane: int | None = None,
        command: Sequence[str] = (),
        shell: str | None = None,
        dir: str | None = None,
        env: Mapping[str, str] | None = None,
        fraction: float = 0.5,
        show: str | None = None,
    ) -> Pane:
        """Open a pane beside one (by default the one with the focus), with a shell or a command, and return it.

        `env` are variables on top of the session's. With `show` nothing is started: that pane (`other:1`) is shown
        there. Raises `SpawnError`, `StoppedError`, `UsageError`.
        """
        wishes = {
            "direction": direction,
            "command": list(command) or None,
            "shell": shell,
            "dir": dir,
            "env": dict(os.environ) if show is None else None,
            "set_env": dict(env) if env else None,
            "fraction": fraction,
            "show": show,
        }
        params: dict[str, object] = {name: value for name, value in wishes.items() if value is not None}
        return decode(await self._call("pane.split", params, pane=pane), Pane)

    async def close_pane(self, pane: int, *, force: bool = False) -> ClosedPane:
        """End a pane's program with its whole tree and take the pane away; with the last one the session is killed."""
        return decode(await self._call("pane.close", {"force": force}, pane=pane), ClosedPane)

    async def resize(self, columns: int, rows: int, *, pane: int | None = None) -> Pane:
        """Give a pane's terminal another size; the size that it has then, if somebody else is typing in it."""
        params: dict[str, object] = {"columns": columns, "rows": rows}
        return decode(await self._call("pane.resize", params, pane=pane), Pane)

    # the layout

    async def layout(self) -> Layout:
        """Return how the panes are arranged."""
        return layouts.from_plain(await self._call("layout.get", repeatable=True))

    async def set_layout(self, layout: Layout) -> Layout:
        """Arrange the panes in another way; raises `NotFoundError` for a pane that does not exist."""
        return await self._arrange("layout.set", {"layout": layouts.to_plain(layout)})

    async def focus(self, pane: int | None = None, *, direction: FocusDirection | None = None) -> Layout:
        """Give a pane the focus: by its number, or the one in a direction."""
        return await self._arrange("layout.focus", {} if direction is None else {"direction": direction}, pane)

    async def zoom(self, zoomed: bool | None = None, *, pane: int | None = None) -> Layout:
        """Let a pane fill the whole area, or no longer; None: the other of the two."""
        return await self._arrange("layout.zoom", {} if zoomed is None else {"zoomed": zoomed}, pane)

    async def move_border(self, direction: Side, cells: int = 1, *, pane: int | None = None) -> Layout:
        """Move a border of a pane to a side, by cells of the area that the panes' sizes make up."""
        return await self._arrange("layout.resize", {"direction": direction, "cells": cells}, pane)

    async def swap(self, pane: int, other: int) -> Layout:
        """Exchange the places of two panes."""
        return await self._arrange("layout.swap", {"with": other}, pane)

    async def arrange(self, arrangement: Arrangement) -> Layout:
        """Arrange the panes anew: as `columns`, `rows`, a `grid`, or a `main` one beside the others."""
        return await self._arrange("layout.arrange", {"arrangement": arrangement})

    async def _arrange(self, method: str, params: dict[str, object], pane: int | None = None) -> Layout:
        return layouts.from_plain(await self._call(method, params, pane=pane))

    # the past

    async def timeline(self, number: int | None = None, *, pane: int | None = None) -> Timeline:
        """Return when a pane wrote what, or what was written while a command ran (by its `id`)."""
        return decode(
            await self._channels.call("journal.timeline", {"target": self._target(pane, number)}, repeatable=True),
            Timeline,
        )

    async def journal(self, start: int, end: int, *, number: int | None = None, pane: int | None = None) -> bytes:
        """Return the bytes of a part of a pane's journal, as its terminal got them."""
        params: dict[str, object] = {"target": self._target(pane, number), "start": start, "end": end}
        data, _ = await self._channels.collect("journal.read", params)
        return data

    # what people want to know of it

    async def tag(self, *tags: str, remove: Sequence[str] = ()) -> SessionInfo:
        """Give the session tags, and take others away."""
        params: dict[str, object] = {"add": list(tags), "remove": list(remove)}
        return self._learn(await self._call("session.tag", params, repeatable=True))

    async def seen(self, *, pane: int | None = None) -> SessionInfo:
        """Say that somebody has looked at the session, or at one pane: it is read, and needs nobody."""
        return self._learn(await self._call("session.seen", pane=pane, repeatable=True))
