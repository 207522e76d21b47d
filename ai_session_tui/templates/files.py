"""Where templates are: the user's own in the home, and those that come with the program.

Invariant: a file of the user's goes before a built-in one of the same name.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.templates.model import Template
from ai_session_tui.templates.reading import read_template
from ai_session_tui.toml_text import TomlText, read_toml

SUFFIX = ".toml"
_HERE = os.path.dirname(os.path.abspath(__file__))  # `importlib.resources` would cost the server megabytes
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Found:
    """A template's file."""

    name: str
    path: str
    is_builtin: bool

    def read(self) -> TomlText:
        """Return the file's text and table; raise `ConfigError` for one that is no TOML."""
        file = read_toml(self.path)
        if file is None:
            raise NotFoundError(f"{self.path} has just gone")
        return file

    def template(self) -> Template:
        """Return what it says; raise `ConfigError`."""
        return read_template(self.name, self.read())


def check_template_name(name: str) -> str:
    """Return the name if a template may have it; raise `UsageError`."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a template", "letters, digits, `-`, `_` and `.`.")
    return name


def list_templates(folder: str) -> list[Found]:
    """Return all templates by name: those in the user's folder, and the built-in ones that they do not replace."""
    found = {one.name: one for one in _in(_builtin(), is_builtin=True)}
    found |= {one.name: one for one in _in(folder, is_builtin=False)}
    return [found[name] for name in sorted(found)]


def find_template(wanted: str, folder: str, base: str = "") -> Found:
    """Return a template by its name, or by the path of its file (relative to `base`); raise `NotFoundError`."""
    if os.sep in wanted or wanted.endswith(SUFFIX):
        path = os.path.join(base or os.getcwd(), os.path.expanduser(wanted))
        if os.path.isfile(path):
            return Found(os.path.basename(path).removesuffix(SUFFIX), path, False)
        raise NotFoundError(f"there is no template file {path}")
    known = list_templates(folder)
    for one in known:
        if one.name == wanted:
            return one
    import difflib

    near = difflib.get_close_matches(wanted, [one.name for one in known], 1)
    raise NotFoundError(
        f"no template is called {wanted!r}",
        f"did you mean {near[0]!r}?" if near else "`ai-session template list` shows what there is.",
    )


def new_text(name: str) -> str:
    """Return the text of a new template, which explains itself."""
    with open(os.path.join(_HERE, "new.toml"), encoding="utf-8") as file:
        return file.read().replace("NAME", name)


def _builtin() -> str:
    return os.path.join(_HERE, "builtin")


def _in(folder: str, *, is_builtin: bool) -> list[Found]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    stems = [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]
    return [Found(stem, os.path.join(folder, stem + SUFFIX), is_builtin) for stem in stems if _NAME.fullmatch(stem)]
