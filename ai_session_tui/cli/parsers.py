"""Building the argument parser of one subcommand; the modules of the subcommands say what it takes."""

from __future__ import annotations

import argparse
import os

from ai_session_tui.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from ai_session_tui.cli.catalog import Subcommand

PROGRAM = "ai-session"
_WIDEST = 110


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are errors of ours, so that they look like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`."""
        raise UsageError(message, f"`{PROGRAM} help {self.prog.partition(' ')[2]}` explains it.")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps our line breaks. It knows its width: argparse would import `shutil` to find out, for every option added."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=_width())


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit():
        return max(40, int(columns[:4]) - 2)
    try:
        return max(40, min(os.get_terminal_size(1).columns, _WIDEST) - 2)
    except OSError:
        return 78


def _also(subcommand: Subcommand) -> str:
    names = " and ".join(f"`{alias}`" for alias in subcommand.aliases)
    return f" {names} is the same." if names else ""


def build_parser(subcommand: Subcommand) -> Parser:
    """Return the parser of a subcommand, as its module declares it."""
    module = subcommand.load()
    parser = Parser(
        prog=f"{PROGRAM} {subcommand.name}",
        description=getattr(module, "DESCRIPTION", f"{subcommand.help}.{_also(subcommand)}"),
        epilog=getattr(module, "EPILOG", None),
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    return parser
