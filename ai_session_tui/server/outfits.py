"""Sessions made after templates: what a template says is put under what the caller says, and then made real.

Order of decision: the caller's parameters, the template, the caller's `defaults`, the server's settings. Invariant: a
template whose panes cannot be made leaves no session behind.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ai_session_tui.errors import UsageError
from ai_session_tui.paths import Home
from ai_session_tui.server.params import CreateSession, Defaults
from ai_session_tui.server.sessions import Session, Sessions
from ai_session_tui.templates import PanePlan, Template, find_template

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


@dataclass(frozen=True, slots=True)
class Settled:
    """A wish in which everything is decided, and the filled-in template that it comes from."""

    wish: CreateSession
    template: Template | None


async def read_outfit(home: Home, wish: CreateSession) -> Template | None:
    """Read the template that a wish names; raise `NotFoundError`, or `ConfigError` with the line of its mistake."""
    if wish.template is None:
        if wish.variables:
            raise UsageError("variables are for a template", "name one.")
        return None
    return await asyncio.to_thread(_read, wish.template, home.templates, wish.base_dir or "")


def _read(name: str, folder: str, base: str) -> Template:
    return find_template(name, folder, base).template()


def settle(wish: CreateSession, template: Template | None, sessions: Sessions) -> Settled:
    """Decide everything about a new session. Does not wait, so that a free name is still free when it is used."""
    defaults = wish.defaults or Defaults()
    settled = msgspec.structs.replace(
        wish,
        dir=wish.dir or wish.base_dir,
        shell=wish.shell or (None if wish.command else defaults.shell),
        columns=wish.columns or defaults.columns,
        rows=wish.rows or defaults.rows,
        max_tokens=wish.max_tokens or defaults.max_tokens,
        compression=defaults.compression if wish.compression is None else wish.compression,
    )
    if template is None:
        return Settled(settled, None)
    name = wish.name or _free_name(template.name, sessions)
    base = wish.base_dir or os.path.expanduser("~")
    folder = wish.dir or _joined(base, template.with_dir_filled(wish.variables, session=name))
    filled = template.filled(wish.variables, session=name, dir=folder)
    first = filled.panes[0]
    command = wish.command or list(first.program)
    return Settled(
        msgspec.structs.replace(
            settled,
            name=name,
            dir=_checked(_joined(folder, first.dir), filled, 1),
            shell=None if command else wish.shell or first.shell or defaults.shell,
            command=command,
            set_env={**filled.environment, **first.environment, **wish.set_env},
            ai_context=filled.ai_context if wish.ai_context is None else wish.ai_context,
            max_tokens=wish.max_tokens or filled.max_tokens or defaults.max_tokens,
            compression=next(
                (one for one in (wish.compression, filled.compression, defaults.compression) if one is not None), None
            ),
            template=filled.name,
        ),
        filled,
    )


async def equip(server: Server, session: Session, template: Template, wish: CreateSession) -> None:
    """Run the startup commands of a session's panes, each in its own shell, where they are recorded."""
    del server
    if not wish.command:
        _run(session, 1, template.panes[0])


def _run(session: Session, position: int, plan: PanePlan) -> None:
    pane = session.pane_at(position)
    for command in plan.run:
        pane.execution.submit(command, None, wait=True)


def _free_name(wanted: str, sessions: Sessions) -> str:
    taken = {session.row.name for session in sessions.living()}
    names = itertools.chain((wanted,), (f"{wanted}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _joined(base: str, folder: str) -> str:
    return os.path.normpath(os.path.join(base, os.path.expanduser(folder)))


def _checked(folder: str, template: Template, pane: int) -> str:
    if not os.path.isdir(folder):
        raise UsageError(
            f"template {template.name!r}: pane {pane} is to start in {folder}, which is not a directory",
            "create it first, or say another with --dir or --var.",
        )
    return folder
