"""The life of sessions: creating, starting again, killing with proof.

Invariant: a session whose first program cannot be started leaves nothing behind; a kill says what is gone only
after it has looked again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence

from ai_session_tui import limits
from ai_session_tui.errors import AiSessionError, ConflictError, ServerError, StorageError, UsageError
from ai_session_tui.paths import HOME_VARIABLE, UMASK_VARIABLE
from ai_session_tui.ptys.processes import STAGES, Done, ProcessRef, Stage, TreeKill
from ai_session_tui.server.disk import remove_folders
from ai_session_tui.server.exec_runs import stopped_error
from ai_session_tui.server.holding import HeldTerminal
from ai_session_tui.server.host import Host
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.params import CreateSession
from ai_session_tui.server.sessions import Session, Sessions
from ai_session_tui.shells import SpawnPlan, default_shell, plan_command, plan_shell
from ai_session_tui.store import PaneRow, SessionRow
from ai_session_tui.version import VERSION

logger = logging.getLogger(__name__)

# Set by other multiplexers and terminals for their own children; wrong in ours.
_FOREIGN = (
    "TMUX", "TMUX_PANE", "STY", "WINDOW", "ZELLIJ", "ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID", "COLUMNS", "LINES",
    "TERMCAP", "VTE_VERSION", "KITTY_WINDOW_ID", "KITTY_PID", "WEZTERM_PANE", "ITERM_SESSION_ID", "WT_SESSION",
    "TERM_SESSION_ID", "WINDOWID", "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "KONSOLE_VERSION",
    UMASK_VARIABLE,
)  # fmt: skip
_AT_ONCE = (Stage(STAGES[-1].signals, 3.0),)  # the hardest there are
_REPLACEMENT_SECONDS = 10.0  # in which another keeper takes the place of one that died
_BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id"


def boot_id() -> str:
    """Return what tells this boot of the machine from all others; empty where the system does not say."""
    try:
        with open(_BOOT_ID_FILE) as file:
            return file.read().strip()
    except OSError:
        return ""


class Life:
    """Begins and ends sessions."""

    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions

    async def create(
        self, wish: CreateSession, tags: Sequence[str] = (), pane_env: Mapping[str, str] | None = None
    ) -> Session:
        """Create a session and start its first pane's program; `pane_env` is for that pane alone."""
        settings = self._host.settings
        if wish.shell and wish.command:
            raise UsageError("a session runs a shell or a command, not both")
        now = time.time()
        row = SessionRow(
            id=self._sessions.new_id(),
            name=self._sessions.free_name(wish.name),
            created=now,
            last_activity=now,
            dir=checked_folder(wish.dir),
            shell=wish.shell or settings.shell,
            argv=list(wish.command),
            env=checked_env(wish.set_env),
            ai_context=bool(wish.ai_context),
            max_tokens=wish.max_tokens or settings.max_tokens,
            compression=settings.compression if wish.compression is None else wish.compression,
            template=wish.template,
            tags=list(tags),
        )
        session = Session(self._host, row)
        pane_row = PaneRow(
            id="p" + secrets.token_hex(6),
            session_id=row.id,
            position=1,
            nonce=secrets.token_hex(16),
            kind="none",
            cwd=row.dir,
            columns=wish.columns or settings.columns,
            rows=wish.rows or settings.rows,
            status="exited",
            argv=row.argv,
            shell=row.shell,
            env=checked_env(pane_env or {}),
        )
        # The name is taken from here on, so that two requests at once cannot both have it.
        self._sessions.add(session)
        session.is_starting = True
        try:
            await self._open_first_pane(session, pane_row, wish.env, wish.scrollback_file)
        except BaseException:
            self._undo(session, pane_row)
            raise
        finally:
            session.is_starting = False
        session.panes[0].announce_session()
        return session

    async def _open_first_pane(
        self, session: Session, row: PaneRow, env: Mapping[str, str] | None, scrollback_file: str | None
    ) -> None:
        self._host.store.save(session.row)
        self._host.store.save(row)
        pane = Pane(self._host, session, row)
        session.panes.append(pane)
        await self.spawn(pane, env, scrollback_file)

    def _undo(self, session: Session, row: PaneRow) -> None:
        self._sessions.remove(session)
        for pane in session.panes:
            pane.journal.close()
        self.remove_files(row)
        try:
            self._host.store.delete_session(session.row)
        except AiSessionError as error:
            logger.warning("%s", error.message)

    async def forget(self, session: Session) -> int:
        """Remove a killed session for good: its records, and all that its panes printed; return the bytes of that."""
        if session.row.killed is None:
            raise ConflictError(
                f"session {session.row.name!r} has not been killed", f"`ai-session kill {session.row.name}` does that."
            )
        host, home = self._host, self._host.home
        panes = host.store.pane_ids(session.row.id)
        for pane in session.awake_panes:
            pane.release()
        host.store.forget_session(session.row)
        host.analyses.forget(session.row.id)
        self._host.conversations.forget(session.row.id)
        self._sessions.remove(session)
        folders = [folder for pane in panes for folder in (home.journal(pane), home.shell(pane))]
        return await asyncio.to_thread(remove_folders, folders)

    def remove_files(self, row: PaneRow) -> None:
        """Remove what a pane that is no more has on the disk."""
        shutil.rmtree(self._host.home.journal(row.id), ignore_errors=True)
        shutil.rmtree(self._host.home.shell(row.id), ignore_errors=True)

    async def start(self, session: Session, env: Mapping[str, str] | None, position: int | None = None) -> Session:
        """Start again what has ended in a session, or in one pane of it, each program in its last directory.

        Raises `ConflictError` when nothing has ended. When some of several programs cannot be started, the rest is.
        """
        wanted = session.panes if position is None else [session.pane_at(position)]
        if not any(not pane.is_alive for pane in wanted):
            what = f"session {session.row.name!r}" if position is None else f"{wanted[0].address}"
            raise ConflictError(f"{what} runs already", f"`ai-session attach {session.row.name}` shows it.")
        if session.row.killed is not None:
            session.row.name = self._sessions.free_name(session.row.name)
            session.row.killed = None
            session.reopen()
            self._sessions.prune_layouts()
            wanted = session.panes if position is None else [session.pane_at(position)]
        session.is_starting = True
        try:
            await self._spawn_all([pane for pane in wanted if not pane.is_alive], env)
        finally:
            session.is_starting = False
        session.touch()
        session.save()
        session.panes[0].announce_session()
        return session

    async def _spawn_all(self, panes: list[Pane], env: Mapping[str, str] | None) -> None:
        errors: list[AiSessionError] = []
        for pane in panes:
            try:
                await self.spawn(pane, env)
            except AiSessionError as error:
                logger.warning("%s is not started again: %s", pane.address, error.message)
                errors.append(error)
        if len(errors) == len(panes):
            raise errors[0]

    async def spawn(self, pane: Pane, env: Mapping[str, str] | None, scrollback_file: str | None = None) -> None:
        """Start a pane's program on a terminal of its own, below the scrollback that a file holds, if one is named.

        Raises SpawnError, ServerError, and UsageError for a file that cannot be read.
        """
        row, session_row = pane.row, pane.session.row
        if scrollback_file is not None:
            pane.output.recall(await asyncio.to_thread(_read_scrollback, scrollback_file))
        row.nonce = secrets.token_hex(16)
        plan = self._plan(pane, env)
        cwd = first_folder(row.cwd, session_row.dir, "~")
        terminal = await self._start_program(row, plan, cwd)
        if session_row.killed is not None:  # meanwhile: nobody else knows of this program
            row.pid, row.pid_started = terminal.pid, terminal.started
            terminal.close()
            await self.end_processes(pane, force=True)
            raise stopped_error(pane)
        row.kind = plan.kind.value
        row.cwd = cwd
        row.boot_id = boot_id()
        pane.start(terminal, plan.kind)
        self._host.store.save(row)

    async def _start_program(self, row: PaneRow, plan: SpawnPlan, cwd: str) -> HeldTerminal:
        """Start it; once more if the keeper dies over it, since what that had started is hung up."""
        holder = self._host.holder
        try:
            return await holder.spawn(row.id, plan.argv, plan.env, cwd, row.columns, row.rows)
        except ServerError:
            if not await self._host.await_other_holder(holder, _REPLACEMENT_SECONDS):
                raise
        return await self._host.holder.spawn(row.id, plan.argv, plan.env, cwd, row.columns, row.rows)

    def _plan(self, pane: Pane, env: Mapping[str, str] | None) -> SpawnPlan:
        session_row = pane.session.row
        home = self._host.home
        full = dict(os.environ if env is None else env)
        for name in _FOREIGN:
            full.pop(name, None)
        full |= {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TERM_PROGRAM": "ai-session",
            "TERM_PROGRAM_VERSION": VERSION,
            HOME_VARIABLE: home.folder,
            "AI_SESSION_ID": session_row.id,
            "AI_SESSION_PANE": str(pane.row.position),
            "AI_SESSION_PANE_ID": pane.row.id,
            **session_row.env,
            **pane.row.env,
        }
        folder = home.shell(pane.row.id)
        if pane.row.argv:
            return plan_command(pane.row.argv, full, folder, pane.row.nonce)
        return plan_shell(pane.row.shell or default_shell(full), folder, pane.row.nonce, full)

    async def kill(self, session: Session, *, force: bool) -> dict[str, object]:
        """End a session's programs, all of their trees; return what is gone and what is not."""
        session.is_ending = True
        try:
            ends = await self._end_all(session.panes, force=force)
            if not any(done.survived for done in ends):  # some may have been about to start
                ends += await self._end_all([pane for pane in session.panes if pane.is_alive], force=force)
        finally:
            session.is_ending = False
        gone = [ref for done in ends for ref in done.killed]
        survived = [ref for done in ends for ref in done.survived]
        if not survived:
            session.row.killed = time.time()
            try:
                session.save()
            except StorageError:  # nothing runs any more, but that it is killed would be forgotten
                session.row.killed = None
                raise
            self._host.bus.tell("session_gone", {"id": session.row.id, "name": session.row.name})
            for pane in session.panes:
                for viewer in pane.viewers:
                    viewer.end("killed")
                pane.release()
                self._sessions.forget_view(pane.row.id)
        return {
            "id": session.row.id,
            "name": session.row.name,
            "gone": processes_to_wire(gone),
            "survived": processes_to_wire(survived),
        }

    async def _end_all(self, panes: list[Pane], *, force: bool) -> list[Done]:
        return await asyncio.gather(*(self.end_processes(pane, force=force, told="killed") for pane in panes))

    async def end_processes(self, pane: Pane, *, force: bool, told: str = "stopped") -> Done:
        """End a pane's whole process tree, politely first unless `force`; its viewers are told the reason `told`."""
        pid = pane.row.pid
        if pid is None:
            return Done([], [])
        for viewer in pane.viewers:
            viewer.end_of_program = told
        root = ProcessRef(pid, pane.row.pid_started or 0)
        loop = asyncio.get_running_loop()
        spared = (os.getpid(), self._host.holder.keeper_pid or 0)
        kill = TreeKill(root, pane.row.id, spared, _AT_ONCE if force else STAGES)
        while True:
            # It reads the process table, which takes milliseconds: not on the loop.
            answer = await asyncio.to_thread(kill.step, loop.time())
            if isinstance(answer, Done):
                break
            await asyncio.sleep(max(0.0, answer - loop.time()))
        if pane.is_alive and not answer.survived:
            await pane.wait_for_end(2.0)
        return answer


