"""`ai-session output SESSION[#N]`: what a command, or a whole pane, has written; as text, in part, or byte by byte."""

from __future__ import annotations

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.targets import resolve
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from ai_session_tui.client.connection import Connection

EPILOG = """\
Text by default, as a person would have seen it scroll by: no escape sequences, of a progress bar its last state. Its
lines are those that the marks of a digest name. Secrets are masked, except with --no-redact and --raw.
With --grep, lines are printed with their numbers; the exit status is 1 where none fits.
Examples:
  ai-session output dev#12 --lines 40-451
  ai-session output dev#12 --grep 'error|warning' -C 3
  ai-session output dev --raw > everything"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `output` takes."""
    values.add_session(parser, "; `dev#12`: of its command 12; `dev:2`: of its second pane")
    add = parser.add_argument
    add("--raw", action="store_true", help="the bytes as they were written")
    add("--lines", metavar="A-B", help="only these lines, counted from 1 (5-20, 5-, --lines=-20, 7)")
    add("--grep", metavar="REGEX", help="only lines in which this regular expression occurs, with their numbers")
    add("--ignore-case", "-i", action="store_true", help="for --grep, upper and lower case are the same")
    add("--context", "-C", metavar="N", help="for --grep, so many lines around each match as well")
    values.add_no_redact(parser)
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Print what was written."""
    target = str(resolve(arguments.session))
    first, last = (1, None) if arguments.lines is None else values.lines(arguments.lines)
    if arguments.raw and arguments.grep is not None:
        raise UsageError("--grep looks at lines of text, and --raw gives bytes", "leave one of them away.")
    if arguments.grep is None and (arguments.context is not None or arguments.ignore_case):
        raise UsageError("--context and --ignore-case belong to --grep", "add --grep REGEX.")
    if arguments.grep == "":
        raise UsageError("--grep has no pattern", "write a regular expression behind it.")
    around = values.whole(arguments.context, "--context", "lines") or 0
    with linking.connect() as connection:
        if arguments.raw:
            from ai_session_tui.cli.raw_output import print_raw

            return print_raw(connection, target, first, last, as_json=arguments.json)
        options = {"redact": not arguments.no_redact}
        if arguments.grep is None:
            return _print_text(connection, target, first, last, options, as_json=arguments.json)
        found = connection.call(
            "command.text",
            target=target,
            lines=[first, last],
            grep=arguments.grep,
            ignore_case=arguments.ignore_case,
            context=around,
            **options,
        )
    return _print_matches(found, as_json=arguments.json)


def _print_text(
    connection: Connection, target: str, first: int, last: int | None, options: dict[str, bool], *, as_json: bool
) -> int:
    found = connection.call("command.text", target=target, lines=[first, last], **options)
    lines: list[list[Any]] = found["lines"]
    if as_json:
        while found["truncated"]:
            found = connection.call("command.text", target=target, lines=[lines[-1][0] + 1, last], **options)
            lines += found["lines"]
        answer = {"output": "".join(f"{text}\n" for _, text in lines), "first_line": first}
        rest = {name: found[name] for name in ("total", "lost")}
        console.say_json(answer | {"last_line": lines[-1][0] if lines else None} | rest)
        return EXIT_OK
    _note_lost(found["lost"])
    console.write("".join(f"{text}\n" for _, text in lines).encode("utf-8", "replace"))
    if found["truncated"]:
        from ai_session_tui.cli.long_text import print_rest

        print_rest(connection, target, lines[-1][0] + 1, last, redacted=options["redact"])
    return EXIT_OK


def _print_matches(found: dict[str, Any], *, as_json: bool) -> int:
    fitting = set(found["matches"])
    if as_json:
        lines = [{"line": number, "text": text, "match": number in fitting} for number, text in found["lines"]]
        console.say_json({"lines": lines} | {name: found[name] for name in ("total", "truncated", "lost")})
    else:
        _note_lost(found["lost"])
        before = None
        for number, text in found["lines"]:
            if before is not None and number != before + 1 and len(fitting) != len(found["lines"]):
                console.say("--")
            console.write(f"{number}{':' if number in fitting else '-'}{text}\n".encode("utf-8", "replace"))
            before = number
        if found["truncated"]:
            console.note("there are more: narrow the pattern, or look at a part with --lines")
    return EXIT_OK if fitting else EXIT_FAILURE


def _note_lost(lost: int) -> None:
    if lost:
        console.note(f"{lost:,} bytes at the beginning are lost: pruned")
