"""Every screen and state of the dashboard, made on a fake link from the same morning's work: for pictures of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from textual.pilot import Pilot

from tests.dashboard.fakes import NOW, FakeLink, frame, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.test_reading import searching
from tests.dashboard.waiting import ready, until
from tests.widgets.samples import COMMANDS, CONTEXT, DIGEST, START

Play = Callable[[Pilot[None], FakeLink], Awaitable[None]]
SCREEN = "\n".join(
    [
        "$ cargo build", "   Compiling api v0.3.1 (/srv/api)", "    Finished dev in 41.20s", "$ cargo test",
        "running 12 tests", "test models::test_validation ... ok", "test utils::test_helpers ... ok",
        "test api::test_endpoint ... FAILED", "", "assertion failed: 404 == 200", "  at src/api.rs:42:9", "",
        "test result: FAILED. 11 passed; 1 failed", "$ ",
    ]
)  # fmt: skip
_GREEN = [[0, {"foreground": 2}], [1, {"foreground": 1, "attributes": 1}], [2, {"foreground": 4}]]


def morning(link: FakeLink) -> FakeLink:
    """Let the fake server know a morning's work."""
    commands = [msgspec.to_builtins(one) | {"session_id": "id-dev"} for one in COMMANDS]
    lines = SCREEN.split("\n")[4:13]
    figure = {"value": 45_670, "n": 12, "unit": "tokens"}
    share = {"value": 0.932, "n": 12, "unit": "share"}
    took = {"value": 0.0291, "n": 5, "unit": "seconds"}
    hit = {"session": "dev", "session_id": "id-dev", "kind": "output", "time": START + 170, "exit_code": 101}
    link.answers |= {
        "command.list": {"commands": commands},
        "command.get": commands[1],
        "context.get": msgspec.to_builtins(CONTEXT),
        "command.digest": msgspec.to_builtins(DIGEST),
        "command.text": {"lines": [[at, text] for at, text in enumerate(lines, 1)], "truncated": False},
        "template.list": {"templates": [{"name": "react-dev"}, {"name": "rust-dev"}, {"name": "claude"}]},
        "screen.search": searching(SCREEN),
        "stats.get": {
            "price": {"model": "a-model", "input": 3.0, "date": "2024-06"},
            "blocks": {
                "tokens": {"raw": figure, "compressed": figure | {"value": 3120}, "saved_ratio": share},
                "performance": {"creation": took, "exec_overhead": took | {"value": 0.0024}},
                "resources": {"disk": {"value": 45e6, "n": 4, "unit": "bytes"}},
            },
        },
        "search": {
            "hits": [
                hit | {"command": 2, "line": 6, "snippet": "assertion failed: 404 == 200"},
                hit | {"kind": "message", "message": 12, "snippet": "the endpoint answers 404 instead of 200"},
            ],
            "took_ms": 2.4,
        },
    }
    return link


def sessions() -> list[dict[str, object]]:
    """Return a session of each state."""
    attention = {"kind": "input", "since": NOW - 40, "pane": 1, "evidence": "Overwrite config.toml? [y/N]"}
    return [
        session_wire("backend", attention=attention, unread=True, activity=[0] * 20 + [40, 900, 12, 3]),
        session_wire("dev", running="cargo test", running_since=NOW - 12, ai_context=True, activity=[9, 80, 700] * 8),
        session_wire("docs", last_line="Serving on http://127.0.0.1:8000"),
        session_wire("build", status="stopped", panes=1),
    ]


def link_of(name: str) -> FakeLink:
    """Return the link that a scene begins with."""
    if name == "first-run":
        return FakeLink()
    if name == "four-panes":
        leaves = [{"pane": f"dev-{index}"} for index in range(1, 5)]
        column = {"split": "down", "weights": [1, 1, 1], "children": leaves[1:]}
        root = {"split": "right", "weights": [1, 1], "children": [leaves[0], column]}
        layout = {"root": root, "focus": "dev-1", "zoomed": False}
        return morning(FakeLink(*sessions()[:1], session_wire("dev", panes=4, layout=layout)))
    return morning(FakeLink(*sessions()))


async def _draw(pilot: Pilot[None], link: FakeLink) -> None:
    """Put output into every pane that is shown."""
    await ready(pilot)
    workspace = pilot.app.workspace  # type: ignore[attr-defined]
    await until(pilot, lambda: len(link.watches) == len(workspace.pane_order))
    for watch in list(link.watches.values()):
        rows = [[y, line, _runs(line), False] for y, line in enumerate(SCREEN.split("\n"))]
        watch.feed(frame(SCREEN, rows=rows, styles=_GREEN))
    await pilot.pause()


def _runs(line: str) -> list[list[int]]:
    if line.startswith("$ "):
        return [[0, 1, 2]]
    sign = next((word for word in ("FAILED", "ok") if line.endswith(word)), None)
    return [[len(line) - len(sign), len(line), 1 if sign == "FAILED" else 0]] if sign else []


