"""sh: only the prompt can speak, and it says what it can."""

from __future__ import annotations

import pytest

from ai_session_tui.shells import PaneState, PromptReady
from tests.shells.conftest import Spawn


def test_the_users_env_file_runs_and_its_prompt_stays(spawn: Spawn, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "shinit").write_text("PS1='mine> '\nV=yes\n")
    pane = spawn("dash", env={"ENV": str(tmp_path / "shinit")})
    assert pane.run('echo $V "${ENV##*/}"') == (b"yes shinit\n", 0)
    pane.prompt()
    assert b"mine> " in pane.journal


def test_a_login_shell_reads_its_profile(spawn: Spawn) -> None:
    assert spawn("dash", rc={".profile": "V=yes\n"}, login=True).run("echo $V") == (b"yes\n", 0)


@pytest.mark.parametrize("option", ["set -u", "set -x", "set -e", "set -f", "set -C", "set -a", "set -V", "set -b"])
def test_exec_stays_exact_under(spawn: Spawn, option: str) -> None:
    pane = spawn("dash")
    pane.run(option)
    for _ in range(2):
        expected = 0 if option == "set -e" else 1  # under -e dash leaves for a file that ends in failure
        output, code = pane.run("echo a" if option == "set -e" else "echo a; ! true")
        lines = [line for line in output.splitlines(keepends=True) if not line.startswith(b"+")]
        assert (b"".join(lines), code) == (b"a\n", expected)


def test_it_says_that_it_has_no_line_editor(spawn: Spawn) -> None:
    pane = spawn("dash").prompt()
    assert [event.editing for event in pane.events if isinstance(event, PromptReady)] == [False]


def test_a_directory_that_cannot_be_said_costs_only_its_name(spawn: Spawn) -> None:
    pane = spawn("dash")
    pane.run('d=$(printf \'a\\033b\'); mkdir "$d"; cd "$d"')
    assert pane.run("echo x; (exit 3)") == (b"x\n", 3)
    assert pane.prompt().tracker.state is PaneState.PROMPT


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_any_shell_called_sh(spawn: Spawn, tmp_path, shell: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "sh").symlink_to(f"/bin/{shell}")
    pane = spawn(str(tmp_path / "sh"))
    assert pane.run("echo x; (exit 3)") == (b"x\n", 3)
    assert pane.run("echo y") == (b"y\n", 0)
