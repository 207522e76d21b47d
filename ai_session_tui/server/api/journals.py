"""Methods about a pane's past, for whoever plays it again: when what was written, on which size, and the bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.journal import JournalReader
from ai_session_tui.journal.checkpoints import Checkpoint, read_checkpoint
from ai_session_tui.journal.pieces import Gap, PrunedError, Resize, Run, Time
from ai_session_tui.names import parse_target
from ai_session_tui.server.api.commands import find_command, pane_of_command
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Offset
from ai_session_tui.server.streams import JournalStream

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane
    from ai_session_tui.server.server import Server

_SCROLLBACK = 200  # lines, above a screen that is told
_MARK_BYTES = 256  # around a part, in which a mark may lie that the part cuts
_MOST_PIECES = 50_000  # told of one pane; of a longer past the moments are further apart


class ReadJournal(msgspec.Struct):
    """Parameters of `journal.read`."""

    target: str
    start: Offset
    end: Offset


class TellTimeline(msgspec.Struct):
    """Parameters of `journal.timeline`."""

    target: str
    screen: bool = False  # tell a screen within that past too, the newest that is at hand


class _PartStream(JournalStream):
    """A part of a journal, in which a secret of the shell integration is masked even if the part cuts it in two."""

    def __init__(self, call: Call, pane: Pane, start: int) -> None:
        super().__init__(call, pane, start, raw=True)
        before = b"".join(self._reader.read(max(pane.journal.start, start - _MARK_BYTES), start))
        self._unwanted = len(before) - len(self._filter.feed(before))

    async def finish(self) -> None:
        """Send what the filter held back, which may end within a secret."""
        await self._call.drained()
        held = self._filter.held
        behind = b"".join(self._reader.read(self.position, self.position + _MARK_BYTES))
        self._send((self._filter.feed(behind) + self._filter.flush())[:held])

    def _send(self, data: bytes) -> None:
        cut = min(self._unwanted, len(data))
        self._unwanted -= cut
        super()._send(data[cut:])


@method("journal.timeline", TellTimeline)
async def timeline(server: Server, call: Call, params: TellTimeline) -> object:
    """Tell when a pane, or one of its commands, wrote what, and on which size."""
    pane, start, end = _range(server, params.target)
    # A long past is megabytes to decompress: not on the loop, and with a reader of its own.
    folder = server.host.home.journal(pane.row.id)
    now = _screen_now(pane) if params.screen else None
    told = await asyncio.to_thread(_tell, folder, start, end, (pane.row.columns, pane.row.rows))
    if params.screen:
        now = now or await asyncio.to_thread(read_checkpoint, folder)
        told["screen"] = _screen(now, start, end)
    return told


def _screen_now(pane: Pane) -> Checkpoint | None:
    """Return the screen as it is, unless nobody has needed it yet, or it lags."""
    terminal, offset = pane.screen.opened, pane.screen.offset
    if terminal is None or pane.screen.lag:
        return None
    return Checkpoint(offset, terminal.columns, terminal.rows, terminal.snapshot(scrollback=_SCROLLBACK))


def _screen(found: Checkpoint | None, start: int, end: int) -> dict[str, object] | None:
    """Return a screen that lies within a past, in the form of the protocol."""
    if found is None or not start < found.offset <= end:
        return None
    try:
        text = found.vt_bytes.decode()
    except UnicodeDecodeError:  # it ends within a character
        return None
    return {"offset": found.offset, "columns": found.columns, "rows": found.rows, "text": text}


def _range(server: Server, text: str) -> tuple[Pane, int, int]:
    target = parse_target(text)
    if target.command is None:
        pane = server.sessions.find_pane(text)
        return pane, pane.journal.start, pane.journal.end
    session, row = find_command(server, text)
    pane = pane_of_command(session, row)
    if row.start_offset is None:
        raise NotFoundError(f"{text}: the command never ran, so there is nothing to see")
    return pane, row.start_offset, pane.output.certain_end if row.end_offset is None else row.end_offset


def _tell(folder: str, start: int, end: int, size_now: tuple[int, int]) -> dict[str, object]:
    reader = JournalReader(folder)
    while True:
        try:
            return _read(reader, start, end, size_now)
        except PrunedError as error:
            if error.start >= end:
                raise
            start = error.start


def _read(reader: JournalReader, start: int, end: int, size_now: tuple[int, int]) -> dict[str, object]:
    moments: list[tuple[float, int]] = []
    columns, rows = reader.size_at(start) or size_now
    sizes: list[tuple[int, int, int]] = [(start, columns, rows)]
    gaps: list[tuple[int, int]] = []
    for piece in reader.pieces(start, end):
        if isinstance(piece, Time):
            moments.append((round(piece.time, 3), piece.offset))
            if len(moments) >= 2 * _MOST_PIECES:
                del moments[1::2]
        elif isinstance(piece, Resize | Run):
            moments.append((round(piece.time, 3), piece.offset))
            sizes.append((piece.offset, piece.columns, piece.rows))
        elif isinstance(piece, Gap):
            gaps.append((piece.offset, piece.length))
    if (not moments or moments[0][1] > start) and (begun := reader.time_at(start)) is not None:
        moments.insert(0, (round(begun, 3), start))
    while len(moments) > _MOST_PIECES:
        del moments[1::2]
    return {"pieces": moments, "sizes": sizes, "gaps": gaps, "start": start, "end": end}


@method("journal.read", ReadJournal)
async def read(server: Server, call: Call, params: ReadJournal) -> object:
    """Send the bytes of a part of a pane's journal."""
    pane, start, end = _range(server, params.target)
    if params.start > params.end:
        raise UsageError(f"the part ends ({params.end}) before it begins ({params.start})")
    stream = _PartStream(call, pane, max(params.start, start))
    await stream.send_up_to(min(params.end, end))
    await stream.finish()
    return {"start": max(params.start, start), "end": stream.position, "lost": stream.lost}
