"""Names of sessions and how a target is written: `dev`, `dev:2` (pane 2), `dev#12` (command 12), `.` (here).

Invariant: a name never contains what addresses use (`:`, `#`, `/`), nor control characters, so an address reads
one way only and a name can be printed anywhere. Thin: every headless subcommand imports it.
"""

from __future__ import annotations

from ai_session_tui import limits
from ai_session_tui.errors import InvalidNameError, UsageError

_HINT = (
    f"a name has 1 to {limits.MAX_NAME_LENGTH} characters, no spaces at its ends, "
    "none of : # / and nothing that cannot be printed."
)
HERE = "."
# By these a program knows the pane that it runs in; what is started on behalf of all panes must not have them.
PANE_VARIABLES = ("AI_SESSION_ID", "AI_SESSION_PANE", "AI_SESSION_PANE_ID")


def check_name(name: str) -> str:
    """Return `name` unchanged; raise `InvalidNameError` when no session may have it."""
    if not name or name.strip() != name:
        raise InvalidNameError(f"{name!r} is not a session name: it is empty or has spaces at its ends", _HINT)
    if len(name) > limits.MAX_NAME_LENGTH:
        raise InvalidNameError(f"the name {name[:20]!r}… has {len(name)} characters", _HINT)
    for sign in name:
        if sign in ":#/" or not sign.isprintable():
            raise InvalidNameError(f"{name!r} is not a session name: {sign!r} may not be in it", _HINT)
    if name.startswith(("-", HERE)):
        raise InvalidNameError(f"{name!r} is not a session name: it may not begin with {name[0]!r}", _HINT)
    return name


def check_tag(tag: str) -> str:
    """Return a session's tag unchanged; raise `UsageError` when it could not be written as one word."""
    if (
        not tag
        or len(tag) > limits.MAX_NAME_LENGTH
        or not tag.isprintable()
        or any(c.isspace() or c == "," for c in tag)
    ):
        raise UsageError(
            f"{tag[:40]!r} is not a tag", f"a tag is one word of at most {limits.MAX_NAME_LENGTH} characters."
        )
    return tag


class Target:
    """What an address names: a session (as written), perhaps a pane, perhaps a command."""

    __slots__ = ("command", "pane", "session")

    def __init__(self, session: str, pane: int | None = None, command: int | None = None) -> None:
        self.session = session
        self.pane = pane
        self.command = command

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        pane = "" if self.pane is None else f":{self.pane}"
        command = "" if self.command is None else f"#{self.command}"
        return f"{self.session}{pane}{command}"


def parse_target(text: str) -> Target:
    """Return the parts of `name[:pane][#command]`; raise `UsageError` for anything else."""
    rest, hash_sign, command = text.partition("#")
    session, colon, pane = rest.partition(":")
    if not session:
        raise UsageError(f"{text!r} names no session", "write NAME, NAME:PANE or NAME#COMMAND; `.` is this session.")
    return Target(
        session,
        _count(text, "pane", pane) if colon else None,
        _count(text, "command", command) if hash_sign else None,
    )


def _count(text: str, what: str, digits: str) -> int:
    if digits.isascii() and digits.isdigit() and int(digits[:10]) > 0 and len(digits) <= 10:
        return int(digits)
    raise UsageError(f"{text!r}: {digits!r} is not a {what} number", f"{what}s count from 1.")
