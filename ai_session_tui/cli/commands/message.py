"""`ai-session message`: sessions write to each other, so that agents can work together."""

from __future__ import annotations

import os
import sys
import time

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, targets
from ai_session_tui.conversation.formats import clean
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import MailShape
    from ai_session_tui.client.connection import Connection

EPILOG = """\
A message is kept until it is read; in a session with --ai-context it is in the conversation too. Inside a session the
sender is that session, unless --from says another. `wait` exits with 124 when --timeout is over first.
Examples:
  ai-session message send backend "the schema has changed, please rebase"
  ai-session message wait . --timeout 10m"""

_ACTIONS = ("send", "list", "read", "wait")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `message` takes."""
    add = parser.add_argument
    add("action", choices=_ACTIONS, help="send one; list all; read what is unread; or wait for one, and read it")
    values.add_session(parser, "; with `send`: who gets it, else: whose messages")
    add("text", nargs="*", metavar="TEXT", help="with `send`: the message; `-` reads it from stdin")
    add("--from", dest="sender", metavar="SESSION", help="with `send`: who sends it; else: only from that one")
    add("--unread", action="store_true", help="with `list`: only what was not read")
    add("--peek", action="store_true", help="with `read` and `wait`: it stays unread")
    add("--timeout", metavar="S", help="with `wait`: give up after so many seconds (90, 2m, 1h)")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Send, list, read or wait."""
    session = targets.resolve_session(arguments.session)
    if arguments.action != "send" and arguments.text:
        raise UsageError(f"unexpected {arguments.text[0]!r}", f"`message {arguments.action}` takes a session alone.")
    with linking.connect() as connection:
        if arguments.action == "send":
            return _send(arguments, connection, session)
        return _show(arguments, connection, session)


def _send(arguments: Namespace, connection: Connection, session: str) -> int:
    text = values.text(" ".join(arguments.text), "the message")
    if not text.strip():
        raise UsageError("message send needs a text", '`message send backend "…"`.')
    sender = arguments.sender
    if sender is not None:
        sender = targets.resolve_session(sender)
    elif os.environ.get(targets.SESSION_ID):
        sender = targets.resolve_session(".")
    mail: MailShape = connection.call("message.send", target=session, text=text, **{"from": sender})
    if arguments.json:
        console.say_json(mail)
    else:
        console.say(f"Sent message {mail['id']} to '{console.clean(mail['session'])}'.")
    return EXIT_OK


def _show(arguments: Namespace, connection: Connection, session: str) -> int:
    parameters: dict[str, object] = {"target": session, "from": arguments.sender}
    if arguments.action == "list":
        parameters["unread"] = arguments.unread or None
    elif arguments.peek:
        parameters["peek"] = True
    else:
        parameters["confirm"] = True
    if arguments.action == "wait":
        parameters["timeout"] = values.seconds(arguments.timeout, "--timeout")
    call = connection.open(f"message.{arguments.action}", **parameters)
    told = False
    for item in call:
        if not isinstance(item, bytes) and item.name == "mail":
            _print(arguments, item.data["mail"])
            sys.stdout.flush()  # what stdout does not take was read by nobody
            told = True
            call.send(b"read")
    found: list[MailShape] = call.result()["mail"]
    if not told:
        _print(arguments, found)
    return EXIT_OK


def _print(arguments: Namespace, found: list[MailShape]) -> None:
    if arguments.json:
        console.say_json({"mail": found})
        return
    if not found:
        console.say("No messages.")
    for mail in found:
        first, *rest = clean(mail["text"]).split("\n")
        when = time.strftime("%m-%d %H:%M:%S", time.localtime(mail["time"]))
        unread = "" if mail["read"] is not None or arguments.action != "list" else " (unread)"
        console.say(f"[{when}] {console.clean(mail['from'] or 'somebody')}{unread}: {first}")
        for line in rest:
            console.say(f"    {line}")
