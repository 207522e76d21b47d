"""`ai-session watch`: say what needs somebody, in any session, as it happens."""

from __future__ import annotations

import os
import subprocess
import sys

from ai_session_tui import figures
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import SESSION, add_json
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.client.connection import ConnectionLostError, Event
from ai_session_tui.errors import EXIT_OK, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator
    from typing import Any

    from ai_session_tui.cli.shapes import SessionShape

KINDS = ("input", "notification", "bell", "failed", "finished")
WORDS = {
    "input": "needs you",
    "notification": "says",
    "bell": "rang",
    "failed": "failed",
    "finished": "has finished",
}
EPILOG = """\
What is told: a program that waits for an answer (input), one that sent a notification (OSC 9, OSC 777) or rang the
bell, a command that failed, one of more than 10 seconds that has ended. It goes on until Ctrl-C, and over restarts of
the server. With --json each is a line of JSON.
Examples:
  ai-session watch --bell
  ai-session watch dev --once && echo "dev wants something"
  ai-session watch --kind input --notify-send &"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `watch` takes."""
    add = parser.add_argument
    add(
        "--kind", action="append", choices=KINDS, metavar="KIND", help="only this kind; repeatable: " + ", ".join(KINDS)
    )
    add("--once", action="store_true", help="end with the first one; what needs you already counts")
    add("--bell", action="store_true", help="ring the bell of this terminal too")
    add("--osc9", action="store_true", help="let this terminal show a notification (OSC 9)")
    add("--notify-send", action="store_true", help="show a notification on the desktop (notify-send)")
    add_json(parser)
    add("sessions", nargs="*", metavar=SESSION, help="only these sessions; default: all")


def run(arguments: Namespace) -> int:
    """Print notices until the end."""
    if arguments.notify_send:
        _find_notify_send()
    wanted = set(arguments.kind or KINDS)
    for notice in _notices([resolve_session(name) for name in arguments.sessions]):
        if notice["kind"] not in wanted:
            continue
        _tell(notice, arguments)
        if arguments.once:
            break
    return EXIT_OK


def _notices(names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield what needs somebody already, and then what happens, with one server after the other."""
    told: set[tuple[str, int, str]] = set()  # what the last server has told already
    while True:
        with linking.connect() as connection:
            events = connection.open("events")
            sessions: list[SessionShape] = connection.call("session.list")["sessions"]
            ids = {connection.call("session.get", target=name)["id"] for name in names}
            for session in sessions:
                if not ids or session["id"] in ids:
                    yield from _needs(session, told)
            try:
                for item in events:
                    if isinstance(item, Event) and item.name == "notice" and _concerns(item.data, ids):
                        told.add((item.data["session_id"], item.data["pane"], item.data["text"]))
                        yield dict(item.data)
            except ConnectionLostError:
                continue  # the next server has the same sessions


def _needs(session: SessionShape, told: set[tuple[str, int, str]]) -> Iterator[dict[str, Any]]:
    for pane in session["panes"]:
        need = pane["attention"]
        if need is not None and (session["id"], pane["index"], need["evidence"]) not in told:
            told.add((session["id"], pane["index"], need["evidence"]))
            yield {
                "kind": need["kind"],
                "session": session["name"],
                "session_id": session["id"],
                "pane": pane["index"],
                "text": need["evidence"],
                "time": need["since"],
                "command": None,
            }


def _concerns(notice: Any, ids: set[str]) -> bool:
    return not ids or notice["session_id"] in ids


def _tell(notice: dict[str, Any], arguments: Namespace) -> None:
    where = console.clean(notice["session"]) + (f":{notice['pane']}" if notice["pane"] != 1 else "")
    words = f"{where} {WORDS.get(notice['kind'], notice['kind'])}: {console.clean(notice['text'])}"
    if arguments.json:
        import json

        console.say(json.dumps(notice))
    else:
        console.say(f"{figures.moment(notice['time'])}  {words}")
    sys.stdout.flush()
    if arguments.bell or arguments.osc9:
        signs = ("\a" if arguments.bell else "") + (f"\x1b]9;{words}\x1b\\" if arguments.osc9 else "")
        _to_terminal(signs)
    if arguments.notify_send:
        subprocess.run(["notify-send", "--app-name=ai-session", "--", where, words], check=False)


def _to_terminal(signs: str) -> None:
    """Write to the terminal itself: stdout may be a file."""
    try:
        descriptor = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY)
    except OSError:
        sys.stderr.write(signs)
        sys.stderr.flush()
        return
    with open(descriptor, "wb", buffering=0) as terminal:
        terminal.write(signs.encode("utf-8", "replace"))


def _find_notify_send() -> None:
    import shutil

    if shutil.which("notify-send") is None:
        raise UnsupportedError(
            "there is no notify-send here", "it comes with libnotify; --bell and --osc9 need nothing."
        )
