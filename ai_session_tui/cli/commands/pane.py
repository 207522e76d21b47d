"""`ai-session pane`: several terminals in one session: open, close, list, and where each is shown."""

from __future__ import annotations

import os

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.arguments import SESSION, add_json
from ai_session_tui.cli.targets import resolve_pane
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, UsageError
from ai_session_tui.names import parse_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from ai_session_tui.cli.shapes import SessionShape
    from ai_session_tui.client.connection import Connection

ACTIONS = ("split", "close", "list", "focus", "resize", "zoom", "swap")
SIDES = ("left", "right", "up", "down")
EPILOG = """\
  split SESSION[:PANE]              open a pane to the right of it (or --down), with a shell or a COMMAND;
                                    with --show a pane that exists, of any session
  close SESSION:PANE                end its program and take it away; with the last pane the session is killed
  list SESSION                      its panes
  focus SESSION:PANE                give it the focus; or SESSION left|right|up|down|next|previous
  resize SESSION[:PANE] SIDE [N]    move a border left, right, up or down by N cells of the layout;
                                    or with --size give its terminal that size
  zoom SESSION[:PANE] [on|off]      let it fill the whole area, or no longer
  swap SESSION[:PANE] PANE          exchange their places

Without :PANE the one with the focus is meant. A pane keeps its number; a new one gets the lowest that is free.
Examples:
  ai-session pane split dev --down -- tail -f log
  ai-session exec dev:2 'make watch'
  ai-session pane close dev:2"""
