"""`ai-session ui [SESSION]`: the full-screen dashboard. Everything that it needs is imported here and nowhere else."""

from __future__ import annotations

import sys

from ai_session_tui.cli import console
from ai_session_tui.errors import UnsupportedError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EPILOG = """\
`ai-session` alone opens it too. All keys go to the program in the pane, but those behind the leader (ctrl+b, or the
setting `leader`): ctrl+b ? lists them, ctrl+b d leaves, and everything keeps running."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `ui` takes."""
    parser.add_argument("session", metavar="SESSION", nargs="?", help="the session to begin with")


def run(arguments: Namespace) -> int:
    """Open the dashboard."""
    return show(arguments.session)


def is_possible() -> bool:
    """Whether all three standard streams are a terminal: Textual draws on stderr."""
    return all(console.is_terminal(stream) for stream in (sys.stdin, sys.stdout, sys.stderr))


def show(target: str | None = None) -> int:
    """Open the dashboard on this terminal; raises `UsageError` when there is none."""
    if not is_possible():
        raise UsageError(
            "the dashboard needs a terminal at all three standard streams",
            "without: `ai-session list`, `exec`, `capture`.",
        )
    import gc
    import os

    from ai_session_tui.paths import Home

    os.environ.setdefault("ESCDELAY", "25")  # milliseconds until a lone Escape is one; Textual reads it when imported
    gc.disable()  # until the frame is painted (`dashboard.collecting`): 450 modules hold much, none of it garbage
    try:
        from ai_session_tui.dashboard.app import run as open_dashboard
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise UnsupportedError("the dashboard needs Textual", "`pip install textual` adds it.") from error
    return open_dashboard(Home(), target)
