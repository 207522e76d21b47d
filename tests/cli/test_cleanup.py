"""`cleanup` as a user types it: it says, asks, does and proves."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest


@pytest.fixture
def three(run_cli: Any) -> Any:
    for name in ("one", "two", "three"):
        run_cli("create", "--name", name)
    run_cli("exec", "two", "exit 0")
    run_cli("kill", "three")
    return run_cli


def test_it_says_what_it_would_do_and_does_nothing(three: Any) -> None:
    ran = three("cleanup", "--stopped", "--dry-run")
    assert re.search(r"^SESSION +WHY +LAST ACTIVITY +FREES\n", ran.stdout)
    assert re.search(r"^two +stopped ", ran.stdout, re.M) and re.search(r"^three +killed ", ran.stdout, re.M)
    assert re.search(r"^Frees \d+(\.\d)?[KM]?B\.$", ran.stdout, re.M) and "one" not in ran.stdout
    assert three("list", "--names").stdout == "one\ntwo\n"
    found = three.json("cleanup", "--stopped", "--dry-run")
    assert {one["name"] for one in found["sessions"]} == {"two", "three"} and found["dry_run"] is True


def test_it_does_not_go_on_unasked(three: Any) -> None:
    ran = three("cleanup", "--stopped")
    assert ran.returncode == 4 and "--yes" in ran.stderr
    ran = three("cleanup", "--stopped", "--yes")
    assert ran.returncode == 0 and "removed two: nothing was running\n" in ran.stdout
    assert re.search(r"^freed \d", ran.stdout, re.M)
    assert three("list", "--names").stdout == "one\n"
    assert three.json("list", "--status", "killed")["sessions"] == []


def test_a_person_is_asked(three: Any, person: Any) -> None:
    seated = person("cleanup", "--stopped")
    seated.await_text(r"Remove all of them for good\? \[y/N\]")
    seated.type("n\r")
    assert seated.await_end() == 1
    seated = person("cleanup", "--stopped", "--idle", "0")
    seated.await_text("one +idle")
    seated.await_text(r"for good\? \[y/N\]")
    seated.type("y\r")
    seated.await_text(r"removed one: bash \(\d+\)")
    assert seated.await_end() == 0
    assert three("list", "--names").stdout == ""


def test_from_inside_a_session_it_stays(three: Any) -> None:
    home = f"AI_SESSION_HOME={three.home}"
    ran = three("exec", "one", f"{home} {' '.join(three.words('cleanup', '--idle', '0', '--force', '--dry-run'))}")
    assert "Stays: one, the caller is in it" in ran.stdout, ran


def test_nothing_to_do_is_no_error(run_cli: Any) -> None:
    assert run_cli("cleanup").stdout == "There is nothing here.\n"
    assert run_cli.json("cleanup")["sessions"] == []
    run_cli("create", "--name", "dev")
    ran = run_cli("cleanup")
    assert ran.returncode == 0 and ran.stdout.startswith("freed ")
    assert json.loads(run_cli("cleanup", "--yes", "--json").stdout)["sessions"] == []


@pytest.mark.parametrize("words", [["--idle", "soon"], ["--keep", "-1"], ["--keep", "x"], ["extra"]])
def test_words_that_do_not_fit(run_cli: Any, words: list[str]) -> None:
    assert run_cli("cleanup", *words).returncode == 2
