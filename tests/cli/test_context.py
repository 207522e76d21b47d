"""`context` and `decision` as a person calls them: the layout, adding, pinning, expanding, and odd names."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from ai_session_tui.cli.commands.context import moment, split_words
from ai_session_tui.errors import UsageError
from ai_session_tui.tokens import tokenizer
from tests.conftest import RunCli

LAYOUT = re.compile(
    r"""📖 AI Context for session 'dev'
═{44}

Messages: 6 \| Tokens: [\d,]+ / 4,096 \| Compressions: 0

\[\d\d:\d\d:\d\d\] USER: Let's start working on the API
\[\d\d:\d\d:\d\d\] ASSISTANT 📌2: I'll help you build the API\.
    What does it need\?
\[\d\d:\d\d:\d\d\] USER: seq 3
\[\d\d:\d\d:\d\d\] SYSTEM: Command executed: seq 3 \(exit 0.*\)
\[\d\d:\d\d:\d\d\] SYSTEM: Output: 1
    2
    3
\[\d\d:\d\d:\d\d\] ASSISTANT: Decision #6: Use SQLite
    why: one file
    instead of: Postgres

Where: .*, (?:at its prompt|starting|running)

Context Health: ✅ Optimal \(\d+% of the limit used; compression begins at 80%\)
Token Efficiency: \d+\.\d% savings vs plain text of everything \([\d,]+ of [\d,]+ tokens\)
Output Read: [\d,]+ of [\d,]+ tokens, in all ways together
"""
)


def test_a_context_has_the_layout_of_the_handbook(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev", "--ai-context").check_returncode()
    run_cli("context", "add", "dev", "Let's start working on the API").check_returncode()
    text = "I'll help you build the API.\nWhat does it need?\n"
    run_cli("context", "add", "dev", "--role", "assistant", "--pin", "-", input=text).check_returncode()
    run_cli("exec", "dev", "seq 3").check_returncode()
    run_cli("context", "dev").check_returncode()  # waits for the digest of the output
    added = run_cli("decision", "add", "dev", "Use SQLite", "--why", "one file", "--alternative", "Postgres")
    assert added.stdout == "Recorded decision 6 in 'dev'.\n"
    shown = run_cli("context", "dev", "--lines", "50")
    assert LAYOUT.fullmatch(shown.stdout), shown.stdout
    assert "... (5 more not shown)" in run_cli("context", "dev", "--lines", "1").stdout
    assert run_cli("decision", "list", "dev").stdout.splitlines()[0] == "Decided #6: Use SQLite"

    found = json.loads(run_cli("context", "dev", "--json").stdout)
    assert [message["id"] for message in found["messages"] if message["pinned"]] == [2]
    few = run_cli("context", "dev", "--budget", "90").stdout.removesuffix("\n")
    assert tokenizer().tokens(few) <= 90
    assert "What does it need" in few or "I'll help you" in few, "pinned"
    assert run_cli("context", "dev", "--unpin", "2").stdout == "Unpinned message 2.\n"
    assert "USER: Let's start" in run_cli("context", "dev", "--expand", "1").stdout
    assert run_cli("context", "dev", "--expand", "99").returncode == 3
    openai = json.loads(run_cli("context", "dev", "--format", "openai").stdout)
    assert [turn["role"] for turn in openai["messages"]][:3] == ["system", "user", "assistant"]
    anthropic = json.loads(run_cli("context", "dev", "--format", "anthropic").stdout)
    roles = [turn["role"] for turn in anthropic["messages"]]
    assert roles[0] == "user"
    assert all(one != other for one, other in pairwise(roles))

    details = run_cli("list", "--detailed").stdout
    assert "Messages: 6\n" in details
    assert re.search(r"^Token Usage: [\d,]+ / 4,096 \(\d+%\)$", details, re.MULTILINE)


def test_secrets_need_an_explicit_word(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev", "--ai-context").check_returncode()
    run_cli("context", "add", "dev", "the TOKEN=abc123def").check_returncode()
    assert "TOKEN=[redacted]" in run_cli("context", "dev").stdout
    assert "TOKEN=abc123def" in run_cli("context", "dev", "--no-redact").stdout
    assert "TOKEN=[redacted]" in run_cli("context", "dev", "--since-last-look").stdout
    assert "Nothing new." in run_cli("context", "dev", "--since-last-look").stdout


def test_a_session_may_be_called_add(run_cli: RunCli) -> None:
    run_cli("create", "--name", "add", "--ai-context").check_returncode()
    run_cli("context", "add", "add", "hello", "there").check_returncode()
    assert "USER: hello there" in run_cli("context", "--", "add").stdout
    assert "USER: hello there" in run_cli("context", "--lines", "5", "--", "add").stdout


def test_a_session_without_ai_context_says_so(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev").check_returncode()
    refused = run_cli("context", "add", "dev", "hello")
    assert refused.returncode == 4
    assert "--ai-context" in refused.stderr
    assert "keeps no conversation" in run_cli("context", "dev").stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("context",), "needs a session"),
        (("context", "a", "b"), "one session"),
        (("context", "add", "dev"), "a text"),
        (("context", "add", "dev", " "), "empty"),
        (("context", "dev", "--role", "user"), "context add"),
        (("context", "dev", "--since", "yesterday"), "--since"),
        (("context", "dev", "--budget", "0"), "--budget"),
        (("context", "dev", "--pin", "1", "--expand", "2"), "do not go together"),
        (("context", "dev", "--format", "xml"), "--format"),
        (("decision", "add", "dev"), "needs a text"),
        (("decision", "list", "dev", "x"), "unexpected"),
    ],
)
def test_mistakes_are_explained(run_cli: RunCli, words: tuple[str, ...], why: str) -> None:
    done = run_cli(*words)
    assert done.returncode == 2
    assert why in done.stderr


def test_words_are_split_into_options_and_the_rest() -> None:
    assert split_words(["add", "dev", "--pin", "some", "text"]) == (["--pin", "0"], ["add", "dev", "some", "text"])
    assert split_words(["--pin", "add", "dev", "x"]) == (["--pin", "0"], ["add", "dev", "x"])
    assert split_words(["dev", "--pin", "3"]) == (["--pin", "3"], ["dev"])
    assert split_words(["--lines", "4", "--", "add"]) == (["--lines", "4"], ["--", "add"])
    assert split_words(["add", "dev", "--", "--flag"]) == ([], ["add", "dev", "--flag"])
    assert split_words(["dev", "--budget=30"]) == (["--budget=30"], ["dev"])


def test_times_are_read() -> None:
    now = 1_700_000_000.0
    assert moment("2h", now) == now - 7200
    assert moment("3d", now) == now - 3 * 86_400
    assert moment("1700000000.5", now) == 1_700_000_000.5
    clock = moment("23:59", now)
    assert clock is not None
    assert now - 86_400 < clock <= now
    day = moment("2023-11-01", now)
    assert day is not None
    assert day < now
    with pytest.raises(UsageError):
        moment("soon", now)
