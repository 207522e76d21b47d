"""`ai-session create`: a new session. Settings are decided here: flag, environment, config.toml, default."""

from __future__ import annotations

import os
import sys

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, render
from ai_session_tui.errors import EXIT_OK, UsageError
from ai_session_tui.names import check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import SessionShape
    from ai_session_tui.config import Settings

EPILOG = """\
Without a COMMAND the session runs your shell; commands are told apart and recorded in it.
Examples:
  ai-session create --name dev --ai-context
  ai-session create --template fullstack --var api='make serve'
  ai-session create --name log --dir /var/log -- tail -f syslog"""
split_words = values.split_at_dashes


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `create` takes."""
    add = parser.add_argument
    add("--name", metavar="NAME", help="default: one is made up")
    add("--ai-context", action="store_true", help="keep an AI context: what was said and what ran")
    add("--max-tokens", "--token-limit", metavar="N", help="most tokens of the context (AI_SESSION_MAX_TOKENS)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--compression",
        action="store_const",
        const=True,
        dest="compression",
        help="compress the context when it grows (AI_SESSION_COMPRESSION)",
    )
    group.add_argument(
        "--no-compression", action="store_const", const=False, dest="compression", help="leave the context as it is"
    )
    add("--template", metavar="NAME", help="make it after a template: `template list` shows them; or a file's path")
    add("--var", action="append", metavar="K=V", help="value for a variable of the template; repeatable")
    add("--dir", metavar="DIR", help="directory to start in; default: the current one")
    add("--shell", metavar="SHELL", help="shell to run; default: the setting `shell`, then $SHELL")
    add("--env", action="append", metavar="K=V", help="variable for the session; repeatable")
    add("--size", metavar="COLSxROWS", help="default: the size of this terminal")
    add("--attach", action="store_true", help="attach to it at once")
    values.add_json(parser)
    add("command", nargs="*", metavar="-- COMMAND", help="program to run instead of a shell, with its arguments")


def run(arguments: Namespace) -> int:
    """Create a session."""
    parameters = _parameters(arguments)
    if arguments.attach:
        if arguments.json:
            raise UsageError("--attach and --json do not go together")
        from ai_session_tui.cli.commands.attach import attach, check_terminal

        check_terminal()
    with linking.connect() as connection:
        session: SessionShape = connection.call("session.create", **parameters)
    if arguments.json:
        console.say_json(session)
        return EXIT_OK
    for line in render.created(session):
        console.say(line)
    if arguments.template is not None:
        from ai_session_tui.cli.commands.template import note_missing

        note_missing(arguments.template)
    if arguments.attach:
        return attach(session["id"])
    return EXIT_OK


def _parameters(arguments: Namespace) -> dict[str, object]:
    if arguments.command and not arguments.foreign_command:
        raise UsageError(
            f"unexpected {arguments.command[0]!r}", "the name goes behind --name, a command to run behind `--`."
        )
    from ai_session_tui.config import load_settings
    from ai_session_tui.paths import Home

    settings = load_settings(Home().config)
    explicit = {
        "name": None if arguments.name is None else check_name(arguments.name),
        "dir": None if arguments.dir is None else _directory(arguments.dir),
        "shell": arguments.shell,
        "command": arguments.command or None,
        "set_env": values.pairs(arguments.env) or None,
        "ai_context": arguments.ai_context or None,
        "max_tokens": _max_tokens(arguments.max_tokens),
        "compression": arguments.compression,
        "template": arguments.template,
        "variables": values.pairs(arguments.var, "--var") or None,
    }
    columns, rows = _size(arguments.size, settings)
    if explicit["variables"] and arguments.template is None:
        raise UsageError("--var is for a template", "name one with --template.")
    return {
        **{name: value for name, value in explicit.items() if value is not None},
        "env": dict(os.environ),
        "columns": columns,
        "rows": rows,
        "base_dir": explicit["dir"] or _current_directory(),
        "defaults": {
            "shell": settings.shell or None,
            "max_tokens": settings.max_tokens,
            "compression": settings.compression,
        },
    }


def _max_tokens(given: str | None) -> object:
    from ai_session_tui.config import check_setting

    return None if given is None else check_setting("max_tokens", given, "--max-tokens")


def _directory(given: str) -> str:
    directory = values.directory(given)
    if not os.path.isdir(directory):
        raise UsageError(f"--dir: {directory} is not a directory")
    return directory


def _current_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise UsageError("the current directory is gone", "say where to start: --dir DIR.") from None


def _size(given: str | None, settings: Settings) -> tuple[int, int]:
    if given is not None:
        return values.size(given)
    if console.is_terminal(sys.stdout):
        found = os.get_terminal_size(sys.stdout.fileno())
        if found.columns > 0 and found.lines > 0:
            return found.columns, found.lines
    return settings.columns, settings.rows
