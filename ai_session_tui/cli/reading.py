"""From the words of a call to the arguments of its subcommand."""

from __future__ import annotations

from ai_session_tui.cli.words import Arguments, Declared
from ai_session_tui.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from ai_session_tui.cli.catalog import Subcommand


def parse(subcommand: Subcommand, words: Sequence[str]) -> Arguments | Namespace:
    """Return the arguments that the words spell; raise `UsageError`, or SystemExit once `--help` is printed.

    A module with `split_words` takes the words of a foreign command out first: they would be read as ours.
    """
    module = subcommand.load()
    split = getattr(module, "split_words", None)
    words, foreign = split(list(words)) if split else (words, [])
    declared = Declared()
    module.add_arguments(declared)
    arguments: Arguments | Namespace | None = declared.read(words)
    if arguments is None:
        from ai_session_tui.cli.parsers import build_parser

        arguments = build_parser(subcommand).parse_args(words)
    strays: list[str] | None = getattr(arguments, "command", None)
    if foreign and strays:
        raise UsageError(f"unexpected {strays[0]!r}", "a command to run stands alone behind `--`.")
    arguments.__dict__["foreign_command"] = bool(foreign)
    if foreign:
        arguments.__dict__["command"] = foreign
    return arguments
