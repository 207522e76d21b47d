"""How `migrate` goes about a tmux session, and what it says meanwhile: the three blocks, with what was counted."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import Any

from ai_session_tui.cli import console, linking
from ai_session_tui.client.connection import Connection
from ai_session_tui.config import load_settings
from ai_session_tui.errors import EXIT_OK, AiSessionError, BusyError, ConflictError
from ai_session_tui.migration.moving import Moved, make_sessions, start_programs, take_back
from ai_session_tui.migration.planning import Plan, Wishes, plan_migration
from ai_session_tui.migration.record import Record, forget_record, load_record, save_record, windows_to_plain
from ai_session_tui.migration.tmux_model import TmuxSession
from ai_session_tui.migration.tmux_reading import Tmux
from ai_session_tui.paths import Home

_MANY_PANES = 8  # from which on a count of them is shown meanwhile


class Migration:
    """Migrates sessions of one tmux server, one after the other."""

    def __init__(self, tmux: Tmux, wishes: Wishes, *, is_dry: bool, as_json: bool) -> None:
        self._tmux = tmux
        self._wishes = wishes
        self._is_dry = is_dry
        self._is_quiet = as_json
        self._reached = 0

    def run(self, connection: Connection, name: str) -> dict[str, Any]:
        """Migrate one session and return what was done, as JSON has it."""
        self._say(f"🔄 Migrating tmux session '{console.clean(name)}'...\n")
        self._check_place(name)
        self._say("Analyzing tmux session...")
        source = self._tmux.read_session(name, self._wishes.history, self._count_reading)
        taken = [session["name"] for session in connection.call("session.list")["sessions"]]
        plan = plan_migration(source, self._wishes, taken, _ask if self._wishes.rerun == "ask" else None)
        self._tell_findings(source, plan)
        done = _to_plain(plan, self._wishes)
        if self._is_dry:
            self._tell_plan(plan)
            return done | {"dry_run": True, "sessions": []}
        self._say("Creating AI-Session equivalent...")
        self._reached = 0
        moved = make_sessions(
            connection, plan, ai_context=self._wishes.has_ai_features, on_pane=lambda n: self._count_made(n, plan)
        )
        try:
            if self._wishes.has_ai_features:
                fill_contexts(connection, plan, moved)  # what came before, before what begins now
            start_programs(connection, plan, moved)
            self._finish(source, plan, moved)
        except BaseException:
            take_back(connection, [session["id"] for session in moved.sessions])
            raise
        return done | {
            "dry_run": False,
            "sessions": moved.sessions,
            "rerun": moved.rerun,
            "not_rerun": moved.not_rerun,
            "replaced": self._wishes.replaces,
        }

    def try_run(self, connection: Connection, name: str) -> dict[str, Any]:
        """Migrate one of several: what goes wrong is told, and the others are migrated all the same."""
        try:
            return self.run(connection, name)
        except AiSessionError as error:
            if not self._is_quiet:
                console.complain(error, as_json=False)
            return {"source": name, "error": error.to_wire()}

    def _check_place(self, name: str) -> None:
        """Refuse to saw off the branch that the user sits on."""
        if self._wishes.replaces and self._tmux.holds_process(name, os.getpid()):
            raise ConflictError(
                f"this terminal is a pane of the tmux session {name!r}: --replace would end it",
                "call it from another terminal, or without --replace.",
            )

    def _finish(self, source: TmuxSession, plan: Plan, moved: Moved) -> None:
        """Write the migration down, remove its source where that is wanted, and say so."""
        first = moved.sessions[0]
        record = Record(
            name=first["name"],
            source=source.name,
            time=time.time(),
            sessions=[session["id"] for session in moved.sessions],
            socket_name=self._tmux.socket_name,
            socket_path=self._tmux.socket_path,
            is_replaced=self._wishes.replaces,
            windows=windows_to_plain(source) if self._wishes.replaces else [],
            environment=source.environment if self._wishes.replaces else {},
        )
        save_record(Home(), record)
        if self._wishes.replaces:
            self._tmux.remove_session(source.name)
        self._tell_end(plan, moved)

    # what it says

    def _tell_findings(self, source: TmuxSession, plan: Plan) -> None:
        windows, panes = len(source.windows), len(source.panes)
        several = f" with {_count(panes, 'pane')}" if panes > windows else ""
        self._good(f"Found {_count(windows, 'window')}{several}")
        how = "recognised by their prompts" if plan.command_count else "no prompts were recognised"
        self._good(f"Captured command history ({_count(plan.command_count, 'command')}; {how})")
        if plan.lost_folders:
            self._warn(f"{_count(plan.lost_folders, 'working directory')} no longer there: those shells start at home")
        else:
            self._good("Preserved working directories")
        for pane in source.panes:
            if pane.is_dead:
                status = "" if pane.dead_status is None else f" with exit code {pane.dead_status}"
                self._warn(f"Pane %{pane.ident} was dead{status}: its scrollback comes along, with a new shell")
        self._say("")

    def _tell_plan(self, plan: Plan) -> None:
        self._say("Would create:")
        for session in plan.sessions:
            self._say(f"  {console.clean(session.name)}: {_count(len(session.panes), 'pane')}")
            for pane in session.panes:
                if pane.rerun:
                    self._say(f"    starts again: {console.clean(pane.rerun)}")
                if pane.left:
                    self._say(f"    is not started again: {console.clean(pane.left)}")
        self._say("Nothing was changed.")

    def _tell_end(self, plan: Plan, moved: Moved) -> None:
        for session in moved.sessions:
            self._good(f"Session created: {console.clean(session['name'])}")
        if self._wishes.has_ai_features:
            self._good("AI features enabled")
            self._good("Context initialized from history")
        for line in moved.rerun:
            self._good(f"Started again: {console.clean(line)}")
        for line in moved.not_rerun:
            self._warn(f"Not started again, its shell came to no prompt: {console.clean(line)}")
        for pane in plan.panes:
            if pane.left:
                lost = "ended" if self._wishes.replaces else "still runs in tmux"
                self._warn(f"Not started again ({lost}): {console.clean(pane.left)}")
        self._say(f"\nMigration complete! New session: {console.clean(plan.name)}")
        if self._wishes.replaces:
            self._say("Original tmux session removed (`ai-session migrate --undo` makes it again)")
        else:
            self._say("Original tmux session preserved (use --replace to remove)")
        leader = load_settings(Home().config).leader
        if plan.leader and plan.leader != leader:
            self._say(f"tmux's prefix is {plan.leader}, ours {leader}: `ai-session config set leader {plan.leader}`")

    def _count_reading(self, done: int, count: int) -> None:
        self._progress("reading", done, count)

    def _count_made(self, made: int, plan: Plan) -> None:
        self._reached += made
        self._progress("creating", self._reached, len(plan.panes))

    def _progress(self, what: str, done: int, count: int) -> None:
        if count < _MANY_PANES or self._is_quiet or not console.is_terminal(sys.stderr):
            return
        sys.stderr.write(f"\r\x1b[K  {what} pane {done} of {count}" if done < count else "\r\x1b[K")
        sys.stderr.flush()

    def _good(self, text: str) -> None:
        self._say(f"  ✅ {text}")

    def _warn(self, text: str) -> None:
        self._say(f"  ⚠️  {text}")

    def _say(self, text: str) -> None:
        if not self._is_quiet:
            console.say(text)


def fill_contexts(connection: Connection, plan: Plan, moved: Moved) -> None:
    """Tell each new session's context what was typed there before."""
    for wish, session in zip(plan.sessions, moved.sessions, strict=True):
        add = {"target": session["id"]}
        panes = len(wish.panes)
        origin = f"Migrated from window {wish.window!r} of the tmux session {plan.source!r} ({_count(panes, 'pane')})."
        connection.call("context.add", **add, role="system", text=origin)
        for pane in wish.panes:
            for command in pane.commands:
                connection.call("context.add", **add, role="user", text=command)


