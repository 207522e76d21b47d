"""What a shell says itself: a command that is not there, that may not be run, a script that does not parse."""

from __future__ import annotations

import re
from typing import Final

from .rules import Role, RuleParser, rule

_SHELL: Final = r"(?:\S*/)?(?:-?(?:ba|da|k|z|fi)?sh)|\S+\.sh"
_COMPLAINT: Final = (
    rf"(?:{_SHELL}): (?:(?:line )?\d+: )?(?P<message>.*(?:command not found|not found|No such file or directory"
    r"|Permission denied|bad interpreter|cannot execute|syntax error|unexpected (?:EOF|end of file)"
    r"|unbound variable).*)"
)

PARSERS: Final = (
    RuleParser(
        "shell",
        (),
        ("not found", "No such file or directory", "Permission denied", "cannot execute", "syntax error", "unexpected"),
        (
            rule(Role.ERROR, _COMPLAINT),
            rule(Role.ERROR, r"(?:zsh|fish): (?P<message>(?:command not found|Unknown command):? .*)"),
            rule(Role.ERROR, r"fish: (?P<message>Unknown command.*)"),
        ),
        proof=re.compile(rf"\n(?:{_SHELL}): "),
        confidence=0.6,
        is_failed_by_errors=False,
    ),
)
