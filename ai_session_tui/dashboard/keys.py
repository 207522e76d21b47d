"""The leader: which key presses the dashboard keeps, and which the program in the pane gets.

Invariant: outside of a started leader sequence every key but the leader passes; the leader twice passes once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

# Terminals that report everything tell of a Shift that is pressed on the way to a `%`: no key of its own.
_ON_THE_WAY = re.compile(r"(left|right)_(shift|control|alt|super|hyper|meta)|iso_level[35]_shift|\w+_lock")


class Verdict(Enum):
    """What becomes of a key press."""

    PASS = "pass"  # the program gets it
    LITERAL = "literal"  # the program gets the leader itself
    BEGUN = "begun"  # the leader was pressed: wait for what follows
    COMMAND = "command"  # it follows the leader
    GIVEN_UP = "given up"  # escape behind the leader: nothing happens


@dataclass(slots=True)
class LeaderKeys:
    """The state between two key presses."""

    leader: str = "ctrl+b"
    is_pending: bool = False

    def press(self, key: str) -> Verdict:
        """Judge a key press."""
        if _ON_THE_WAY.fullmatch(key):
            return Verdict.PASS
        if not self.is_pending:
            if key != self.leader:
                return Verdict.PASS
            self.is_pending = True
            return Verdict.BEGUN
        self.is_pending = False
        if key == self.leader:
            return Verdict.LITERAL
        return Verdict.GIVEN_UP if key == "escape" else Verdict.COMMAND
