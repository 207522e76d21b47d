"""What a person searches for, as SQLite's full-text search wants it.

    words "an exact phrase" OR others NOT unwanted

All words of an alternative must occur close together (in one passage). A word is what stands between blanks, taken
literally: its parts must follow each other as written (`src/main.rs:12`, `snake_case`), and letters at its end may go
on (`fail` finds `failed`); in quotes nothing goes on. Upper and lower case are the same.
"""

from __future__ import annotations

import re
from typing import Final

from ai_session_tui.errors import UsageError

_TERM: Final = re.compile(r'"([^"]*)"|(\S+)')
_LAST_PART: Final = re.compile(r"[^\W_]+\Z")
_SHORTEST_PREFIX: Final = 2  # signs; shorter ones fit half of all words
_HINT: Final = 'words must all occur, "…" is a phrase, A OR B, NOT C leaves out; a sign alone cannot be found.'


def to_fts(query: str) -> str:
    """Return the FTS5 expression for a query; raise `UsageError` for one that cannot be understood."""
    query = query.replace("\0", " ")
    if query.count('"') % 2:
        raise UsageError(f"the query {query!r} has a quotation mark that is not closed", _HINT)
    alternatives = [_Alternative()]
    is_excluded = False
    for found in _TERM.finditer(query):
        phrase, word = found[1], found[2]
        if word == "OR":
            alternatives.append(_Alternative())
        elif word == "NOT":
            is_excluded = True
            continue
        else:
            term = _exact(phrase) if word is None else _open_ended(word)
            if term:
                (alternatives[-1].excluded if is_excluded else alternatives[-1].wanted).append(term)
        is_excluded = False
    if any(not alternative.wanted for alternative in alternatives):
        raise UsageError(f"the query {query!r} does not say what to find", _HINT)
    return " OR ".join(alternative.to_fts() for alternative in alternatives)


class _Alternative:
    """Terms that must all occur, and terms that must not."""

    def __init__(self) -> None:
        self.wanted: list[str] = []
        self.excluded: list[str] = []

    def to_fts(self) -> str:
        return f"({' AND '.join(self.wanted)}{''.join(f' NOT {term}' for term in self.excluded)})"


def _exact(text: str) -> str:
    """Return a phrase as an FTS5 string; empty when there is nothing in it that could be found."""
    return '"' + text.replace('"', " ") + '"' if any(sign.isalnum() for sign in text) else ""


def _open_ended(word: str) -> str:
    last = _LAST_PART.search(word)
    goes_on = last is not None and len(last[0]) >= _SHORTEST_PREFIX and not last[0].isdigit()
    return f"{_exact(word)} *" if goes_on else _exact(word)
