"""Settings: one table of what can be set, and the order in which it is decided: flag, environment, file, default.

Invariant: an unknown key or a bad value is a `ConfigError` that names the file and the line; nothing is ignored.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from ai_session_tui import limits
from ai_session_tui.errors import ConfigError

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_LEVELS = ("trace", "debug", "info", "warn", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, in the units that their names say."""

    max_tokens: int = 4096
    compression: bool = True
    shell: str = ""
    leader: str = "ctrl+b"
    columns: int = limits.DEFAULT_COLUMNS
    rows: int = limits.DEFAULT_ROWS
    history_lines: int = limits.HISTORY_LINES
    journal_limit_mb: int = limits.JOURNAL_LIMIT_BYTES // (1024 * 1024)
    idle_after_seconds: int = 60
    quiet_ms: int = 500
    log: str = "info"


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


def _level(value: object) -> str:
    if isinstance(value, str) and value.strip().lower() in _LEVELS:
        return value.strip().lower()
    raise ValueError("one of " + ", ".join(_LEVELS))


def _plain_level(filters: str) -> str:
    """Return the level of `RUST_LOG=hyper=warn,info` that is meant for everything, "" when there is none.

    The variable belongs to other programs too: what only they understand is no error of the user's.
    """
    words = (word.strip().lower() for word in filters.split(","))
    return next((word for word in words if word in _LEVELS), "")


_CHECKS: dict[str, Callable[[object], object]] = {
    "max_tokens": _whole(1, 10_000_000),
    "compression": _switch,
    "shell": _text,
    "leader": _leader,
    "columns": _whole(1, limits.MAX_COLUMNS),
    "rows": _whole(1, limits.MAX_ROWS),
    "history_lines": _whole(0, 1_000_000),
    "journal_limit_mb": _whole(1, 1_000_000),
    "idle_after_seconds": _whole(1, 86_400),
    "quiet_ms": _whole(10, 60_000),
    "log": _level,
}
assert set(_CHECKS) == {field.name for field in fields(Settings)}

_VARIABLES = {
    "max_tokens": "AI_SESSION_MAX_TOKENS",
    "compression": "AI_SESSION_COMPRESSION",
    "log": "AI_SESSION_LOG",  # RUST_LOG is its alias
}


def load_settings(path: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of the file at `path` (it need not exist), overruled by the environment."""
    values = _from_file(path)
    for key, variable in _VARIABLES.items():
        if environ.get(variable):
            values[key] = check_setting(key, environ[variable], f"the environment variable {variable}")
    if not environ.get("AI_SESSION_LOG") and _plain_level(environ.get("RUST_LOG", "")):
        values["log"] = _plain_level(environ["RUST_LOG"])
    return Settings(**values)  # type: ignore[arg-type]  # each value went through its check


def check_setting(key: str, value: object, where: str) -> object:
    """Return the value in its own type; raise `ConfigError` that says where it stands and what would be right."""
    try:
        return _CHECKS[key](value)
    except ValueError as error:
        raise ConfigError(f"{where}: {key} is {value!r}, but must be {error}") from None


def _from_file(path: str) -> dict[str, object]:
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except (FileNotFoundError, NotADirectoryError):  # the latter: what is wrong with the home is not our matter
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        text = raw.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        line_found = re.search(r"line (\d+)", str(error))
        line = int(line_found[1]) if line_found else text.count("\n") + 1
        raise ConfigError(f"{path}:{line}: not valid TOML: {error}") from None
    return {key: _entry(path, text, key, value) for key, value in table.items()}


def _entry(path: str, text: str, key: str, value: object) -> object:
    where = f"{path}:{_line_of(text, key)}"
    if key in _CHECKS:
        return check_setting(key, value, where)
    import difflib

    near = difflib.get_close_matches(key, _CHECKS, 1)
    raise ConfigError(
        f"{where}: unknown setting {key!r}",
        f"did you mean {near[0]!r}?" if near else "the settings are: " + ", ".join(sorted(_CHECKS)) + ".",
    )


def _line_of(text: str, key: str) -> int:
    found = re.search(rf"""^\s*(?:\[\s*)?["']?{re.escape(key)}["']?\s*[.\]=]""", text, re.MULTILINE)
    return (
        text[: found.start()].count("\n") + text[found.start() : found.end()].lstrip(" \t").count("\n") + 1
        if found
        else 1
    )
