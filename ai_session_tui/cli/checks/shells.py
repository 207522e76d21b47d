"""The shells: in a home of its own, a server is started and a command is run in each, as `exec` does it.

Nothing is guessed: a shell works when its command came back with the right output and the right exit code.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time

from ai_session_tui.cli.checks.finding import Finding, bad, good, note
from ai_session_tui.client.connection import Connection, Done
from ai_session_tui.client.launch import start_server
from ai_session_tui.errors import AiSessionError
from ai_session_tui.paths import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish", "sh")
_SECONDS = 25.0
_WORD = "ready"


def check_shells() -> Iterator[Finding]:
    """Try each shell that is installed; the user's own start-up files are read, as in a session."""
    folder = tempfile.mkdtemp(prefix="ai-session-doctor-")
    home = Home(os.path.join(folder, "home"))
    try:
        with start_server(home) as connection:
            try:
                for shell in _shells():
                    yield _try(connection, shell)
            finally:
                connection.call("server.stop")
        _await_end(home)
    except AiSessionError as error:
        yield bad("start", f"no server can be started: {error.message}", error.hint)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _await_end(home: Home) -> None:
    deadline = time.monotonic() + _SECONDS
    while os.path.exists(home.keeper_socket) and time.monotonic() < deadline:
        time.sleep(0.02)


def _shells() -> list[str]:
    """Return the paths of the shells to try: the user's own first."""
    own = os.environ.get("SHELL", "")
    found = [own] if own and os.access(own, os.X_OK) else []
    found += [path for name in SHELLS if (path := shutil.which(name)) and os.path.basename(own) != name]
    return found


def _try(connection: Connection, shell: str) -> Finding:
    name = os.path.basename(shell)
    began = time.monotonic()
    try:
        session = connection.call("session.create", shell=shell, env=dict(os.environ), dir="/")
        code, output = _run(connection, session["id"], f"echo {_WORD}; sh -c 'exit 7'")
    except AiSessionError as error:
        return bad(name, f"{shell}: {error.message}", error.hint or "look at its start-up files.")
    took = f"{time.monotonic() - began:.1f}s"
    if session["panes"][0]["shell"] is None:
        return note(name, f"{shell} runs, but its commands cannot be told apart", "use bash, zsh, fish or sh for that.")
    if code != 7 or _WORD.encode() not in output:
        return bad(
            name,
            f"{shell}: its command ended with {code}, not 7, and wrote {output[:60]!r}",
            "something in its start-up files may take the place of our integration; try without them.",
        )
    return good(name, f"{shell}: its commands are told exactly ({took})")


def _run(connection: Connection, session: str, command: str) -> tuple[int | None, bytes]:
    call = connection.open("exec.run", target=session, command=command, timeout=_SECONDS)
    output = b""
    while True:
        item = call.receive(_SECONDS * 2)
        if isinstance(item, bytes):
            output += item
        elif isinstance(item, Done):
            code: int | None = item.result["exit_code"]
            return code, output
        elif item is None:
            raise AiSessionError("no answer came", "the server's log may say why.")
