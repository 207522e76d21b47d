"""The layouts, to the letter."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ai_session_tui.cli import render
from ai_session_tui.cli.aftermath import Tokens


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def pane(**changes: Any) -> Any:
    return {
        "index": 1,
        "id": "p1",
        "pid": 4711,
        "cwd": "/srv",
        "command": "bash",
        "shell": "bash",
        "columns": 120,
        "rows": 40,
        "status": "running",
        "exit_code": None,
        "exit_signal": None,
        "title": "",
        "state": "prompt",
        "waits_for_input": None,
        "journal_start": 0,
        "journal_end": 10,
    } | changes


def session(**changes: Any) -> Any:
    return {
        "id": "s1",
        "name": "dev",
        "status": "active",
        "created": 1719225000.0,  # 2024-06-24 10:30:00
        "last_activity": 1719229523.0,  # 2024-06-24 11:45:23
        "dir": "/srv",
        "ai_context": True,
        "max_tokens": 4096,
        "compression": True,
        "template": None,
        "viewers": 0,
        "commands": 3,
        "messages": 15,
        "tokens": 1240,
        "compressions": 2,
        "running": None,
        "running_since": None,
        "panes": [pane()],
    } | changes


def record(**changes: Any) -> Any:
    return {
        "id": 12,
        "session": "dev",
        "command": "cargo test",
        "started": 1719225000.0,
        "duration_s": 2.31,
        "exit_code": 0,
        "state": "ended",
        "note": "",
    } | changes


def test_created_with_ai_features() -> None:
    assert render.created(session()) == [
        "✅ Created session: dev",
        "   AI Features: Enabled ✨",
        "   Max Tokens: 4096",
        "   Context Compression: Active",
        "   Ready for AI interactions!",
    ]


def test_created_without_ai_features_says_what_runs_where() -> None:
    assert render.created(session(ai_context=False)) == ["✅ Created session: dev", "   bash in /srv"]


def test_details() -> None:
    idle = session(
        name="backend-session",
        status="idle",
        messages=8,
        tokens=890,
        compressions=0,
        created=1719225300.0,
        last_activity=None,
        panes=[],
    )
    assert render.details([session(panes=[]), idle], now=0) == [
        "📍 Active AI Sessions",
        "════════════════════════════════════════════",
        "",
        "ID: dev",
        "Status: Active ✅",
        "AI Features: Enabled ✨",
        "Messages: 15",
        "Token Usage: 1,240 / 4,096 (30%)",
        "Context Compression: 2 compressions performed",
        "Created: 2024-06-24 10:30:00",
        "Last Activity: 2024-06-24 11:45:23",
        "Directory: /srv",
        "",
        "ID: backend-session",
        "Status: Idle 💤",
        "AI Features: Enabled ✨",
        "Messages: 8",
        "Token Usage: 890 / 4,096 (22%)",
        "Created: 2024-06-24 10:35:00",
        "Directory: /srv",
    ]


def test_what_was_not_measured_is_not_claimed() -> None:
    lines = render.details([session(messages=None, tokens=None, compressions=None)], now=0)
    assert "Messages: n/a" in lines and "Token Usage: n/a" in lines
    assert not any("Compression" in line for line in lines)


def test_overview_tells_what_runs_or_for_how_long_it_is_quiet() -> None:
    sessions = [
        session(running="cargo test", running_since=1000.0),
        session(name="api", status="idle", last_activity=400.0),
    ]
    assert render.overview(sessions, now=1182.0) == [
        "📍 Active AI Sessions",
        "═" * 44,
        "",
        "NAME  STATUS     DOING               DIRECTORY",
        "dev   Active ✅  cargo test (3m 2s)  /srv",
        "api   Idle 💤    quiet for 13m 2s    /srv",
    ]


def test_panes_tell_program_size_and_state() -> None:
    panes = [
        pane(),
        pane(index=2, state="running", waits_for_input=True),
        pane(index=3, shell=None, command="vim", pid=None, status="exited", exit_code=2),
        pane(index=4, status="exited", exit_signal=9),
        pane(index=5, status="lost"),
    ]
    assert render.details([session(panes=panes)], now=0)[-5:] == [
        "Pane 1: bash, pid 4711, 120x40, at its prompt",
        "Pane 2: bash, pid 4711, 120x40, waits for input",
        "Pane 3: vim, 120x40, exited 2",
        "Pane 4: bash, 120x40, ended by signal 9",
        "Pane 5: bash, 120x40, lost",
    ]


def test_nothing_from_outside_reaches_the_terminal_as_control() -> None:
    evil = "x\x1b]0;owned\x07\x9b2J\r\n\u202ey\ud800"
    everything = [
        *render.details([session(running=evil, dir=evil, panes=[pane(shell=evil)])], now=0),
        *render.overview([session(running=evil, panes=[pane(cwd=evil)])], now=0),
        *render.created(session(ai_context=False, dir=evil, panes=[])),
        *render.history([record(command=evil)]),
        *render.exec_opening(evil, evil),
        *render.exec_closing(record(exit_code=None, note=evil)),
        render.killed({"id": "s", "name": evil, "gone": [{"pid": 1, "name": evil}], "survived": []}),
    ]
    assert everything
    for line in everything:
        assert not set(line) & {"\x1b", "\x07", "\x9b", "\r", "\n", "\u202e", "\ud800"}


def test_history() -> None:
    records = [record(), record(id=13, command="a\nb", exit_code=None, state="running", duration_s=None)]
    assert render.history(records) == [
        "#   STARTED              TOOK  EXIT     COMMAND",
        "12  2024-06-24 10:30:00  2.3s  0        cargo test",
        "13  2024-06-24 10:30:00  n/a   running  a b",
    ]


def test_exec_layout() -> None:
    assert render.exec_opening("cargo test", "dev") == ["Running 'cargo test' in session 'dev'...", ""]
    assert render.exec_opening("a\nb", "dev")[0] == "Running 'a…' in session 'dev'..."
    tokens = Tokens()
    tokens.has_context, tokens.used, tokens.total = True, 45, 1285
    assert render.exec_closing(record(), tokens) == [
        "✅ Command completed successfully",
        "   Output captured for AI context",
        "   Tokens used: +45 (1,285 total)",
    ]
    tokens.used = None
    assert render.exec_closing(record(), tokens)[-1] == "   Tokens used: n/a"


def test_without_ai_context_nothing_is_said_of_one() -> None:
    tokens = Tokens()
    address = f"{record()['session']}#{record()['id']}"
    assert render.exec_closing(record(), tokens)[1:] == [
        f"   Output recorded as {address}; the session has no AI context",
        "   Tokens of the output: n/a",
    ]
    tokens.output, tokens.is_estimate = 12345, True
    assert render.exec_closing(record(), tokens)[-1] == "   Tokens of the output: ~12,345"


def test_exec_layout_of_failures() -> None:
    assert render.exec_closing(record(exit_code=3))[0] == "❌ Command failed with exit code 3"
    late = render.exec_closing(record(exit_code=130, timed_out=True))
    assert late[0] == "❌ Command ran out of its time and was interrupted"
    assert render.exec_closing(record(exit_code=None, note="why"))[0] == "❓ How the command ended is not known: why"


def test_killed_names_every_process() -> None:
    gone = [{"pid": 4711, "name": "bash"}, {"pid": 4712, "name": "sleep"}]
    assert (
        render.killed({"id": "s", "name": "dev", "gone": gone, "survived": []})
        == "killed dev: bash (4711), sleep (4712)"
    )
    assert render.killed({"id": "s", "name": "dev", "gone": [], "survived": []}) == "killed dev: nothing was running"


def test_the_folder_is_where_the_shell_is_and_before_it_says_so_where_it_began() -> None:
    assert render.directory(session(dir="/srv", panes=[pane(cwd="/srv/deep")])) == "/srv/deep"
    assert render.directory(session(dir="/srv", panes=[pane(cwd=None)])) == "/srv"
