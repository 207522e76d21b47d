"""`ai-session help [SUBCOMMAND]`: the list of subcommands, or what one of them takes."""

from __future__ import annotations

from ai_session_tui.cli import console
from ai_session_tui.cli.catalog import EXIT_STATUSES, GROUPS, find
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_TOP = "Sessions that outlive their terminals, and a record of what ran in them."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `help` takes."""
    parser.add_argument("subcommand", nargs="?", metavar="SUBCOMMAND", help="the one to explain; default: list all")


def run(arguments: Namespace) -> int:
    """Print the help."""
    name: str | None = arguments.subcommand
    if name is None:
        for line in top():
            console.say(line)
        return EXIT_OK
    subcommand = find(name)
    if subcommand is None:
        raise UsageError(f"there is no subcommand {name!r}", "`ai-session --help` lists all.")
    from ai_session_tui.cli.parsers import build_parser

    console.say(build_parser(subcommand).format_help().rstrip("\n"))
    return EXIT_OK


def top() -> list[str]:
    """Return the help of `ai-session` itself."""
    lines = ["usage: ai-session SUBCOMMAND …", "", _TOP]
    for title, group in GROUPS:
        lines += ["", console.paint(f"{title}:", "bold")]
        lines += [f"  {subcommand.name:<12}{subcommand.help}" for subcommand in group]
    lines += ["", "`ai-session help SUBCOMMAND` explains one; `ai-session` alone opens the dashboard."]
    lines += ["", console.paint("Exit status:", "bold")]
    lines += [f"  {number:>3}  {meaning}" for number, meaning in EXIT_STATUSES]
    return [*lines, "  `exec` exits with the command's own exit code."]
