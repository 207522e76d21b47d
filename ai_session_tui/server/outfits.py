"""Sessions made after templates: what a template says is put under what the caller says, and then made real.

Order of decision: the caller's parameters, the template, the caller's `defaults`, the server's settings. Invariant: a
template whose panes cannot be made leaves no session behind.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ai_session_tui import layouts
from ai_session_tui.errors import UsageError
from ai_session_tui.paths import Home
from ai_session_tui.server.params import CreateSession, Defaults
from ai_session_tui.server.sessions import Session, Sessions
from ai_session_tui.shells import ShellKind
from ai_session_tui.templates import Template, find_template

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


@dataclass(frozen=True, slots=True)
class Settled:
    """A wish in which everything is decided, and the filled-in template that it comes from."""

    wish: CreateSession
    template: Template | None
    shell: str | None = None  # of the panes that the template gives none
    folders: tuple[str, ...] = ()  # of the panes


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
        dir=wish.base_dir if wish.dir is None else wish.dir,
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
    folder = wish.dir
    if folder is None:
        folder = _joined(base, template.with_dir_filled(wish.variables, session=name))
    filled = template.filled(wish.variables, session=name, dir=folder)
    folders = _folders(folder, filled)
    first = filled.panes[0]
    command = wish.command or list(first.program)
    compression = (wish.compression, filled.compression, defaults.compression)
    decided = msgspec.structs.replace(
        settled,
        name=name,
        dir=folders[0],
        shell=None if command else wish.shell or first.shell or defaults.shell,
        command=command,
        set_env={**filled.environment, **wish.set_env},
        ai_context=filled.ai_context if wish.ai_context is None else wish.ai_context,
        max_tokens=wish.max_tokens or filled.max_tokens or defaults.max_tokens,
        compression=next((one for one in compression if one is not None), None),
        template=filled.name,
    )
    return Settled(decided, filled, wish.shell or defaults.shell, folders)


async def create_after(server: Server, settled: Settled) -> Session:
    """Create the session, its panes, and run their startup commands in their shells, where they are recorded."""
    wish, template = settled.wish, settled.template
    began = time.perf_counter()
    if template is None:
        session = await server.life.create(wish)
    else:
        session = await server.life.create(wish, template.tags, template.panes[0].environment)
    server.host.measurements.note("session.create", time.perf_counter() - began, session.row.id)
    if template is None:
        return session
    try:
        await _open_panes(server, session, settled, template)
    except BaseException:
        if not (await server.life.kill(session, force=True))["survived"]:
            await server.life.forget(session)
        raise
    return session


async def _open_panes(server: Server, session: Session, settled: Settled, template: Template) -> None:
    opened = [session.panes[0]]
    for number, plan in enumerate(template.panes[1:], 1):
        opened.append(
            await server.splitting.split(
                opened[plan.beside - 1 if plan.beside else number - 1],
                "down" if plan.split == "down" else "right",
                fraction=plan.size / 100,
                command=list(plan.program),
                shell=None if plan.program else plan.shell or settled.shell or None,
                folder=settled.folders[number],
                env=settled.wish.env,
                set_env=plan.environment,
            )
        )
    session.arrangement.change(layouts.focused(session.arrangement.layout, opened[template.focus - 1].row.id))
    for pane, plan in zip(opened, template.panes, strict=True):
        for command in plan.run if pane.kind is not ShellKind.NONE else ():
            pane.execution.submit(command, None, wait=True)


def _free_name(wanted: str, sessions: Sessions) -> str:
    taken = {session.row.name for session in sessions.living()}
    names = itertools.chain((wanted,), (f"{wanted}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _joined(base: str, folder: str) -> str:
    return os.path.normpath(os.path.join(base, os.path.expanduser(folder)))


def _folders(folder: str, template: Template) -> tuple[str, ...]:
    """Return where each pane starts; raise `UsageError` before anything is made."""
    folders = tuple(_joined(folder, plan.dir) for plan in template.panes)
    for number, (found, plan) in enumerate(zip(folders, template.panes, strict=True), 1):
        if not os.path.isdir(found):
            pane = f"pane {number}" + (f" ({plan.name})" if plan.name else "")
            raise UsageError(
                f"template {template.name!r}: {pane} is to start in {found}, which is not a directory",
                "create it first, or say another with --dir or --var.",
            )
    return folders
