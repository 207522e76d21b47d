"""Settings: one table of what can be set, and the order in which it is decided: flag, environment, file, default.

Each setting is declared once, as a field of `Settings`: its type, default, check, unit and help. Whoever needs another
adds a line there; `config`, the documentation and the messages follow. Invariant: an unknown key or a bad value is a
`ConfigError` that names the file and the line; nothing is ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from ai_session_tui import limits
from ai_session_tui.errors import ConfigError
from ai_session_tui.prices import PRICES, Price, TableError, prices_from
from ai_session_tui.toml_text import TomlText, read_toml

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_NOTIFIED = ("none", "bell", "osc9", "desktop")
_LEVELS = ("trace", "debug", "info", "warn", "warning", "error")

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about one setting besides its value."""

    key: str
    default: object
    check: Callable[[object], object]
    help: str
    variable: str = ""  # of the environment; "" when there is none
    is_table: bool = False


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a whole number from {low:,} to {high:,}")
        return value

    return check


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError("true or false")
    return word in _TRUE


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _leader(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"ctrl\+[a-z]", value.lower()):
        return value.lower()
    raise ValueError('"ctrl+" and a letter')


def _notify(value: object) -> str:
    if isinstance(value, str) and value.strip().lower() in _NOTIFIED:
        return value.strip().lower()
    raise ValueError("one of " + ", ".join(_NOTIFIED))


def _level(value: object) -> str:
    if isinstance(value, str) and value.strip().lower() in _LEVELS:
        return value.strip().lower()
    raise ValueError("one of " + ", ".join(_LEVELS))


def _setting(
    default: _Value,
    check: Callable[[object], object],
    help: str,
    *,
    variable: str = "",
    is_table: bool = False,
) -> _Value:
    about = {"check": check, "help": help, "variable": variable, "is_table": is_table}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, in the units that their names say."""

    max_tokens: int = _setting(
        4096, _whole(1, 10_000_000), "most tokens of a session's AI context", variable="AI_SESSION_MAX_TOKENS"
    )
    compression: bool = _setting(True, _switch, "compress a context when it grows", variable="AI_SESSION_COMPRESSION")
    shell: str = _setting("", _text, 'shell of new sessions; "" is $SHELL')
    leader: str = _setting("ctrl+b", _leader, "key that begins a command of ours, while attached")
    columns: int = _setting(
        limits.DEFAULT_COLUMNS, _whole(1, limits.MAX_COLUMNS), "width of a session that no terminal shows yet"
    )
    rows: int = _setting(limits.DEFAULT_ROWS, _whole(1, limits.MAX_ROWS), "its height")
    history_lines: int = _setting(
        limits.HISTORY_LINES, _whole(0, 1_000_000), "lines of scrollback that a screen keeps in memory"
    )
    journal_limit_mb: int = _setting(
        limits.JOURNAL_LIMIT_BYTES // (1024 * 1024),
        _whole(1, 1_000_000),
        "compressed megabytes of output kept on disk, per pane; the oldest goes first",
    )
    idle_after_seconds: int = _setting(60, _whole(1, 86_400), "quiet for so long, a session is called idle")
    quiet_ms: int = _setting(500, _whole(10, 60_000), "quiet for so long, a program that reports nothing has answered")
    close_on_exit: bool = _setting(
        False, _switch, "take a pane away when its program ends by itself, unless it is the session's last"
    )
    analysis_seconds: int = _setting(
        20, _whole(1, 86_400), "the analysis of an output may take so long, and a second more per megabyte"
    )
    analyst_idle_seconds: int = _setting(
        60, _whole(1, 86_400), "without work for so long, the process that analyses outputs ends"
    )
    theme: str = _setting(
        "session-dark", _text, "colours of the dashboard: session-dark, session-light, session-contrast …"
    )
    reduced_motion: bool = _setting(False, _switch, "nothing moves or blinks in the dashboard by itself")
    notify: str = _setting("none", _notify, "how the dashboard calls when a session needs you: " + ", ".join(_NOTIFIED))
    log: str = _setting(
        "info", _level, "how much goes to server.log: " + ", ".join(_LEVELS), variable="AI_SESSION_LOG"
    )  # RUST_LOG is an alias of the variable
    model: str = _setting("claude-sonnet-4-5", _text, "model whose price `stats` reckons with")
    prices: tuple[Price, ...] = _setting(
        PRICES, prices_from, "dollars for a million input tokens, a table for each model", is_table=True
    )


SETTINGS: dict[str, Setting] = {
    found.name: Setting(found.name, found.default, **found.metadata) for found in fields(Settings)
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value came from."""

    kind: str  # "flag", "environment", "file", "default"
    place: str = ""  # the flag, the variable, FILE:LINE

    def __str__(self) -> str:
        return f"{self.kind} {self.place}".rstrip()


