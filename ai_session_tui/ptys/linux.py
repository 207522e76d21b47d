"""What a Linux kernel tells about a process: when it started, how it ended, and a descriptor that means it.

Invariant: a process is a pid *and* a start time; the pid alone may belong to a stranger tomorrow. On other
systems every question here has the answer "unknown" (0 or None). Imports next to nothing: the keeper uses it.
"""

from __future__ import annotations

import os
import struct
import sys

_PR_SET_CHILD_SUBREAPER = 36
# struct pidfd_info, linux/pidfd.h: mask, cgroupid, eleven ids of 32 bits, exit_code (64 bytes, version 0)
_PIDFD_INFO = struct.Struct("=QQ11Ii")
_PIDFD_INFO_EXIT = 1 << 3  # since Linux 6.15
_PIDFD_GET_INFO = 0xC040FF0B  # _IOWR(0xFF, 11, struct pidfd_info)


def stat_fields(pid: int) -> list[bytes]:
    """Return /proc/PID/stat from field 3 (the state) on; empty when there is no such process. proc(5)."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            line = file.read(4096)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
    return line[line.rfind(b")") + 2 :].split()


def start_time(pid: int) -> int:
    """Return when a process started, in clock ticks since boot (field 22); 0 when nobody can tell."""
    fields = stat_fields(pid)
    return int(fields[19]) if len(fields) > 19 else 0


def zombie_status(pid: int) -> int | None:
    """Return the wait status of a process that ended but was not reaped yet (field 52), else None."""
    fields = stat_fields(pid)
    if len(fields) > 49 and fields[0] == b"Z":
        return int(fields[49])
    return None


def open_pidfd(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process ends; None where there are none.

    Raises ProcessLookupError when there is no such process.
    """
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:  # a kernel before 5.3, or a sandbox that forbids it
        return None


def pidfd_status(pidfd: int) -> int | None:
    """Return the wait status of a process that was reaped by anyone since `pidfd` was opened, or None."""
    import fcntl

    request = _PIDFD_INFO.pack(_PIDFD_INFO_EXIT, *[0] * 13)
    try:
        answer = _PIDFD_INFO.unpack(fcntl.ioctl(pidfd, _PIDFD_GET_INFO, request))
    except OSError:  # an older kernel, or another pid namespace
        return None
    return int(answer[-1]) if answer[0] & _PIDFD_INFO_EXIT else None


def become_subreaper() -> bool:
    """Make orphaned descendants our children, prctl(2) PR_SET_CHILD_SUBREAPER; return whether it worked."""
    if sys.platform != "linux":
        return False
    import ctypes

    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
