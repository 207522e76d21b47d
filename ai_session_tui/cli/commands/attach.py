"""`ai-session attach SESSION`: this terminal shows the session; the leader key leaves it and moves between sessions."""

from __future__ import annotations

import sys

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console
from ai_session_tui.cli.targets import resolve_pane
from ai_session_tui.errors import UnsupportedError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EPILOG = """\
Keys, behind the leader (ctrl+b, or the setting `leader`):
  d    detach          n p   next and previous session    c   new session       s   choose a session
  % "  split the pane  o     next pane; arrows: that way  x   close the pane    ?   help
One pane is shown at a time. The leader again sends it to the program.
A stopped session is started first."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `attach` takes."""
    values.add_session(parser, "; `dev:2` is its second pane")
    parser.add_argument("--read-only", action="store_true", help="watch; only the leader's keys work")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Attach."""
    check_terminal()
    return attach(resolve_pane(arguments.session), read_only=arguments.read_only, as_json=arguments.json)


def check_terminal() -> None:
    """Raise unless stdin and stdout are a terminal that can be put into raw mode."""
    if sys.platform == "win32":
        raise UnsupportedError(
            "in this version attach needs a POSIX terminal", "`ai-session capture`, `send` and `exec` work here."
        )
    if not console.is_terminal(sys.stdin) or not console.is_terminal(sys.stdout):
        raise UsageError(
            "attach needs a terminal at stdin and stdout", "without one: `ai-session capture`, `send` and `exec`."
        )


def attach(target: str, *, read_only: bool = False, as_json: bool = False) -> int:
    """Attach this terminal to a pane and return the exit status."""
    from ai_session_tui.cli.viewing import view
    from ai_session_tui.config import load_settings
    from ai_session_tui.paths import Home

    leader = load_settings(Home().config).leader
    sys.stdout.flush()
    ending = view(target, leader=leader, read_only=read_only)
    if as_json:
        console.say_json({"session": ending.session, "reason": ending.reason})
    elif ending.said:
        console.say(console.clean(ending.said))
    return ending.status
