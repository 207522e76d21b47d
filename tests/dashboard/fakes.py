"""A link without a server: it answers as the protocol does, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ai_session_tui.dashboard.link import Connected, Happened, Link, Lost
from ai_session_tui.errors import ServerUnreachableError
from ai_session_tui.paths import Home

NOW = 1_700_000_000.0


def pane_wire(ident: str, index: int = 1, **changes: object) -> dict[str, object]:
    return {
        "index": index,
        "id": ident,
        "pid": 100 + index,
        "cwd": "/srv/api",
        "command": "bash",
        "shell": "bash",
        "columns": 80,
        "rows": 24,
        "status": "running",
        "title": "",
        "state": "prompt",
    } | changes


def session_wire(name: str, *, panes: int = 1, **changes: object) -> dict[str, object]:
    ident = f"id-{name}"
    return {
        "id": ident,
        "name": name,
        "status": "idle",
        "created": NOW - 3600,
        "last_activity": NOW - 240,
        "dir": "/srv/api",
        "panes": [pane_wire(f"{name}-{index}", index) for index in range(1, panes + 1)],
    } | changes


class FakeWatch:
    """A watch that the test feeds."""

    def __init__(self, link: FakeLink, target: str, on_frame: Callable[[Mapping[str, object]], object]) -> None:
        self.target, self.feed, self._link = target, on_frame, link

    def close(self) -> None:
        self._link.watches.pop(self.target, None)


class FakeRequest:
    """A request that has been answered already."""

    def __init__(self, answer: object) -> None:
        self.result: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.result.set_result(answer)


class FakeLink(Link):
    """Plays the server: `sessions` is its list, `calls` what was asked, `typed` what was typed by target."""

    def __init__(self, *sessions: dict[str, object]) -> None:
        super().__init__(Home("/nowhere"), lambda news: None)
        self.sessions = list(sessions)
        self.calls: list[tuple[str, Mapping[str, object]]] = []
        self.typed: dict[str, bytes] = {}
        self.watches: dict[str, FakeWatch] = {}
        self.answers: dict[str, object] = {}
        self.journals: dict[str, bytes] = {}  # by target
        self.up = False

    @property
    def is_up(self) -> bool:
        return self.up

    def say(self, news: object) -> None:
        self._on_news(news)  # type: ignore[arg-type]

    def listen(self, on_news: Callable[[object], object]) -> None:
        self._on_news = on_news  # type: ignore[assignment]

    async def run(self) -> None:
        self.connect()
        await asyncio.Event().wait()

    def connect(self) -> None:
        self.up = True
        self.say(Connected(list(self.sessions)))

    def lose(self) -> None:
        self.up = False
        self.say(Lost("the connection to the server broke"))

    def happen(self, event: str, /, **data: object) -> None:
        self.say(Happened(event, data))

    async def call(self, method: str, params: Mapping[str, object] | None = None) -> object:
        if not self.up:
            raise ServerUnreachableError("the server is away")
        self.calls.append((method, params or {}))
        answer = self.answers.get(method, {})
        if isinstance(answer, Exception):
            raise answer
        return answer(params or {}) if callable(answer) else answer

    def open(  # type: ignore[override]
        self, method: str, params: Mapping[str, object], *, on_event: object = None, on_bytes: object = None
    ) -> FakeRequest:
        """Serve `journal.read`: the only one of which more comes than a result."""
        if not self.up:
            raise ServerUnreachableError("the server is away")
        self.calls.append((method, params))
        data = self.journals.get(str(params["target"]), b"")[params["start"] : params["end"]]  # type: ignore[misc]
        if data:
            on_bytes(data)  # type: ignore[operator]
        return FakeRequest({"lost": []})

    def asked(self, method: str) -> list[Mapping[str, object]]:
        return [params for name, params in self.calls if name == method]

    def watch(self, target: str, on_frame: object, on_end: object = None) -> FakeWatch:  # type: ignore[override]
        watch = FakeWatch(self, target, on_frame)  # type: ignore[arg-type]
        self.watches[target] = watch
        return watch

    def type(self, target: str, data: bytes) -> bool:
        if self.up:
            self.typed[target] = self.typed.get(target, b"") + data
        return self.up

    def stop_typing(self, target: str) -> None:
        pass


def frame(text: str, columns: int = 80, height: int = 24, **changes: object) -> dict[str, object]:
    """Return a whole frame that shows the lines of a text."""
    lines = text.split("\n")
    return {
        "all": True,
        "columns": columns,
        "height": height,
        "rows": [[y, line, [], False] for y, line in enumerate(lines)],
        "cursor": {"column": 0, "row": len(lines) - 1, "visible": True, "shape": "block", "blink": False},
        "history": [0, 0],
        "title": "",
    } | changes