@dataclass(frozen=True, slots=True)
class Decided:
    """A value in force and its source."""

    value: object
    source: Source


def load_settings(path: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of the file at `path` (it need not exist), overruled by the environment."""
    values = {key: found.value for key, found in decide(path, environ).items()}
    return Settings(**values)  # type: ignore[arg-type]  # each value went through its check


def decide(
    path: str, environ: Mapping[str, str] = os.environ, flags: Mapping[str, tuple[str, object]] | None = None
) -> dict[str, Decided]:
    """Return every setting with its source; `flags` are values by key, each with the flag that gave it."""
    decided = {key: Decided(setting.default, Source("default")) for key, setting in SETTINGS.items()}
    decided |= _from_file(path)
    for key, setting in SETTINGS.items():
        found = _from_environment(setting, environ)
        if found is not None:
            decided[key] = found
    for key, (flag, value) in (flags or {}).items():
        decided[key] = Decided(check_setting(key, value, flag), Source("flag", flag))
    return decided


def check_setting(key: str, value: object, where: str) -> object:
    """Return the value in its own type; raise `ConfigError` that says where it stands and what would be right."""
    try:
        return SETTINGS[key].check(value)
    except ValueError as error:
        raise ConfigError(f"{where}: {key} is {value!r}, but must be {error}") from None


def check_key(key: str, where: str = "") -> Setting:
    """Return the setting of that name; raise `ConfigError` with the nearest one."""
    if key in SETTINGS:
        return SETTINGS[key]
    import difflib

    near = difflib.get_close_matches(key, SETTINGS, 1)
    raise ConfigError(
        f"{where}: unknown setting {key!r}" if where else f"unknown setting {key!r}",
        f"did you mean {near[0]!r}?" if near else "the settings are: " + ", ".join(sorted(SETTINGS)) + ".",
    )


def mistakes(path: str) -> list[ConfigError]:
    """Return everything that is wrong with the file at `path`, in the order of its lines."""
    try:
        file = read_toml(path)
    except ConfigError as error:
        return [error]
    found = []
    for key, value in (file.table if file else {}).items():
        assert file is not None
        try:
            _entry(file, key, value)
        except ConfigError as error:
            found.append(error)
    return found


def _from_environment(setting: Setting, environ: Mapping[str, str]) -> Decided | None:
    name = setting.variable
    if name and environ.get(name):
        value = check_setting(setting.key, environ[name], f"the environment variable {name}")
        return Decided(value, Source("environment", name))
    if setting.key == "log" and (level := _plain_level(environ.get("RUST_LOG", ""))):
        return Decided(level, Source("environment", "RUST_LOG"))
    return None


def _plain_level(filters: str) -> str:
    """Return the level of `RUST_LOG=hyper=warn,info` that is meant for everything, "" when there is none.

    The variable belongs to other programs too: what only they understand is no error of the user's.
    """
    words = (word.strip().lower() for word in filters.split(","))
    return next((word for word in words if word in _LEVELS), "")


def _from_file(path: str) -> dict[str, Decided]:
    file = read_toml(path)
    if file is None:
        return {}
    return {key: _entry(file, key, value) for key, value in file.table.items()}


def _entry(file: TomlText, key: str, value: object) -> Decided:
    where = file.where((key,))
    setting = check_key(key, where)
    if setting.is_table and isinstance(value, dict):
        try:
            return Decided(setting.check(value), Source("file", where))
        except TableError as error:
            raise ConfigError(f"{file.where((key, *error.path))}: {error}") from None
    return Decided(check_setting(key, value, where), Source("file", where))
