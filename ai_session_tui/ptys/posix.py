"""A terminal on a POSIX system: the master of a PTY that the keeper opened, and the program on it.

Invariant: the descriptor is ours and non-blocking; closing it signals nobody, though the kernel hangs up on the
program when it was the last copy. The keeper shares the open file but neither reads nor writes it.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import sys
import termios

from ai_session_tui.ptys import linux

_TIOCSIG = 0x40045436  # Linux, ioctl_tty(2): a signal to the foreground group
_WAITING_FOR_MANY = frozenset(
    ("do_select", "do_sys_poll", "do_poll", "poll_schedule_timeout", "ep_poll", "do_epoll_wait", "wait_woken")
)
# Numbers of read(2), readv(2) and of the calls that wait for several descriptors, by machine.
_READS = {"x86_64": {0, 19}, "aarch64": {63, 65}}
_POLLS = {"x86_64": {7, 23, 232, 270, 271, 281, 426, 441}, "aarch64": {22, 72, 73, 426, 441}}


class PosixTerminal:
    """A PTY's master and the pid and start time of the program that leads its session."""

    def __init__(self, fd: int, pid: int, started: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._pid = pid
        self.started = started

    @property
    def pid(self) -> int:
        """The program that was started on the terminal."""
        return self._pid

    def fileno(self) -> int:
        """Return the master, to read from; -1 once closed. At the end of the program read(2) raises EIO."""
        return self._fd

    def write(self, data: bytes) -> int:
        """Type bytes; return how many were taken (0: try again later). Raises OSError when nobody is there."""
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0

    def resize(self, columns: int, rows: int) -> None:
        """Change the size in cells; the kernel sends SIGWINCH if it differs. Raises OSError."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def size(self) -> tuple[int, int]:
        """Return columns and rows. Raises OSError."""
        answer = fcntl.ioctl(self._fd, termios.TIOCGWINSZ, bytes(8))
        rows, columns, _, _ = struct.unpack("HHHH", answer)
        return columns, rows

    def foreground(self) -> int | None:
        """Return the id of the process group in the foreground, or None when nobody can tell."""
        try:
            return os.tcgetpgrp(self._fd) or None
        except OSError:
            return None

    def reads_lines(self) -> bool:
        """Return whether the terminal collects and echoes what is typed until a line is complete."""
        try:
            local_modes: int = termios.tcgetattr(self._fd)[3]
        except termios.error:
            return False
        return bool(local_modes & termios.ICANON and local_modes & termios.ECHO)

    def hides_typing(self) -> bool:
        """Return whether the terminal collects a line without showing it, as for a password."""
        try:
            local_modes: int = termios.tcgetattr(self._fd)[3]
        except termios.error:
            return False
        return bool(local_modes & termios.ICANON and not local_modes & termios.ECHO)

    def takes_keys(self) -> bool:
        """Return whether the program is sent every key at once."""
        try:
            return not termios.tcgetattr(self._fd)[3] & termios.ICANON
        except termios.error:
            return False

    def has_unread(self) -> bool:
        """Return whether there is output that nobody has read."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return any(events & select.POLLIN for _, events in poll.poll(0))

    def interrupt(self) -> None:
        """Send SIGINT to the foreground group, even where ^C is switched off. Raises OSError."""
        if sys.platform == "linux":
            fcntl.ioctl(self._fd, _TIOCSIG, signal.SIGINT)  # by the kernel: no group id that may be stale
        elif (group := self.foreground()) is not None:
            os.killpg(group, signal.SIGINT)

    def close(self) -> None:
        """Close the master; more than once is fine."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def waits_for_input(group: int) -> bool | None:
    """Return whether a process of a foreground group blocks in a read of its terminal; None: cannot tell.

    A program that polls its terminal among other things (an editor, an agent) is a None: it may wait for any of
    them. Linux only; elsewhere always None.
    """
    if sys.platform != "linux":
        return None
    machine = os.uname().machine
    certain = True
    found = False
    for pid in _group_members(group):
        found = True
        waits = _waits(pid, machine)
        if waits:
            return True
        certain = certain and waits is not None
    return False if found and certain else None


def _group_members(group: int) -> list[int]:
    members = []
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := linux.stat_fields(int(name))) and int(fields[2]) == group:
            members.append(int(name))
    return members


def _waits(pid: int, machine: str) -> bool | None:
    """Tell it of one process, by its threads."""
    answers = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return False
    for thread in threads:
        answers.append(_thread_waits(pid, thread, machine))
    if True in answers:
        return True
    return None if None in answers else False


def _thread_waits(pid: int, thread: str, machine: str) -> bool | None:
    words = _read(f"/proc/{pid}/task/{thread}/syscall").split()
    if not words or machine not in _READS:
        return _by_wait_channel(_read(f"/proc/{pid}/task/{thread}/wchan"))
    if words[0] == "running" or words[0] == "-1":
        return False
    number = int(words[0])
    if number in _READS[machine]:
        return _is_terminal(pid, int(words[1], 16))
    return None if number in _POLLS[machine] else False


def _is_terminal(pid: int, fd: int) -> bool:
    """Return whether a process' descriptor is its controlling terminal."""
    fields = linux.stat_fields(pid)
    try:
        status = os.stat(f"/proc/{pid}/fd/{fd}")
        target = os.readlink(f"/proc/{pid}/fd/{fd}")
    except OSError:
        return False
    return target == "/dev/tty" or (bool(fields) and _device(int(fields[4])) == status.st_rdev)


def _device(tty_nr: int) -> int:
    """Return field 7 of /proc/PID/stat as a device number: minor bits are 31-20 and 7-0, proc(5)."""
    return os.makedev((tty_nr >> 8) & 0xFFF, ((tty_nr >> 12) & 0xFFF00) | (tty_nr & 0xFF))


def _by_wait_channel(channel: str) -> bool | None:
    """Guess from the kernel function it sleeps in, for when the system call may not be seen (Yama)."""
    if channel == "n_tty_read":
        return True
    return None if not channel or channel in _WAITING_FOR_MANY else False


def _read(path: str) -> str:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(256).decode("ascii", "replace").strip()
    except OSError:
        return ""
