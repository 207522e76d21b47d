"""The wheel, alone: built, installed into an empty environment, and used with no checkout near it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str], Path]]:
    folder = tmp_path_factory.mktemp("empty")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    programs = folder / "venv" / "bin"
    run(programs / "python", "-m", "pip", "install", "-q", wheel, cwd=folder)
    # The variables of a run inside one of our own panes or under a test's coverage must not reach it.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AI_SESSION", "PYTHON"))}
    env |= {"AI_SESSION_HOME": str(folder / "home"), "HOME": str(folder)}
    yield programs / "ai-session", env, folder
    subprocess.run([programs / "ai-session", "server", "stop", "--force"], env=env, capture_output=True, timeout=60)


@pytest.mark.timeout(300)
def test_wheel_holds_the_data_and_not_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "ai_session_tui/py.typed" in names
    scripts = ("bash.bash", "zsh.zsh", "fish.fish", "sh.sh")
    assert {f"ai_session_tui/shells/scripts/{name}" for name in scripts} <= {*names}
    assert "ai_session_tui/tokens/cl100k_base.pack" in names
    assert "ai_session_tui/templates/builtin/fullstack.toml" in names and "ai_session_tui/templates/new.toml" in names
    assert "ai_session_tui/styles/dashboard.tcss" in names
    assert [name for name in names if name.endswith(".data/data/share/man/man1/ai-session.1")]
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


@pytest.mark.timeout(300)
def test_installed_wheel_runs_commands_in_a_real_shell(installed: tuple[Path, dict[str, str], Path]) -> None:
    program, env, folder = installed
    run(program, "create", "--name", "dev", "--shell", "/bin/bash", "--dir", folder, cwd=folder, env=env)
    run(program, "exec", "dev", "export GREETING=hello", cwd=folder, env=env)
    assert run(program, "exec", "dev", "echo $GREETING; pwd", cwd=folder, env=env) == f"hello\n{folder}\n"
    python = folder / "venv" / "bin" / "python"
    assert run(python, "-m", "ai_session_tui", "list", "--names", cwd=folder, env=env) == "dev\n"


@pytest.mark.timeout(300)
def test_installed_wheel_digests_with_its_own_vocabulary(installed: tuple[Path, dict[str, str], Path]) -> None:
    program, env, folder = installed
    done = subprocess.run(
        [program, "digest", "--exit-code", "1"], input="boom\n", capture_output=True, text=True, cwd=folder, env=env
    )
    assert done.returncode == 0, done.stderr
    assert "boom" in done.stdout and "1" in done.stdout
