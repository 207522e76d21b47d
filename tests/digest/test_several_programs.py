"""Digests of command lines that run several programs: what nobody has a parser for is not lost beside what has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai_session_tui.digest import Digest, digest_output
from ai_session_tui.parsers.commands import runs_several
from ai_session_tui.parsers.model import Verdict

SAMPLES = Path(__file__).parents[1] / "parsers" / "samples"
DEPLOY = (
    "reading hosts.conf\n"
    + "".join(f"host web-{n} is up, 3 of 3 services\n" for n in range(8))
    + "depot.conf: no key 'port' in section [eu]\n"
    "could not deploy to eu-7: bind: address already in use\n"
    "rolled back to release 41\n"
)


def sample(name: str) -> tuple[str, str]:
    """Return the command and the text of a recorded run."""
    command, _, text = (SAMPLES / f"{name}.txt").read_text().split("\n", 2)
    return command.removeprefix("$ "), text


def together(*runs: tuple[str, str]) -> Digest:
    """Return the digest of runs one after the other, of which the last failed."""
    commands, texts = zip(*runs, strict=True)
    return digest_output(["\n".join(text.rstrip("\n") for text in texts).encode()], "; ".join(commands), 1)


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.txt")))
def test_why_an_unknown_program_failed_is_told_beside_any_known_one(name: str) -> None:
    deploy = ("./deploy.sh eu-7", DEPLOY)
    for runs in ((deploy, sample(name)), (sample(name), deploy)):
        assert "could not deploy to eu-7: bind: address already in use" in together(*runs).text


@pytest.mark.parametrize("name", ["git_diff", "grep_matches", "pytest_native", "pytest_sugar", "mypy", "jest"])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_unknown_program_beside_a_known_one(name: str, is_first: bool) -> None:
    deploy = ("./deploy.sh eu-7", DEPLOY)
    digest = together(deploy, sample(name)) if is_first else together(sample(name), deploy)
    assert "could not deploy to eu-7: bind: address already in use" in digest.text
    assert "no key 'port'" in digest.text
    assert digest.verdict is Verdict.FAILURE


@pytest.mark.parametrize(
    ("first", "second", "facts"),
    [
        ("pytest_sugar", "gpp", ["3 failed", "error: "]),
        ("git_diff", "cargo_errors", ["error[E"]),
        ("grep_matches", "unittest_fail", ["FAIL: ", "FAILED ("]),
        ("jest", "cargo_test", ["failed", "test result: FAILED"]),
    ],
)
def test_two_known_programs(first: str, second: str, facts: list[str]) -> None:
    digest = together(sample(first), sample(second))
    alone = digest_output([sample(second)[1].encode()], sample(second)[0], 1)
    assert [fact for fact in facts if fact not in digest.text] == []
    told = [line for line in alone.text.splitlines()[1:] if "rror: " in line and not line.startswith("[")][:3]
    assert [line for line in told if line not in digest.text] == []


@pytest.mark.parametrize(
    ("command", "several"),
    [
        ("make; ./run", True),
        ("cd x && grep -rn TODO . && ./deploy", True),
        ("cd x && make 2>&1 | tail", False),
        ("FOO=1 make", False),
        ("grep -rn a . | head; echo done", False),
    ],
)
def test_which_command_lines_run_several(command: str, several: bool) -> None:
    assert runs_several(command) is several
