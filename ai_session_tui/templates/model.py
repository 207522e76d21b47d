"""What a template says, as values; and how its variables are filled in.

`{{name}}` anywhere in a text is replaced by the variable of that name. Nothing is quoted for a shell: who gives a value
decides what it means, as who writes a command line does. Invariant: a filled template holds no variable any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ai_session_tui.errors import UsageError

VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")  # `{{.Name}}` belongs to other programs
GIVEN = ("session", "dir")  # variables that are always there: the session's name and its directory


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that is filled in; without a default a value must be given."""

    name: str
    default: str | None
    help: str = ""


@dataclass(frozen=True, slots=True)
class PanePlan:
    """One pane: what runs in it, and where it stands. The first pane has no place, the others share one."""

    name: str = ""
    shell: str = ""
    program: tuple[str, ...] = ()  # instead of a shell
    dir: str = ""  # relative to the session's
    environment: Mapping[str, str] = field(default_factory=dict)
    run: tuple[str, ...] = ()  # commands for the shell, one after the other
    split: str = "right"  # of `beside`: "right" or "down"
    beside: int = 0  # number of a pane before this one, from 1; 0 is the one right before
    size: int = 50  # percent of what it shares with that pane


@dataclass(frozen=True, slots=True)
class Template:
    """All that one file says. What is None or empty is left to the caller and to the settings."""

    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()  # programs without which it makes little sense
    dir: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    ai_context: bool | None = None
    max_tokens: int | None = None
    compression: bool | None = None
    focus: int = 1
    panes: tuple[PanePlan, ...] = (PanePlan(),)

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the value of every variable; raise `UsageError` for an unknown or a missing one."""
        known = {variable.name: variable.default for variable in self.variables}
        for name in given:
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                raise UsageError(f"template {self.name!r} has no variable {name!r}", f"its variables: {there}.")
        values = known | dict(given)
        missing = [name for name, value in values.items() if value is None]
        if missing:
            raise UsageError(
                f"template {self.name!r} needs a value for {', '.join(missing)}",
                " ".join(f"--var {name}=…" for name in missing),
            )
        return {name: value for name, value in values.items() if value is not None}

    def filled(self, given: Mapping[str, str], *, session: str, dir: str) -> Template:
        """Return the template with its variables filled in."""
        values = self.values(given) | {"session": session, "dir": dir}
        return replace(
            self,
            tags=tuple(fill(tag, values) for tag in self.tags),
            dir=fill(self.dir, values),
            environment=_filled(self.environment, values),
            panes=tuple(_filled_pane(pane, values) for pane in self.panes),
        )

    def with_dir_filled(self, given: Mapping[str, str], *, session: str) -> str:
        """Return the directory that the template asks for, relative or empty as it may be."""
        return fill(self.dir, self.values(given) | {"session": session, "dir": ""})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables replaced."""
    return VARIABLE.sub(lambda found: values[found[1]], text)


def variables_in(text: str) -> list[str]:
    """Return the names of the variables in a text."""
    return VARIABLE.findall(text)


def _filled(environment: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: fill(value, values) for name, value in environment.items()}


def _filled_pane(pane: PanePlan, values: Mapping[str, str]) -> PanePlan:
    return replace(
        pane,
        name=fill(pane.name, values),
        shell=fill(pane.shell, values),
        program=tuple(fill(word, values) for word in pane.program),
        dir=fill(pane.dir, values),
        environment=_filled(pane.environment, values),
        run=tuple(command for text in pane.run if (command := fill(text, values).strip())),
    )
