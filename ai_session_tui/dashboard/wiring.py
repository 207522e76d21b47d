"""Between panes and the link: watching, sizes, scrollback.

Sizes go out at most every `_RESIZE_SECONDS`, the last one always: a storm of them costs the program one or two
redraws, not a hundred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.errors import AiSessionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.timer import Timer

    from ai_session_tui.dashboard.app import Dashboard
    from ai_session_tui.dashboard.link import Watch
    from ai_session_tui.widgets.terminal_pane import TerminalPane

_RESIZE_SECONDS = 0.06
_PAGE = 200  # lines of scrollback fetched around those that are wanted


class PaneWiring:
    """The watches and the timers of the panes that are shown."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard
        self._watches: dict[TerminalPane, Watch] = {}
        self._sizes: dict[TerminalPane, tuple[int, int]] = {}
        self._timer: Timer | None = None

    def arranged(self, shown: Iterable[TerminalPane], hidden: Iterable[TerminalPane]) -> None:
        """Watch what is shown from now on, and no longer what is hidden."""
        for pane in hidden:
            watch = self._watches.pop(pane, None)
            if watch is not None:
                watch.close()
            self._sizes.pop(pane, None)
            self._dashboard.link.stop_typing(pane.target)
        for pane in shown:
            self._watches[pane] = self._dashboard.link.watch(pane.target, pane.take_frame)

    def reconnected(self) -> None:
        """Tell a new server the sizes again."""
        for pane in self._watches:
            size = pane.body
            self.resized(pane, size.width, size.height)

    def resized(self, pane: TerminalPane, columns: int, rows: int) -> None:
        """Tell the server a size, soon."""
        self._sizes[pane] = columns, rows
        if self._timer is None:
            self._send_sizes()
            self._timer = self._dashboard.set_timer(_RESIZE_SECONDS, self._resize_again)

    def _resize_again(self) -> None:
        self._timer = None
        if self._sizes:
            self._send_sizes()
            self._timer = self._dashboard.set_timer(_RESIZE_SECONDS, self._resize_again)

    def _send_sizes(self) -> None:
        sizes, self._sizes = self._sizes, {}
        for pane, (columns, rows) in sizes.items():
            self._dashboard.run_worker(self._resize(pane.target, columns, rows), group="resize", exit_on_error=False)

    async def _resize(self, target: str, columns: int, rows: int) -> None:
        try:
            await self._dashboard.link.call("pane.resize", {"target": target, "columns": columns, "rows": rows})
        except AiSessionError as error:
            self._dashboard.log.warning(f"{target}: no resize: {error}")  # it ended, or the server did: both are shown

    def history(self, pane: TerminalPane, first: int, count: int) -> None:
        """Fetch lines of scrollback, with some around them."""
        self._dashboard.run_worker(self._fetch(pane, first, count), group="history", exit_on_error=False)

    async def _fetch(self, pane: TerminalPane, first: int, count: int) -> None:
        start = max(0, first - _PAGE)
        wanted = {"target": pane.target, "first": start, "count": min(2000, count + 2 * _PAGE)}
        try:
            page = await self._dashboard.link.call("screen.history", wanted)
        except AiSessionError as error:
            self._dashboard.complain(error)
            return
        if isinstance(page, dict):
            pane.put_history(page)
