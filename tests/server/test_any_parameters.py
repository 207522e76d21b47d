"""Every method of the protocol with parameters of all kinds: each request ends with a result or an error of ours.

What is sent is drawn from the shapes that the methods declare, so a new method is tested as soon as it exists. A
failure names its seed; `AI_SESSION_FUZZ_SEED=N` sends the same again, and `AI_SESSION_FUZZ_REQUESTS` sends more.
"""

from __future__ import annotations

import json
import math
import os
import random
import select
import time
from typing import Any

import msgspec
import pytest

from ai_session_tui.protocol.frames import Binary, Control, FrameDecoder, encode_binary, encode_control
from ai_session_tui.protocol.greeting import greeting
from ai_session_tui.server.api.registry import METHODS, SHAPES
from ai_session_tui.sockets import connect_unix
from tests.server.server_kit import DEADLINE, RunningServer, until

REQUESTS = int(os.environ.get("AI_SESSION_FUZZ_REQUESTS", "20"))
ENDS_THE_SERVER = {"server.stop"}
STAYS_OPEN = {
    "attach", "events", "exec.run", "message.read", "message.wait", "pane.follow", "pane.type", "pane.wait",
    "screen.watch",
}  # fmt: skip

TARGETS = ["dev", "dev", "dev:1", "dev:2", "dev#1", "dev#2", "dev:1#1", "plain", "plain", "plain#1", "d", ".", "all"]
ODD_TARGETS = ["", ":", "#", "dev:", "dev#", "dev:0", "dev:-1", "dev:9999999999", "dev#9999999999", "dev#99999999999"]
WORDS = [
    "", " ", "x", "true", "echo hi", "ls", "(a+)+$", "(", "[", "\\", "*", "a*", "\\d+\\Z", "(?P<n>x)(?P=n)", "(?i)HI",
    '"', "'", '"a', "NEAR(a b)", "a OR", "-", "--", "^", "{text}: x", "text:x", "a AND NOT b", ")", "x" * 5000,
    "\x00", "a\x00b", "\x1b[2J", "\x1b]0;t\x07", "\r\n", "\n" * 50, "\x9b31m", "\u202eabc", "\ud800", "a\udfff",
    "\uffff", "\U0010ffff", "é", "e\u0301", "日本語", "\U0001f469\u200d\U0001f467", "%s", "{0}", "$HOME", "`id`",
    "../../etc/passwd", "/etc/passwd", "/", "/tmp", "/nowhere", "~", "dev", "session:dev", "1", "1.5", "-1", "NaN",
    "Enter", "C-c", "C-S-M-F99", "M-", "right", "down", "default", "python-dev",
]  # fmt: skip
NUMBERS = [
    0,
    1,
    2,
    3,
    10,
    80,
    200,
    -1,
    2**31 - 1,
    2**31,
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
    -(2**63),
    -(2**70),
]
FRACTIONS = [0.0, 0.5, 1.0, 1e-9, -0.5, 1e9, 1e300, -1e300, math.inf, -math.inf, 5e-324, 1764000000.0]
WRONG: list[object] = [None, True, False, 0, -1, 1.5, "", "x", [], [None], [[]], {}, {"": None}, {"x": {"y": [1]}}]


class Drawing:
    """Draws parameters: mostly what a type says, at times what it does not."""

    def __init__(self, seed: int, panes: list[str]) -> None:
        self.random = random.Random(seed)
        self.panes = panes

    def params(self, method: str) -> object:
        if self.random.random() < 0.03:
            return self.random.choice(WRONG)
        params: dict[str, object] = {}
        for field in msgspec.structs.fields(SHAPES[method]):
            if field.required or self.random.random() < 0.6:
                params[field.encode_name] = self.value(msgspec.inspect.type_info(field.type), field.encode_name)
        return params

    def value(self, kind: Any, name: str) -> object:
        draw = self.random
        if draw.random() < 0.06:
            return draw.choice(WRONG)
        match kind:
            case msgspec.inspect.Metadata():
                return self.value(kind.type, name)
            case msgspec.inspect.UnionType():
                return self.value(draw.choice(kind.types), name)
            case msgspec.inspect.LiteralType():
                return draw.choice(kind.values)
            case msgspec.inspect.BoolType():
                return draw.random() < 0.5
            case msgspec.inspect.IntType():
                return draw.choice(NUMBERS)
            case msgspec.inspect.FloatType():
                return draw.choice(FRACTIONS + NUMBERS)
            case msgspec.inspect.StrType():
                return self.text(name)
            case msgspec.inspect.ListType():
                return [self.value(kind.item_type, name.removesuffix("s")) for _ in range(draw.randrange(4))]
            case msgspec.inspect.DictType() if name == "layout":
                return self.layout()
            case msgspec.inspect.DictType():
                return {self.text("key"): self.value(kind.value_type, "value") for _ in range(draw.randrange(3))}
            case msgspec.inspect.StructType():
                return {f.encode_name: self.value(f.type, f.encode_name) for f in kind.fields if draw.random() < 0.7}
            case _:
                return draw.choice(WRONG)

    def text(self, name: str) -> str:
        draw = self.random
        if name in ("target", "from", "session", "show", "with", "pane", "spare"):
            return draw.choice(draw.choice([TARGETS, TARGETS, self.panes, ODD_TARGETS, WORDS]))
        if name in ("command", "shell") and draw.random() < 0.5:
            return draw.choice(["true", "bash", "sh", "cat", "sleep"])
        return draw.choice(WORDS)

    def layout(self) -> dict[str, object]:
        return {"root": self.node(0), "focus": self.text("pane"), "zoomed": self.random.choice([True, False, 3, None])}

    def node(self, depth: int) -> object:
        draw = self.random
        if depth > 3 or draw.random() < 0.5:
            return draw.choice([{"pane": self.text("pane")}, {"pane": draw.choice(self.panes)}, draw.choice(WRONG)])
        count = draw.randrange(4)
        weights = [draw.choice(FRACTIONS + NUMBERS) for _ in range(count)]
        children = [self.node(depth + 1) for _ in range(count)]
        return {"split": draw.choice(["right", "down", "up", 1]), "weights": weights, "children": children}


