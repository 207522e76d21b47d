"""Digests of a part of an output, as `| tail`, `| head` and `| grep` leave it: the exit code says nothing about it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ai_session_tui.digest import Digest, digest_output
from ai_session_tui.parsers.commands import exit_told_by
from ai_session_tui.parsers.model import Verdict

SAMPLES = Path(__file__).parents[1] / "parsers" / "samples"


def run(folder: Path, command: str) -> tuple[str, Digest]:
    """Run a command line in a folder; return what it printed and the digest of it."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # On a build server pytest tells messages of several lines in its list.
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "BUILD_NUMBER")}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**environment, "PATH": path},
        capture_output=True,
        timeout=100,
        check=False,
    )
    return done.stdout.decode(), digest_output([done.stdout], command, done.returncode)


def part(name: str, how: str, count: int) -> tuple[list[str], Digest]:
    """Return the lines that `head` or `tail` leaves of a recorded run, and their digest."""
    command, _, text = (SAMPLES / f"{name}.txt").read_text().split("\n", 2)
    lines = text.splitlines()
    left = lines[:count] if how == "head" else lines[-count:]
    piped = f"{command.removeprefix('$ ')} 2>&1 | {how} -n {count}"
    return left, digest_output(["\n".join(left).encode() + b"\n"], piped, 0)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "test_shop.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(60))\n"
        "def test_price(n):\n    table = [n] * 12\n    assert table[0] == n + 1, f'the price of {n} is off'\n"
    )
    return tmp_path


@pytest.mark.parametrize("count", [12, 30, 61])
def test_every_failure_that_the_end_lists_is_told(shop: Path, count: int) -> None:
    text, digest = run(shop, f"python -m pytest -q -p no:cacheprovider 2>&1 | tail -n {count}")
    listed = [line.split()[1] for line in text.splitlines() if line.startswith("FAILED ")]
    assert len(listed) >= count - 2
    assert [name for name in listed if name not in digest.text] == []
    assert digest.text.startswith("[exit code 0 of tail")
    assert digest.verdict is Verdict.FAILURE
    assert "60 failed" in digest.text


def test_the_beginning_is_told_as_failed_without_a_count(shop: Path) -> None:
    _, digest = run(shop, "python -m pytest -q -p no:cacheprovider 2>&1 | head -n 120")
    assert digest.verdict is not Verdict.SUCCESS
    assert digest.text.startswith("[exit code 0 of head")
    assert "passed" not in digest.text.splitlines()[0]
    assert "the price of 0 is off" in digest.text


def test_lines_picked_from_a_run_are_no_search(shop: Path) -> None:
    text, digest = run(shop, "python -m pytest -q -p no:cacheprovider 2>&1 | grep -n FAILED")
    assert len(text.splitlines()) == 60
    assert "search" not in digest.text.splitlines()[0]
    assert digest.verdict is not Verdict.SUCCESS
    _, searched = run(shop, "grep -n -r . . | head -n 40")
    assert searched.verdict is Verdict.SUCCESS
    assert not searched.text.startswith("[exit code 0 of ")


FACTS = {
    "jest": ["● "],
    "vitest": [" FAIL "],
    "node_spec": ["✖ ", "test at "],
    "unittest_fail": ["FAIL: ", "ERROR: "],
}


@pytest.mark.parametrize("how", ["head", "tail"])
@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("name", FACTS)
def test_failures_of_a_run_without_its_end_or_beginning(name: str, share: float, how: str) -> None:
    size = len((SAMPLES / f"{name}.txt").read_text().splitlines()) - 2
    lines, digest = part(name, how, int(size * share))
    heads = [line.strip() for line in lines if line.strip().startswith(tuple(mark.strip() for mark in FACTS[name]))]
    assert [head for head in heads if head not in digest.text] == []
    if heads:
        assert digest.verdict is Verdict.FAILURE or digest.is_whole


