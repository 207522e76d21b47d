"""Commands that were typed in a scrollback without marks: recognised by the prompts before them.

tmux keeps the text of a screen, not what the shell said about it, so this is recognition and is called so. The pane's
own prompt, on the line of the cursor, teaches what a prompt looks like there: the same line with other numbers, times
and folders. Without one, only lines with an unmistakable prompt count. A command is never made up: a line whose
rest is empty is no command, and a line that wrapped is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SGR = re.compile(r"\x1b\[[0-9;:]*m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|[\x0e\x0f]")
# user@host:folder$ command, and the same in brackets, as the shells of most systems come; "$ " alone is too little.
_COMMON = re.compile(r"^(?:\([^)]{1,40}\) )?\[?[\w.-]{1,40}@[\w.-]{1,80}[: ][^$#%>\n]{0,120}\]?[$#%>] (?P<text>\S.*)$")
_SHELL_VERSION = re.compile(r"^(?:ba|z|da)?sh-\d+\.\d+[$#] (?P<text>\S.*)$")
# What may differ from one prompt to the next: a folder, a time, a number, a branch in brackets.
_VOLATILE = re.compile(r"(?:~|\.{0,2}/)[^\s$#%>❯➜»\]]*|\d+|(?<=[(\[])[^)\]]*(?=[)\]])")
_ENDINGS = "$#%>❯➜»λ"


def plain(text: str) -> str:
    """Return text without colours and links."""
    return _SGR.sub("", text)


def recognise_commands(lines: Iterable[str], prompt: str = "") -> list[str]:
    """Return what was typed behind the prompts in `lines`, oldest first; `prompt` is what stands before the cursor."""
    learnt = _learn(prompt)
    found = []
    for line in map(plain, lines):
        match = (learnt.match(line) if learnt else None) or _COMMON.match(line) or _SHELL_VERSION.match(line)
        if match is not None:
            found.append(match["text"].rstrip())
    return found


def _learn(prompt: str) -> re.Pattern[str] | None:
    """Return a pattern of lines that begin as `prompt` does; None for a prompt that would fit too much."""
    bare = plain(prompt).rstrip()
    if not bare or (bare[-1] not in _ENDINGS and len(bare) < 6):
        return None
    if bare in ("$", "#", "%", ">"):  # alone at the beginning of a line it is a prompt here, but only with its blank
        return re.compile(rf"^{re.escape(bare)} (?P<text>\S.*)$")
    parts, position = [], 0
    for found in _VOLATILE.finditer(bare):
        parts.append(re.escape(bare[position : found.start()]))
        parts.append(r"[^$#%>❯➜»\]\n]{1,120}?" if not found[0].isdigit() else r"\d+")
        position = found.end()
    parts.append(re.escape(bare[position:]))
    return re.compile("^" + "".join(parts) + r" (?P<text>\S.*)$")