def keys(*pressed: str, shows: str = "") -> Play:
    """Return a scene that presses keys on the morning's work, until something is to be seen."""

    async def play(pilot: Pilot[None], link: FakeLink) -> None:
        await _draw(pilot, link)
        await pilot.press(*pressed)
        if shows:
            await until(pilot, lambda: shows in screen_text(pilot.app))

    return play


async def _nothing(pilot: Pilot[None], link: FakeLink) -> None:
    del link
    await until(pilot, lambda: "No sessions yet." in screen_text(pilot.app))


async def _away(pilot: Pilot[None], link: FakeLink) -> None:
    await _draw(pilot, link)
    link.lose()
    await until(pilot, lambda: "the server is away" in screen_text(pilot.app))


async def _hint(pilot: Pilot[None], link: FakeLink) -> None:
    await _draw(pilot, link)
    await pilot.press("ctrl+b")
    workspace = pilot.app.workspace  # type: ignore[attr-defined]
    await until(pilot, lambda: workspace.hint.display)


async def _events(pilot: Pilot[None], link: FakeLink) -> None:
    await _draw(pilot, link)
    told = {"session": "dev", "session_id": "id-dev", "pane": 1, "command": "cargo test", "id": 2}
    link.happen("command_started", **told, state="running")
    link.happen("command_ended", **told, state="ended", exit_code=101, duration_s=12.3)
    link.happen("session_gone", id="id-docs", name="docs")
    await pilot.press("ctrl+b", "e")
    await until(pilot, lambda: "is gone" in screen_text(pilot.app))


async def _detail(pilot: Pilot[None], link: FakeLink) -> None:
    await keys("ctrl+b", "h", shows="failures first")(pilot, link)
    await pilot.press("home", "down", "enter")
    await until(pilot, lambda: "src/lib.rs:7" in screen_text(pilot.app))


async def _copying(pilot: Pilot[None], link: FakeLink) -> None:
    await keys("ctrl+b", "left_square_bracket", "slash", *"40.", "enter", shows="1/1")(pilot, link)
    await pilot.press("v", "k", "b")
    await until(pilot, lambda: "characters" in screen_text(pilot.app))


def film(link: FakeLink) -> None:
    """Give the pane of `dev` a past: a line of SCREEN each half second, with two commands in it."""
    lines = [f"{line}\r\n".encode() for line in SCREEN.replace("FAILED", "\x1b[1;31mFAILED\x1b[m").split("\n")]
    offsets = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    link.journals["id-dev:1"] = b"".join(lines)
    link.answers["journal.timeline"] = {
        "pieces": [[START + at / 2, offset] for at, offset in enumerate(offsets[:-1])],
        "sizes": [[0, 60, 16]],
        "gaps": [],
        "start": 0,
        "end": offsets[-1],
    }
    commands = [msgspec.to_builtins(one) | {"session_id": "id-dev"} for one in COMMANDS[:2]]
    starts = (offsets[1], offsets[4])
    link.answers["command.list"] = {
        "commands": [one | {"start_offset": start} for one, start in zip(commands, starts, strict=True)]
    }


async def _replay(pilot: Pilot[None], link: FakeLink) -> None:
    from ai_session_tui.dashboard.screens.replay import ReplayScreen

    film(link)
    await _draw(pilot, link)
    await pilot.press("ctrl+b", "r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen) and "paused" in screen_text(pilot.app))
    await pilot.press("left")
    await until(pilot, lambda: "assertion failed" not in screen_text(pilot.app))


SCENES: dict[str, Play] = {
    "first-run": _nothing,
    "workspace": keys(),
    "four-panes": keys(),
    "server-away": _away,
    "which-key": _hint,
    "help": keys("ctrl+b", "question_mark", shows="All keys go"),
    "palette": keys("ctrl+b", "colon", shows="all actions"),
    "switcher": keys("ctrl+b", "s", shows="switch to"),
    "inspector-context": keys("ctrl+b", "i", shows="1,285 / 4,096"),
    "inspector-tokens": keys("ctrl+b", "dollar_sign", shows="a-model"),
    "inspector-commands": keys("ctrl+b", "h", shows="failures first"),
    "inspector-result": _detail,
    "copy-mode": _copying,
    "search": keys("ctrl+b", "slash", *"404", shows="2 found"),
    "new-session": keys("ctrl+b", "c", shows="react-dev"),
    "rename": keys("ctrl+b", "comma", shows="rename dev"),
    "kill": keys("ctrl+b", "ampersand", shows="Kill dev?"),
    "broadcast": keys("ctrl+b", "B", shows="send to many"),
    "statistics": keys("ctrl+b", "u", shows="45,670"),
    "event-log": _events,
    "replay": _replay,
}
