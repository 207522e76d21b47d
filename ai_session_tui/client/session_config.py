"""What a new session shall be like.

Invariant: a `SessionConfig` that exists is valid as far as that can be told without the server; what is left out is
decided by the settings of the home, then by the server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ai_session_tui import limits
from ai_session_tui.config import Settings
from ai_session_tui.errors import UsageError
from ai_session_tui.names import check_name

_MAX_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """The wishes for a new session; raises `UsageError` for one that cannot be met.

    `command` runs instead of a shell (argv); `env` is added to the environment of this process. `template` names a
    template, `variables` are values for it; whatever else is wished for goes before what the template says.

    >>> SessionConfig(name="dev").with_ai_features(True).ai_context
    True
    >>> SessionConfig(columns=0)
    Traceback (most recent call last):
        ...
    ai_session_tui.errors.UsageError: columns is 0, but must be a whole number from 1 to 1,000
    """

    name: str | None = None
    dir: str | os.PathLike[str] | None = None
    shell: str | None = None
    command: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    columns: int | None = None
    rows: int | None = None
    ai_context: bool = False
    max_tokens: int | None = None
    compression: bool | None = None
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name is not None:
            check_name(self.name)
        _check_whole("columns", self.columns, limits.MAX_COLUMNS)
        _check_whole("rows", self.rows, limits.MAX_ROWS)
        _check_whole("max_tokens", self.max_tokens, _MAX_TOKENS)
        if self.command is not None:
            _check_command(self.command)
        for key, value in self.env.items():
            _check_variable(key, value)
        if self.variables and self.template is None:
            raise UsageError("variables are for a template", "name one: template=…")

    def with_ai_features(self, enabled: bool = True) -> SessionConfig:
        """Return the same wishes with the AI context switched on or off."""
        return replace(self, ai_context=enabled)

    def to_params(self, settings: Settings, environ: Mapping[str, str]) -> dict[str, object]:
        """Return the params of `session.create`; what is not wished for comes from `settings`."""
        wishes: dict[str, object] = {
            "name": self.name,
            "dir": None if self.dir is None else os.path.abspath(os.path.expanduser(self.dir)),
            "shell": self.shell,
            "command": None if self.command is None else list(self.command),
            "env": dict(environ),
            "set_env": dict(self.env),
            "columns": self.columns,
            "rows": self.rows,
            "ai_context": self.ai_context or None,
            "max_tokens": self.max_tokens,
            "compression": self.compression,
            "template": self.template,
            "variables": dict(self.variables),
            "base_dir": os.getcwd(),
            "defaults": {
                "shell": settings.shell or None,
                "columns": settings.columns,
                "rows": settings.rows,
                "max_tokens": settings.max_tokens,
                "compression": settings.compression,
            },
        }
        return {name: value for name, value in wishes.items() if value is not None}


def _check_whole(name: str, value: object, high: int) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
        raise UsageError(f"{name} is {value!r}, but must be a whole number from 1 to {high:,}")


def _check_command(command: object) -> None:
    if isinstance(command, str | bytes) or not isinstance(command, Sequence):
        raise UsageError(f"command is {command!r}, but must be a list of words", 'write command=["vim", "notes.txt"].')
    if not command or not all(isinstance(word, str) and "\0" not in word for word in command):
        raise UsageError(f"command is {command!r}, but must be a list of at least one text without NUL")


def _check_variable(key: object, value: object) -> None:
    if not isinstance(key, str) or not isinstance(value, str) or not key or "=" in key or "\0" in key + value:
        raise UsageError(f"env: {key!r} = {value!r} cannot be an environment variable")
