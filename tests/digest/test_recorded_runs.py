"""Digests of recorded runs of real tools: what a reader needs of each is in them, and most of the rest is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai_session_tui.digest import Digest, digest_output
from ai_session_tui.parsers.model import Verdict

SAMPLES = Path(__file__).parents[1] / "parsers" / "samples"


def digest_of(name: str) -> Digest:
    command, code, text = (SAMPLES / f"{name}.txt").read_text().split("\n", 2)
    return digest_output([text.encode()], command.removeprefix("$ "), int(code.removeprefix("? ")))


FACTS = {
    "pytest_native": [
        "ValueError: quantity must be positive, got 0",
        'shop.py", line 22',
        "test_zero",
        "1 failed, 162 passed",
    ],
    "pytest_sugar": ["3 failed", "got 0", "tax of 20 % is added", "no database at db.internal:5432", "test_dict"],
    "biome": ["src/a.js:1:5", "lint/correctness/noUnusedVariables", "noDebugger", "Found "],
    "go_test_panic": ["Add(41, 1) = 42, want 99", "calc_test.go:3", "assignment to entry in nil map", "store.go:3"],
    "go_events": ["TestAdd/case_41", "Add(41, 1) = 42, want 99", "2 failed"],
    "cargo_check_short": ["net/src/lib.rs:2:54", "E0425", "E0308", "net/src/lib.rs:1:5", "E0507", "E0004"],
    "cargo_fmt": ["app/src/main.rs", "core/src/lib.rs"],
    "log_traceback": ["job 700 crashed", "KeyError: 'tenant-42'", "slowlog.py", "1499 ok, 1 failed"],
    "markdownlint": ["doc.md:3", "MD012", "doc.md:13:1", "MD033"],
    "git_diff_merge": ["src/m1/f7.txt", "src/m3/f3.txt", "main change", "++<<<<<<< HEAD", "topic 3"],
    "oxlint": ["Unexpected token", "src/b.js:2:11", "no-dupe-keys", "45 warnings and 1 error"],
    "playwright": ["Expected: 120", "Received: 119", "no session cookie", "2 failed", "40 passed"],
    "meson_ninja": ["undefined reference to `helper'", "../b.c:1:35", "build stopped"],
    "gradle_test": ["expected: <120> but was: <119>", "OrderTest.java:31", "Order.java:77", "2 failed"],
    "kubectl_describe": ["CrashLoopBackOff", "OOMKilled", "Back-off restarting"],
    "ruff_all": ["CPY001", "conftest.py:1:1", "F403", "features/steps/s.py:1:1"],
}


@pytest.mark.parametrize("name", FACTS)
def test_facts(name: str) -> None:
    text = digest_of(name).text
    assert [fact for fact in FACTS[name] if fact not in text] == []


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.txt")))
def test_the_exit_code_is_told_and_nothing_grows(name: str) -> None:
    digest = digest_of(name)
    assert digest.text.startswith(f"[exit code {digest.exit_code}")
    assert digest.delivered.tokens <= digest.plain.tokens + 24
    if digest.exit_code:
        assert digest.verdict is Verdict.FAILURE


@pytest.mark.parametrize("name", ["pytest_native", "biome", "go_events", "log_traceback", "pytest_verbose_green"])
def test_most_is_left_out(name: str) -> None:
    digest = digest_of(name)
    assert digest.plain.tokens < 200 or digest.delivered.tokens < digest.plain.tokens / 3


def test_what_changed_since_the_last_run_is_shown() -> None:
    def pods(state: str, age: int) -> bytes:
        rows = [f"web-{i}   1/1   Running   0   {age}m" for i in range(60)]
        return "\n".join(
            ["NAME READY STATUS RESTARTS AGE", *rows, f"job-1 0/1 {state} 0 1m", "web-99 1/1 Running"]
        ).encode()

    first = digest_output([pods("Pending", 3)], "kubectl get pods", 0)
    later = digest_output([pods("Pending", 4)], "kubectl get pods", 0, previous=first.outcome)
    assert "Pending" not in later.text
    failed = digest_output([pods("OOMKilled", 5)], "kubectl get pods", 0, previous=later.outcome)
    assert "since the last run: 1 line changed" in failed.text
    assert "job-1 0/1 OOMKilled 0 1m" in failed.text
    assert failed.delivered.tokens < first.delivered.tokens
    same = digest_output([pods("OOMKilled", 5)], "kubectl get pods", 0, previous=failed.outcome)
    assert "the same output as in the last run" in same.text


def test_an_edited_file_read_again_shows_the_edit() -> None:
    lines = [f"    value_{i} = compute(row, {i})" for i in range(500)]
    first = digest_output(["\n".join(lines).encode()], "cat model.py", 0)
    lines[250] = "    value_250 = compute_better(row)"
    again = digest_output(["\n".join(lines).encode()], "cat model.py", 0, previous=first.outcome)
    assert "compute_better" in again.text
    assert "[…1-250]" in again.text
    other = digest_output(
        [b"\n".join(b"other text %d" % i for i in range(500))], "cat model.py", 0, previous=first.outcome
    )
    assert "changed" not in other.text.split("\n")[0]


@pytest.mark.parametrize(
    ("command", "is_whole"),
    [
        ("cat model.py", True),
        ("cd src && sed -n '10,400p' model.py", True),
        ("head -n 500 model.py", True),
        ("cat model.py | sort", False),
        ("sed -i s/a/b/ model.py", False),
        ("python model.py", False),
        ("grep -n value model.py", False),
    ],
)
def test_files_that_are_only_read_may_pass_whole(command: str, is_whole: bool) -> None:
    text = "\n".join(f"    value_{i} = compute(row, {i})" for i in range(500)).encode()
    assert digest_output([text], command, 0, whole_files=True).is_whole is is_whole
    assert not digest_output([text], command, 0).is_whole


def test_a_death_by_a_signal_is_named() -> None:
    assert digest_output([b"step 1\n"], "./run", 139).text.startswith("[exit code 139 (SIGSEGV)]")
