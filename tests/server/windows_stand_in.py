"""Python as it is on Windows, as far as our modules can tell: `windows_stand_in.py -m MODULE WORD…`, or `-c CODE`.

    sys.platform says win32; `fcntl`, `termios`, `pwd` and their like cannot be imported
    os, signal, socket and select lack what they lack there; no file is removed or replaced while we have it open
    the event loop watches no descriptors and no signals; every signal that is sent ends the process
    `winpty` is the one of tests/ptys/fake_winpty.py, `msvcrt` locks with flock(2), Ctrl-Break is SIGUSR1

The standard library itself and psutil are loaded before, and remain what they are on this system.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures.thread
import contextlib
import ctypes
import difflib
import fcntl
import getpass
import hmac
import importlib.metadata
import json
import logging.handlers
import mmap
import multiprocessing.util
import os
import runpy
import secrets
import select
import selectors
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import types
from typing import Any, NoReturn

import msgspec
import psutil
import pyte
import regex
import wcwidth
import zstandard

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BLOCKED = ("fcntl", "termios", "pwd", "grp", "resource", "tty", "pty", "ptyprocess", "uvloop", "_posixsubprocess")
LOADED = (
    argparse, concurrent.futures.thread, ctypes, difflib, getpass, hmac, importlib.metadata, json, logging.handlers,
    mmap, multiprocessing.util, secrets, selectors, sqlite3, tempfile, threading, msgspec, psutil, pyte, regex, wcwidth,
    zstandard,
)  # fmt: skip

NOT_IN_OS = (
    "fork", "forkpty", "openpty", "posix_spawn", "posix_fallocate", "readv", "preadv", "pread", "pwrite", "getuid",
    "geteuid", "getgid", "getsid", "setsid", "getpgid", "setpgid", "killpg", "tcgetpgrp", "fchmod", "fchown", "fchdir",
    "uname", "sysconf", "pidfd_open", "mkfifo", "O_CLOEXEC", "O_DIRECTORY", "O_NONBLOCK", "O_NOFOLLOW", "WIFEXITED",
    "WEXITSTATUS", "WIFSIGNALED", "WTERMSIG", "WNOHANG",
)  # fmt: skip
NOT_IN_SIGNAL = (
    "SIGKILL", "SIGHUP", "SIGCONT", "SIGQUIT", "SIGTSTP", "SIGSTOP", "SIGCHLD", "SIGPIPE", "SIGWINCH", "SIGUSR1",
    "SIGUSR2", "SIGTTIN", "SIGTTOU", "SIGALRM", "pthread_sigmask", "pidfd_send_signal",
)  # fmt: skip

_real_kill, _real_unlink, _real_replace = os.kill, os.unlink, os.replace
_real_popen, _real_socketpair = subprocess.Popen, socket.socketpair
_SIGKILL, _AF_UNIX = signal.SIGKILL, socket.AF_UNIX


class Loop(asyncio.SelectorEventLoop):
    """What the loops of Windows have in common: these do not work."""

    def add_reader(self, *arguments: object) -> NoReturn:  # type: ignore[override]
        raise NotImplementedError

    add_writer = add_signal_handler = create_unix_server = create_unix_connection = add_reader  # type: ignore[assignment]
    remove_reader = remove_writer = remove_signal_handler = add_reader  # type: ignore[assignment]


class Policy(asyncio.DefaultEventLoopPolicy):
    """Makes such loops."""

    def new_event_loop(self) -> Loop:
        return Loop()


def _is_held(path: str) -> bool:
    with open("/proc/self/maps") as maps:
        if any(line.rstrip("\n").endswith(path) for line in maps):
            return True
    return any(os.path.realpath(f"/proc/self/fd/{fd}") == path for fd in os.listdir("/proc/self/fd"))


def _unlink(path: Any, **options: Any) -> None:
    if not options and _is_held(os.path.abspath(path)):
        raise PermissionError(13, "The process cannot access the file because it is being used", str(path))
    _real_unlink(path, **options)


def _replace(source: Any, target: Any) -> None:
    if _is_held(os.path.abspath(source)) or _is_held(os.path.abspath(target)):
        raise PermissionError(13, "The process cannot access the file because it is being used", str(target))
    _real_replace(source, target)


def _kill(pid: int, number: int) -> None:
    _real_kill(pid, _SIGKILL if number else 0)


def _popen(*arguments: Any, creationflags: int = 0, **options: Any) -> Any:
    return _real_popen(*arguments, start_new_session=bool(creationflags), **options)


def _lock(fd: int, mode: int, length: int) -> None:
    del mode, length
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(13, "Permission denied") from None


def _keep_for_others(changed: tuple[types.ModuleType, ...]) -> None:
    """Leave everybody who is loaded by now with copies of the modules that are about to change."""
    copies = {module: types.SimpleNamespace(**vars(module)) for module in changed}
    for user in list(sys.modules.values()):
        for module in changed:
            if user is not sys.modules["__main__"] and vars(user).get(module.__name__) is module:
                setattr(user, module.__name__, copies[module])


def become_windows() -> None:
    """Change this process; there is no way back."""
    sys.path.insert(0, ROOT)
    from tests.ptys import fake_winpty

    socket.socketpair = lambda *_: _real_socketpair(_AF_UNIX)  # type: ignore[assignment,misc]
    _keep_for_others((os, signal, socket, select))
    sys.modules["winpty"] = fake_winpty
    msvcrt: Any = types.ModuleType("msvcrt")
    msvcrt.locking, msvcrt.LK_NBLCK = _lock, 2
    sys.modules["msvcrt"] = msvcrt
    for name in BLOCKED:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    os.kill, os.unlink, os.remove, os.replace, os.rename = _kill, _unlink, _unlink, _replace, _replace
    subprocess.Popen = _popen  # type: ignore[assignment,misc]
    vars(subprocess).update(DETACHED_PROCESS=8, CREATE_NEW_PROCESS_GROUP=512)
    vars(signal).update(SIGBREAK=signal.SIGUSR1)
    vars(shutil).update(_winapi=types.SimpleNamespace(NeedCurrentDirectoryForExePath=lambda program: False))
    vars(os).update(O_BINARY=0)
    os.environ["PATHEXT"] = ".exe:.cmd"  # in the way this system writes it
    asyncio.set_event_loop_policy(Policy())
    missing = ((os, NOT_IN_OS), (signal, NOT_IN_SIGNAL), (socket, ("AF_UNIX",)), (select, ("poll", "epoll")))
    for module, names in missing:
        for name in names:
            with contextlib.suppress(AttributeError):
                delattr(module, name)
    sys.platform = "win32"


def main() -> None:
    """Be Python."""
    option, what = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    become_windows()
    sys.executable = os.environ.get("STAND_IN_PYTHON", sys.executable)
    if option == "-c":
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
    else:
        runpy.run_module(what, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
