"""The blocking twin of what a session's handle does about its panes, their layout and their past; see `blocking`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ai_session_tui.blocking.handle import Handle
from ai_session_tui.client.panes import ClosedPane, FocusDirection, Timeline
from ai_session_tui.client.records import Pane, SessionInfo
from ai_session_tui.layouts import Arrangement, Direction, Layout, Side


class Arranging(Handle):
    """What a blocking session's handle can do about panes."""

    def split(
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
        """Open a pane beside one (by default the one with the focus) and return it; as the asyncio twin."""
        return self._loop.run(
            self._session.split(
                direction, pane=pane, command=command, shell=shell, dir=dir, env=env, fraction=fraction, show=show
            )
        )

    def close_pane(self, pane: int, *, force: bool = False) -> ClosedPane:
        """End a pane's program with its whole tree and take the pane away; with the last one the session is killed."""
        return self._loop.run(self._session.close_pane(pane, force=force))

    def resize(self, columns: int, rows: int, *, pane: int | None = None) -> Pane:
        """Give a pane's terminal another size."""
        return self._loop.run(self._session.resize(columns, rows, pane=pane))

    def layout(self) -> Layout:
        """Return how the panes are arranged."""
        return self._loop.run(self._session.layout())

    def set_layout(self, layout: Layout) -> Layout:
        """Arrange the panes in another way; raises `NotFoundError` for a pane that does not exist."""
        return self._loop.run(self._session.set_layout(layout))

    def focus(self, pane: int | None = None, *, direction: FocusDirection | None = None) -> Layout:
        """Give a pane the focus: by its number, or the one in a direction."""
        return self._loop.run(self._session.focus(pane, direction=direction))

    def zoom(self, zoomed: bool | None = None, *, pane: int | None = None) -> Layout:
        """Let a pane fill the whole area, or no longer; None: the other of the two."""
        return self._loop.run(self._session.zoom(zoomed, pane=pane))

    def move_border(self, direction: Side, cells: int = 1, *, pane: int | None = None) -> Layout:
        """Move a border of a pane to a side, by cells."""
        return self._loop.run(self._session.move_border(direction, cells, pane=pane))

    def swap(self, pane: int, other: int) -> Layout:
        """Exchange the places of two panes."""
        return self._loop.run(self._session.swap(pane, other))

    def arrange(self, arrangement: Arrangement) -> Layout:
        """Arrange the panes anew: as `columns`, `rows`, a `grid`, or a `main` one beside the others."""
        return self._loop.run(self._session.arrange(arrangement))

    def timeline(self, number: int | None = None, *, pane: int | None = None) -> Timeline:
        """Return when a pane wrote what, or what was written while a command ran (by its `id`)."""
        return self._loop.run(self._session.timeline(number, pane=pane))

    def journal(self, start: int, end: int, *, number: int | None = None, pane: int | None = None) -> bytes:
        """Return the bytes of a part of a pane's journal, as its terminal got them."""
        return self._loop.run(self._session.journal(start, end, number=number, pane=pane))

    def tag(self, *tags: str, remove: Sequence[str] = ()) -> SessionInfo:
        """Give the session tags, and take others away."""
        return self._loop.run(self._session.tag(*tags, remove=remove))

    def seen(self, *, pane: int | None = None) -> SessionInfo:
        """Say that somebody has looked at the session, or at one pane: it is read, and needs nobody."""
        return self._loop.run(self._session.seen(pane=pane))
