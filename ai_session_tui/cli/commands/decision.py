"""`ai-session decision add|list`: what was decided in a session, why, and instead of what."""

from __future__ import annotations

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.conversation import formats
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.conversation.shapes import DecisionShape

EPILOG = """\
Decisions are part of the session's context and are never compressed away.
Examples:
  ai-session decision add dev "Keep sessions in SQLite" --why "one file, survives kill -9" --alternative "a JSON file"
  ai-session decision list dev --json"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `decision` takes."""
    add = parser.add_argument
    add("action", choices=("add", "list"), help="add or list")
    values.add_session(parser)
    add("text", nargs="*", metavar="TEXT", help="with `add`: what was decided; `-` reads it from stdin")
    add("--why", metavar="TEXT", help="the reason")
    add("--alternative", action="append", metavar="TEXT", help="what was not chosen; repeatable")
    add("--outcome", metavar="TEXT", help="what came of it")
    add("--no-redact", action="store_true", help="with `list`: do not mask secrets")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Record a decision, or list them."""
    session = resolve_session(arguments.session)
    return _add(arguments, session) if arguments.action == "add" else _list(arguments, session)


def _add(arguments: Namespace, session: str) -> int:
    text = values.text(" ".join(arguments.text), "the decision").strip()
    if not text:
        raise UsageError("decision add needs a text", '`decision add dev "…"`.')
    with linking.connect() as connection:
        decision: DecisionShape = connection.call(
            "decision.add",
            target=session,
            text=text,
            why=arguments.why,
            alternatives=arguments.alternative,
            outcome=arguments.outcome,
        )
    if arguments.json:
        console.say_json(decision)
    else:
        console.say(f"Recorded decision {decision['id']} in '{console.clean(session)}'.")
    return EXIT_OK


def _list(arguments: Namespace, session: str) -> int:
    if arguments.text:
        raise UsageError(f"unexpected {arguments.text[0]!r}", "`decision list` takes a session alone.")
    with linking.connect() as connection:
        decisions: list[DecisionShape] = connection.call(
            "decision.list", target=session, redact=False if arguments.no_redact else None
        )["decisions"]
    if arguments.json:
        console.say_json({"decisions": decisions})
    elif not decisions:
        console.say("No decisions yet.")
    for decision in [] if arguments.json else decisions:
        for line in formats.decision_lines(decision):
            console.say(line)
    return EXIT_OK
