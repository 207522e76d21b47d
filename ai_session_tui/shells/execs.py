"""Hand a command's text to the shell that stands at its prompt, as if the user had typed it.

The text goes through a file of the pane's shell folder; what is written to the PTY is only a key sequence that
the integration has bound. Invariant: a line that the user has begun is never touched; the shell refuses instead.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex

from ai_session_tui.errors import UnsupportedError, UsageError
from ai_session_tui.shells.plan import ShellKind, write_private

EXEC_FILE = "exec"
_EXEC_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")

# Two CSI sequences that no keyboard sends: load the text, accept the line. Both go out in one write. The third
# asks the integration to say that it stands at a prompt (see `probe`).
_READLINE_KEYS = b"\x1b[133;7771~\x1b[133;7772~"
_ZLE_KEY = b"\x1b[133;7771~"  # a widget accepts the line itself
_READLINE_PROBE = b"\x1b[133;7773~"
_FISH_KEYS = b"\x1d\x1e\x1f"
_FISH_PROBE = b"\x1d\x1e\x1e"
_KEYS = {ShellKind.BASH: _READLINE_KEYS, ShellKind.ZSH: _ZLE_KEY, ShellKind.FISH: _FISH_KEYS}


def prepare_exec(kind: ShellKind, folder: str, exec_id: str, text: str) -> bytes:
    """Write the exec file (0600); return the bytes that make the shell run it.

    Raise `UsageError` for a text with NUL, which no shell can hold, and `UnsupportedError` where no shell is.
    The same id is run once only, so the bytes may be sent again when they may have been lost.
    """
    if kind is ShellKind.NONE:
        raise UnsupportedError("no integrated shell runs in this pane", "send the text as input instead.")
    if "\0" in text:
        raise UsageError("a command cannot contain a NUL character", "write the bytes with printf '\\0' instead.")
    if not _EXEC_ID.fullmatch(exec_id):
        raise UsageError(f"not a usable exec id: {exec_id!r}")
    text = text.rstrip("\n")
    path = os.path.join(folder, EXEC_FILE)
    if kind is ShellKind.SH:
        write_private(path, _sh_file(exec_id, text))
        return b" . " + shlex.quote(path).encode("utf-8", "surrogateescape") + b"\n"
    write_private(path, f"{exec_id}\n{text}".encode("utf-8", "surrogateescape"))
    return _KEYS[kind]


def forget_exec(folder: str) -> None:
    """Remove the exec file, since a text may hold a secret. Only once the command has ended: sh reads as it runs."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, EXEC_FILE))


def probe(kind: ShellKind) -> bytes:
    """Return the key that makes a prompt say that it is there; for a pane whose marks stopped coming.

    Send it only while the shell itself is the terminal's foreground process: a program would read it as input.
    Empty where the shell has no line editor to bind it in.
    """
    if kind in (ShellKind.BASH, ShellKind.ZSH):
        return _READLINE_PROBE
    return _FISH_PROBE if kind is ShellKind.FISH else b""


def _sh_file(exec_id: str, text: str) -> bytes:
    """Return a file to source: a function of the integration says that the command starts and keeps `$?`."""
    return f'__ai_session_begin "$?" {exec_id}\n{text}\n'.encode("utf-8", "surrogateescape")