def undo(name: str | None, *, force: bool, as_json: bool) -> int:
    """Take a migration back: its sessions end, and the tmux session is made again if it had been removed."""
    home = Home()
    record = load_record(home, name)
    with linking.connect() as connection:
        there = {session["id"]: session for session in connection.call("session.list")["sessions"]}
        mine = [there[ident] for ident in record.sessions if ident in there]
        busy = [f"{session['name']} ({session['running']})" for session in mine if session["running"]]
        if busy and not force:
            raise BusyError(
                f"something runs in what the migration made: {', '.join(busy)}",
                "end it, or say --force; nothing was changed.",
            )
        if record.is_replaced:
            from ai_session_tui.migration.restoring import restore_session

            folder = os.path.join(home.migrations, record.name)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder, mode=0o700)
            restore_session(record, folder)
        if mine:
            connection.call("session.kill", targets=[session["id"] for session in mine], force=force)
    forget_record(home, record.name)
    if as_json:
        ended = [session["name"] for session in mine]
        console.say_json({"undone": record.name, "ended": ended, "restored": record.is_replaced})
        return EXIT_OK
    for session in mine:
        console.say(f"ended {console.clean(session['name'])}")
    if record.is_replaced:
        console.say(f"tmux session {console.clean(record.source)} is there again, with new shells")
    return EXIT_OK


def _ask(line: str) -> bool:
    """Ask the user whether a program may be started again."""
    sys.stderr.write(f"  Start again: {console.clean(line)} ? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _to_plain(plan: Plan, wishes: Wishes) -> dict[str, Any]:
    return {
        "source": plan.source,
        "name": plan.name,
        "windows": len(plan.sessions),
        "panes": len(plan.panes),
        "commands": plan.command_count,
        "ai_features": wishes.has_ai_features,
        "left": [pane.left for pane in plan.panes if pane.left],
    }


def _count(number: int, what: str) -> str:
    plural = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{number:,} {what if number == 1 else plural}"
