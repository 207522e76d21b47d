"""`ai-session stats`: what was measured, of all sessions or of one."""

from __future__ import annotations

import os
import sys
import time

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, stats_layout
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.errors import EXIT_INTERRUPTED, EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from ai_session_tui.client.connection import Connection

FORMATS = ("csv", "json", "prometheus")
_WATCH_SECONDS = 2.0
EPILOG = """\
Every figure stands beside the number of observations it rests on; what was not measured is n/a. Savings are what the
digests of outputs take, against reading the same outputs raw. Prices: `ai-session config get prices`."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `stats` takes."""
    parser.add_argument(
        "session", nargs="?", metavar=values.SESSION, help="only this one, with its profile; default: all sessions"
    )
    parser.add_argument("--global", action="store_true", dest="everything", help="all sessions (the default)")
    parser.add_argument("--since", metavar="T", help="from then on: 2h, 7d, 2026-03-01, '2026-03-01 14:30'")
    parser.add_argument("--watch", action="store_true", help="again every two seconds, until Ctrl-C")
    parser.add_argument("--export", choices=FORMATS, metavar="FORMAT", help="csv, json or prometheus, on stdout")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Show statistics."""
    if arguments.session is not None and arguments.everything:
        raise UsageError("a session or --global, not both")
    if arguments.export and arguments.json:
        raise UsageError("--export and --json do not go together", "--export json is the same.")
    parameters: dict[str, object] = {
        "target": None if arguments.session is None else resolve_session(arguments.session),
        "since": values.since(arguments.since, "--since"),
    }
    if not arguments.watch:
        with linking.connect() as connection:
            _show(_ask(connection, parameters), arguments)
        return EXIT_OK
    return _watch(parameters, arguments)


def _ask(connection: Connection, parameters: dict[str, object]) -> dict[str, Any]:
    found: dict[str, Any] = connection.call("stats.get", **parameters)
    return found


def _watch(parameters: dict[str, object], arguments: Namespace) -> int:
    """Show it again and again; a server that goes away is waited for as long as another can be started."""
    in_place = console.is_terminal(sys.stdout) and not arguments.json and not arguments.export
    connection = linking.connect()
    try:
        while True:
            try:
                found = _ask(connection, parameters)
            except ConnectionLostError:
                connection.close()
                connection = linking.connect()
                continue
            if in_place:
                lines = stats_layout.fitted(stats_layout.statistics(found), os.get_terminal_size(1).lines)
                sys.stdout.write("\x1b[H\x1b[2J" + "\n".join(lines))
            else:
                _show(found, arguments)
            sys.stdout.flush()
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        if in_place:
            console.say()
        return EXIT_OK if in_place else EXIT_INTERRUPTED
    finally:
        connection.close()


def _show(found: dict[str, Any], arguments: Namespace) -> None:
    if arguments.json or arguments.export == "json":
        console.say_json(found)
    elif arguments.export:
        from ai_session_tui.statistics.exports import to_csv, to_prometheus

        text = to_csv(found) if arguments.export == "csv" else to_prometheus(found)
        console.say(text.rstrip("\n"))
    else:
        for line in stats_layout.statistics(found):
            console.say(line)
