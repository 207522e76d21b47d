"""`ai-session server start|stop|restart|status`: the background server of this home."""

from __future__ import annotations

import os
import sys
import time

from ai_session_tui import figures
from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.arguments import add_json
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.client.launch import start_server
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, ConflictError, ProtocolError, ServerError
from ai_session_tui.locks import try_lock
from ai_session_tui.paths import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import ServerShape, SessionShape
    from ai_session_tui.client.connection import Connection

EPILOG = """\
  start     make sure that a server runs (any other subcommand does so by itself)
  stop      end the server with every session; their records and output stay
  restart   another server process; every session stays alive
  status    what runs, and what became of the sessions when it started"""

_ENDING_SECONDS = 30.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `server` takes."""
    parser.add_argument("action", choices=("start", "stop", "restart", "status"), help="see below")
    parser.add_argument("--force", action="store_true", help="stop: do not ask, even when commands are running")
    parser.add_argument("--keep-sessions", action="store_true", help="stop: leave the programs for the next server")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Do one of the four."""
    home = Home()
    if arguments.action == "status":
        return _status(home, as_json=arguments.json)
    if arguments.action == "stop":
        return _stop(home, arguments)
    if arguments.action == "restart":
        _restart_stop(home)
    with start_server(home) as connection:
        pid = connection.greet()["pid"]
    if arguments.json:
        console.say_json({"running": True, "pid": pid, "home": home.folder})
    else:
        console.say(f"a server is running (pid {pid})")
    return EXIT_OK


def _status(home: Home, *, as_json: bool) -> int:
    connection = linking.connect_if_running()
    if connection is None:
        if as_json:
            console.say_json({"running": False, "home": home.folder})
        else:
            console.say(f"No server is running for {console.clean(figures.folder(home.folder))}.")
        return EXIT_OK
    with connection:
        found: ServerShape = connection.call("server.status")
    if as_json:
        console.say_json({"running": True} | found)
    else:
        for line in render.server(found, time.time()):
            console.say(line)
    return EXIT_OK


def _stop(home: Home, arguments: Namespace) -> int:
    connection = linking.connect_if_running()
    if connection is None and not arguments.keep_sessions and _programs_go_on(home):
        connection = start_server(home)  # after a crash only a server can end what runs
    stopped: list[str] = []
    if connection is None:
        words = "no server was running"
    else:
        with connection:
            if not arguments.force and not arguments.keep_sessions and not _is_agreed(connection):
                console.note("nothing was stopped")
                return EXIT_FAILURE
            stopped = _ask_to_stop(connection, keep_sessions=arguments.keep_sessions)
        _await_end(home)
        words = "the server has stopped"
        if arguments.keep_sessions:
            words += "; the programs go on and wait for the next one"
        elif stopped:
            words += f", and with it: {', '.join(console.clean(name) for name in stopped)}"
    if arguments.json:
        console.say_json({"running": False, "home": home.folder, "stopped": stopped})
    else:
        console.say(words)
    return EXIT_OK


def _programs_go_on(home: Home) -> bool:
    """Return whether the keeper of the programs lives; without a server it is there only for programs."""
    if not os.path.exists(home.keeper_lock):
        return False
    lock = try_lock(home.keeper_lock)
    if lock is not None:
        os.close(lock)
    return lock is None


def _is_agreed(connection: Connection) -> bool:
    """Return whether the server may be stopped: nothing runs, or the person says so."""
    sessions: list[SessionShape] = connection.call("session.list")["sessions"]
    running = [
        f"{console.clean(session['running'])} (in {console.clean(session['name'])})"
        for session in sessions
        if session["running"] is not None
    ]
    if not running:
        return True
    if not console.is_terminal(sys.stdin) or not console.is_terminal(sys.stderr):
        raise ConflictError(
            f"commands are running: {', '.join(running)}", "--force stops them; --keep-sessions leaves them running."
        )
    sys.stderr.write(f"Running now: {', '.join(running)}\nStop all of it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _ask_to_stop(connection: Connection, *, keep_sessions: bool) -> list[str]:
    try:
        stopped: list[str] = connection.call("server.stop", keep_sessions=keep_sessions)["stopped"]
    except ConnectionLostError:  # it was faster in ending than in saying so
        return []
    return stopped


def _restart_stop(home: Home) -> None:
    from ai_session_tui.config import load_settings

    connection = linking.connect_if_running()
    if connection is None:
        return
    with connection:
        load_settings(home.config)  # the next server would not start with bad ones
        try:
            _ask_to_stop(connection, keep_sessions=True)
        except ProtocolError:
            _signal(connection)
    _await_end(home)


def _signal(connection: Connection) -> None:
    """End a server that speaks another protocol: all that can be said to it is SIGTERM, which keeps its sessions."""
    import signal

    pid = connection.server.get("pid")
    if not isinstance(pid, int) or pid <= 1:
        raise ServerError("a server of another version runs, and does not say which process it is")
    os.kill(pid, signal.SIGTERM)


def _await_end(home: Home) -> None:
    """Wait until the server's process is gone: only then its lock is free."""
    deadline = time.monotonic() + _ENDING_SECONDS
    pause = 0.005
    while True:
        lock = try_lock(home.server_lock)
        if lock is not None:
            os.close(lock)
            return
        if time.monotonic() > deadline:
            raise ServerError(f"the server has not ended within {_ENDING_SECONDS:.0f} seconds", f"its log: {home.log}")
        time.sleep(pause)
        pause = min(pause * 2, 0.1)
