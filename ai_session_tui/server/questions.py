"""Whether a line, before which nothing more comes, asks somebody something: from its text alone.

A prompt for a decision or a value is a question; a pager's or an editor's status, and the prompt of a shell, an
interpreter or a debugger at rest are none. Invariant: pure, and slow on no text (the line is cut first).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 400  # characters at the end of a line that are looked at
_MENU_LINES = 14  # at the bottom of a screen, in which a menu with its question stands

# `[y/N]`, `(yes/no/[fingerprint])`, `[y,n,q,a,d,e,?]`, `(y or n)`, `[Y]es [N]o [A]ll`
_CHOICE = re.compile(
    r"[\[(<]\s*(?:y|yes|n|no)\s*(?:[/|,]|\bor\b)[^\])>]{0,60}[\])>]?[\])>]?\s*[?:>]?\s*$"
    r"|[\[(](?:yn|ynq|yna|nyae?)[\])]\s*[?:]?\s*$"
    r"|\[[yY]\](?:es)?\b.{0,60}\[[nN]\](?:o\b)?.{0,120}[:?]\s*$",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"\b(?:password|passphrase|passcode|pin|verification code|one-time code|token|otp)\b.{0,120}:\s*$", re.I
)
_PRESS = re.compile(r"\b(?:press|hit)\b.{0,40}\b(?:key|enter|return|space)\b.{0,60}$", re.IGNORECASE)
_ASKING = re.compile(
    r"[?:]\s*(?:\([^()]{0,80}\)|\[[^\[\]]{0,80}\])?\s*[:?]?\s*$|\S\s*[(\[][^()\[\]]{1,60}[)\]]\s*:\s*$"
)
_REQUEST = re.compile(r"\b(?:enter|type|choose|select|pick|give|please|your)\b.{0,160}[>›»]\s*$", re.IGNORECASE)
_INQUIRER = re.compile(r"^\s*[?◆◇]\s+\S.{2,}[›»:?)…]\s*\S*\s*$")  # how JavaScript's prompt libraries draw a question

_PAGER = re.compile(
    r"^\s*:\s*$|\(END\)|--\s?More\s?--|\bbyte \d+|\blines \d+-\d+(?:/\d+)?.{0,20}%|^\s*~?\s*$|Manual page",
    re.IGNORECASE,
)
_INTERPRETER = re.compile(
    r"^\s*(?:In|Out)\s?\[\d+\]:\s*$"  # IPython
    r"|^\s*(?:\.{3}|>>>|>|\?>)\s*$"
    r"|^\s*\(?[\w.+-]{0,30}(?:db|gdb|lldb)[\w.+-]{0,10}\)\s*$"
    r"|^\s*\.{0,3}:\s*$"
)  # fmt: skip

_SHELL_PROMPT = re.compile(r"[$#%❯➜]\s*$|^\s*>\s*$")

_MENU_QUESTION = re.compile(r"\?\s*$|\b(?:allow|approve|proceed|continue|permission|confirm|trust)\b", re.IGNORECASE)
_MENU_CHOSEN = re.compile(
    r"^[\s│|┃║]*(?:❯|›|▸|►|➤|→|>|\*|●|◉|\(\*\))\s*(?:\d{1,2}[.)]\s*)?(?:[\"'`]?)(\S.*?)[\s│|┃║]*$"
)
_MENU_OTHER = re.compile(r"^[\s│|┃║]*(?:○|◯|\(\s\))?\s*(?:\d{1,2}[.)]\s+)?(\S.*?)[\s│|┃║]*$")
_ANSWER = re.compile(
    r"^(?:yes|no|allow|deny|accept|reject|approve|always|once|cancel|don't|do not|skip|trust|exit|proceed|continue"
    r"|abort)\b",
    re.IGNORECASE,
)
_FRAME = re.compile(r"[\s│|┃║╭╮╰╯─━┌┐└┘═╔╗╚╝]+")


def is_choice(line: str) -> bool:
    """Return whether the line ends by offering answers: `[y/N]` and its kin, or asks for a key to be pressed."""
    end = line[-_LONGEST:]
    return bool(_CHOICE.search(end) or _PRESS.search(end) or _INQUIRER.search(end)) and not _is_status(end)


def is_secret(line: str) -> bool:
    """Return whether the line asks for a password or a code."""
    return bool(_SECRET.search(line[-_LONGEST:]))


def is_question(line: str) -> bool:
    """Return whether the line asks for anything at all."""
    end = line[-_LONGEST:]
    if not end.strip() or _is_status(end):
        return False
    return bool(_ASKING.search(end) or _REQUEST.search(end)) or is_choice(end) or is_secret(end)


def is_shell_prompt(line: str) -> bool:
    """Return whether the line may be a shell's prompt."""
    return bool(_SHELL_PROMPT.search(line[-_LONGEST:]))


def _is_status(line: str) -> bool:
    return bool(_PAGER.search(line) or _INTERPRETER.search(line))


def menu_question(lines: Sequence[str]) -> str | None:
    """Return the question of a menu at the bottom of a screen, one of whose answers is chosen for now, or None.

    Agents ask so for permission. There must be a question, below it an answer with a sign before it, and beside that
    another answer.
    """
    bottom = [line[:_LONGEST] for line in lines if _FRAME.sub("", line[:_LONGEST])][-_MENU_LINES:]
    for place, line in enumerate(bottom):
        chosen = _MENU_CHOSEN.match(line)
        if chosen is None or not _ANSWER.match(chosen[1]):
            continue
        others = [
            found for near in bottom[max(place - 3, 0) : place + 4] if near is not line and (found := _answer(near))
        ]
        question = next((above for above in reversed(bottom[:place]) if _is_asking(above)), None)
        if others and question is not None:
            return _unframed(question)
    return None


def _answer(line: str) -> str | None:
    found = _MENU_OTHER.match(line)
    return found[1] if found is not None and _ANSWER.match(found[1]) and not found[1].endswith("?") else None


def _is_asking(line: str) -> bool:
    text = _unframed(line)
    return text.endswith("?") or (_answer(line) is None and bool(_MENU_QUESTION.search(text)))


def _unframed(line: str) -> str:
    return line.strip(" │|┃║╭╮╰╯─━┌┐└┘═╔╗╚╝\t")
