"""One finding: what was looked at, how it is, and what to do."""

from __future__ import annotations

GOOD, NOTE, BAD = "good", "note", "bad"


class Finding:
    """`note` is worth knowing and nothing more; `bad` means that something will not work."""

    __slots__ = ("advice", "name", "state", "words")

    def __init__(self, name: str, state: str, words: str, advice: str = "") -> None:
        self.name = name
        self.state = state
        self.words = words
        self.advice = advice

    def to_plain(self) -> dict[str, str | None]:
        """Return the finding as JSON."""
        return {"name": self.name, "state": self.state, "words": self.words, "advice": self.advice or None}


def good(name: str, words: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, GOOD, words)


def note(name: str, words: str, advice: str = "") -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(name, NOTE, words, advice)


def bad(name: str, words: str, advice: str) -> Finding:
    """Return a finding that something does not work."""
    return Finding(name, BAD, words, advice)
