"""What a person searches for, as SQLite's full-text search wants it.

    words "an exact phrase" OR others NOT unwanted

All words of an alternative must occur close together (in one passage). A word is what stands between blanks, taken
literally (`src/main.rs:12`, `snake_case`); letters at its end may go on (`fail` finds `failed`), in quotes nothing goes
on, and signs between the words do not matter. Upper and lower case, and accents, are the same.

Invariant: the database knows words only, so of what it finds for a word with signs in it, `Query.accepts` is asked
whether that is written there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ai_session_tui.errors import UsageError

_TERM: Final = re.compile(r'"([^"]*)"|(\S+)')
_LAST_PART: Final = re.compile(r"[^\W_]+\Z")
_PART: Final = re.compile(r"[^\W_]+")
_SHORTEST_PREFIX: Final = 2  # signs; shorter ones fit half of all words
_HINT: Final = 'words must all occur, "…" is a phrase, A OR B, NOT C leaves out; a sign alone cannot be found.'


class Query:
    """A query that was understood."""

    def __init__(self, text: str) -> None:
        """Raises `UsageError` for one that cannot be understood."""
        text = text.replace("\0", " ")
        if text.count('"') % 2:
            raise UsageError(f"the query {text!r} has a quotation mark that is not closed", _HINT)
        self._words: list[str] = []
        self._phrases: list[str] = []
        self._alternatives = [_Alternative()]
        is_excluded = False
        for found in _TERM.finditer(text):
            if found[2] == "NOT":
                is_excluded = True
                continue
            if found[2] == "OR":
                self._alternatives.append(_Alternative())
            else:
                self._take(found[1], found[2], is_excluded=is_excluded)
            is_excluded = False
        if any(not alternative.wanted for alternative in self._alternatives):
            raise UsageError(f"the query {text!r} does not say what to find", _HINT)

    def _take(self, phrase: str | None, word: str, *, is_excluded: bool) -> None:
        term = _open_ended(word) if phrase is None else _exact(phrase)
        if not term:
            return
        alternative = self._alternatives[-1]
        if is_excluded:
            alternative.excluded.append(term)
            return
        alternative.wanted.append(term)
        if phrase is None:
            self._words.append(_folded(word).strip("".join(set(re.sub(r"[^\W_]", "", word)))))
        else:
            self._phrases.append(_parts(phrase))

    @property
    def expression(self) -> str:
        """The query for FTS5."""
        return " OR ".join(alternative.to_fts() for alternative in self._alternatives)

    def accepts(self, match: str) -> bool:
        """Return whether what the database found is what was written: `src/main.rs` is not `src main rs`."""
        text = _folded(match)
        return any(word in text for word in self._words) or any(phrase in _parts(match) for phrase in self._phrases)


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


def _folded(text: str) -> str:
    """Return text without what does not matter: case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _parts(text: str) -> str:
    return " ".join(_PART.findall(_folded(text)))
