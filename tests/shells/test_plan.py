"""Spawn plans: which programs are integrated, and that what is written is the owner's alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_session_tui.errors import UnsupportedError, UsageError
from ai_session_tui.shells import (
    ShellKind,
    default_shell,
    forget_exec,
    plan_command,
    plan_shell,
    prepare_exec,
    shell_kind,
)

NONCE = "0" * 31 + "1"


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("/bin/bash", ShellKind.BASH),
        ("-zsh", ShellKind.ZSH),
        ("bash-5.2", ShellKind.BASH),
        ("fish", ShellKind.FISH),
        ("/bin/sh", ShellKind.SH),
        ("dash", ShellKind.SH),
        ("/usr/bin/python3", ShellKind.NONE),
        ("nu", ShellKind.NONE),
        ("bashful", ShellKind.NONE),
    ],
)
def test_shells_are_known_by_name(program: str, kind: ShellKind) -> None:
    assert shell_kind(program) is kind


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "sh"])
def test_the_folder_is_the_owners_alone_and_the_nonce_in_no_variable(shell: str, tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    plan = plan_shell(shell, str(folder), NONCE, {"A": "b"})
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(entry.stat().st_mode & 0o777 == 0o600 for entry in os.scandir(folder))
    assert NONCE not in " ".join([*plan.argv, *plan.env.values()])
    assert (folder / "nonce").read_text() == NONCE + "\n"
    assert plan.env["A"] == "b"


@pytest.mark.parametrize(
    ("argv", "kind"),
    [
        (["bash"], ShellKind.BASH),
        (["/bin/bash", "-l"], ShellKind.BASH),
        (["bash", "--norc"], ShellKind.BASH),
        (["bash", "-c", "true"], ShellKind.NONE),
        (["bash", "script"], ShellKind.NONE),
        (["zsh", "-f"], ShellKind.NONE),
        (["vim"], ShellKind.NONE),
    ],
)
def test_a_command_that_is_an_interactive_shell_is_integrated(argv: list[str], kind: ShellKind, tmp_path: Path) -> None:
    plan = plan_command(argv, {}, str(tmp_path / "pane"), NONCE)
    assert plan.kind is kind
    if kind is ShellKind.NONE:
        assert plan.argv == tuple(argv)


def test_nothing_is_integrated_unasked(tmp_path: Path) -> None:
    plan = plan_shell("/bin/bash", str(tmp_path / "pane"), NONCE, {}, login=True, integrate=False)
    assert (plan.argv, plan.kind) == (("/bin/bash", "-l"), ShellKind.NONE)
    assert not (tmp_path / "pane").exists()


def test_the_default_shell_is_one_that_runs() -> None:
    assert default_shell({"SHELL": "/bin/sh"}) == "/bin/sh"
    assert os.access(default_shell({"SHELL": "/nonexistent"}), os.X_OK)
    assert os.path.isabs(default_shell({"SHELL": "bash"}))


def test_impossible_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        prepare_exec(ShellKind.BASH, str(tmp_path), "e1", "a\0b")
    with pytest.raises(UsageError):
        prepare_exec(ShellKind.BASH, str(tmp_path), "e1;rm", "true")
    with pytest.raises(UnsupportedError):
        prepare_exec(ShellKind.NONE, str(tmp_path), "e1", "true")
    assert list(tmp_path.iterdir()) == []


def test_an_exec_file_can_be_forgotten(tmp_path: Path) -> None:
    prepare_exec(ShellKind.BASH, str(tmp_path), "e1", "secret")
    assert stat_mode(tmp_path / "exec") == 0o600
    forget_exec(str(tmp_path))
    forget_exec(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
