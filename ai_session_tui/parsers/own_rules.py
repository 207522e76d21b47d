"""A user's own parsers: rules in a TOML file of the home.

    [[tool]]
    name = "acme-lint"
    programs = ["acme-lint"]          # the parser is surer when one of them was run
    signs = ["acme-lint "]            # words of which one must occur in the output
    [[tool.rule]]
    role = "error"                    # error, warning, note, failure, summary, keep, few, noise
    match = '(?P<path>\\S+):(?P<line>\\d+) (?P<code>A\\d+) (?P<message>.*)'
    block = '\\s+\\S'                   # optional: lines behind it that belong to it

Invariant: a broken file is an error that names what is wrong, never a rule that is silently missing.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

from ai_session_tui.errors import ConfigError
from ai_session_tui.paths import Home

from .model import Parser
from .rules import Role, Rule, RuleParser

_CONFIDENCE: Final = 0.98
_HINT: Final = "correct it, or move it away."


def own_parsers(path: str | None = None) -> list[Parser]:
    """Return the parsers of a rules file, by default the home's; none when there is no file. Raises `ConfigError`."""
    path = Home().parsers if path is None else path
    try:
        with open(path, "rb") as file:
            document: dict[str, object] = tomllib.load(file)
    except FileNotFoundError:
        return []
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read the rules in {path}: {error}", _HINT) from error
    try:
        _only(document, {"tool"}, "the file")
        return [_parser(table) for table in _tables(document.get("tool", []), "tool")]
    except ValueError as error:
        raise ConfigError(f"{path}: {error}", _HINT) from error


def _parser(table: dict[str, object]) -> RuleParser:
    name = _text(table.get("name"), "name of a tool")
    _only(table, {"name", "programs", "signs", "rule"}, name)
    rules = tuple(_rule(entry, name) for entry in _tables(table.get("rule", []), f"rule of {name}"))
    signs = _texts(table.get("signs", []), f"signs of {name}")
    if not rules or not signs:
        raise ValueError(f"{name} needs signs and at least one rule")
    programs = _texts(table.get("programs", []), f"programs of {name}")
    return RuleParser(name, programs, signs, rules, confidence=_CONFIDENCE)


def _rule(table: dict[str, object], tool: str) -> Rule:
    _only(table, {"role", "match", "block"}, f"a rule of {tool}")
    role = _text(table.get("role"), f"role of a rule of {tool}")
    if role not in list(Role):
        raise ValueError(f"{role!r} is no role; {tool} may use {', '.join(Role)}")
    block = table.get("block")
    return Rule(
        Role(role),
        _pattern(_text(table.get("match"), f"match of a rule of {tool}")),
        None if block is None else _pattern(_text(block, f"block of a rule of {tool}")),
    )


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no pattern: {error}") from error


def _only(table: dict[str, object], keys: set[str], owner: str) -> None:
    if unknown := sorted(table.keys() - keys):
        raise ValueError(f"{owner} has the unknown key {unknown[0]!r}")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"the {what} must be a text")
    return value


def _texts(value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"the {what} must be a list of texts")
    return tuple(value)


def _tables(value: object, what: str) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"write [[{what}]]")
    return value
