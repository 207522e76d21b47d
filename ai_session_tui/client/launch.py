"""Starting the server on demand: whoever needs one makes sure that exactly one runs, as tmux does.

Invariant: however many clients start at once, one of them starts a server and the others wait for it (a lock in
`run/`); the server's own words about a failed start reach the user. `subprocess` is imported only to start one.

A server must outlive the login that it was started in. Where logind would kill it with the login's scope, or where
the user's manager lingers, it is started in a scope of that manager. Elsewhere it stays where it is: without
lingering the manager ends with the last login, and what had moved into it would end too.
"""

from __future__ import annotations

import os
import sys
import time

from ai_session_tui.client.connection import Connection
from ai_session_tui.errors import ServerUnreachableError, SpawnError
from ai_session_tui.locks import try_lock
from ai_session_tui.names import PANE_VARIABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_session_tui.paths import Home

START_SECONDS = 30.0
_ANSWER_SECONDS = 5.0
_LONGEST_PAUSE = 0.2
_LINGER_FOLDER = "/var/lib/systemd/linger"


def connect(home: Home, *, start: bool = True) -> Connection:
    """Return a connection to the home's server; start one when none answers and `start` is true."""
    try:
        return Connection(home)
    except ServerUnreachableError:
        if not start:
            raise
    return start_server(home)


def start_server(home: Home, timeout: float = START_SECONDS) -> Connection:
    """Make sure that a server runs and return a connection to it.

    Raises `ServerUnreachableError` (with what the server said) or `StorageError`.
    """
    home.prepare()
    deadline = time.monotonic() + timeout
    pause = 0.01
    while True:
        lock = try_lock(home.start_lock)
        try:
            connection = _answering(home)
            if connection is None and lock is not None:
                _start(home, max(1.0, deadline - time.monotonic()))
                connection = _await_answer(home)
            if connection is not None:
                return connection
        finally:
            if lock is not None:
                os.close(lock)
        if time.monotonic() > deadline:
            raise ServerUnreachableError(
                f"another client has been starting the server for {timeout:.0f} seconds",
                f"{home.log} may say why it takes so long.",
            )
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _answering(home: Home) -> Connection | None:
    try:
        return Connection(home)
    except ServerUnreachableError:
        return None


def _await_answer(home: Home) -> Connection:
    """Connect to a server that said it runs; it may be another that is only about to listen."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    pause = 0.005
    while True:
        try:
            return Connection(home)
        except ServerUnreachableError:
            if time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _start(home: Home, timeout: float) -> None:
    """Run the start command until it says that a server answers; raise what it said otherwise."""
    command = [sys.executable, "-m", "ai_session_tui.server", "--home", home.folder]
    scope = scope_command()
    if scope and not _run([*scope, *command], timeout):
        return
    said = _run(command, timeout)
    if said:
        why, hint = _told(said)
        raise ServerUnreachableError(f"the server could not be started: {why}", hint or f"its log: {home.log}")


def _told(said: str) -> tuple[str, str]:
    """Return why a start failed, and what to do, from what the start command said."""
    first, _, rest = said.partition("\n")
    if first.startswith("Traceback") or "Traceback (most recent call last)" in rest:
        return said.splitlines()[-1].strip(), ""
    return first.strip(), " ".join(rest.split())


def _run(command: list[str], timeout: float) -> str:
    """Run a start command; return "" when it succeeded, else what it said."""
    import subprocess
    import tempfile

    # A file, not a pipe: nothing waits for whoever may still hold the other end.
    with tempfile.TemporaryFile() as said:
        try:
            status = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                cwd=os.path.abspath(os.sep),
                env=start_environment(),
                timeout=timeout,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return f"it did not answer within {timeout:.0f} seconds"
        except OSError as error:
            raise SpawnError(f"cannot run {command[0]}: {error.strerror or error}") from error
        if status == 0:
            return ""
        said.seek(0)
        return said.read(64 * 1024).decode("utf-8", "replace").strip() or f"exit status {status}"


def start_environment() -> dict[str, str]:
    """Return our environment, in which this package is found from any folder and no pane is meant.

    A server that is started inside a pane would otherwise end with it: a kill finds by these variables what is the
    pane's.
    """
    environment = {name: value for name, value in os.environ.items() if name not in PANE_VARIABLES}
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # With `python -m` in a checkout the package is found through the current folder alone, which the server leaves.
    is_installed = here in (os.path.abspath(entry) for entry in sys.path[1:] if entry)
    paths = [] if is_installed else [here]
    paths += [os.path.abspath(entry) for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if paths:
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


def scope_command(environ: Mapping[str, str] = os.environ, cgroup_file: str = "/proc/self/cgroup") -> list[str]:
    """Return the words that start a program outside the login's scope, or [] where that is not needed or not wise."""
    if not _is_in_login_scope(cgroup_file) or not _has_user_manager(environ):
        return []
    import shutil

    systemd_run = shutil.which("systemd-run", path=environ.get("PATH"))
    if systemd_run is None or not (_lingers() or _kills_user_processes(environ)):
        return []
    return [systemd_run, "--user", "--scope", "--quiet", "--collect", "--"]


def _is_in_login_scope(cgroup_file: str) -> bool:
    try:
        with open(cgroup_file, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    _, found, rest = text.partition("/session-")
    return bool(found) and ".scope" in rest.partition("\n")[0]


def _has_user_manager(environ: Mapping[str, str]) -> bool:
    runtime = environ.get("XDG_RUNTIME_DIR")
    return bool(runtime) and os.path.exists(os.path.join(str(runtime), "systemd", "private"))


def _lingers() -> bool:
    import pwd

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return False
    return os.path.exists(os.path.join(_LINGER_FOLDER, user))


def _kills_user_processes(environ: Mapping[str, str]) -> bool:
    """Ask logind whether it kills what a login leaves behind; when it does not answer, it does not."""
    import shutil
    import subprocess

    busctl = shutil.which("busctl", path=environ.get("PATH"))
    if busctl is None:
        return False
    where = "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
    try:
        answer = subprocess.run(
            [busctl, "get-property", *where, "KillUserProcesses"],
            capture_output=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.split() == [b"b", b"true"]
