"""`ai-session migrate`: move in from tmux, or from the original ai-session, and back again."""

from __future__ import annotations

import sys

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.migration.planning import Wishes

DESCRIPTION = """\
Make sessions of a tmux session: every window becomes a session with the same panes, sizes, directories and scrollback,
with new shells in them. Programs that only show something (less, tail -f, htop …) may be started again; what else
runs there stays in tmux, which is left as it is unless --replace."""

EPILOG = """\
Examples:
  ai-session migrate --session work --dry-run
  ai-session migrate --session work --ai-features
  ai-session migrate --all --rerun safe
  ai-session migrate --undo"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `migrate` takes."""
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--session", metavar="NAME", help="the tmux session to migrate")
    what.add_argument("--all", action="store_true", help="every session of the tmux server")
    what.add_argument("--from-ai-session", action="store_true", help="the sessions that the original ai-session saved")
    what.add_argument(
        "--undo", nargs="?", const="", metavar="NAME", help="take back the last migration, or the one that made NAME"
    )
    add("--name", metavar="NEW", help="name of the new session; default: the old one and `-migrated`")
    add("--ai-features", action="store_true", help="give the new sessions an AI context, filled from the history")
    add("--history", metavar="LINES", help="how many lines of each scrollback to take; default: all")
    add(
        "--rerun",
        choices=("ask", "safe", "none"),
        default="ask",
        help="programs to start again: ask for what is not sure to be safe (default; without a terminal: safe), "
        "only what is safe, or none",
    )
    add("--replace", action="store_true", help="remove the tmux session once the new one is verified")
    add("--force", action="store_true", help="replace, or undo, also where a running program is lost by it")
    add("--dry-run", action="store_true", help="say what would be made, and make nothing")
    add("--socket-name", metavar="L", help="the tmux server's socket, as tmux -L")
    add("--socket-path", metavar="S", help="the tmux server's socket, as tmux -S")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Migrate, or undo a migration."""
    if arguments.undo is not None:
        from ai_session_tui.cli.migrating import undo

        return undo(arguments.undo or None, force=arguments.force, as_json=arguments.json)
    if not (arguments.session or arguments.all or arguments.from_ai_session):
        raise UsageError(
            "say what to migrate: --session NAME, --all or --from-ai-session",
            "`tmux list-sessions` shows what is there.",
        )
    if arguments.all and arguments.name:
        raise UsageError("--name names one session, and --all migrates several")
    if arguments.from_ai_session:
        from ai_session_tui.cli.importing import import_saved

        return import_saved(name=arguments.name, is_dry=arguments.dry_run, as_json=arguments.json)
    return _migrate(arguments)


def _migrate(arguments: Namespace) -> int:
    from ai_session_tui.cli.migrating import Migration
    from ai_session_tui.migration.tmux_reading import Tmux

    wishes = _wishes(arguments)
    tmux = Tmux(arguments.socket_name, arguments.socket_path)
    names = tmux.session_names()
    migration = Migration(tmux, wishes, is_dry=arguments.dry_run, as_json=arguments.json)
    with linking.connect() as connection:
        if not arguments.all:
            done = [migration.run(connection, arguments.session)]
        else:
            done = [migration.try_run(connection, name) for name in names]
    if arguments.json:
        console.say_json({"migrations": done})
    return EXIT_FAILURE if any(one.get("error") for one in done) else EXIT_OK


def _wishes(arguments: Namespace) -> Wishes:
    from ai_session_tui.migration.planning import Wishes

    is_asking = arguments.rerun == "ask" and console.is_terminal(sys.stdin) and not arguments.json
    return Wishes(
        name=arguments.name,
        has_ai_features=arguments.ai_features,
        replaces=arguments.replace,
        is_forced=arguments.force,
        rerun="safe" if arguments.rerun == "ask" and not is_asking else arguments.rerun,
        history=values.whole(arguments.history, "--history", "lines"),
    )