def _read_scrollback(path: str) -> bytes:
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # who opens a pipe waits for its other end
            raise UsageError(f"the scrollback {path} is not a file")
        with open(path, "rb") as file:
            data = file.read(limits.MAX_SCROLLBACK_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the scrollback {path} cannot be read: {error.strerror}") from error
    if len(data) > limits.MAX_SCROLLBACK_BYTES:
        raise UsageError(
            f"the scrollback {path} has more than {limits.MAX_SCROLLBACK_BYTES:,} bytes", "give its newest part only."
        )
    return data


def processes_to_wire(processes: list[ProcessRef]) -> list[dict[str, object]]:
    """Return the protocol's list of processes."""
    return [{"pid": process.pid, "name": process.name} for process in processes]


def first_folder(*folders: str) -> str:
    """Return the first folder that exists: the one in which a program ran may be gone."""
    return next(filter(os.path.isdir, map(os.path.expanduser, folders)), "/")


def checked_folder(folder: str | None) -> str:
    """Return a directory's absolute path, of the home by default; raise `UsageError` when it is none."""
    if folder == "":
        raise UsageError("an empty text is not a directory", "name one, or leave it out.")
    path = os.path.abspath(os.path.expanduser("~" if folder is None else folder))
    if not os.path.isdir(path):
        raise UsageError(f"{path} is not a directory", "create it first, or choose another with --dir.")
    return path


def checked_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return variables that can be set; raise `UsageError` for a name that none can have."""
    for name, value in env.items():
        if not name or "=" in name or "\0" in name + value:
            raise UsageError(f"{name!r} cannot be the name of an environment variable", "write --env NAME=VALUE.")
    return dict(env)
