"""`ai-session ui` and `ai-session` alone, where there is no terminal to draw on."""

from __future__ import annotations

from tests.conftest import RunCli


def test_without_a_terminal_it_says_what_to_use_instead(run_cli: RunCli) -> None:
    for name in ("ui", "tui"):
        ran = run_cli(name, "dev")
        assert ran.returncode == 2
        assert "needs a terminal" in ran.stderr and "ai-session list" in ran.stderr
        assert not run_cli.home.exists(), "no server is started for nothing"


def test_alone_without_a_terminal_it_prints_what_is_there(run_cli: RunCli) -> None:
    ran = run_cli()
    assert ran.returncode == 0
    assert "No server is running" in ran.stdout
