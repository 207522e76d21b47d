"""`message` as agents use it: from inside a session, waiting, and reading once."""

from __future__ import annotations

import json
import subprocess

from tests.conftest import RunCli


def test_a_message_is_sent_waited_for_and_read_once(run_cli: RunCli) -> None:
    run_cli("create", "--name", "backend", "--ai-context").check_returncode()
    run_cli("create", "--name", "frontend").check_returncode()
    waiting = subprocess.Popen(
        run_cli.words("message", "wait", "backend", "--timeout", "60"),
        env=run_cli.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    words = " ".join(run_cli.words("message", "send", "backend", "'the schema\nhas changed'"))
    run_cli("exec", "frontend", words).check_returncode()
    told, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert told.splitlines()[0].endswith("frontend: the schema")
    assert told.splitlines()[1] == "    has changed"
    assert run_cli("message", "read", "backend").stdout == "No messages.\n"
    (mail,) = json.loads(run_cli("message", "list", "backend", "--json").stdout)["mail"]
    assert (mail["from"], mail["text"]) == ("frontend", "the schema\nhas changed")
    assert mail["read"] is not None
    assert "USER: (from frontend) the schema" in run_cli("context", "backend").stdout


def test_what_stdout_did_not_take_stays_unread(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev").check_returncode()
    run_cli("message", "send", "dev", "please rebase").check_returncode()
    for action in ("read", "wait"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                run_cli.words("message", action, "dev"),
                env=run_cli.environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=60,
                check=False,
            )
        assert done.returncode != 0, action
        assert b"No space left" in done.stderr
    assert "please rebase" in run_cli("message", "read", "dev").stdout
    assert run_cli("message", "read", "dev").stdout == "No messages.\n"


def test_waiting_ends_with_its_time(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev").check_returncode()
    done = run_cli("message", "wait", "dev", "--timeout", "0.1")
    assert done.returncode == 124
    assert "no message" in done.stderr


def test_mistakes_are_explained(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev").check_returncode()
    assert run_cli("message", "send", "dev").returncode == 2
    assert run_cli("message", "read", "dev", "text").returncode == 2
    assert run_cli("message", "send", "nobody", "x").returncode == 3
    assert run_cli("message", "send", "dev", "x", "--from", "nobody").returncode == 3
