"""`ai-session replay SESSION`: what a pane showed, played again in this terminal or written as an asciicast."""

from __future__ import annotations

import os
import sys

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.targets import resolve
from ai_session_tui.errors import EXIT_OK, ConflictError, StorageError, UnsupportedError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Iterator

    from ai_session_tui.cli.film import Film
    from ai_session_tui.client.connection import Connection

EPILOG = """\
Keys while it plays: space pause, + and - speed, n without this pause, q quit. An exported file has the real times;
play it with `asciinema play` or in a web page.
Examples:
  ai-session replay dev --speed 4
  ai-session replay dev:2 --idle 1
  ai-session replay dev#12 --export build.cast"""

_PART_BYTES = 1024 * 1024
_IDLE = 2.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `replay` takes."""
    values.add_session(parser, "; `dev:2`: its second pane; `dev#12`: while its command 12 ran")
    add = parser.add_argument
    add("--speed", metavar="N", help="so many times as fast; default: 1")
    add("--idle", metavar="SECONDS", help=f"cut longer pauses to this; default: {_IDLE:g}, exported: as they were")
    add("--export", metavar="FILE", help="write an asciicast (v2) instead of playing; `-` is stdout")
    add("--force", action="store_true", help="--export: replace a file that is there")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Play or export."""
    target = str(resolve(arguments.session))
    idle = values.seconds(arguments.idle, "--idle")
    if arguments.export is None:
        _check_terminal(arguments)
    with linking.connect() as connection:
        from ai_session_tui.cli.film import Film

        told = connection.call("journal.timeline", target=target)
        if arguments.export is not None:
            return _export(connection, target, Film(told), idle, arguments)
        film = Film(told, _IDLE if idle is None else idle)
        from ai_session_tui.cli.player import play

        return play(film, film.scenes(_chunks(connection, target, film)), arguments.session, _speed(arguments.speed))


def _check_terminal(arguments: Namespace) -> None:
    if arguments.json:
        raise UsageError("--json is for --export", "it says how much was written.")
    if sys.platform == "win32":
        raise UnsupportedError("replay needs a POSIX terminal", "`--export FILE.cast` works here.")
    if not console.is_terminal(sys.stdin) or not console.is_terminal(sys.stdout):
        raise UsageError("replay needs a terminal at stdin and stdout", "without one: --export FILE.cast.")


def _speed(text: str | None) -> float:
    try:
        speed = 1.0 if text is None else float(text)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1000:
        raise UsageError(f"--speed: {text!r} is not a speed", "4 is four times as fast, 0.5 half as fast.")
    return speed


def _chunks(connection: Connection, target: str, film: Film) -> Iterator[bytes]:
    """Read the bytes of the film as they are needed."""
    for start in range(film.start, film.end, _PART_BYTES):
        call = connection.open("journal.read", target=target, start=start, end=min(start + _PART_BYTES, film.end))
        yield b"".join(item for item in call if isinstance(item, bytes))
        call.result()


def _export(connection: Connection, target: str, film: Film, idle: float | None, arguments: Namespace) -> int:
    from ai_session_tui.cli.film import asciicast

    lines = asciicast(film, _chunks(connection, target, film), arguments.session, idle)
    if arguments.export == "-":
        for line in lines:
            console.say(line)
        return EXIT_OK
    size = _write(arguments.export, lines, replace=arguments.force)
    if arguments.json:
        console.say_json({"file": os.path.abspath(arguments.export), "bytes": size, "seconds": round(film.seconds, 3)})
    else:
        console.say(f"wrote {arguments.export}: {film.seconds:,.1f} seconds, {size:,} bytes")
    return EXIT_OK


def _write(path: str, lines: Iterable[str], *, replace: bool) -> int:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL)
    try:
        with open(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="\n") as file:
            return sum(file.write(line + "\n") and len(line.encode()) + 1 for line in lines)
    except FileExistsError:
        raise ConflictError(f"{path} is there already", "--force replaces it.") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "choose another place.") from error
