"""Start a program on a PTY of its own: through ptyprocess, and then nothing of ptyprocess stays.

Invariant: the child gets the environment that was asked for and nothing else of ours: no descriptor, no ignored
signal, no blocked signal, no raised limit. The caller gets a pid and a master descriptor, or an error that says
which of them failed; an object that could hang the child up in its destructor is never left behind.

`PtyProcess.close()` waits and kills, and its `__del__` calls it; our subclass is born closed, which turns both
off. `PtyProcess.spawn` would look a program up in *our* PATH and lets a failing chdir run back up the stack of the
forked copy; so both are done here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import termios

from ptyprocess.ptyprocess import PtyProcess

from ai_session_tui.paths import UMASK_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IUTF8 = 0o40000  # Linux and macOS; `termios` names it since Python 3.13 only
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class CannotSpawnError(Exception):
    """A program did not start: `errno`, and `culprit`, one of "program", "cwd", "pty"."""

    def __init__(self, number: int, culprit: str) -> None:
        super().__init__(f"{culprit}: {os.strerror(number)}")
        self.errno = number
        self.culprit = culprit


class _Child(PtyProcess):  # type: ignore[misc]  # ptyprocess has no types
    """A PtyProcess without a destructor, and without files of its own around the descriptor."""

    def __init__(self, pid: int, fd: int) -> None:
        self.pid = pid
        self.fd = fd
        self.argv = None
        self.closed = True
        _newborn[:] = [self]


_newborn: list[_Child] = []  # the child of the spawn that runs, for when its exec fails


def find_program(name: str, env: Mapping[str, str], cwd: str) -> str:
    """Return the absolute path that `name` means to a child with this PATH and folder.

    Raises CannotSpawnError.
    """
    if "/" in name:
        candidates = [os.path.join(cwd, name)]
    else:
        folders = env.get("PATH", _DEFAULT_PATH).split(":")
        candidates = [os.path.join(cwd, folder, name) for folder in folders] if name else []
    reason = errno.ENOENT
    for path in candidates:
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
        if os.path.exists(path):
            reason = errno.EACCES
    raise CannotSpawnError(reason, "program")


def spawn(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str,
    columns: int,
    rows: int,
    files: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """Start a program and return its pid and the master of its PTY (not inheritable).

    `files` is the child's RLIMIT_NOFILE, where it differs from ours. Not to be called from two threads at once.
    Raises CannotSpawnError.
    """
    program = find_program(argv[0] if argv else "", env, cwd)
    words, variables = _encode(argv[1:], env)
    if not (0 < columns < 1 << 16 and 0 < rows < 1 << 16):
        raise CannotSpawnError(errno.EINVAL, "pty")
    parent = os.getpid()
    try:
        child = _Child.spawn(
            [os.fsencode(program), *words],
            env=variables,
            preexec_fn=lambda: _prepare_child(cwd, files),
            dimensions=(rows, columns),
        )
    except LookupError as error:  # `_prepare_child` speaks through ptyprocess, which carries no errno
        _bury()
        raise CannotSpawnError(int(str(error)), "cwd") from error
    except OSError as error:
        had_child = _bury()
        lost = error.errno is None and not had_child  # ptyprocess no longer found what `find_program` saw
        number = errno.ENOENT if lost else error.errno or errno.EIO
        raise CannotSpawnError(number, "program" if had_child or lost else "pty") from error
    finally:
        if os.getpid() != parent:  # a surprise between fork and exec must not run on as a second keeper
            os._exit(127)
    _newborn.clear()
    fd: int = child.fd
    os.set_inheritable(fd, False)
    return int(child.pid), fd


def _encode(words: Sequence[str], env: Mapping[str, str]) -> tuple[list[bytes], dict[bytes, bytes]]:
    """Return what exec will take without an error of its own; raise CannotSpawnError(EINVAL) otherwise."""
    try:
        arguments = [os.fsencode(word) for word in words]
        variables = {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
    except UnicodeEncodeError as error:
        raise CannotSpawnError(errno.EINVAL, "program") from error
    parts = [*arguments, *variables, *variables.values()]
    if any(b"\0" in part for part in parts) or any(not name or b"=" in name for name in variables):
        raise CannotSpawnError(errno.EINVAL, "program")
    return arguments, variables


def reset_signals() -> None:
    """Give every signal its default disposition and unblock them all: exec keeps ignored ones ignored."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _prepare_child(cwd: str, files: tuple[int, int] | None) -> None:
    """Finish the child between fork and exec; the one error it may raise is LookupError(errno of chdir)."""
    reset_signals()
    umask = os.environ.get(UMASK_VARIABLE, "")
    if umask and set(umask) <= set("01234567") and len(umask) <= 4:
        os.umask(int(umask, 8))
    if files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, files)
    with contextlib.suppress(termios.error):
        attributes = termios.tcgetattr(0)
        attributes[0] |= _IUTF8  # the kernel's own line editor then erases whole characters
        termios.tcsetattr(0, termios.TCSANOW, attributes)
    try:
        os.chdir(cwd)
    except OSError as error:
        raise LookupError(str(error.errno)) from error


def _bury() -> bool:
    """Close and reap the child whose exec failed; return whether there was one."""
    if not _newborn:
        return False
    child = _newborn.pop()
    os.close(child.fd)
    os.waitpid(child.pid, 0)  # it is past its last instruction: this does not wait for long
    return True
