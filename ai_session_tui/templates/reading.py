"""From a template's file to its values; every mistake names the file and the line.

Invariant: a template that `read_template` returns can be made, as far as that can be told without making it.
"""

from __future__ import annotations

from ai_session_tui import limits
from ai_session_tui.errors import ConfigError
from ai_session_tui.templates.model import GIVEN, PanePlan, Template, Variable, variables_in
from ai_session_tui.toml_text import TomlText

_TOP = ("description", "tags", "requires", "dir", "environment", "variables", "context", "focus", "pane")
_CONTEXT = ("enabled", "max_tokens", "compression")
_PANE = ("name", "shell", "program", "dir", "environment", "run", "split", "beside", "size")
_VARIABLE = ("default", "help")
_MAX_PANES = 32

Path = tuple[str | int, ...]


def read_template(name: str, file: TomlText) -> Template:
    """Return what a file says; raise its first mistake as `ConfigError`."""
    reader = _Reader(file)
    template = reader.template(name)
    for problem in reader.in_order():
        raise problem
    return template


def problems_of(name: str, file: TomlText) -> list[ConfigError]:
    """Return everything that is wrong with a file, in the order of its lines."""
    reader = _Reader(file)
    reader.template(name)
    return reader.in_order()


class _Reader:
    """Reads one file and collects what is wrong with it; for a bad value a harmless one is returned."""

    def __init__(self, file: TomlText) -> None:
        self._file = file
        self._problems: list[tuple[int, ConfigError]] = []
        self._known: set[str] = set(GIVEN)

    def in_order(self) -> list[ConfigError]:
        """Return what is wrong, in the order of the lines."""
        return [problem for _, problem in sorted(self._problems, key=lambda found: found[0])]

    def template(self, name: str) -> Template:
        table = self._file.table
        self._check_keys(table, (), _TOP)
        variables = self._variables(table)
        self._known |= {variable.name for variable in variables}
        context = self._table(table, (), "context")
        self._check_keys(context, ("context",), _CONTEXT)
        panes = self._panes(table)
        return Template(
            name=name,
            description=self._text(table, (), "description"),
            tags=self._texts(table, (), "tags"),
            requires=self._texts(table, (), "requires"),
            dir=self._text(table, (), "dir"),
            environment=self._environment(table, ()),
            variables=variables,
            ai_context=self._switch(context, ("context",), "enabled"),
            max_tokens=self._whole(context, ("context",), "max_tokens", 1, 10_000_000),
            compression=self._switch(context, ("context",), "compression"),
            focus=self._whole(table, (), "focus", 1, len(panes)) or 1,
            panes=panes,
        )

    # parts

    def _variables(self, table: dict[str, object]) -> tuple[Variable, ...]:
        found = []
        for name, given in self._table(table, (), "variables").items():
            path: Path = ("variables", name)
            if variables_in(f"{{{{{name}}}}}") != [name] or name in GIVEN:
                self._problem(
                    path, f"{name!r} cannot be the name of a variable", "letters, digits and _; not a given one."
                )
            elif isinstance(given, dict):
                self._check_keys(given, path, _VARIABLE)
                default = self._text(given, path, "default") if "default" in given else None
                found.append(Variable(name, default, self._text(given, path, "help")))
            elif isinstance(given, str | int | float) and not isinstance(given, bool):
                found.append(Variable(name, str(given)))
            else:
                self._problem(path, f"{name} is {given!r}, but must be its default, or a table with default and help")
        return tuple(found)

    def _panes(self, table: dict[str, object]) -> tuple[PanePlan, ...]:
        given = table.get("pane", [])
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            self._problem(("pane",), "`pane` must be written as [[pane]], once for each")
            return (PanePlan(),)
        if len(given) > _MAX_PANES:
            self._problem(("pane", _MAX_PANES), f"a template has at most {_MAX_PANES} panes")
        return tuple(self._pane(pane, at) for at, pane in enumerate(given[:_MAX_PANES])) or (PanePlan(),)

    def _pane(self, pane: dict[str, object], at: int) -> PanePlan:
        path: Path = ("pane", at)
        self._check_keys(pane, path, _PANE)
        if at == 0:
            for key in ("split", "beside", "size"):
                if key in pane:
                    self._problem((*path, key), f"the first pane is beside nothing: {key} says nothing there")
        split = self._text(pane, path, "split") or "right"
        if split not in ("right", "down"):
            self._problem((*path, "split"), f'split is {split!r}, but must be "right" or "down"')
            split = "right"
        program, run = self._texts(pane, path, "program"), self._texts(pane, path, "run")
        if program and (run or "shell" in pane):
            self._problem((*path, "program"), "a pane runs a shell (with `run`) or a program, not both")
        return PanePlan(
            name=self._text(pane, path, "name"),
            shell=self._text(pane, path, "shell"),
            program=program,
            dir=self._text(pane, path, "dir"),
            environment=self._environment(pane, path),
            run=run,
            split=split,
            beside=self._whole(pane, path, "beside", 1, at) or 0 if at else 0,
            size=self._whole(pane, path, "size", 5, 95) or 50,
        )

    def _environment(self, table: dict[str, object], path: Path) -> dict[str, str]:
        found = {}
        path = (*path, "environment")
        for name, value in self._table(table, path[:-1], "environment").items():
            if not name or "=" in name or "\0" in name:
                self._problem((*path, name), f"{name!r} cannot be the name of an environment variable")
            elif isinstance(value, str | int | float) and not isinstance(value, bool):
                found[name] = self._checked(str(value), (*path, name))
            else:
                self._problem((*path, name), f"{name} is {value!r}, but must be a text or a number")
        return found

    # values

    def _check_keys(self, table: dict[str, object], path: Path, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                import difflib

                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else "there may be: " + ", ".join(known) + "."
                self._problem((*path, key), f"unknown key {key!r}", hint)

    def _table(self, table: dict[str, object], path: Path, key: str) -> dict[str, object]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self._problem((*path, key), f"{key} is {value!r}, but must be a table")
        return {}

    def _text(self, table: dict[str, object], path: Path, key: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return self._checked(value, (*path, key))
        self._problem((*path, key), f"{key} is {value!r}, but must be a text")
        return ""

    def _texts(self, table: dict[str, object], path: Path, key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(self._checked(text, (*path, key)) for text in value)
        self._problem((*path, key), f"{key} is {value!r}, but must be a list of texts")
        return ()

    def _switch(self, table: dict[str, object], path: Path, key: str) -> bool | None:
        value = table.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._problem((*path, key), f"{key} is {value!r}, but must be true or false")
        return None

    def _whole(self, table: dict[str, object], path: Path, key: str, low: int, high: int) -> int | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self._problem((*path, key), f"{key} is {value!r}, but must be a whole number from {low:,} to {high:,}")
        return None

    def _checked(self, text: str, path: Path) -> str:
        if "\0" in text or len(text.encode("utf-8", "replace")) > limits.MAX_COMMAND_BYTES:
            self._problem(path, "a text with a NUL character, or one that is too long")
            return ""
        for name in variables_in(text):
            if name not in self._known:
                there = ", ".join(sorted(self._known))
                self._problem(path, f"{{{{{name}}}}} is no variable", f"declare it under [variables]; known: {there}.")
                return ""
        return text

    def _problem(self, path: Path, message: str, hint: str = "") -> None:
        where = self._file.where(path)
        self._problems.append((int(where.rpartition(":")[2]), ConfigError(f"{where}: {message}", hint)))
