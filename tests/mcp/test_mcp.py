"""Sessions over the Model Context Protocol: a real client process on the other end of real pipes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from io import FileIO
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.mcp import serving, wire
from ai_session_tui.mcp.tools import TOOLS
from tests.conftest import RunCli


class Client:
    """Speaks to `ai-session mcp` as an agent does."""

    def __init__(self, run_cli: RunCli, **environ: str) -> None:
        self.process = subprocess.Popen(
            run_cli.words("mcp"),
            env=run_cli.environment(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.watchdog = threading.Timer(40, self.process.kill)
        self.watchdog.start()
        self.last = 0

    def write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def begin(self, method: str, **params: Any) -> int:
        self.last += 1
        self.write(json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}).encode())
        return self.last

    def read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the server has ended"
        return json.loads(line)

    def ask(self, method: str, **params: Any) -> Any:
        ident = self.begin(method, **params)
        answer = self.read()
        assert answer["id"] == ident
        return answer

    def call(self, tool: str, **arguments: Any) -> Any:
        return self.ask("tools/call", name=tool, arguments=arguments)["result"]

    def text(self, tool: str, **arguments: Any) -> str:
        said = self.call(tool, **arguments)
        assert not said["isError"], said
        return str(said["content"][0]["text"])

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(30)
        self.watchdog.cancel()
        assert self.process.stdout is not None
        assert self.process.stdout.read() == b"", "nothing but answers is written"
        self.process.stdout.close()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status


@pytest.fixture
def client(run_cli: RunCli) -> Iterator[Client]:
    made = Client(run_cli)
    yield made
    if made.process.poll() is None:
        assert made.end() == 0


def test_an_agent_works_in_a_session(client: Client) -> None:
    greeting = client.ask(
        "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "t", "version": "1"}
    )
    assert greeting["result"]["protocolVersion"] == "2025-06-18"
    assert greeting["result"]["serverInfo"]["name"] == "ai-session"
    client.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
    tools = {tool["name"]: tool for tool in client.ask("tools/list")["result"]["tools"]}
    assert tools.keys() == TOOLS.keys()
    assert tools["exec"]["inputSchema"]["required"] == ["session", "command"]
    assert all(tool["inputSchema"]["type"] == "object" and tool["description"] for tool in tools.values())

    assert client.text("list_sessions") == "no sessions"
    assert "created session 'dev'" in client.text("create_session", name="dev")
    done = client.call("exec", session="dev", command="for n in $(seq 1 300); do echo line $n of many; done; false")
    assert done["structuredContent"]["exit_code"] == 1
    assert done["structuredContent"]["verdict"] == "failure"
    assert "folded" in done["content"][0]["text"]
    number = done["structuredContent"]["command"]
    assert (
        client.text("output", session="dev", command=number, first=7, last=8) == "7: line 7 of many\n8: line 8 of many"
    )
    assert client.text("output", session="dev", command=number, grep="^line 99 ") == "99: line 99 of many"
    client.text("add_message", session="dev", text="I looked at it.")
    client.text("decide", session="dev", text="Leave it", why="it is a test")
    told = client.text("context", session="dev")
    for part in ("ASSISTANT: I looked at it.", "Leave it", "Unresolved: dev#1"):
        assert part in told
    assert len(client.text("context", session="dev", budget=100)) < len(told)
    assert "dev#1" in client.text("search", query='"line 150"') or "nothing found" in client.text(
        "search", query="line"
    )
    client.text("send", session="dev", text="echo typed by hand", enter=True)
    assert client.text("wait", session="dev", until="text", pattern="^typed by hand") == "typed by hand"
    client.text("wait", session="dev", until="prompt")
    assert "typed by hand" in client.text("capture", session="dev")
    assert client.text("kill_session", session="dev").startswith("killed dev")


def test_agents_write_to_each_other(client: Client) -> None:
    client.text("create_session", name="one")
    client.text("create_session", name="other")
    waiting = client.begin("tools/call", name="wait_for_mail", arguments={"session": "one", "timeout": 60})
    sending = client.begin(
        "tools/call", name="send_message", arguments={"session": "one", "text": "hello", "sender": "other"}
    )
    answers = {answer["id"]: answer["result"] for answer in (client.read(), client.read())}
    assert answers[waiting]["content"][0]["text"] == "other: hello"
    assert not answers[sending]["isError"]


def test_no_answer_tells_a_secret(client: Client) -> None:
    secret = "ghp_" + "a1b2c3" * 6
    client.call("create_session", name="dev")
    command = f"echo token: {secret}; false"
    client.call("exec", session="dev", command=command)
    for tool, arguments in {
        "list_sessions": {},
        "output": {"session": "dev", "command": 1},
        "search": {"query": "token"},
        "context": {"session": "dev"},
        "wait": {"session": "dev", "until": "text", "pattern": "token: .*"},
        "exec": {"session": "dev", "command": f"{command}; sleep 60", "timeout": 1},
        "kill_session": {"session": "dev"},
    }.items():
        assert secret not in json.dumps(client.call(tool, **arguments)), tool


def test_errors_are_told_to_the_model_or_to_the_client(client: Client) -> None:
    missing = client.call("exec", session="nobody", command="true")
    assert missing["isError"]
    assert "no session is called 'nobody'" in missing["content"][0]["text"]
    assert missing["structuredContent"]["error"]["code"] == "not_found"
    for method, params, code in (
        ("tools/call", {"name": "unknown", "arguments": {}}, wire.INVALID_PARAMS),
        ("tools/call", {"name": "exec", "arguments": {"session": "x"}}, wire.INVALID_PARAMS),
        ("tools/call", {"name": "exec", "arguments": {"session": "x", "command": "y", "more": 1}}, wire.INVALID_PARAMS),
        ("resources/list", {}, wire.METHOD_NOT_FOUND),
    ):
        assert client.ask(method, **params)["error"]["code"] == code
    client.write(b"this is no JSON")
    assert client.read()["error"]["code"] == wire.PARSE_ERROR
    client.write(b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}')
    assert client.read()["error"]["code"] == wire.INVALID_REQUEST
    assert client.ask("ping")["result"] == {}


def test_a_command_that_takes_too_long_is_interrupted_and_said_so(client: Client) -> None:
    client.text("create_session", name="dev")
    late = client.call("exec", session="dev", command="echo begun; sleep 600", timeout=1.5)
    assert late["isError"]
    assert late["structuredContent"]["error"]["code"] == "timeout"
    assert client.call("exec", session="dev", command="true")["structuredContent"]["exit_code"] == 0


def test_a_cancelled_request_interrupts_its_command(client: Client, run_cli: RunCli) -> None:
    client.text("create_session", name="dev")
    ident = client.begin("tools/call", name="exec", arguments={"session": "dev", "command": "sleep 600"})
    while "sleep 600" not in run_cli("list", "--json").stdout:
        assert client.process.poll() is None
    client.write(
        json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": ident}}).encode()
    )
    assert client.call("exec", session="dev", command="echo free")["structuredContent"]["exit_code"] == 0


def test_more_requests_than_can_run_are_refused_and_a_cancellation_is_still_heard(client: Client) -> None:
    client.text("create_session", name="dev")
    wait = {"name": "wait_for_mail", "arguments": {"session": "dev", "timeout": 600}}
    idents = [client.begin("tools/call", **wait) for _ in range(200)]
    refused = client.begin("tools/call", **wait)
    answer = client.read()
    assert (answer["id"], answer["error"]["code"]) == (refused, -32000)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": idents[0]}}
    client.write(json.dumps(cancel).encode())
    while "error" in (answer := client.ask("ping")):  # until the cancelled one has made room
        assert answer["error"]["code"] == -32000


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, FileIO]]:
    end, start = os.pipe()
    with open(end, "rb") as incoming, open(start, "wb", buffering=0) as outgoing:
        os.set_blocking(start, False)
        yield incoming, outgoing


async def test_a_client_that_writes_without_end_waits_and_fills_no_memory(pipe: tuple[BinaryIO, FileIO]) -> None:
    incoming, outgoing = pipe
    lines = serving._Lines()
    lines.read_from(incoming)
    message = b"x" * 4095 + b"\n"
    written = full = 0
    while full < 20:  # in a row: nobody reads on
        if outgoing.write(message) is None:
            full += 1
            await asyncio.sleep(0.01)
        else:
            written, full = written + 1, 0
        assert written < 1000
    assert await lines.next() == message


def test_the_end_of_stdin_ends_the_program_and_not_the_sessions(client: Client, run_cli: RunCli) -> None:
    client.text("create_session", name="dev")
    assert client.end() == 0
    assert run_cli("list", "--names").stdout == "dev\n"


@given(st.one_of(st.binary(max_size=60), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2.0", "ping"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["jsonrpc", "id", "method", "params", "result"]), inner, max_size=5),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_whatever_comes_is_a_message_or_answered(line: bytes) -> None:
    found = wire.read(line)
    if isinstance(found, wire.Malformed):
        answer = json.loads(found.answer)
        assert answer["jsonrpc"] == "2.0"
        assert answer["error"]["code"] in (wire.PARSE_ERROR, wire.INVALID_REQUEST)
        assert found.answer.count(b"\n") == 1
