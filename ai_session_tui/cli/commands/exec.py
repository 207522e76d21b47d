"""`ai-session exec SESSION COMMAND`: run a command in the session's own shell, and be its exit code.

Invariant: stdout carries the command's output alone (or the one layout that was asked for); our words go to stderr.
"""

from __future__ import annotations

from itertools import islice

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli.targets import resolve_pane
from ai_session_tui.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EPILOG = """\
Our options may stand before or behind the command; any other word behind SESSION belongs to the command. Behind
`--` every word does. One word is taken as it is (quotes, several lines, pipes); several are joined by spaces.

--digest prints the digest once the command has ended; --json carries it beside the output.

Exits with the command's own exit code; 124 when --timeout ended it, 125 when nobody can tell how it ended,
130 after Ctrl-C, which interrupts the command (twice: kills it).

Examples:
  ai-session exec dev "cargo test" --capture
  ai-session exec dev --digest "cargo test"
  ai-session exec dev make -j4 2> notes.txt | tee build.log
  ai-session exec dev - < script.sh"""

# Our options, and how many words follow each.
_OPTIONS = {
    "--capture": 0,
    "--digest": 0,
    "--whole-files": 0,
    "--no-wait": 0,
    "--json": 0,
    "--timeout": 1,
    "--budget": 1,
}
_HELP = ("-h", "--help")  # ours before the command only: `exec dev ls -h`


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `exec` takes."""
    values.add_session(parser, "; `dev:2` is its second pane")
    add = parser.add_argument
    add("command", nargs="*", metavar="COMMAND", help="what to run; `-` reads it from stdin")
    add("--capture", action="store_true", help="print a heading before and the outcome behind the output")
    add("--digest", action="store_true", help="print what a reader needs of the output instead of all of it")
    add("--budget", metavar="TOKENS", help="the tokens that the digest may have")
    add("--whole-files", action="store_true", help="with --digest: files that are only read (cat, sed -n) pass whole")
    add("--timeout", metavar="S", help="interrupt it after so many seconds (90, 2m, 1h)")
    add("--no-wait", action="store_true", help="fail if something else runs there, instead of waiting for its end")
    values.add_json(parser)


def split_words(words: list[str]) -> tuple[list[str], list[str]]:
    """Return our own words (options and the session), and those of the command."""
    ours: list[str] = []
    command: list[str] = []
    session: str | None = None
    rest = iter(words)
    for word in rest:
        if word == "--" and session is None:
            session = next(rest, None)
        elif word == "--":
            command += rest
        elif word in _OPTIONS:
            ours.append(word)
            ours += islice(rest, _OPTIONS[word])
        elif _is_ours(word) or (session is None and word.startswith("-")) or _asks_us(word, command):
            ours.append(word)
        elif session is None:
            session = word
        else:
            command.append(word)
    return ([] if session is None else [session]) + ours, command


def _is_ours(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and _OPTIONS.get(name) == 1


def _asks_us(word: str, command: list[str]) -> bool:
    return word in _HELP and not command


def run(arguments: Namespace) -> int:
    """Run a command in a session."""
    words: list[str] = arguments.command
    if not words:
        raise UsageError("there is no command to run", "write it behind the session, or `-` to read it from stdin.")
    command = values.text(" ".join(words), "the command")
    if words == ["-"]:
        command = command.removesuffix("\n")
    budget = values.whole(arguments.budget, "--budget", "tokens")
    if budget is not None and not (arguments.digest or arguments.json):
        raise UsageError("--budget is about a digest", "add --digest.")
    if arguments.whole_files and not (arguments.digest or arguments.json):
        raise UsageError("--whole-files is about a digest", "add --digest.")
    if arguments.digest and arguments.capture:
        raise UsageError("--capture shows the output, --digest only what a reader needs of it", "choose one of them.")
    from ai_session_tui.cli.aftermath import Wish
    from ai_session_tui.cli.running import Run, show

    run = Run(
        target=resolve_pane(arguments.session),
        command=command,
        timeout=values.seconds(arguments.timeout, "--timeout"),
        wait=not arguments.no_wait,
        stream="none" if arguments.digest else "output",
    )
    wish = Wish(budget, arguments.whole_files)
    return show(run, capture=arguments.capture, as_json=arguments.json, digest=arguments.digest, wish=wish)
