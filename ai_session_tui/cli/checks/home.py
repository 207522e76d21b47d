"""The home: permissions, the disk below it, settings, templates, and the server that runs for it."""

from __future__ import annotations

import os
import shutil
import stat

from ai_session_tui import figures
from ai_session_tui.cli.checks.finding import Finding, bad, good, note
from ai_session_tui.client.connection import Connection
from ai_session_tui.errors import AiSessionError, ConfigError, ProtocolError, ServerUnreachableError
from ai_session_tui.paths import Home
from ai_session_tui.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_session_tui.cli.shapes import ServerShape

_LITTLE_BYTES = 500 * 1024 * 1024
_TOO_LITTLE_BYTES = 20 * 1024 * 1024
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "afs")


def check_home(home: Home) -> Iterator[Finding]:
    """Look at the folder and its disk."""
    yield _folder(home)
    yield _disk(home)


def _folder(home: Home) -> Finding:
    try:
        found = os.stat(home.folder)
    except FileNotFoundError:
        parent = _existing(home.folder)
        if os.access(parent, os.W_OK | os.X_OK):
            return good("home", f"{home.folder} is made when it is needed")
        return bad("home", f"{home.folder} cannot be made: {parent} is not writable", "set AI_SESSION_HOME.")
    except OSError as error:
        return bad("home", f"{home.folder}: {error.strerror}", "set AI_SESSION_HOME to a folder of yours.")
    if not stat.S_ISDIR(found.st_mode):
        return bad("home", f"{home.folder} is not a folder", "set AI_SESSION_HOME to a folder of yours.")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        return bad("home", f"{home.folder} belongs to another user", "set AI_SESSION_HOME to a folder of yours.")
    if not os.access(home.folder, os.R_OK | os.W_OK | os.X_OK):
        return bad("home", f"{home.folder} is not writable", f"chmod u+rwx {home.folder}")
    mode = stat.S_IMODE(found.st_mode)
    if os.name == "posix" and mode & 0o077:
        return note("home", f"{home.folder} is open to others ({mode:04o})", "the next server closes it (0700).")
    return good("home", f"{home.folder} ({mode:04o})")


def _existing(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def _disk(home: Home) -> Finding:
    folder = _existing(home.folder)
    free = shutil.disk_usage(folder).free
    words = f"{free / 1024**3:,.1f} GB free"
    if free < _TOO_LITTLE_BYTES:
        return bad("disk", words, "free some space: output is lost when it is full. `ai-session cleanup --dry-run`")
    kind = _filesystem(folder)
    if kind in _NETWORK:
        return note("disk", f"{words}, on a network filesystem ({kind})", "a home on a local disk is safer and faster.")
    if free < _LITTLE_BYTES:
        return note("disk", words, "`ai-session cleanup --dry-run` shows what could go.")
    return good("disk", words + (f" ({kind})" if kind else ""))


def _filesystem(folder: str) -> str:
    """Return the kind of the filesystem that a folder is on, where the system tells."""
    best, kind = "", ""
    try:
        with open("/proc/mounts", encoding="utf-8", errors="replace") as file:
            for line in file:
                _, where, name, *_ = line.split()
                inside = folder == where or folder.startswith(where.rstrip("/") + "/")
                if inside and len(where) >= len(best):
                    best, kind = where, name
    except (OSError, ValueError):
        return ""
    return kind


def check_config(home: Home) -> Finding:
    """Read config.toml."""
    from ai_session_tui.config import mistakes

    found = mistakes(home.config)
    if found:
        return bad("settings", found[0].message, found[0].hint or "correct it: `ai-session config check`.")
    exists = os.path.exists(home.config)
    return good("settings", f"{home.config} is in order" if exists else "defaults: there is no config.toml")


def check_templates(home: Home) -> Finding:
    """Read all templates."""
    from ai_session_tui.templates import list_templates

    wrong = []
    found = list_templates(home.templates)
    for one in found:
        try:
            one.template()
        except ConfigError as error:
            wrong.append(error.message)
    if wrong:
        return note("templates", wrong[0], "`ai-session template check` lists every mistake.")
    return good("templates", f"{len(found)} templates are in order")


def check_server(home: Home) -> Iterator[Finding]:
    """Look at the server that runs; none is started."""
    try:
        with Connection(home) as connection:
            found: ServerShape = connection.call("server.status")
    except ServerUnreachableError:
        yield good("server", "none runs; the next call that needs one starts it")
        return
    except ProtocolError as error:
        yield bad("server", error.message, "`ai-session server restart`: every session stays alive.")
        return
    except AiSessionError as error:
        yield bad("server", error.message, error.hint)
        return
    words = f"pid {found['pid']}, version {found['version']}, {sum(found['sessions'].values())} sessions"
    if found["version"] != VERSION:
        yield note("server", words, f"this is {VERSION}: `ai-session server restart`; every session stays alive.")
    else:
        yield good("server", words)
    if found["keeper_pid"] is None:
        yield note("keeper", "none: programs end with the server", "this platform has no keeper.")
    else:
        yield good("keeper", f"pid {found['keeper_pid']}")
    if found["trouble"]:
        yield bad("output", found["trouble"], f"look at the space on the disk of {home.folder}.")
    failed = [entry for entry in found["ledger"] if entry.get("outcome") == "failed"]
    if failed:
        what = f"'{failed[0].get('session')}' could not be taken over: {failed[0].get('why')}"
        when = failed[0].get("time")
        moment = figures.moment(when) if isinstance(when, float) else figures.UNKNOWN
        yield note("recovery", f"{what} ({moment})", "`ai-session server status` has the whole ledger.")
