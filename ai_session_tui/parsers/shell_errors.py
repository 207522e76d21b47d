"""What a shell or an interpreter says itself: a command that is not there or may not run, a script that is none."""

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
# What Python says before it runs anything.
_PYTHON: Final = r"(?:\S*/)?python[\d.]*: (?P<message>(?:No module named |can't (?:open|find) |Error while finding ).*)"

PARSERS: Final = (
    RuleParser(
        "shell",
        (),
        (
            "not found",
            "No such file or directory",
            "No module named ",
            "Permission denied",
            "cannot execute",
            "syntax error",
            "unexpected",
        ),
        (
            rule(Role.ERROR, _COMPLAINT),
            rule(Role.ERROR, r"(?:zsh|fish): (?P<message>(?:command not found|Unknown command):? .*)"),
            rule(Role.ERROR, r"fish: (?P<message>Unknown command.*)"),
            rule(Role.ERROR, _PYTHON),
        ),
        proof=re.compile(rf"\n(?:(?:{_SHELL}): |(?:\S*/)?python[\d.]*: )"),
        confidence=0.6,
        is_failed_by_errors=False,
    ),
)
