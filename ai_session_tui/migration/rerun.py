"""Which programs of a tmux pane may be started again in the new one.

A shell always is. A program that only shows something may be started without asking (`safe`); anything else
could send, delete or pay twice, so it is asked for or left.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Literal

from ai_session_tui.migration.tmux_model import Running

Policy = Literal["ask", "safe", "none"]

SHELLS = frozenset(("sh", "bash", "dash", "zsh", "fish", "ksh", "mksh", "ash", "tcsh", "csh", "nu", "xonsh", "elvish"))
# Programs that read and show, with any options and operands.
_VIEWERS = frozenset(
    (
        "less", "more", "most", "man", "info", "bat", "batcat", "zless", "lnav", "htop", "top", "btop", "atop",
        "glances", "iotop", "nload", "journalctl", "dmesg", "tig", "multitail",
    )
)  # fmt: skip
# These have options that write or remove things. (`watch` is not among the viewers: it runs what it is given.)
_NEVER_WITH = {
    "less": ("-o", "-O", "--log-file", "--LOG-FILE"),
    "journalctl": ("--vacuum-size", "--vacuum-time", "--vacuum-files", "--rotate", "--flush", "--sync"),
    "dmesg": ("-C", "-c", "--clear", "--read-clear", "-D", "-E", "-n", "--console-level"),
}
_EDITORS = frozenset(("vi", "vim", "nvim", "view", "vimdiff", "nano", "emacs", "hx", "kak", "micro"))
_READ_ONLY = {"vi": "-R", "vim": "-R", "nvim": "-R", "nano": "-v", "micro": "-readonly"}


def is_safe(program: Running) -> bool:
    """Return whether starting the program again only shows something: a pager, a reader's editor, `tail -f`."""
    name, words = program.name, program.argv[1:]
    if name == "tail":
        return any(word in ("-f", "-F", "--follow", "--retry") or word.startswith("-f") for word in words)
    if name == "view":
        return True
    if name in _EDITORS:
        return _READ_ONLY.get(name, "\0") in words
    forbidden = _NEVER_WITH.get(name, ())
    return name in _VIEWERS and not any(word.partition("=")[0] in forbidden for word in words)


def may_rerun(program: Running, policy: Policy, ask: Callable[[str], bool] | None) -> bool:
    """Return whether a policy lets a program start again; `ask` puts a question to the user where one is there."""
    if policy == "none":
        return False
    if is_safe(program):
        return True
    return policy == "ask" and ask is not None and ask(command_line(program))


def command_line(program: Running) -> str:
    """Return the program's words as one would type them."""
    return shlex.join(program.argv)
