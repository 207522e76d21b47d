"""`python -m ai_session_tui.keeper --home DIR`: become a keeper, or leave when the home has one.

Prints `ready` to its standard output when it listens (or nothing, when another keeper holds the lock), and is
then on no terminal, in a session of its own, with no descriptor of whoever started it. Errors become single lines
in the home's log.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time

from ai_session_tui import locks, sockets
from ai_session_tui.keeper.service import Keeper
from ai_session_tui.limits import KEEPER_FILES, KEEPER_IDLE_SECONDS
from ai_session_tui.paths import Home
from ai_session_tui.ptys import linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

EXIT_TAKEN = 4  # another keeper has the home


def main(words: list[str]) -> int:
    """Run the keeper; options: `--home DIR`, `--idle SECONDS`, `--files N` (the soft limit of its children)."""
    options = dict(zip(words[::2], words[1::2], strict=True))
    home = Home(options.get("--home"))
    home.prepare()
    _detach()
    sys.excepthook = lambda kind, error, trace: _last_words(home.log, error, trace)
    if (lock := locks.try_lock(home.keeper_lock)) is None:
        return EXIT_TAKEN
    listener = sockets.bind_unix(home.keeper_socket)
    keeper = Keeper(
        listener,
        home.log,
        lambda line: _say(home.log, line),
        float(options.get("--idle", KEEPER_IDLE_SECONDS)),
        _widen(int(options.get("--files", "0"))),
    )
    linux.become_subreaper()
    os.write(1, b"ready\n")
    _close_standard_streams()
    keeper.run()
    os.unlink(home.keeper_socket)
    os.close(lock)
    return 0


def _detach() -> None:
    """Leave the starter's session, folder, signals and descriptors; keep its environment and umask."""
    with contextlib.suppress(PermissionError):  # already a leader of a session
        os.setsid()
    os.chdir("/")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.closerange(3, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 20))


def _widen(files: int) -> tuple[int, int]:
    """Allow ourselves a descriptor for many panes; return the limits that children are to have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = KEEPER_FILES if hard == resource.RLIM_INFINITY else min(KEEPER_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return (min(files, hard) if files and hard != resource.RLIM_INFINITY else files or soft, hard)


def _close_standard_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    os.close(null)


def _say(log: str, line: str) -> None:
    """Append one line to the log."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    clean = " ".join(line.split())
    with contextlib.suppress(OSError):  # a full disk must not cost the programs their keeper
        fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, f"{stamp} keeper[{os.getpid()}]: {clean}\n".encode())
        finally:
            os.close(fd)


def _last_words(log: str, error: BaseException, trace: TracebackType | None) -> None:
    """Write an unexpected error and where it came from, on one line."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    _say(log, f"died of {type(error).__name__}: {error}{place}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
