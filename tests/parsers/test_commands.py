"""Which programs a command line runs."""

from __future__ import annotations

import pytest

from ai_session_tui.parsers.commands import is_reading, runs, simple_commands

RUNS = [
    ("pytest -q", "pytest"),
    ("python -m pytest -q", "pytest"),
    ("PYTHONPATH=src python3.12 -W error -m pytest", "pytest"),
    ("cd app && npx --yes jest", "jest"),
    ("uv run --quiet ruff check .", "ruff"),
    ("sudo -u ci env A=b timeout 60s /usr/bin/make -j4", "make"),
    ("bash -c 'cd x; cargo test'", "cargo"),
    ("(cd a && mypy .) 2>&1 | tail -3", "mypy"),
    ("if true; then go test ./...; fi", "go"),
    ("git -C repo diff --stat", "git diff"),
    ("git diff", "git"),
    ("pnpm exec vitest run", "vitest"),
    ("echo 'unclosed; pytest", "pytest"),
    ("for i in 1 2; do\npytest\ndone", "pytest"),
]


@pytest.mark.parametrize(("command", "program"), RUNS, ids=[command for command, _ in RUNS])
def test_program_is_found(command: str, program: str) -> None:
    if "unclosed" not in command:
        assert runs(command, program)
    assert simple_commands(command)


@pytest.mark.parametrize("command", ["", "echo pytest", "git log", "cat pytest.ini", "grep -r 'make' ."])
def test_words_are_no_programs(command: str) -> None:
    assert not runs(command, "pytest", "make", "git diff")


@pytest.mark.parametrize(
    "command",
    [
        "cat build.log",
        "tail -n 50 x.log",
        "cd logs && grep ERROR a.log | head",
        "git show HEAD:log",
        "sudo cat /var/log/syslog",
    ],
)
def test_reading_is_told_from_doing(command: str) -> None:
    assert is_reading(command)


@pytest.mark.parametrize(
    "command", ["", "pytest | tail", "make; cat build.log", "cargo test 2>&1 | grep -v ok", "npm test"]
)
def test_doing_is_no_reading(command: str) -> None:
    assert not is_reading(command)
