"""`COMMAND 2>&1 | ai-session digest` works in any shell, without a server and without a home."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

AI_SESSION = [sys.executable, "-m", "ai_session_tui"]


def digest(home: pathlib.Path, data: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"AI_SESSION_HOME": str(home / "home")}
    return subprocess.run(
        [*AI_SESSION, "digest", *words], input=data, env=environment, capture_output=True, timeout=60, check=False
    )


def test_a_pipe(tmp_path: pathlib.Path) -> None:
    done = digest(tmp_path, b"\x1b[31mboom\x1b[0m\r\n", "--exit-code", "2", "--command", "make")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"[exit code 2]\nboom\n"
    assert not (tmp_path / "home").exists()


def test_json(tmp_path: pathlib.Path) -> None:
    done = digest(
        tmp_path, b"".join(b"row %d is like the others\n" % i for i in range(2000)), "--json", "--exit-code=0"
    )
    told = json.loads(done.stdout)
    assert told["exit_code"] == 0
    assert told["lines"] == 2000
    assert told["whole"] is False
    assert told["tokens"]["delivered"] < told["tokens"]["plain"] / 10


def test_a_budget(tmp_path: pathlib.Path) -> None:
    data = b"".join(b"%d error: thing %d is broken in its own way\n" % (i, i * 7919) for i in range(2000))
    wide, narrow = digest(tmp_path, data), digest(tmp_path, data, "--budget", "100")
    assert len(narrow.stdout) < len(wide.stdout)
    assert len(narrow.stdout) < 600


@pytest.mark.parametrize("words", [["--exit-code", "two"], ["--budget", "none"], ["--budget", "0"]])
def test_a_wrong_value_is_explained(tmp_path: pathlib.Path, words: list[str]) -> None:
    done = digest(tmp_path, b"text\n", *words)
    assert done.returncode == 2
    assert words[0].encode() in done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: pathlib.Path) -> None:
    command = f"yes some text | head -c 300000 | {' '.join(AI_SESSION)} digest --budget 5 | true"
    environment = os.environ | {"AI_SESSION_HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr


def test_a_real_failing_command(tmp_path: pathlib.Path) -> None:
    command = f"(ls /nowhere-at-all; exit 7) 2>&1 | {' '.join(AI_SESSION)} digest --exit-code 7"
    environment = os.environ | {"AI_SESSION_HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.startswith("[exit code 7]\n")
    assert "/nowhere-at-all" in done.stdout
