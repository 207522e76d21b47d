"""Sockets at any path, and the locks beside them."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ai_session_tui import locks, sockets


@pytest.mark.parametrize("length", [10, 95, 103, 104, 107, 108, 109, 250, 3000])
def test_a_socket_at_a_path_of_any_length_is_reached_and_private(tmp_path: Path, length: int) -> None:
    folder = str(tmp_path)
    while len(folder) + 60 < length:
        folder += "/" + "d" * 50
    os.makedirs(folder, exist_ok=True)
    path = folder + "/" + "s" * max(1, length - len(folder) - 1)
    before = len(os.listdir("/proc/self/fd"))
    with sockets.bind_unix(path) as listener, sockets.connect_unix(path, 5.0) as here:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        there, _ = listener.accept()
        with there:
            assert sockets.peer_uid(there) == os.getuid()
            here.sendall(b"x")
            assert there.recv(1) == b"x"
        assert here.gettimeout() == 5.0
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_not_there_or_not_listening_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sockets.connect_unix(str(tmp_path / "nothing"))
    sockets.bind_unix(str(tmp_path / "stale")).close()
    with pytest.raises(ConnectionRefusedError):
        sockets.connect_unix(str(tmp_path / "stale"))
    with pytest.raises(FileNotFoundError):
        sockets.bind_unix(str(tmp_path / "no folder" / "socket"))
    with sockets.bind_unix(str(tmp_path / "stale")), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "stale"))


def test_a_lock_has_one_holder_and_ends_with_it(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    script = f"from ai_session_tui import locks; print(locks.try_lock({path!r}) is not None)"

    def other_gets_it() -> bool:
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        return done.stdout == "True\n"

    held = locks.try_lock(path)
    assert held is not None
    assert not os.get_inheritable(held)
    assert locks.try_lock(path) is None
    assert not other_gets_it()
    os.close(held)
    assert other_gets_it()
    again = locks.try_lock(path)
    assert again is not None
    os.close(again)


def test_neither_imports_what_a_thin_client_should_not_load() -> None:
    script = (
        "from __future__ import annotations; import sys, socket; before = set(sys.modules);"
        "from ai_session_tui import locks, sockets;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if not name.startswith("ai_session_tui")} == set()
