"""The inspector wired to the link: what it shows is asked for here, what is wished for in it is done here.

Invariant: nothing is asked while it is hidden; what happens in the session while it is shown is asked for once it has
been quiet for a moment, so a hundred commands in a second are one question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual import on

from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError
from ai_session_tui.prices import Price
from ai_session_tui.widgets.commands_tab import CommandsTab
from ai_session_tui.widgets.context_tab import ContextTab
from ai_session_tui.widgets.inspector import Inspector
from ai_session_tui.widgets.views import CommandView, ContextView, DigestView, MessageView, read

if TYPE_CHECKING:
    from textual.timer import Timer

    from ai_session_tui.dashboard.app import Dashboard
    from ai_session_tui.dashboard.state import Session

MESSAGES, COMMANDS = 300, 300  # the newest that are shown; `context` and `history` tell the rest
_QUIET_SECONDS = 0.15
_CONCERNING = ("command_started", "command_ended", "command_analysed", "message")


class SessionInspector(Inspector):
    """The inspector of the session that the workspace shows."""

    def __init__(self) -> None:
        super().__init__()
        self._session_id: str | None = None
        self._due: Timer | None = None
        self._said: set[str] = set()

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    @property
    def session(self) -> Session | None:
        """The session that is inspected."""
        return self.dashboard.world.sessions.get(self._session_id) if self._session_id is not None else None

    # --- what is shown

    def follow(self, session_id: str | None) -> None:
        """Inspect another session, if it is another one."""
        if session_id == self._session_id:
            return
        self._session_id = session_id
        self.show_context(None, "")
        self.show_commands(())
        if session_id is not None:
            self.renew()

    def happened(self, name: str, data: Mapping[str, object]) -> None:
        """Ask again, soon, if it concerns the session."""
        if name in _CONCERNING and data.get("session_id") == self._session_id and self._due is None:
            self._due = self.set_timer(_QUIET_SECONDS, self.renew)

    def renew(self) -> None:
        """Ask for everything."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        if self._session_id is not None and self.dashboard.link.is_up:
            newest(self, "inspector", self._load, self._session_id)

    async def _load(self, session_id: str) -> None:
        link = self.dashboard.link
        try:
            listed = await link.call("command.list", {"target": session_id, "limit": COMMANDS})
            self.show_commands(read(_field(listed, "commands"), list[CommandView]))
        except AiSessionError as error:
            self._say_once(error)
        try:
            context = await link.call("context.get", {"target": session_id, "lines": MESSAGES})
            self.show_context(read(context, ContextView))
        except AiSessionError as error:
            self.show_context(None, error.message)
        try:
            self.show_price(_price(await link.call("stats.get", {"target": session_id})))
        except AiSessionError as error:
            self._say_once(error)

    def _say_once(self, error: AiSessionError) -> None:
        """Tell why something is not shown that is asked for again and again; that the server is away is told anyway."""
        if self.dashboard.link.is_up and error.message not in self._said:
            self._said.add(error.message)
            self.dashboard.complain(error)

    # --- what is wished for

    async def _call(self, method: str, **params: object) -> object:
        return await self.dashboard.link.call(method, {"target": self._session_id, **params})

    async def text_of(self, command: int) -> str:
        """Return a command's output as text."""
        return await command_text(self.dashboard, f"{self._session_id}#{command}")

    @on(ContextTab.Expanded)
    async def _expand(self, event: ContextTab.Expanded) -> None:
        event.stop()
        message = event.message
        with_tab = self.query_one(ContextTab)
        try:
            if message.covers is not None:
                told = await self._call("context.expand", message=message.id, charge=False)
                parts = read(_field(told, "messages"), list[MessageView])
                text = "\n".join(f"{one.role}: {one.text}" for one in parts)
            else:
                text = await self.text_of(int(message.command or 0))
        except AiSessionError as error:
            self.dashboard.complain(error)
            return
        with_tab.open_message(message.id, text.rstrip() or "(no output)")

    @on(ContextTab.Pinned)
    async def _pin(self, event: ContextTab.Pinned) -> None:
        event.stop()
        await self._wish("context.pin", message=event.message.id, pinned=event.pinned)

    @on(ContextTab.Noted)
    async def _keep_note(self, event: ContextTab.Noted) -> None:
        event.stop()
        await self._wish("context.add", role="user", text=event.text)

    async def _wish(self, method: str, **params: object) -> None:
        try:
            await self._call(method, **params)
        except AiSessionError as error:
            self.dashboard.complain(error)
            return
        self.renew()

    @on(ContextTab.Copied)
    def _copy(self, event: ContextTab.Copied) -> None:
        event.stop()
        self.dashboard.workspace.copy(event.text)

    @on(CommandsTab.Opened)
    async def _open(self, event: CommandsTab.Opened) -> None:
        event.stop()
        wanted = {"target": f"{self._session_id}#{event.command.id}", "charge": False}
        try:
            digest = read(await self.dashboard.link.call("command.digest", wanted), DigestView)
        except AiSessionError as error:
            self.dashboard.complain(error)
            return
        self.query_one(CommandsTab).show_detail(event.command, digest)

    @on(CommandsTab.RerunWanted)
    async def _rerun(self, event: CommandsTab.RerunWanted) -> None:
        event.stop()
        command = event.command
        pane = "" if command.pane is None else f":{command.pane}"  # that of a closed pane runs in the first one
        wanted = {"target": f"{self._session_id}{pane}", "command": command.command, "wait": False}
        try:
            await self.dashboard.link.call("exec.run", wanted)
        except AiSessionError as error:
            self.dashboard.complain(error)

    @on(CommandsTab.CopyWanted)
    async def _copy_output(self, event: CommandsTab.CopyWanted) -> None:
        event.stop()
        try:
            self.dashboard.workspace.copy(await self.text_of(event.command.id))
        except AiSessionError as error:
            self.dashboard.complain(error)

    @on(CommandsTab.WholeWanted)
    async def _read_output(self, event: CommandsTab.WholeWanted) -> None:
        event.stop()
        from ai_session_tui.dashboard.screens.output import show_output

        await show_output(self.dashboard, f"{self._session_id}#{event.command.id}", event.command.command)

    def on_inspector_left(self, event: Inspector.Left) -> None:
        """Give the keys back to the pane."""
        event.stop()
        self.dashboard.workspace.back_to_pane()


async def command_text(app: Dashboard, address: str) -> str:
    """Return a command's whole output as text; a person who reads it spends no tokens."""
    lines = await command_lines(app, address)
    return "".join(f"{line}\n" for line in lines)


async def command_lines(app: Dashboard, address: str) -> list[str]:
    """Return the lines of a command's output, the answers of the server put together."""
    found: list[str] = []
    while True:
        wanted = {"target": address, "lines": [len(found) + 1, None], "charge": False}
        told = await app.link.call("command.text", wanted)
        page = read(_field(told, "lines"), list[tuple[int, str]])
        found += [text for _, text in page]
        if not page or not (isinstance(told, dict) and told.get("truncated")):
            return found


def _field(value: object, name: str) -> object:
    return value.get(name, ()) if isinstance(value, dict) else ()


def _price(stats: object) -> Price | None:
    told = stats.get("price") if isinstance(stats, dict) else None
    if not isinstance(told, dict):
        return None
    return Price(str(told.get("model")), float(told.get("input", 0)), str(told.get("date")))
