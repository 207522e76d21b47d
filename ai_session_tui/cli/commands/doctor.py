"""`ai-session doctor`: is everything here that is needed, does it work, and what to do where it does not."""

from __future__ import annotations

import sys

from ai_session_tui.cli import console
from ai_session_tui.cli.arguments import add_json
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK
from ai_session_tui.paths import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from ai_session_tui.cli.checks.finding import Finding

_SIGNS = {"good": ("✅", "green"), "note": ("💡", "yellow"), "bad": ("❌", "red")}
EPILOG = """\
The shells are tried for real: a server is started in a folder of its own, and runs a command in each. The exit status
is 1 when something will not work."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `doctor` takes."""
    parser.add_argument("--quick", action="store_true", help="do not try the shells")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Check everything; 1 when something is bad."""
    found = []
    for finding in _findings(quick=arguments.quick):
        found.append(finding)
        if not arguments.json:
            for line in _lines(finding):
                console.say(line)
            sys.stdout.flush()
    bad = sum(finding.state == "bad" for finding in found)
    if arguments.json:
        console.say_json({"ok": not bad, "findings": [finding.to_plain() for finding in found]})
    else:
        console.say("")
        console.say("Everything works." if not bad else f"{bad} of {len(found)} will not work: see above.")
    return EXIT_FAILURE if bad else EXIT_OK


def _findings(*, quick: bool) -> Iterator[Finding]:
    from ai_session_tui.cli.checks import home as homes
    from ai_session_tui.cli.checks import system
    from ai_session_tui.cli.checks.terminal import check_terminal

    home = Home()
    yield from system.check_system()
    yield from homes.check_home(home)
    yield homes.check_config(home)
    yield homes.check_templates(home)
    yield from homes.check_server(home)
    yield from check_terminal()
    if not quick and sys.platform != "win32":
        from ai_session_tui.cli.checks.shells import check_shells

        yield from check_shells()
    yield system.check_vocabulary()
    yield system.check_tmux()


def _lines(finding: Finding) -> list[str]:
    sign, colour = _SIGNS[finding.state]
    words = console.clean(finding.words)
    lines = [f"{sign} {console.paint(f'{finding.name:<12}', colour)} {words}"]
    if finding.advice:
        lines.append(f"   {'':<12} → {console.clean(finding.advice)}")
    return lines