split_words = values.split_at_dashes


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `pane` takes."""
    add = parser.add_argument
    add("action", choices=ACTIONS, help="see below")
    add("--down", action="store_true", help="split: below instead of to the right")
    add("--fraction", metavar="F", help="split: the new pane's share of the area; default: 0.5")
    add("--show", metavar="PANE", help="split: show this pane there, of this or another session")
    add("--dir", metavar="DIR", help="split: directory to start in; default: that of the pane that is split")
    add("--shell", metavar="SHELL", help="split: shell to run; default: the session's")
    add("--env", action="append", metavar="K=V", help="split: variable for the pane; repeatable")
    add("--force", action="store_true", help="close: do not ask the program to end: kill it at once")
    add("--from", dest="source", metavar="NAME", help="close: only take it out of what this session shows")
    add("--size", metavar="COLSxROWS", help="resize: the size of the pane's own terminal")
    add_json(parser)
    add("session", metavar=SESSION, help="the session; `dev:2` is its second pane, `.` where one is")
    add("words", nargs="*", metavar="WORD", help="see below; behind `--` a COMMAND to run in a new pane")


def run(arguments: Namespace) -> int:
    """Do one of the seven."""
    command: list[str] = arguments.command if arguments.foreign_command else []
    if command and arguments.action != "split":
        raise UsageError(f"pane {arguments.action} runs no command", "`pane split SESSION -- COMMAND` does.")
    target = resolve_pane(arguments.session)
    words: list[str] = arguments.words
    action = {
        "split": _split,
        "close": _close,
        "list": _list,
        "focus": _focus,
        "resize": _resize,
        "zoom": _zoom,
        "swap": _swap,
    }[arguments.action]
    with linking.connect() as connection:
        return action(connection, target, words, arguments)


def _split(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    _refuse(words, "split")
    pane = connection.call(
        "pane.split",
        target=target,
        direction="down" if arguments.down else "right",
        command=arguments.command if arguments.foreign_command else None,
        shell=arguments.shell,
        dir=None if arguments.dir is None else values.directory(arguments.dir),
        env=None if arguments.show else dict(os.environ),
        set_env=values.pairs(arguments.env) or None,
        fraction=_fraction(arguments.fraction),
        show=None if arguments.show is None else resolve_pane(arguments.show),
    )
    if arguments.json:
        console.say_json(pane)
    elif arguments.show:
        console.say(f"{console.clean(arguments.show)} is shown there")
    else:
        name = connection.call("session.get", target=target)["name"]
        console.say(f"{console.clean(name)}:{pane['index']}")
    return EXIT_OK


def _fraction(text: str | None) -> float | None:
    try:
        value = 0.5 if text is None else float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise UsageError(f"--fraction: {text!r} is not between 0 and 1", "0.25 gives the new pane a quarter.")
    return None if text is None else value


def _close(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    _refuse(words, "close")
    if parse_target(target).pane is None and arguments.source is None:
        raise UsageError("which pane?", "write SESSION:PANE; `ai-session kill` ends a whole session.")
    source = None if arguments.source is None else resolve_pane(arguments.source)
    closed = connection.call("pane.close", **{"target": target, "force": arguments.force or None, "from": source})
    if arguments.json:
        console.say_json(closed)
    else:
        gone = ", ".join(f"{console.clean(process['name'])} ({process['pid']})" for process in closed["gone"])
        also = "; it was the last one: the session is killed" if closed["session_killed"] else ""
        if source is None:
            console.say(f"closed {console.clean(arguments.session)}: {gone or 'nothing was running'}{also}")
    for process in closed["survived"]:
        console.note(f"{console.clean(process['name'])} ({process['pid']}) is still alive, so the pane stays")
    return EXIT_FAILURE if closed["survived"] else EXIT_OK


def _list(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    _refuse(words, "list")
    session: SessionShape = connection.call("session.get", target=target)
    if arguments.json:
        console.say_json({"panes": session["panes"], "layout": session["layout"]})
        return EXIT_OK
    for line in render.panes(session):
        console.say(line)
    return EXIT_OK


def _focus(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    directions = (*SIDES, "next", "previous")
    if len(words) > 1 or (words and words[0] not in directions):
        raise UsageError(f"unexpected {words[-1]!r}", f"a direction is one of {', '.join(directions)}.")
    layout = connection.call("layout.focus", target=target, direction=words[0] if words else None)
    return _say_layout(connection, target, layout, arguments)


def _resize(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    if arguments.size is not None:
        _refuse(words, "resize --size")
        columns, rows = values.size(arguments.size)
        pane = connection.call("pane.resize", target=target, columns=columns, rows=rows)
        if arguments.json:
            console.say_json(pane)
        return EXIT_OK
    if not 1 <= len(words) <= 2 or words[0] not in SIDES:
        raise UsageError("to which side?", "write `pane resize dev:2 right 10`, or --size COLSxROWS.")
    cells = values.whole(words[1], "N", "cells") if len(words) == 2 else 1
    return _say_layout(
        connection, target, connection.call("layout.resize", target=target, direction=words[0], cells=cells), arguments
    )


def _zoom(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    if len(words) > 1 or (words and words[0] not in ("on", "off")):
        raise UsageError(f"unexpected {words[-1]!r}", "write on, off, or nothing for the other of the two.")
    layout = connection.call("layout.zoom", target=target, zoomed=words[0] == "on" if words else None)
    return _say_layout(connection, target, layout, arguments)


def _swap(connection: Connection, target: str, words: list[str], arguments: Namespace) -> int:
    if len(words) != 1:
        raise UsageError("with which pane?", "write `pane swap dev:1 2`.")
    layout = connection.call("layout.swap", **{"target": target, "with": words[0]})
    return _say_layout(connection, target, layout, arguments)


def _say_layout(connection: Connection, target: str, layout: Any, arguments: Namespace) -> int:
    if arguments.json:
        console.say_json(layout)
    else:
        session: SessionShape = connection.call("session.get", target=target)
        at = next((pane for pane in session["panes"] if pane["id"] == layout["focus"]), None)
        where = layout["focus"] if at is None else f"{session['name']}:{at['index']}"
        console.say(f"the focus is at {console.clean(where)}{', which fills the area' if layout['zoomed'] else ''}")
    return EXIT_OK


def _refuse(words: list[str], action: str) -> None:
    if words:
        raise UsageError(f"pane {action}: unexpected {words[0]!r}", "a command to run goes behind `--`.")
