"""What of a context is told within a budget: pinned messages, failures that stand, decisions, then the newest.

Detail falls with age: the newest messages are told whole, older ones in a line, the oldest are counted. All costs are
known beforehand, so choosing is arithmetic; whether the text really fits is counted by who has the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.conversation.shapes import MessageShape

WHOLE, BRIEF = "whole", "brief"
LINE_TOKENS = 12  # of the time and the role before a message, and the line's end
_BRIEF_SHARE = 0.6  # of what is left: for telling older messages in a line


class Choice:
    """How much of each message is told, by its id."""

    def __init__(self, budget: int) -> None:
        self.left = budget
        self.detail: dict[int, str] = {}

    def take(self, message: MessageShape, detail: str, most: int | None = None) -> bool:
        """Tell a message in a detail, or in more than before, if it fits; return whether it did."""
        before = self._cost(message, self.detail.get(message["id"]))
        cost = self._cost(message, detail) - before
        if cost > self.left or (most is not None and cost > most):
            return False
        self.left -= max(cost, 0)
        self.detail[message["id"]] = detail
        return True

    @staticmethod
    def _cost(message: MessageShape, detail: str | None) -> int:
        if detail is None:
            return 0
        tokens = message["brief_tokens"] if detail == BRIEF else message["tokens"]
        return (tokens or 0) + LINE_TOKENS


def choose(messages: list[MessageShape], budget: int, important: Iterable[int] = ()) -> dict[int, str]:
    """Return the detail of each message that is told, by its id.

    `messages` are in their order; `important` are the numbers of commands whose failures stand.
    """
    choice = Choice(budget)
    standing = set(important)
    newest_first = messages[::-1]
    first = [message for message in newest_first if message["pinned"]]
    first += [m for m in newest_first if m["kind"] == "output" and m["command"] in standing]
    first += [message for message in newest_first if message["kind"] == "decision"]
    for message in first:
        choice.take(message, BRIEF)
    for message in first[:]:
        choice.take(message, WHOLE)
    if newest_first:
        choice.take(newest_first[0], WHOLE, choice.left // 2) or choice.take(newest_first[0], BRIEF)
    reserve = int(choice.left * (1 - _BRIEF_SHARE))
    for message in newest_first:  # an unbroken tail first: a hole in it would mislead
        if message["id"] not in choice.detail and not (choice.left > reserve and choice.take(message, BRIEF)):
            break
    for message in newest_first:
        if choice.detail.get(message["id"]) == BRIEF and not choice.take(message, WHOLE):
            break
    for message in newest_first:
        if message["kind"] == "digest" and message["id"] not in choice.detail:
            choice.take(message, BRIEF)
    return choice.detail


def narrowed(messages: list[MessageShape], detail: dict[int, str]) -> list[MessageShape]:
    """Return the messages that are told, in their detail."""
    told: list[MessageShape] = []
    for message in messages:
        how = detail.get(message["id"])
        if how == WHOLE or (how == BRIEF and message["brief"] == message["text"]):
            told.append(message)
        elif how == BRIEF:
            told.append({**message, "text": message["brief"], "tokens": message["brief_tokens"], "is_brief": True})
    return told
