"""Searching a pane's scrollback and screen with a user's pattern, in bounded time.

Invariant: a pattern that backtracks without end costs `_SECONDS` once and an error that says so, not the server:
the `regex` module, unlike `re`, takes a time limit.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import regex

from ai_session_tui.errors import TimeoutExpiredError, UsageError
from ai_session_tui.terminal import Match, Terminal

_SECONDS = 0.25
_MOST_UNFOLDED = 100_000  # characters; the module does unfold counted repeats, which may take gigabytes
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<repeat>\{(?P<least>\d*),?(?P<most>\d*)\})|.", re.DOTALL)


class _BoundedPattern:
    """A compiled pattern whose matching ends in time, whatever it is."""

    def __init__(self, pattern: str, *, ignore_case: bool) -> None:
        if _unfolded(pattern) > _MOST_UNFOLDED:
            raise UsageError(f"{pattern!r} repeats too much", "write * or + where the count does not matter.")
        try:
            self._pattern = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
        except RecursionError:
            raise UsageError("the pattern is nested too deeply", "leave out parentheses, or turn regex off.") from None
        except regex.error as error:
            raise UsageError(
                f"{pattern!r} is not a regular expression: {error}", "to search for it literally, turn regex off."
            ) from None
        self._deadline = time.monotonic() + _SECONDS

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        yield from self._pattern.finditer(text, timeout=left)


def _unfolded(pattern: str) -> int:
    """Return about how many characters a pattern has when its counted repeats are written out."""
    sizes = [0]  # of the groups that are open
    last = 0
    for token in _TOKEN.finditer(pattern):
        if token[0] == "(":
            sizes.append(0)
            continue
        if token[0] == ")":
            last = sizes.pop() if len(sizes) > 1 else 0
        elif token["repeat"]:
            times = max(1, *(int(count[:6] or 0) for count in token.group("least", "most")))
            sizes[-1] += last * (times - 1)
            last *= times
            continue
        else:
            last = 1
        sizes[-1] += last
    return sum(sizes)


def search_screen(
    terminal: Terminal,
    pattern: str,
    *,
    is_regex: bool,
    ignore_case: bool,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[Match]:
    """Return the `limit` matches nearest above line number `before` (newest first), or below `after` (oldest first).

    Raises UsageError for a bad pattern and TimeoutExpiredError for one that takes too long.
    """
    bounded = _BoundedPattern(pattern if is_regex else regex.escape(pattern), ignore_case=ignore_case)
    try:
        if after is None:
            return terminal.search(bounded, before=before, limit=limit)
        below = terminal.search(bounded, before=before, limit=1_000_000)
    except TimeoutError:
        raise TimeoutExpiredError(
            f"the search for {pattern!r} took too long", "make the pattern more specific, or search literally."
        ) from None
    return [match for match in reversed(below) if match.line > after][:limit]
