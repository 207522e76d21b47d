"""Where the panes of a session are shown: its layout, kept true while panes come and go.

Invariant: a layout names open panes only, most of them the session's own; one of another session is a view of it,
and goes when that pane goes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ai_session_tui import layouts
from ai_session_tui.errors import AiSessionError, StorageError
from ai_session_tui.layouts import Layout

if TYPE_CHECKING:
    from ai_session_tui.server.sessions import Session

logger = logging.getLogger(__name__)


class Arrangement:
    """The layout of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._layout: Layout | None = None

    @property
    def layout(self) -> Layout:
        """The layout; of a session that has none recorded, all its panes side by side."""
        if self._layout is None:
            self._layout = self._recorded() or layouts.arranged(self._own(), "columns")
        return self._layout

    def _own(self) -> list[str]:
        return [pane.row.id for pane in self._session.panes]

    def _recorded(self) -> Layout | None:
        plain = self._session.row.layout
        if plain is None:
            return None
        try:
            return layouts.from_plain(plain)
        except AiSessionError as error:  # written by a version that knew more
            logger.warning("the layout of %s is not used: %s", self._session.row.name, error.message)
            return None

    @property
    def is_recorded(self) -> bool:
        """Whether somebody has arranged something."""
        return self._session.row.layout is not None

    def shows(self, pane_id: str) -> bool:
        """Whether a pane is in the layout."""
        return pane_id in layouts.panes(self.layout)

    def change(self, layout: Layout) -> None:
        """Take another layout, and write it down; raises `StorageError`, and nothing is changed then."""
        before, self._session.row.layout = self._session.row.layout, layouts.to_plain(layout)
        try:
            self._session.save()
        except StorageError:
            self._session.row.layout = before
            raise
        self._layout = layout

    def forget(self, *gone: str) -> bool:
        """Take panes out that are gone; return whether one of them was shown."""
        if (self._layout is None and not self.is_recorded) or not any(map(self.shows, gone)):
            return False
        rest: Layout | None = self.layout
        for pane_id in gone:
            if rest is not None and pane_id in layouts.panes(rest):
                rest = layouts.remove(rest, pane_id)
        if rest is None:
            own = [ident for ident in self._own() if ident not in gone]
            if not own:
                return False  # the session itself is about to go
            rest = layouts.arranged(own, "columns")
        try:
            self.change(rest)
        except StorageError as error:
            logger.warning("the layout of %s is not recorded: %s", self._session.row.name, error.message)
            self._layout = rest
        return True

    def keep_only(self, known: set[str]) -> bool:
        """Take all panes out that do not exist; return whether there were any."""
        if not self.is_recorded:
            return False
        return self.forget(*(ident for ident in layouts.panes(self.layout) if ident not in known))
