"""The interpreter, the limits of the system, and the other programs that some subcommands need."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from ai_session_tui.cli.checks.finding import Finding, bad, good, note
from ai_session_tui.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST_FILES = 1024
_LEAST_PTYS = 16  # free ones
_SECONDS = 20.0


def check_system() -> Iterator[Finding]:
    """Look at Python, descriptors and terminals of the system."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield good("python", f"{python}, ai-session {VERSION}, {sys.platform}")
    yield _command()
    if sys.platform != "win32":
        yield _files()
        yield _ptys()


def _command() -> Finding:
    found = shutil.which("ai-session")
    if found is None:
        folder = os.path.dirname(sys.executable)
        return note(
            "command",
            "`ai-session` is not on the PATH",
            f"add {folder} to it, or write `{sys.executable} -m ai_session_tui`.",
        )
    return good("command", found)


def _files() -> Finding:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _LEAST_FILES:
        return note("descriptors", f"at most {hard:,} open files", "many sessions need more: raise `ulimit -Hn`.")
    return good("descriptors", f"{soft:,} open files, up to {'any number' if hard < 0 else f'{hard:,}'}")


def _ptys() -> Finding:
    import pty

    try:
        for descriptor in pty.openpty():
            os.close(descriptor)
    except OSError as error:
        return bad(
            "terminals", f"no terminal can be opened: {error.strerror}", "is /dev/pts mounted, and /dev/ptmx usable?"
        )
    used, most = _number("/proc/sys/kernel/pty/nr"), _number("/proc/sys/kernel/pty/max")
    if used is None or most is None:
        return good("terminals", "can be opened")
    if most - used < _LEAST_PTYS:
        return note("terminals", f"{used:,} of {most:,} are in use", "raise the system's kernel.pty.max.")
    return good("terminals", f"{used:,} of {most:,} are in use")


def _number(path: str) -> int | None:
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def check_tmux() -> Finding:
    """Look for tmux, which `migrate` reads."""
    found = shutil.which("tmux")
    if found is None:
        return note("tmux", "not installed", "only `migrate` needs it.")
    try:
        ran = subprocess.run([found, "-V"], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return note("tmux", f"{found} cannot be asked: {error}", "only `migrate` needs it.")
    return good("tmux", ran.stdout.strip() or found)


def check_vocabulary() -> Finding:
    """Count the tokens of a text in a process that cannot reach the network."""
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "http_proxy": nowhere, "https_proxy": nowhere, "ALL_PROXY": nowhere}
    words = [sys.executable, "-m", "ai_session_tui", "digest", "--json", "--exit-code", "0"]
    try:
        ran = subprocess.run(
            words,
            input="one two three\n",
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return bad("vocabulary", f"tokens cannot be counted: {error}", "install ai-session again.")
    if ran.returncode != 0:
        said = (ran.stderr.strip().splitlines() or ["no word"])[-1]
        return bad("vocabulary", f"tokens cannot be counted: {said}", "install ai-session again.")
    import json

    if not json.loads(ran.stdout)["tokens"]["exact"]:
        return note("vocabulary", "tokens are estimated, not counted", "install ai-session again, with its data.")
    return good("vocabulary", "tokens are counted exactly, without the network")
