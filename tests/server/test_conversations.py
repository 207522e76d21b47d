"""Conversations on real servers: what is recorded, compressed, kept over crashes, and who is told what."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ai_session_tui.client.connection import Event
from ai_session_tui.tokens import tokenizer
from tests.server.server_kit import DEADLINE, RunningServer, await_event, error_of, until

COUNT = tokenizer().tokens


def context(server: RunningServer, target: str, **params: Any) -> Any:
    return server.call("context.get", target=target, **params)


def add(server: RunningServer, target: str, text: str, **params: Any) -> Any:
    return server.call("context.add", target=target, text=text, **params)


def texts(found: Any) -> list[str]:
    return [message["text"] for message in found["messages"]]


def kinds_of(found: Any) -> list[str]:
    return [message["kind"] for message in found["messages"]]


def test_exec_records_the_command_its_execution_and_its_output(shared: RunningServer) -> None:
    shared.create("recorded", ai_context=True)
    shared.exec("recorded", "echo hello; seq 1 3")
    found = until(lambda: (c := context(shared, "recorded"))["message_count"] == 3 and c, "the output's digest")
    assert [(m["role"], m["kind"], m["command"]) for m in found["messages"]] == [
        ("user", "command", 1),
        ("system", "command", 1),
        ("system", "output", 1),
    ]
    assert texts(found)[0] == "echo hello; seq 1 3"
    assert texts(found)[1].startswith("Command executed: echo hello; seq 1 3 (exit 0")
    assert texts(found)[2] == "Output: hello\n1\n2\n3"
    assert found["tokens"] == sum(COUNT(text) for text in texts(found))
    session = shared.call("session.get", target="recorded")
    assert (session["messages"], session["tokens"], session["compressions"]) == (3, found["tokens"], 0)


def test_the_digest_of_an_output_says_how_to_get_the_rest(shared: RunningServer) -> None:
    shared.create("folded", ai_context=True)
    shared.exec("folded", "for n in $(seq 1 500); do echo line number $n of many; done")
    found = until(lambda: (c := context(shared, "folded"))["message_count"] == 3 and c)
    assert "ai-session output folded#1 --lines" in texts(found)[2]
    brief = context(shared, "folded", budget=110, format="text")
    assert "Output: 500 lines [folded#1]" in brief["rendered"]
    assert found["efficiency"]["saved"] > 0.8


def test_what_a_person_typed_is_recorded_too(shared: RunningServer) -> None:
    shared.create("typed", ai_context=True)
    shared.await_prompt("typed")
    shared.call("pane.send", target="typed", text="echo by hand", enter=True)
    found = until(lambda: (c := context(shared, "typed"))["message_count"] == 3 and c)
    assert texts(found)[0] == "echo by hand"


def test_secrets_are_masked_and_the_raw_text_stays(shared: RunningServer) -> None:
    shared.create("secret", ai_context=True)
    message = add(shared, "secret", "use API_TOKEN=abc123def for it", role="assistant")
    assert message["text"] == "use API_TOKEN=[redacted] for it"
    assert message["tokens"] == COUNT(message["text"])
    shared.exec("secret", "export DB_PASSWORD=hunter22; echo DB_PASSWORD=$DB_PASSWORD")
    found = until(lambda: (c := context(shared, "secret"))["message_count"] == 4 and c)
    assert "hunter22" not in json.dumps(found)
    assert "hunter22" not in json.dumps(shared.call("context.expand", target="secret", message=2))
    raw = context(shared, "secret", redact=False)
    assert texts(raw)[0] == "use API_TOKEN=abc123def for it"
    assert "hunter22" in texts(raw)[1]


def test_old_messages_are_compressed_and_expand_to_what_was_said(shared: RunningServer) -> None:
    shared.create("full", ai_context=True, max_tokens=600)
    said = [f"Please look at number {at} in src/part_{at}.py: " + "it is broken there " * 5 for at in range(40)]
    for text in said:
        add(shared, "full", text)
    found = context(shared, "full")
    assert found["tokens"] <= 0.8 * 600
    assert found["tokens"] == sum(message["tokens"] for message in found["messages"])
    assert found["compressions"] >= 2
    assert found["message_count"] == 40
    digest = found["messages"][0]
    assert digest["kind"] == "digest"
    assert "Asked: Please look at number 0 in src/part_0.py" in digest["text"]
    assert f"--expand {digest['id']}" in digest["text"]
    expanded = shared.call("context.expand", target="full", message=digest["id"], limit=7)
    back = expanded["messages"]
    while expanded["next"] is not None:
        expanded = shared.call("context.expand", target="full", message=digest["id"], **{"from": expanded["next"]})
        back += expanded["messages"]
    assert [m["text"] for m in back] + texts(found)[1:] == said
    assert texts(context(shared, "full", raw=True)) == said
    efficiency = context(shared, "full")["efficiency"]
    assert efficiency["baseline"] == "plain text of everything"
    assert efficiency["baseline_tokens"] == sum(map(COUNT, said))
    assert efficiency["delivered_tokens"] > found["tokens"], "what was expanded is charged"


def test_no_digest_tells_a_secret_of_a_command(shared: RunningServer) -> None:
    shared.create("sealed", ai_context=True, max_tokens=400)
    shared.exec("sealed", "export DB_PASSWORD=hunter22")
    shared.exec("sealed", "ls DB_PASSWORD=hunter22")
    until(lambda: context(shared, "sealed")["message_count"] == 6, "both outputs")
    for at in range(20):
        add(shared, "sealed", f"number {at} " * 10)
    found = context(shared, "sealed")
    assert found["messages"][0]["kind"] == "digest"
    assert "DB_PASSWORD=[redacted]" in found["messages"][0]["text"]
    assert "hunter22" not in json.dumps(context(shared, "sealed"))
    assert "hunter22" not in json.dumps(context(shared, "sealed", raw=True))
    assert found["compressions"] >= 1


def test_a_digest_names_the_session_as_it_is_called_now(shared: RunningServer) -> None:
    shared.create("before", ai_context=True, max_tokens=300)
    for at in range(20):
        add(shared, "before", f"number {at} " * 10)
    shared.call("session.rename", target="before", name="after")
    digest = context(shared, "after")["messages"][0]
    assert f"ai-session context after --expand {digest['id']}" in digest["text"]
    assert "before" not in digest["text"]


def test_pinned_messages_and_decisions_are_never_compressed(shared: RunningServer) -> None:
    shared.create("kept", ai_context=True, max_tokens=500)
    pinned = add(shared, "kept", "the password policy is in docs/policy.md", pin=True)
    decided = shared.call(
        "decision.add", target="kept", text="Use SQLite", why="one file", alternatives=["Postgres", "JSON"]
    )
    first = add(shared, "kept", "the first of many")
    for at in range(30):
        add(shared, "kept", f"filler {at} " * 20)
    found = context(shared, "kept")
    idents = [message["id"] for message in found["messages"]]
    assert pinned["id"] in idents
    assert decided["id"] in idents
    assert first["id"] not in idents
    assert found["decisions"] == [decided]
    assert (decided["why"], decided["alternatives"]) == ("one file", ["Postgres", "JSON"])
    assert shared.call("context.pin", target="kept", message=first["id"], pinned=True)["pinned"]
    assert first["id"] in [message["id"] for message in context(shared, "kept")["messages"]]
    shared.call("context.pin", target="kept", message=first["id"], pinned=False)
    for at in range(8):
        add(shared, "kept", f"more filler {at} " * 20)
    until(lambda: first["id"] not in [message["id"] for message in context(shared, "kept")["messages"]])
    digest = next(m for m in context(shared, "kept")["messages"] if m["kind"] == "digest")
    assert "digest" in error_of(lambda: shared.call("context.pin", target="kept", message=digest["id"])).message


def test_without_compression_the_context_grows_and_says_so(shared: RunningServer) -> None:
    shared.create("loose", ai_context=True, max_tokens=100, compression=False)
    for at in range(10):
        add(shared, "loose", f"number {at} " * 10)
    found = context(shared, "loose")
    assert found["compressions"] == 0
    assert len(found["messages"]) == 10
    assert found["health"]["state"] == "over"
    assert "compression is off" in found["health"]["rule"]


def test_a_failure_stands_until_the_same_command_succeeds(shared: RunningServer) -> None:
    shared.create("broken", ai_context=True)
    shared.exec("broken", "ls wanted")
    found = until(lambda: (c := context(shared, "broken"))["unresolved"] and c)
    (failure,) = found["unresolved"]
    assert (failure["command"], failure["text"], failure["exit_code"]) == (1, "ls wanted", 2)
    assert "No such file" in failure["headline"]
    shared.exec("broken", "touch wanted")
    shared.exec("broken", "ls wanted")
    until(lambda: not context(shared, "broken")["unresolved"])


def test_a_green_run_of_more_resolves_the_failure_of_a_part(shared: RunningServer, tmp_path: Path) -> None:
    shared.create("parts", ai_context=True)
    tool = tmp_path / "pytest"  # what decides is the command line and how it ended
    tool.write_text('#!/bin/sh\ntest -e mended || { echo "1 failed in 0.01s"; exit 1; }\n')
    tool.chmod(0o755)
    shared.exec("parts", f"cd {tmp_path}")
    shared.exec("parts", "export PATH=$PWD:$PATH")
    shared.exec("parts", "pytest tests/test_a.py::test_total")
    until(lambda: context(shared, "parts")["unresolved"])
    shared.exec("parts", "touch mended")
    shared.exec("parts", "pytest -k other tests")
    until(lambda: len(context(shared, "parts")["messages"]) >= 10)
    assert context(shared, "parts")["unresolved"]
    shared.exec("parts", "pytest tests")
    until(lambda: not context(shared, "parts")["unresolved"])


@pytest.mark.parametrize("form", ["text", "markdown", "openai", "anthropic"])
def test_a_budget_is_never_exceeded_and_well_used(shared: RunningServer, form: str) -> None:
    name = f"budget-{form}"
    shared.create(name, ai_context=True)
    add(shared, name, "Keep this in mind: the API is frozen.", pin=True)
    for at in range(30):
        add(shared, name, f"message {at}: " + "some words about src/api.py and its tests " * 6)
    for budget in (60, 150, 400, 1000, 3000):
        found = context(shared, name, budget=budget, format=form)
        if form in ("text", "markdown"):
            assert COUNT(found["rendered"]) <= budget
        assert sum(COUNT(text) for text in texts(found)) <= budget
        assert found["left_out"] + len(found["messages"]) == 31
        if budget >= 150:
            assert "the API is frozen" in found["rendered"]
            assert "message 29" in found["rendered"]
        if budget >= 400:
            assert sum(COUNT(text) for text in texts(found)) > budget * 0.5


def test_everybody_is_told_what_is_new_since_their_own_last_look(shared: RunningServer) -> None:
    shared.create("looked", ai_context=True)
    add(shared, "looked", "one")
    assert texts(context(shared, "looked", since_last_look=True, looker="ada")) == ["one"]
    add(shared, "looked", "two")
    assert texts(context(shared, "looked", since_last_look=True, looker="ada")) == ["two"]
    assert texts(context(shared, "looked", since_last_look=True, looker="ada")) == []
    assert texts(context(shared, "looked", since_last_look=True, looker="bob")) == ["one", "two"]
    assert texts(context(shared, "looked", lines=1)) == ["two"]
    assert context(shared, "looked", lines=1)["left_out"] == 1


def test_a_session_without_ai_context_shows_what_ran_and_keeps_no_conversation(shared: RunningServer) -> None:
    shared.create("plain")
    shared.exec("plain", "echo TOKEN=abc123def456")
    found = until(lambda: "not analysed" not in (c := context(shared, "plain"))["messages"][1]["text"] and c)
    assert [message["role"] for message in found["messages"]] == ["user", "system"]
    assert texts(found)[0] == "echo TOKEN=[redacted]"
    assert "exit 0" in texts(found)[1]
    assert "keeps no conversation" in found["note"]
    assert found["message_count"] is None
    assert shared.call("session.get", target="plain")["messages"] is None
    error = error_of(lambda: add(shared, "plain", "hello"))
    assert error.code == "conflict"
    assert "--ai-context" in error.message


def test_messages_are_told_as_events_with_their_tokens(shared: RunningServer) -> None:
    shared.create("heard", ai_context=True)
    call = shared.connect().open("events")
    add(shared, "heard", "API_KEY=abcdef123456 is mine", role="tool")
    event = await_event(call, "message")
    assert event["session_id"] == shared.call("session.get", target="heard")["id"]
    assert event["message"]["text"] == "API_KEY=[redacted] is mine"
    assert event["message"]["tokens"] == COUNT("API_KEY=[redacted] is mine")


def test_unknown_messages_and_empty_texts_are_refused(shared: RunningServer) -> None:
    shared.create("refused", ai_context=True)
    assert error_of(lambda: shared.call("context.expand", target="refused", message=9)).code == "not_found"
    assert error_of(lambda: add(shared, "refused", "")).code == "usage"
    assert error_of(lambda: add(shared, "refused", "x", role="king")).code == "usage"


def test_a_killed_server_loses_no_message(server: RunningServer) -> None:
    server.create("dev", ai_context=True, max_tokens=400)
    said: list[str] = []
    for round_ in range(3):
        for at in range(12):
            text = f"round {round_}, number {at}, " + "about many things " * 4
            add(server, "dev", text)
            said.append(text)
        server.exec("dev", f"echo round {round_}")
        server.kill_server()
    found = until(
        lambda: (c := context(server, "dev", raw=True)) and kinds_of(c).count("output") == 3 and c,
        "the outputs of all rounds",
    )
    assert [m["text"] for m in found["messages"] if m["kind"] == "text"] == said
    assert kinds_of(found).count("command") == 6, "each command once as asked for, once as executed"
    told = context(server, "dev")
    assert told["tokens"] == sum(message["tokens"] for message in told["messages"]) <= 0.8 * 400
    assert told["message_count"] == len(found["messages"]) == 36 + 9


def test_an_analyst_that_dies_costs_no_message(server: RunningServer) -> None:
    server.create("dev", ai_context=True)
    add(server, "dev", "first")
    for pid in server.call("server.status")["analysts"]:
        os.kill(pid, signal.SIGKILL)
    message = add(server, "dev", "second")
    assert message["tokens"] == COUNT("second")
    assert not context(server, "dev")["is_estimate"]


def test_mail_outlives_a_killed_server_and_whoever_waits_is_told_by_the_next(server: RunningServer) -> None:
    server.create("dev", ai_context=True)
    server.create("other")
    server.call("message.send", target="dev", text="kept", **{"from": "other"})
    server.kill_server()
    assert [mail["text"] for mail in server.call("message.list", target="dev")["mail"]] == ["kept"]
    (mail,) = server.call("message.wait", target="dev", timeout=60)["mail"]
    assert (mail["text"], mail["from"]) == ("kept", "other")
    assert server.call("message.read", target="dev")["mail"] == []
    assert [(m["kind"], m["from"], m["text"]) for m in context(server, "dev")["messages"]] == [
        ("note", "other", "kept")
    ]


def test_a_waiter_that_goes_away_takes_no_mail_along(shared: RunningServer) -> None:
    shared.create("deserted")
    connection = shared.connect()
    connection.open("message.wait", target="deserted")
    connection.call("server.status")  # the request before it is being served
    connection.close()
    shared.connections.remove(connection)
    clients = shared.call("server.status")["clients"]
    assert clients >= 1
    shared.call("message.send", target="deserted", text="for who comes next")
    assert [mail["text"] for mail in shared.call("message.wait", target="deserted", timeout=60)["mail"]] == [
        "for who comes next"
    ]


def test_mail_is_unread_again_when_its_reader_goes_away_before_it_has_taken_it(shared: RunningServer) -> None:
    shared.create("handed")
    reader = shared.connect()
    shared.call("message.send", target="handed", text="one")
    held = reader.open("message.read", target="handed", confirm=True)
    told = held.receive(DEADLINE)
    assert isinstance(told, Event) and [mail["text"] for mail in told.data["mail"]] == ["one"]
    assert shared.call("message.read", target="handed")["mail"] == [], "somebody is reading it"
    assert [mail["text"] for mail in shared.call("message.read", target="handed", peek=True)["mail"]] == ["one"]
    waiting = shared.connect().open("message.wait", target="handed", confirm=True)
    reader.close()
    shared.connections.remove(reader)
    told = waiting.receive(DEADLINE)
    assert isinstance(told, Event) and [mail["text"] for mail in told.data["mail"]] == ["one"]
    waiting.send(b"read")
    assert [mail["text"] for mail in waiting.result()["mail"]] == ["one"]
    assert shared.call("message.list", target="handed", unread=True)["mail"] == []


def test_a_huge_conversation_is_told_in_answers_that_fit(shared: RunningServer) -> None:
    shared.create("huge", ai_context=True, compression=False)
    for at in range(5):
        add(shared, "huge", f"{at} " + "word " * 150_000)
    found = context(shared, "huge")
    assert [text[:2] for text in texts(found)] == ["1 ", "2 ", "3 ", "4 "]
    assert found["left_out"] == 1
    assert found["tokens"] > 700_000
    assert found["outputs"] is None
    shared.exec("huge", "seq 100")
    until(lambda: context(shared, "huge")["outputs"])
    outputs = context(shared, "huge")["outputs"]
    assert outputs["plain_tokens"] > 0
    assert outputs["read_tokens"] > 0, "exec streamed it"
