"""Regular expressions mean the same on every Python that we run on."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

import ai_session_tui

PACKAGE = pathlib.Path(ai_session_tui.__file__).parent
# CPython before 3.11.5 lets a possessive group match what it did not: `(?:ab)*+` takes the a of "ac".
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+|\(\?>")


def test_the_check_finds_possessive_groups() -> None:
    for pattern in (r"(?:ab)*+", r"(a|b)++", r"(?:ab)?+", r"(?:ab){2,3}+", r"(?>ab)"):
        assert POSSESSIVE_GROUP.search(pattern)
    for pattern in (r"[ab]*+", r"a++", r"\d{2}+", r"\)*+", "(a)* (b)+"):
        assert not POSSESSIVE_GROUP.search(pattern)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_pattern_repeats_a_group_possessively(path: pathlib.Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        is_compiled = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
        )
        if is_compiled:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes):
                    text = part.value if isinstance(part.value, str) else part.value.decode("latin-1")
                    assert not POSSESSIVE_GROUP.search(text), f"line {part.lineno}: {text}"
