"""`ai-session cleanup`: remove old sessions and what crashes left behind; first say what, and what that frees."""

from __future__ import annotations

import os
import sys

from ai_session_tui import figures
from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.targets import SESSION_ID
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, ConflictError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

EPILOG = """\
Without an option only leftovers of crashes go, and unused space of the database. Options are joined: `--stopped
--older-than 30d --keep 5` means stopped sessions that saw nothing for 30 days, but not the newest five of them. A
session in which a command runs, that somebody looks at, or that one is in, stays; --force takes the first two as well.
A removed session is gone with its output and its records; `kill` alone leaves them."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `cleanup` takes."""
    add = parser.add_argument
    add("--idle", metavar="T", help="end and remove sessions that saw nothing for so long: 48h")
    add("--stopped", action="store_true", help="remove sessions in which nothing runs, and killed ones")
    add("--older-than", metavar="T", help="only what saw nothing for so long: 30d (alone: of the stopped ones)")
    add("--keep", metavar="N", help="but not the newest N of them")
    add("--dry-run", action="store_true", help="only say what would be removed")
    add("--yes", action="store_true", help="do not ask")
    add("--force", action="store_true", help="also where a command runs, or somebody is attached")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Clean up; 1 when something survived or the person said no."""
    parameters: dict[str, object] = {
        "idle": values.seconds(arguments.idle, "--idle"),
        "stopped": arguments.stopped,
        "older_than": values.seconds(arguments.older_than, "--older-than"),
        "keep": _keep(arguments.keep),
        "force": arguments.force,
        "spare": [os.environ[SESSION_ID]] if os.environ.get(SESSION_ID) else [],
    }
    connection = linking.connect_if_useful()
    if connection is None:
        if arguments.json:
            console.say_json({"dry_run": arguments.dry_run, "sessions": [], "kept": [], "leftovers": [], "bytes": 0})
        else:
            console.say("There is nothing here.")
        return EXIT_OK
    with connection:
        plan: dict[str, Any] = connection.call("cleanup", **parameters)
        if arguments.dry_run:
            return _tell_plan(plan, as_json=arguments.json)
        if not arguments.yes and not _is_agreed(plan, as_json=arguments.json):
            console.note("nothing was removed")
            return EXIT_FAILURE
        agreed = [session["id"] for session in plan["sessions"]]
        done: dict[str, Any] = connection.call("cleanup", **parameters, dry_run=False, sessions=agreed)
    return _tell(done, as_json=arguments.json)


def _keep(text: str | None) -> int | None:
    if text == "0":
        return 0
    return values.whole(text, "--keep", "sessions")


def _tell_plan(plan: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        console.say_json(plan)
        return EXIT_OK
    for line in _lines(plan):
        console.say(line)
    return EXIT_OK


def _lines(plan: dict[str, Any]) -> list[str]:
    """Return what would be removed, as text."""
    lines = []
    if plan["sessions"]:
        rows = [["SESSION", "WHY", "LAST ACTIVITY", "FREES"]]
        rows += [
            [
                console.clean(session["name"]),
                console.clean(session["why"]),
                figures.moment(session["last_activity"]),
                figures.size(session["bytes"]),
            ]
            for session in plan["sessions"]
        ]
        lines += figures.table(rows, [32, 0, 0, 0])
    else:
        lines.append("No session would be removed.")
    lines += _kept(plan)
    for kind, words in (("journal", "outputs"), ("shell", "shell folders"), ("socket", "sockets"), ("file", "files")):
        found = [one for one in plan["leftovers"] if one["kind"] == kind]
        if found:
            lines.append(
                f"Left by crashes: {len(found):,} {words} ({figures.size(sum(one['bytes'] for one in found))})"
            )
    lines.append(f"Frees {figures.size(plan['bytes'])}.")
    return lines


def _kept(plan: dict[str, Any]) -> list[str]:
    return [f"Stays: {console.clean(session['name'])}, {console.clean(session['why'])}" for session in plan["kept"]]


def _is_agreed(plan: dict[str, Any], *, as_json: bool) -> bool:
    """Return whether everything that is planned may be done: nothing is lost by it, or the person says so."""
    if not plan["sessions"]:
        return True
    if as_json or not console.is_terminal(sys.stdin) or not console.is_terminal(sys.stderr):
        raise ConflictError(
            f"{len(plan['sessions'])} sessions would be removed for good", "--yes does it; --dry-run lists them."
        )
    for line in _lines(plan):
        console.say(line)
    sys.stdout.flush()
    sys.stderr.write(f"Remove {'it' if len(plan['sessions']) == 1 else 'all of them'} for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _tell(done: dict[str, Any], *, as_json: bool) -> int:
    failed = [session for session in done["sessions"] if not session["removed"]]
    stuck = [one for one in done["leftovers"] if not one["gone"]]
    if as_json:
        console.say_json(done)
    else:
        for session in done["sessions"]:
            if session["removed"]:
                console.say(render.killed(session).replace("killed", "removed", 1))
        for line in _kept(done):
            console.say(line)
        gone = len(done["leftovers"]) - len(stuck)
        if gone:
            console.say(f"removed {gone:,} leftovers of crashes")
        console.say(f"freed {figures.size(done['bytes'])}")
    for session in failed:
        for process in session["survived"]:
            name = f"{console.clean(process['name'])} ({process['pid']})"
            console.note(f"{console.clean(session['name'])} stays: {name} is still alive")
    for one in stuck:
        console.note(f"cannot be removed: {console.clean(one['path'])}")
    if done["trouble"]:
        console.note(console.clean(done["trouble"]))
    return EXIT_FAILURE if failed or stuck else EXIT_OK
