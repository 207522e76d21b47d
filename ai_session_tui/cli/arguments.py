"""Arguments that several subcommands share, and how their values are read."""

from __future__ import annotations

import os

from ai_session_tui import limits
from ai_session_tui.cli import console
from ai_session_tui.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

SESSION = "SESSION"  # the metavar by which completion knows that names of sessions fit here


def add_json(parser: ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print the result (and errors, on stderr) as JSON")


def add_no_redact(parser: ArgumentParser) -> None:
    """Add `--no-redact`."""
    parser.add_argument("--no-redact", action="store_true", help="do not mask secrets (keys, tokens, passwords)")


def add_session(parser: ArgumentParser, more: str = "") -> None:
    """Add the positional argument that names a session."""
    parser.add_argument(
        "session", metavar=SESSION, help=f"name, unique beginning of one, or id; `.` is the session one is in{more}"
    )


def seconds(text: str | None, option: str) -> float | None:
    """Return a number of seconds (`90`, `0.5`, `2m`, `1h`, `7d`); raise `UsageError`."""
    if text is None:
        return None
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}.get(text[-1:], 0)
    try:
        value = float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise UsageError(f"{option}: {text!r} is not a number of seconds", "write 90, 0.5, 2m, 1h or 7d.")
    return value


def since(text: str | None, option: str) -> float | None:
    """Return a time since the epoch: so long ago (`2h`, `7d`), or a date (`2026-03-01`, `2026-03-01 14:30`)."""
    import time

    if text is None:
        return None
    for shape in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return time.mktime(time.strptime(text, shape))
        except (ValueError, OverflowError):
            continue
    try:
        ago = seconds(text, option)
    except UsageError:
        raise UsageError(f"{option}: {text!r} is no time", "write 2h, 7d, 2026-03-01 or '2026-03-01 14:30'.") from None
    return max(0.0, time.time() - (ago or 0.0))


def text(given: str, what: str) -> str:
    """Return text that came from the command line, or from stdin where it is `-`; raise `UsageError`.

    Bytes that are not UTF-8 would reach the session as other ones, and a command would be another command.
    """
    data = console.read_stdin() if given == "-" else os.fsencode(given)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{what} is not UTF-8 text: byte {error.start + 1} is 0x{data[error.start]:02x}",
            "let the shell make such bytes: $'\\xff', or printf '\\377'.",
        ) from None


def directory(text: str) -> str:
    """Return the absolute path of a directory that somebody named; raise `UsageError` for an empty text."""
    if not text:
        raise UsageError("--dir: an empty text is not a directory", "name one, or leave --dir out.")
    return os.path.abspath(os.path.expanduser(text))


def size(text: str) -> tuple[int, int]:
    """Return columns and rows of `COLSxROWS`; raise `UsageError`."""
    columns, cross, rows = text.lower().partition("x")
    if cross and _is_whole(columns, limits.MAX_COLUMNS) and _is_whole(rows, limits.MAX_ROWS):
        return int(columns), int(rows)
    raise UsageError(
        f"--size: {text!r} is not COLSxROWS", f"write 120x40; at most {limits.MAX_COLUMNS}x{limits.MAX_ROWS}."
    )


def pairs(texts: list[str] | None, option: str = "--env") -> dict[str, str]:
    """Return the variables of `K=V` texts; raise `UsageError`."""
    found = {}
    for text in texts or []:
        key, equals, value = text.partition("=")
        if not key or not equals or "\0" in text:
            raise UsageError(f"{option}: {text!r} is not NAME=VALUE")
        found[key] = value
    return found


def lines(text: str) -> tuple[int, int | None]:
    """Return first and last line (None: to the end) of `A-B`, `A-`, `-B` or `A`; raise `UsageError`."""
    first, dash, last = text.partition("-")
    if (first or last) and all(not part or _is_whole(part, 10**9) for part in (first, last)):
        low = int(first) if first else 1
        high = int(last) if last else (None if dash else low)
        if low >= 1 and (high is None or high >= low):
            return low, high
    raise UsageError(f"--lines: {text!r} is not a range", "lines count from 1: write 5-20, 5-, --lines=-20 or 7.")


def whole(text: str | None, option: str, what: str) -> int | None:
    """Return a positive whole number; raise `UsageError`."""
    if text is None:
        return None
    if not _is_whole(text, 10**9):
        raise UsageError(f"{option}: {text!r} is not a number of {what}")
    return int(text)


def _is_whole(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= most


def split_at_dashes(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the words before `--`, which are ours, and those behind it, which are another program's."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]
