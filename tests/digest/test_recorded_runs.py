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
