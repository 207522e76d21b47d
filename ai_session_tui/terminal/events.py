"""What a program tells its terminal besides text. All of it is untrusted: cleaned of control characters and bounded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bell:
    """BEL."""


@dataclass(frozen=True, slots=True)
class TitleChanged:
    """OSC 0 or 2."""

    title: str


@dataclass(frozen=True, slots=True)
class DirectoryChanged:
    """OSC 7: the directory the program claims to be in, as the URL it sent."""

    url: str


@dataclass(frozen=True, slots=True)
class Notification:
    """OSC 9 or OSC 777;notify."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Progress:
    """OSC 9;4: state 0 none, 1 normal, 2 error, 3 indeterminate, 4 paused; percent 0-100."""

    state: int
    percent: int


@dataclass(frozen=True, slots=True)
class ClipboardWrite:
    """OSC 52: the program wants these bytes (base64, as sent) in the clipboard; nobody does it unasked."""

    selection: str
    data: str


Event = Bell | TitleChanged | DirectoryChanged | Notification | Progress | ClipboardWrite
