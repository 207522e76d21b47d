"""Making the sessions of a plan, verifying them, and taking everything back when something fails.

Invariant: the source is touched only after every pane was looked at and shows what it should; a migration that fails
anywhere leaves no session behind.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from ai_session_tui.errors import AiSessionError, ConflictError, TimeoutExpiredError
from ai_session_tui.migration.planning import Plan, PlannedPane, PlannedSession
from ai_session_tui.migration.prompts import plain
from ai_session_tui.migration.tmux_layout import Node, PaneCell

_PROMPT_SECONDS = 15.0  # for a shell's start-up files, before something is typed at its prompt
_COMPARED_LINES = 50
_OURS = ("TMUX", "TMUX_PANE")


class Caller(Protocol):
    """The server, as far as it is asked here."""

    def call(self, method: str, /, **params: object) -> Any:
        """Return the result of a request, or raise its error."""


class Moved:
    """What was made: the sessions as the server tells of them, and the programs that were started again."""

    def __init__(self) -> None:
        self.sessions: list[dict[str, Any]] = []
        self.rerun: list[str] = []
        self.not_rerun: list[str] = []  # meant to be, but the shell came to no prompt


def make_sessions(
    server: Caller, plan: Plan, *, ai_context: bool, max_tokens: int | None = None, on_pane: Callable[[int], object]
) -> Moved:
    """Make all sessions of a plan and verify each pane; on any failure take everything back and raise it."""
    moved = Moved()
    env = {name: value for name, value in os.environ.items() if name not in (*_OURS, *plan.unset_env)}
    try:
        for wish in plan.sessions:
            _make_session(server, plan, wish, env, moved, ai_context=ai_context, max_tokens=max_tokens, on_pane=on_pane)
    except BaseException:
        take_back(server, [session["id"] for session in moved.sessions])
        raise
    return moved


def start_programs(server: Caller, plan: Plan, moved: Moved) -> None:
    """Type what may be started again at the new shells' prompts."""
    for wish, session in zip(plan.sessions, moved.sessions, strict=True):
        _run_again(server, wish, session, moved)


def take_back(server: Caller, idents: list[str]) -> None:
    """End sessions with everything in them and forget them."""
    for ident in idents:
        with suppress(AiSessionError):  # what is wrong already is told by whoever called
            server.call("session.kill", targets=[ident], force=True)
            server.call("session.delete", target=ident)


def _make_session(
    server: Caller,
    plan: Plan,
    wish: PlannedSession,
    env: Mapping[str, str],
    moved: Moved,
    *,
    ai_context: bool,
    max_tokens: int | None,
    on_pane: Callable[[int], object],
) -> None:
    first, *others = wish.panes
    with _Scrollback(first) as file:
        session = server.call(
            "session.create",
            name=wish.name,
            dir=_existing(first.folder),
            shell=first.shell,
            env=dict(env),
            set_env=plan.set_env,
            columns=first.columns,
            rows=first.rows,
            ai_context=ai_context,
            max_tokens=max_tokens,
            scrollback_file=file,
        )
    moved.sessions.append(session)
    ident = session["id"]
    panes = {first.ident: session["panes"][0]}
    _verify(server, ident, panes[first.ident], first)
    on_pane(1)
    for pane in others:
        with _Scrollback(pane) as file:
            folder = _existing(pane.folder)
            made = server.call(
                "pane.split",
                target=ident,
                direction="down",
                dir=folder,
                shell=pane.shell,
                env=dict(env),
                scrollback_file=file,
            )
        panes[pane.ident] = made
        server.call("pane.resize", target=f"{ident}:{made['index']}", columns=pane.columns, rows=pane.rows)
        _verify(server, ident, made, pane)
        on_pane(1)
    layout = {
        "root": layout_of(wish.layout, {number: str(pane["id"]) for number, pane in panes.items()}),
        "focus": panes[wish.focus]["id"],
        "zoomed": wish.is_zoomed and len(panes) > 1,
    }
    server.call("layout.set", target=ident, layout=layout)
    if len(plan.sessions) > 1:
        server.call("session.tag", target=ident, add=[plan.name])
    moved.sessions[-1] = server.call("session.get", target=ident)


def layout_of(node: Node, panes: Mapping[int, str]) -> dict[str, object]:
    """Return tmux's tree as ours, with our panes in it; the sizes in cells become weights."""
    if isinstance(node, PaneCell):
        return {"pane": panes[node.ident]}
    is_row = node.direction == "right"
    return {
        "split": node.direction,
        "weights": [child.columns if is_row else child.rows for child in node.children],
        "children": [layout_of(child, panes) for child in node.children],
    }


def _run_again(server: Caller, wish: PlannedSession, session: dict[str, Any], moved: Moved) -> None:
    indexes = [pane["index"] for pane in session["panes"]]
    for index, pane in zip(indexes, wish.panes, strict=True):
        if pane.rerun is None:
            continue
        target = f"{session['id']}:{index}"
        try:
            server.call("pane.wait", target=target, until="prompt", timeout=_PROMPT_SECONDS)
        except TimeoutExpiredError:
            moved.not_rerun.append(pane.rerun)
            continue
        server.call("pane.send", target=target, text=pane.rerun, enter=True)
        moved.rerun.append(pane.rerun)


def _verify(server: Caller, ident: str, pane: Mapping[str, Any], wish: PlannedPane) -> None:
    """Raise `ConflictError` unless a pane runs and shows the scrollback that it was given."""
    target = f"{ident}:{pane['index']}"
    seen = server.call("pane.capture", target=target, scrollback=-1)["text"]
    wanted = plain(wish.scrollback.decode()).replace("\r", "").split("\n")
    if _squeezed([line for line in wanted if line.strip()][-_COMPARED_LINES:]) not in _squeezed([seen]):
        raise ConflictError(
            f"the scrollback of tmux's pane %{wish.ident} did not arrive whole", "nothing was kept; please report it."
        )


def _squeezed(lines: list[str]) -> str:
    """Return the signs of lines without blanks, which do not depend on where a terminal wraps them."""
    return "".join("".join(lines).split())


def _existing(folder: str) -> str:
    return folder if os.path.isdir(folder) else os.path.expanduser("~")


class _Scrollback:
    """A scrollback in a file of ours for the server to read; gone when it has."""

    def __init__(self, pane: PlannedPane) -> None:
        title = f"\x1b]2;{plain(pane.title)}\x07".encode("utf-8", "replace") if pane.title.isprintable() else b""
        self._data = title + pane.scrollback
        self._path: str | None = None

    def __enter__(self) -> str | None:
        if not self._data:
            return None
        descriptor, self._path = tempfile.mkstemp(prefix="ai-session-scrollback-")  # 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._data)
        return self._path

    def __exit__(self, *error: object) -> None:
        if self._path is not None:
            os.unlink(self._path)
