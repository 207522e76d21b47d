"""`stats` against a real server: what was done is what is counted."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest


def figures(run_cli: Any, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = run_cli.json("stats", *words)
    return found


def test_what_was_done_is_what_is_counted(run_cli: Any, eventually: Callable[..., None]) -> None:
    run_cli("create", "--name", "dev")
    run_cli("create", "--name", "other")
    for command in ("seq 5000", "seq 5000", "(exit 3)", "sleep 0.2"):
        run_cli("exec", "dev", command)
    eventually(lambda: figures(run_cli)["blocks"]["tokens"]["raw"]["n"] == 4)
    found = figures(run_cli)
    tokens, performance = found["blocks"]["tokens"], found["blocks"]["performance"]
    assert tokens["saved"]["value"] == tokens["raw"]["value"] - tokens["compressed"]["value"] > 5000
    assert performance["creation"]["n"] == 2 and 0 < performance["creation"]["value"] < 5
    assert performance["exec_overhead"]["n"] == 4 and 0 < performance["exec_overhead"]["value"] < 1
    eventually(lambda: figures(run_cli)["blocks"]["performance"]["message_rate"]["n"] >= 1)  # once the second is over
    assert found["blocks"]["activity"]["commands"]["value"] == 4
    assert found["blocks"]["resources"]["disk"]["value"] > 10_000
    assert found["profile"] is None

    one = figures(run_cli, "dev")
    assert one["session"] == "dev" and one["blocks"]["performance"]["creation"]["n"] == 1
    profile = one["profile"]
    assert profile["slowest"][0][1] == "sleep 0.2" and 0.1 < profile["slowest"][0][2] < 10
    assert (profile["most_frequent"][0]["text"], profile["most_frequent"][0]["runs"]) == ("seq 5000", 2)
    assert [(group["text"], group["failures"]) for group in profile["failures"]] == [("(exit 3)", 1)]
    assert profile["processes"]["processes"] == 1 and profile["processes"]["memory_bytes"] > 100_000
    assert figures(run_cli, "other")["blocks"]["activity"]["commands"]["value"] == 0
    assert figures(run_cli, "dev", "--since", "2199-01-01")["blocks"]["activity"]["commands"]["value"] == 0


def test_conversations_are_counted_and_reading_them_is_measured(run_cli: Any, eventually: Callable[..., None]) -> None:
    run_cli("create", "--name", "ai", "--ai-context")
    run_cli("context", "add", "ai", "--role", "user", "please count")
    run_cli("exec", "ai", "seq 5000")
    eventually(lambda: (figures(run_cli)["blocks"]["tokens"]["context_saved"]["value"] or 0) > 1000)
    shape = run_cli.json("context", "ai")
    found = figures(run_cli, "ai")["blocks"]
    assert found["tokens"]["messages"]["value"] == shape["message_count"] >= 3
    told = shape["efficiency"]
    assert found["tokens"]["context_saved"]["value"] == told["baseline_tokens"] - told["delivered_tokens"]
    assert found["performance"]["context_retrieval"]["n"] >= 1
    assert found["performance"]["context_size"]["value"] > 10
    shown = run_cli("stats").stdout
    assert "  Messages Processed: " in shown and "against plain text of everything" in shown


def test_the_time_that_questions_stand_open_is_measured(run_cli: Any, eventually: Callable[..., None]) -> None:
    run_cli("create", "--name", "dev")
    run_cli("wait", "dev", "--prompt", "--timeout", "60")
    run_cli("send", "dev", "read -p 'Go on? [y/N] ' answer", "--enter")
    eventually(lambda: (run_cli.json("list")["sessions"][0]["attention"] or {}).get("kind") == "input")
    run_cli("send", "dev", "y", "--enter")
    eventually(lambda: figures(run_cli, "dev")["profile"]["questions"]["n"] == 1)
    assert figures(run_cli, "dev")["profile"]["questions"]["seconds"] > 0
    assert re.search(r"  Questions: 1, open for \d", run_cli("stats", "dev").stdout)


def test_the_text_has_the_four_blocks(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    shown = run_cli("stats").stdout
    for title in ("💰 Token Efficiency:", "⚡ Performance Metrics:", "💾 Resource Usage:", "🔄 Activity Summary:"):
        assert title in shown
    assert re.search(r"Average Session Creation: [\d.]+m?s  \(n = 1 session\)\n", shown)
    assert "  Context Retrieval: n/a\n" in shown and "  Messages Processed: n/a\n" in shown
    assert "🔬 Profile:" in run_cli("stats", "dev").stdout


def test_exports(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    rows = list(csv.DictReader(io.StringIO(run_cli("stats", "dev", "--export", "csv").stdout)))
    assert {row["session"] for row in rows} == {"dev"} and len(rows) > 15
    assert 'ai_session_activity_active{session="dev"} 1\n' in run_cli("stats", "dev", "--export", "prometheus").stdout
    assert json.loads(run_cli("stats", "--export", "json").stdout)["blocks"]


def test_a_restart_of_the_server_counts_as_a_recovery_and_loses_no_measurement(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    run_cli("exec", "dev", "true")
    run_cli("server", "restart")
    found = figures(run_cli)["blocks"]
    assert found["resources"]["recovery"] | {"least": None} == {
        "value": 1.0, "n": 1, "unit": "share", "note": "restores, 1 with their programs running", "least": None,
        "most": None,
    }  # fmt: skip
    assert found["performance"]["creation"]["n"] == 1 and found["performance"]["exec_overhead"]["n"] == 1


def test_watch_goes_on_until_it_is_interrupted(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    with run_cli.popen("stats", "--watch", "--json") as watching:
        assert json.loads(watching.stdout.readline())["blocks"]
        assert json.loads(watching.stdout.readline())["blocks"]
        time.sleep(0.05)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 130


def test_a_person_watches_it_change(run_cli: Any, person: Any) -> None:
    run_cli("create", "--name", "dev")
    seated = person("stats", "--watch")
    seated.await_text("Total Commands Executed: 0")
    run_cli("exec", "dev", "true")
    seated.await_text("Total Commands Executed: 1")
    seated.type("\x03")
    assert seated.await_end() == 0


@pytest.mark.parametrize(
    "words", [["dev", "--global"], ["--since", "soon"], ["--export", "xml"], ["--json", "--export", "csv"]]
)
def test_words_that_do_not_fit(run_cli: Any, words: list[str]) -> None:
    assert run_cli("stats", *words).returncode == 2
