"""What stands beside or over the panes of the workspace for a while: the inspector, and copy mode."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_session_tui.errors import UsageError

if TYPE_CHECKING:
    from ai_session_tui.dashboard.copy_mode import CopyMode
    from ai_session_tui.dashboard.inspection import SessionInspector
    from ai_session_tui.dashboard.screens.layout_desk import LayoutDesk

_FIRST_FRAME_SECONDS = 3.0


class Aside:
    """The parts that are made when they are first asked for, and what of the workspace's news they are told."""

    def __init__(self, workspace: LayoutDesk) -> None:
        self._workspace = workspace
        self.inspector: SessionInspector | None = None
        self.copy_mode: CopyMode | None = None

    @property
    def has_focus(self) -> bool:
        """Whether one of them has the keys."""
        return self.is_copying or self.is_inspector_focused

    @property
    def is_inspector_focused(self) -> bool:
        """Whether the inspector has the keys."""
        return self.inspector is not None and self.inspector.has_focus_within

    @property
    def is_copying(self) -> bool:
        """Whether copy mode is on."""
        return self.copy_mode is not None and self.copy_mode.is_attached

    # --- news

    def follow(self) -> None:
        """Show what belongs to the session that is shown now."""
        if self.inspector is not None and self._workspace.has_class("inspecting"):
            self.inspector.follow(self._workspace.session_id)

    def happened(self, name: str, data: Mapping[str, object]) -> None:
        """Something is new in a session."""
        if self.inspector is not None and self._workspace.has_class("inspecting"):
            self.inspector.happened(name, data)

    # --- the inspector

    async def toggle_inspector(self, tab: str = "") -> None:
        """Show the inspector with the keys in it, or hide it; a tab that is named is turned to before it is hidden."""
        workspace, inspector = self._workspace, await self._made()
        if not workspace.has_class("inspecting") or tab not in ("", inspector.tab):
            await self.show_inspector(tab)
            return
        had_keys = inspector.has_focus_within
        workspace.inspect(False)
        if had_keys:
            workspace.back_to_pane()

    async def show_inspector(self, tab: str = "") -> None:
        """Show the inspector, on a tab if one is named, with the keys in it."""
        inspector = await self._made()
        self._workspace.inspect(True)
        if tab:
            inspector.tab = tab
        self.follow()
        inspector.focus_tab()

    async def _made(self) -> SessionInspector:
        if self.inspector is None:
            from ai_session_tui.dashboard.inspection import SessionInspector

            self.inspector = SessionInspector()
            await self._workspace.query_one("#inspector").mount(self.inspector)
        return self.inspector

    # --- copy mode

    async def pane_is_drawn(self) -> bool:
        """Wait until the pane with the focus has its first frame; return whether it came in time."""
        deadline = time.monotonic() + _FIRST_FRAME_SECONDS
        while time.monotonic() < deadline:
            pane = self._workspace.pane
            if pane is not None and not pane.picture.is_empty:
                return True
            await asyncio.sleep(0.01)
        return False

    async def start_copy_mode(self) -> CopyMode:
        """Begin copy mode in the pane with the focus, and return it; the one that is on already if there is."""
        workspace = self._workspace
        pane, place = workspace.pane, workspace.place
        if pane is None or place is None:
            raise UsageError("there is no pane to copy from")
        if self.copy_mode is not None and self.copy_mode.is_attached:
            if self.copy_mode.pane is pane:
                self.copy_mode.focus()
                return self.copy_mode
            self.copy_mode.leave()
        from ai_session_tui.dashboard.copy_mode import CopyMode

        self.copy_mode = CopyMode(pane, place)
        workspace.add_class("copying")
        await workspace.mount(self.copy_mode, before="#footer")
        return self.copy_mode