class Client:
    """A connection that can send what the client of the library would not."""

    def __init__(self, server: RunningServer) -> None:
        self.socket = connect_unix(server.home.server_socket, DEADLINE)
        self.decoder = FrameDecoder()
        self.number = 0
        self.socket.sendall(encode_control(greeting("client", pid=os.getpid(), client="fuzz")))

    def ask(self, method: str, params: object) -> dict[str, Any]:
        """Send a request, cancel it when it is long, and return its end."""
        self.number += 1
        self._say({"id": self.number, "method": method, "params": params})
        self.socket.sendall(encode_binary(self.number, b"\x1b[A\x00\xff"))
        deadline = time.monotonic() + DEADLINE
        ended = self._end(time.monotonic() + (0.3 if method in STAYS_OPEN else 10.0))
        while ended is None:
            assert time.monotonic() < deadline, f"no end of {method}"
            self._say({"cancel": self.number})
            ended = self._end(time.monotonic() + 1.0)
        return ended

    def _say(self, message: object) -> None:
        data = json.dumps(message).replace("Infinity", "1e999").encode()
        self.socket.sendall((len(data) + 1).to_bytes(4, "big") + b"J" + data)

    def _end(self, deadline: float) -> dict[str, Any] | None:
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                break
            data = self.socket.recv(1 << 18)
            assert data, "the server hung up"
            for frame in self.decoder.feed(data):
                if isinstance(frame, Binary):
                    continue
                assert isinstance(frame, Control)
                if "error" in frame.message and frame.message.get("id") is None:
                    raise AssertionError(f"dropped: {frame.message}")
                if frame.message.get("id") == self.number and ("result" in frame.message or "error" in frame.message):
                    return dict(frame.message)
        return None


def furnish(server: RunningServer) -> list[str]:
    """Make sure that there is something to ask about; return the ids of its panes."""
    names = {session["name"] for session in server.call("session.list")["sessions"]}
    if "dev" not in names:
        server.create("dev", ai_context=True)
        server.exec("dev", "printf 'one\\nHI\\nerror: 3\\n'")
        server.call("pane.split", target="dev", env=server.shell_environment())
    if "plain" not in names:
        server.create("plain")
        server.exec("plain", "false")
    return [pane["id"] for session in server.call("session.list")["sessions"] for pane in session["panes"]]


@pytest.mark.parametrize("method", sorted(set(METHODS) - ENDS_THE_SERVER))
def test_any_parameters_get_an_answer(shared: RunningServer, method: str) -> None:
    seed = int(os.environ.get("AI_SESSION_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
    client = Client(shared)
    mark = len(shared.log())
    drawing = Drawing(seed, furnish(shared))
    with client.socket:
        for number in range(REQUESTS):
            params = drawing.params(method)
            told = f"seed {seed}, request {number}: {method} {json.dumps(params)[:2000]}"
            try:
                ended = client.ask(method, params)
            except AssertionError as error:
                raise AssertionError(f"{told}: {error}") from None
            assert ended.get("error", {}).get("code") not in ("server", "protocol"), (told, ended)
            begun = time.monotonic()
            assert shared.call("server.status")["pid"]
            assert time.monotonic() - begun < 5, f"{told}: then the server was silent"
            log = shared.log()[mark:]
            assert "Traceback" not in log, (told, log)
            drawing.panes = furnish(shared)
    until(lambda: shared.call("session.list") is not None)
