"""The terminal that one sits at: size, colours, encoding, and what it says about itself when it is asked."""

from __future__ import annotations

import locale
import os
import re
import select
import sys
import time

from ai_session_tui.cli import console
from ai_session_tui.cli.checks.finding import Finding, bad, good, note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST_COLUMNS, _LEAST_ROWS = 80, 24
_ANSWER_SECONDS = 0.7
# XTVERSION, the kitty keyboard's flags, DECRQM of synchronized update and bracketed paste; DA1 last: all answer that.
_QUESTIONS = b"\x1b[>0q\x1b[?u\x1b[?2026$p\x1b[?2004$p\x1b[c"
_DA1 = re.compile(rb"\x1b\[\?[0-9;]*c")


def check_terminal() -> Iterator[Finding]:
    """Look at the terminal; without one there is little to say."""
    yield _encoding()
    if not console.is_terminal(sys.stdout) or not console.is_terminal(sys.stdin):
        yield note("terminal", "this is none: run `ai-session doctor` in one to have it looked at")
        return
    yield _kind()
    columns, rows = os.get_terminal_size(1)
    size = f"{columns}x{rows}"
    if columns < _LEAST_COLUMNS or rows < _LEAST_ROWS:
        yield note("size", size, f"the dashboard wants {_LEAST_COLUMNS}x{_LEAST_ROWS} at least.")
    else:
        yield good("size", size)
    if sys.platform != "win32":
        yield _answers(ask())
    yield from _around()


def _encoding() -> Finding:
    name = locale.getpreferredencoding(False)
    if name.lower().replace("-", "") != "utf8":
        return bad("encoding", f"{name}, not UTF-8", "set LANG to a UTF-8 locale, C.UTF-8 for example.")
    return good("encoding", "UTF-8")


def _kind() -> Finding:
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        return bad("terminal", f"TERM is {term!r}", "set it to what the terminal is, xterm-256color for example.")
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return good("terminal", f"{term}, true colour")
    if "256" in term or "kitty" in term or "alacritty" in term:
        return good("terminal", f"{term}, 256 colours (COLORTERM does not promise true colour)")
    return note("terminal", f"{term}, few colours", "TERM=xterm-256color, if the terminal can do that.")


def ask(source: int = 0, sink: int = 1) -> bytes:
    """Ask the terminal about itself and return its answers; b"" from one that does not answer."""
    import termios
    import tty

    settings = termios.tcgetattr(source)
    answer = b""
    try:
        tty.setraw(source, termios.TCSADRAIN)
        os.write(sink, _QUESTIONS)
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not _DA1.search(answer):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                break
            answer += os.read(source, 4096)
    finally:
        termios.tcsetattr(source, termios.TCSAFLUSH, settings)
    return answer


def _answers(answer: bytes) -> Finding:
    if not _DA1.search(answer):
        return note("features", "it does not answer questions", "pictures of programs may differ a little.")
    version = re.search(rb"\x1bP>\|([ -~]*)", answer)
    name = version[1].decode("ascii") if version else "a terminal without a name"
    known = [
        ("bracketed paste", re.search(rb"\x1b\[\?2004;[1-3]\$y", answer)),
        ("synchronized update", re.search(rb"\x1b\[\?2026;[1-3]\$y", answer)),
        ("kitty keyboard", re.search(rb"\x1b\[\?\d+u", answer)),
    ]
    can = ", ".join(word for word, found in known if found) or "nothing beyond the usual"
    return good("features", f"{name}: {can}")


def _around() -> Iterator[Finding]:
    if os.environ.get("AI_SESSION_ID"):
        yield note("nesting", "this is inside a session", "the leader key goes to the outer one; press it twice.")
    elif os.environ.get("TMUX"):
        yield note("nesting", "this is inside tmux", '`leader = "ctrl+a"` avoids a clash with its ctrl+b.')
