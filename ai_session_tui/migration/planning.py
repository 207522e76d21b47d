"""What a migration will make of a tmux session, decided before anything is made.

A window becomes a session of its own, because its panes share a screen, as a session's panes do; several windows share
a tag by which the dashboard groups them. Invariant: everything that can be refused is refused here, so that a
migration which begins has nothing left to object to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ai_session_tui import limits
from ai_session_tui.errors import ConflictError
from ai_session_tui.migration.prompts import recognise_commands
from ai_session_tui.migration.rerun import Policy, command_line, may_rerun
from ai_session_tui.migration.tmux_layout import Node
from ai_session_tui.migration.tmux_model import TmuxPane, TmuxSession, TmuxWindow
from ai_session_tui.names import check_name


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for. `history` is the number of lines of each scrollback, None for all."""

    name: str | None = None
    has_ai_features: bool = False
    replaces: bool = False
    is_forced: bool = False
    rerun: Policy = "ask"
    history: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedPane:
    """One pane to make. `ident` is tmux's number of it; `rerun` what is typed at its first prompt."""

    ident: int
    folder: str
    columns: int
    rows: int
    scrollback: bytes
    title: str
    commands: tuple[str, ...]
    shell: str | None = None  # path; None: the one that new sessions have
    rerun: str | None = None
    left: str | None = None  # a program that runs there and will not be started again


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session to make, of one window."""

    name: str
    window: str
    panes: tuple[PlannedPane, ...]
    layout: Node
    focus: int
    is_zoomed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be made of a tmux session; the first session is that of its active window."""

    source: str
    name: str
    sessions: tuple[PlannedSession, ...]
    set_env: dict[str, str]
    unset_env: tuple[str, ...]
    leader: str = ""  # what our leader would be if it were tmux's prefix; "" where that cannot be

    @property
    def panes(self) -> list[PlannedPane]:
        """All panes."""
        return [pane for session in self.sessions for pane in session.panes]

    @property
    def command_count(self) -> int:
        """How many commands were recognised in the scrollbacks."""
        return sum(len(pane.commands) for pane in self.panes)

    @property
    def lost_folders(self) -> int:
        """How many panes were in a directory that is gone."""
        return sum(not os.path.isdir(pane.folder) for pane in self.panes)


def plan_migration(
    session: TmuxSession, wishes: Wishes, taken: Collection[str], ask: Callable[[str], bool] | None = None
) -> Plan:
    """Return what to make; `taken` are the names of sessions that exist, `ask` puts a question to the user.

    Raises `ConflictError` when a name is taken, or when replacing would lose a program that runs and nothing forces it.
    """
    name = check_name(wishes.name) if wishes.name else f"{legal_name(session.name, 'tmux')}-migrated"
    if name in taken:
        raise ConflictError(
            f"there is a session {name!r} already",
            "say another with --name, or take the last migration back: `ai-session migrate --undo`.",
        )
    used = set(taken)
    windows = sorted(session.windows, key=lambda window: (not window.is_active, window.index))
    planned: list[PlannedSession] = []
    for window in windows:
        window_name = name if not planned else _free(f"{name}.{legal_name(window.name, str(window.index))}", used)
        used.add(window_name)
        planned.append(_plan_window(window, window_name, wishes, ask))
    plan = Plan(
        source=session.name,
        name=name,
        sessions=tuple(planned),
        set_env={key: value for key, value in session.environment.items() if value is not None},
        unset_env=tuple(key for key, value in session.environment.items() if value is None),
        leader=leader_of(session.prefix),
    )
    if wishes.replaces and not wishes.is_forced:
        _refuse_losses(plan)
    return plan


def leader_of(prefix: str) -> str:
    """Return tmux's prefix (`C-a`) as our setting `leader` has it; "" where that has no such key."""
    found = re.fullmatch(r"(?i)(?:C-|\^)([a-z])", prefix)
    return f"ctrl+{found[1].lower()}" if found else ""


def legal_name(text: str, otherwise: str) -> str:
    """Return text with everything taken out that no session's name may have."""
    kept = "".join(sign if sign.isprintable() and sign not in ":#/" else "-" for sign in text)
    return kept.strip(" .-")[: limits.MAX_NAME_LENGTH // 2] or otherwise


def _free(name: str, used: Collection[str]) -> str:
    number, found = 1, name
    while found in used:
        number += 1
        found = f"{name}-{number}"
    return found


def _refuse_losses(plan: Plan) -> None:
    running = [pane.left for pane in plan.panes if pane.left]
    if running:
        raise ConflictError(
            f"--replace would end what runs there and is not started again: {', '.join(running)}",
            "end it, let it be started again with --rerun ask, or say --force; nothing was changed.",
        )


def _plan_window(window: TmuxWindow, name: str, wishes: Wishes, ask: Callable[[str], bool] | None) -> PlannedSession:
    panes = tuple(_plan_pane(pane, wishes, ask) for pane in window.panes)
    active = next((pane.ident for pane in window.panes if pane.is_active), panes[0].ident)
    return PlannedSession(name, window.name, panes, window.layout, active, window.is_zoomed)


def _plan_pane(pane: TmuxPane, wishes: Wishes, ask: Callable[[str], bool] | None) -> PlannedPane:
    lines = pane.scrollback.split("\n") if pane.scrollback else []
    commands = tuple(recognise_commands(lines, pane.prompt))
    if pane.is_at_prompt and lines and _is_prompt(lines[-1], pane.prompt):
        lines = lines[:-1]  # the new shell draws its own
    again = pane.running is not None and may_rerun(pane.running, wishes.rerun, ask)
    line = command_line(pane.running) if pane.running is not None else None
    return PlannedPane(
        ident=pane.ident,
        folder=pane.cwd,
        columns=pane.columns,
        rows=pane.rows,
        scrollback="".join(f"{line}\x1b[m\r\n" for line in lines).encode("utf-8", "replace"),
        title=pane.title,
        commands=commands,
        shell=pane.own_shell or None,
        rerun=line if again else None,
        left=None if again else line,
    )


def _is_prompt(line: str, prompt: str) -> bool:
    from ai_session_tui.migration.prompts import plain

    return plain(line).rstrip() == prompt.rstrip()
