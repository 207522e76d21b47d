"""Copy mode wired to the link: hits, commands and lines that the pane has not loaded come from the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from textual import on

from ai_session_tui.dashboard.inspection import command_text
from ai_session_tui.errors import AiSessionError
from ai_session_tui.terminal import Match, Row
from ai_session_tui.widgets.command_lines import CommandLine, align, first_line
from ai_session_tui.widgets.copy_bar import CopyBar
from ai_session_tui.widgets.picture import Picture
from ai_session_tui.widgets.selection import Selection
from ai_session_tui.widgets.terminal_pane import TerminalPane
from ai_session_tui.widgets.views import CommandView, read

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard
    from ai_session_tui.dashboard.state import PanePlace

MOST_MATCHES = 2000
MOST_COMMANDS = 200  # the newest that are looked for in the scrollback
_PAGE = 1000  # lines a question


class CopyMode(CopyBar):
    """Copy mode of one pane of the workspace."""

    def __init__(self, pane: TerminalPane, place: PanePlace) -> None:
        super().__init__(pane, id="copy-mode")
        self.place = place
        self._is_over = False

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    @on(CopyBar.Ended)
    def leave(self) -> None:
        """End the mode and give the keys back."""
        if self.is_attached and not self._is_over:
            self._is_over = True
            self.end()
            self.dashboard.workspace.aside.copy_mode = None
            self.remove()  # not awaited: this may be a handler of its own messages
            self.dashboard.workspace.back_to_pane()

    @on(CopyBar.SearchWanted)
    async def _search(self, event: CopyBar.SearchWanted) -> None:
        event.stop()
        try:
            self.show_matches(await self._matches(event.pattern, MOST_MATCHES))
        except AiSessionError as error:
            self.complain(error.message)

    async def _matches(self, pattern: str, limit: int) -> list[Match]:
        ignore_case = not any(sign.isupper() for sign in pattern)
        wanted = {"target": self.place.target, "pattern": pattern, "ignore_case": ignore_case, "limit": limit}
        found = await self.dashboard.link.call("screen.search", wanted)
        return read(found.get("matches") if isinstance(found, dict) else None, list[Match])

    @on(CopyBar.CopyWanted)
    async def _copy_selected(self, event: CopyBar.CopyWanted) -> None:
        event.stop()
        try:
            text = await self._text(event.selection)
        except AiSessionError as error:
            self.complain(error.message)
            return
        self.dashboard.workspace.copy(text)
        self.leave()

    async def _text(self, selection: Selection) -> str:
        """Return what is selected; lines that are not loaded are fetched for it."""
        rows: dict[int, Row] = {}
        picture = self.pane.picture
        lines = selection.lines
        number = lines.start
        while number < lines.stop:
            row = picture.line(number)
            if row is None and number not in rows:
                rows |= await self._fetch(number, min(_PAGE, lines.stop - number))
                row = rows.get(number)
            if row is not None:
                rows[number] = row
            number += 1
        return selection.text(lambda line: rows.get(line, picture.line(line)), picture.columns)

    async def _fetch(self, first: int, count: int) -> dict[int, Row]:
        wanted = {"target": self.place.target, "first": first, "count": count}
        page = await self.dashboard.link.call("screen.history", wanted)
        helper = Picture()
        helper.screen_at = first + count  # so that all of the page is scrollback to it
        numbers = helper.put_history(page) if isinstance(page, dict) else []
        return {number: row for number in numbers if (row := helper.line(number)) is not None}

    # --- commands

    @on(CopyBar.CommandsWanted)
    async def find_commands(self) -> None:
        """Find the lines at which commands were typed."""
        try:
            self.show_commands(await self._command_lines())
        except AiSessionError as error:
            self.complain(error.message)

    async def _command_lines(self) -> list[CommandLine]:
        session = self.place.session.id
        listed = await self.dashboard.link.call("command.list", {"target": session, "limit": MOST_COMMANDS})
        commands = read(listed.get("commands") if isinstance(listed, dict) else None, list[CommandView])
        here = [one for one in commands if one.pane == self.place.pane.index]
        mine = [(one.id, one.command) for one in here if first_line(one.command)]
        if not mine:
            return []
        texts = sorted({first_line(text) for _, text in mine}, key=len, reverse=True)
        pattern = "(?:" + "|".join(map(re.escape, texts)) + r")\s*$"
        wanted = {"target": self.place.target, "pattern": pattern, "limit": MOST_MATCHES}
        found = await self.dashboard.link.call("screen.search", wanted)
        matches = read(found.get("matches") if isinstance(found, dict) else None, list[Match])
        # What is matched is the text of some command; which of them only its place among the others tells.
        lines = [(one.line, await self._matched_text(one, texts)) for one in sorted(matches, key=lambda one: one.line)]
        return align(lines, mine)

    async def _matched_text(self, match: Match, texts: list[str]) -> str:
        selection = Selection((match.line, match.start), (match.end_line, max(match.end - 1, 0)))
        text = (await self._text(selection)).rstrip()
        return text if text in texts else next((one for one in texts if text.endswith(one)), text)

    @on(CopyBar.OutputWanted)
    async def _copy_output(self, event: CopyBar.OutputWanted) -> None:
        event.stop()
        try:
            text = await command_text(self.dashboard, f"{self.place.session.id}#{event.command}")
        except AiSessionError as error:
            self.complain(error.message)
            return
        self.dashboard.workspace.copy(text)
        self.leave()

    async def go_to_output(self, command: int, text: str) -> bool:
        """Put the cursor on a line of a command's output; return whether the scrollback has the command."""
        if self.commands is None:
            await self.find_commands()
        if not self.go_to_command(command):
            return False
        if text.strip():
            start = self.state.cursor.line
            wanted = {"target": self.place.target, "pattern": text.strip(), "regex": False, "after": start, "limit": 1}
            found = await self.dashboard.link.call("screen.search", wanted)
            matches = read(found.get("matches") if isinstance(found, dict) else None, list[Match])
            if matches:
                self.show_matches(matches)
                self.go_to(matches[0].line, matches[0].start)
        return True
