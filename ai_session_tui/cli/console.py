"""What is printed, and where: results on stdout, our own words and errors on stderr.

Invariant: text from programs and other users reaches a terminal only through `clean`, unless it is the output that
was asked for; colours are used only on a terminal and only without NO_COLOR.
"""

from __future__ import annotations

import os
import sys

from ai_session_tui.protocol import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.errors import AiSessionError

# C0, DEL, C1, surrogates, and what turns the direction of text around (one name could look like another).
_UNSAFE = (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_CLEAN = dict.fromkeys(_UNSAFE, "\ufffd") | dict.fromkeys(map(ord, "\t\n\r\u2028\u2029"), " ")

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}


def clean(text: object) -> str:
    """Return text on one line without anything that a terminal would obey."""
    line = str(text).translate(_CLEAN)
    return line if line.isprintable() else line.encode("utf-8", "replace").decode()  # lone surrogates


def say(text: str = "") -> None:
    """Print a line of the result on stdout."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a line of our own on stderr, at once."""
    sys.stdout.flush()
    sys.stderr.write(f"ai-session: {text}\n")
    sys.stderr.flush()


def write(data: bytes) -> None:
    """Write bytes to stdout, at once and as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say_json(value: object) -> None:
    """Print a result as JSON: indented for a person, on one line for a pipe."""
    if not is_terminal(sys.stdout) and sys.stdout.encoding.lower() in ("utf-8", "utf8"):
        say(json_text.encode(value))
        return
    import json

    say(json.dumps(value, indent=2 if is_terminal(sys.stdout) else None))


def paint(text: str, colour: str) -> str:
    """Return text in a colour, where stdout is a terminal that may have colours."""
    if not text or not has_colours():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def has_colours() -> bool:
    """Return whether stdout may have colours."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_terminal(stream: object) -> bool:
    """Return whether a standard stream is there and is a terminal."""
    isatty = getattr(stream, "isatty", None)
    return isatty is not None and bool(isatty())


def complain(error: AiSessionError, *, as_json: bool) -> None:
    """Print an error on stderr: its message and what to do next, or one line of JSON."""
    try:
        sys.stdout.flush()
    except OSError:
        forget_stdout()
    if as_json:
        import json

        sys.stderr.write(json.dumps({"error": error.to_wire()}) + "\n")
    else:
        sys.stderr.write(f"ai-session: {clean(error.message)}\n")
        if error.hint:
            sys.stderr.write(f"{clean(error.hint)}\n")
    sys.stderr.flush()


def read_stdin() -> bytes:
    """Return all of stdin; nothing where it is closed."""
    return b"" if sys.stdin is None else sys.stdin.buffer.read()


def forget_stdout() -> None:
    """Point stdout at nothing: its reader is gone, and the interpreter's last flush must not fail over that."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
