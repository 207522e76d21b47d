"""`ai-session migrate --from-ai-session`: the original tool's sessions into a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.migration.test_original_tool import IDENT, state, write


def saved(run_cli: Any) -> Path:
    folder = Path(run_cli.user) / ".local" / "share" / "ai-session" / "sessions"
    folder.mkdir(parents=True)
    return folder


def test_saved_sessions_are_made_again_with_their_conversation(run_cli: Any) -> None:
    folder = saved(run_cli)
    path = write(folder, json.dumps(state()).encode())
    write(folder, b"junk", "1d4f1c9e-58a5-4d35-9d0c-1d5f0f0e7a11")
    before = Path(path).read_bytes()
    ran = run_cli("migrate", "--from-ai-session")
    assert ran.returncode == 1  # one of the two cannot be read
    assert "✅ Imported dev: 2 messages, 1 commands" in ran.stdout
    assert "is no saved session" in ran.stdout
    session = run_cli.json("list")["sessions"][0]
    assert (session["name"], session["dir"], session["max_tokens"]) == ("dev", "/tmp", 8192)
    assert (session["panes"][0]["columns"], session["panes"][0]["rows"]) == (120, 40)
    messages = run_cli.json("context", "dev")["messages"]
    assert [message["text"] for message in messages][:2] == ["old request", "done"]
    assert messages[0]["time"] < 1.76e9  # when it was said, not when it was imported
    assert "Command executed: ls" in messages[2]["text"]
    assert run_cli("exec", "dev", "echo $STAGE").stdout == "test\n"
    assert Path(path).read_bytes() == before


def test_a_taken_name_gets_a_number_and_a_dry_run_makes_nothing(run_cli: Any) -> None:
    write(saved(run_cli), json.dumps(state()).encode())
    assert run_cli("create", "--name", "dev").returncode == 0
    told = run_cli.json("migrate", "--from-ai-session", "--dry-run")
    assert [one["name"] for one in told["imports"]] == ["dev-2"]
    assert len(run_cli.json("list")["sessions"]) == 1
    assert IDENT in told["imports"][0]["path"]
    named = run_cli.json("migrate", "--from-ai-session", "--name", "mine")
    assert [one["name"] for one in named["imports"]] == ["mine"]