def test_failures_of_a_run_that_was_killed_while_it_listed_them() -> None:
    runs = "".join(
        f"▶ part {n}\n  ✖ case {n} (0.2ms)\n    Error: no price for sku-{n}\n        at t (file:///shop/a.js:{n}:3)\n\n"
        f"✖ part {n} (0.3ms)\n"
        for n in range(5)
    )
    tally = "ℹ tests 5\nℹ suites 5\nℹ pass 0\nℹ fail 5\nℹ cancelled 0\n\n✖ failing tests:\n\n"
    listed = "test at a.js:0:3\n✖ case 0 (0.2ms)\n  Error: no price for sku-0\n"
    digest = digest_output([(runs + tally + listed).encode()], "timeout 9 node --test", 124)
    for n in range(5):
        assert f"case {n}" in digest.text
        assert f"no price for sku-{n}" in digest.text
    assert "5 passed" not in digest.text


def test_each_panic_of_a_part_is_told() -> None:
    panics = "".join(
        f"thread 'tests::t{n}' (4{n}) panicked at core/src/lib.rs:{n + 20}:9:\nassertion failed: sum({n}) == total\n"
        f"   {n}: core::panicking::panic\n             at /rustc/abc/library/core/src/panicking.rs:80:14\n"
        for n in range(6)
    )
    digest = digest_output([panics.encode()], "cargo test 2>&1 | grep -A3 panicked", 0)
    for n in range(6):
        assert f"core/src/lib.rs:{n + 20}:9" in digest.text
        assert f"sum({n}) == total" in digest.text


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("pytest -q | tail -40", "tail"),
        ("cargo build 2>&1 | grep -E 'error|warn' | head", "head"),
        ("make; echo $?", "echo"),
        ("make || true", "true"),
        ("cd x && npm test 2>&1 | tee log", "tee"),
        ("make && echo ok || echo failed", "echo"),
        ("make; ls src | head", "head"),
        ("make && echo done", ""),  # it is only reached when make succeeded
        ("set -o pipefail; make 2>&1 | tail -40", ""),
        ("bash -c 'set -euo pipefail; make | tee log'", ""),
        ("bash -c 'make | tee log'", "tee"),
        ("ls && grep -rn TODO . | head", ""),
        ("make", ""),
        ("cd x && make -j2", ""),
        ("cat build.log | tail -40", ""),
        ("grep -rn foo . | head", ""),
        ("git log --oneline | head -5", ""),
        ("echo done", ""),
    ],
)
def test_whose_exit_code_it_is(command: str, program: str) -> None:
    assert exit_told_by(command) == program


@pytest.mark.parametrize("command", ["make && echo done", "set -o pipefail; make | tail", "make | tail", "make; echo"])
def test_a_failing_exit_code_is_blamed_on_nobody_else(command: str) -> None:
    text = "src/a.c:3:1: error: expected ;\nmake: *** [Makefile:3: all] Error 2\n" * 30
    first = digest_output([text.encode()], command, 2).text.splitlines()[0]
    assert first.startswith(("[exit code 2]", "[exit code 2 ·"))


def test_success_that_is_proven_is_not_doubted() -> None:
    text = "ERROR: this is what the old version printed\n" * 4 + "all is well\n"
    for command in ("make && echo done", "set -o pipefail; make | tail"):
        assert digest_output([text.encode()], command, 0).verdict is Verdict.SUCCESS
    assert digest_output([text.encode()], "make | tail", 0).verdict is Verdict.UNKNOWN


def test_what_pipefail_lets_through_is_no_search_either() -> None:
    text = "".join(f"{n}:src/m{n}.c:3:1: error: expected ;\n" for n in range(40))
    digest = digest_output([text.encode()], "set -o pipefail; make 2>&1 | grep -n error", 2)
    assert not any(run.bulk for run in digest.parsed)
    found = "".join(f"src/m{n % 4}.c:{n}:  if (error) return report(error, {n});\n" for n in range(40))
    searched = digest_output([found.encode()], "ls; grep -rn error . | head -40", 0)
    assert [run.bulk.kind for run in searched.parsed if run.bulk] == ["search"]


def test_prose_about_errors_is_no_failure() -> None:
    text = "".join(f"On error {n}, the printer says which tray is empty.\n" for n in range(30))
    digest = digest_output([text.encode()], "fortune | tail -n 30", 0)
    assert digest.verdict is Verdict.SUCCESS
    assert "tells of a failure" not in digest.text
