"""Changing the user's config.toml: their comments, order and spelling stay, and the file is replaced as a whole.

Invariant: what is written has been checked as if it were read; a file that is broken is not touched. Imports
tomlkit, which nothing else does.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

import tomlkit
from tomlkit.items import Item

from ai_session_tui.config import check_key, check_setting
from ai_session_tui.errors import ConfigError, StorageError
from ai_session_tui.toml_text import keys_of, read_toml


def set_value(path: str, dotted: str, text: str) -> object:
    """Set a setting to what a text spells; return the value as it is in force now."""
    keys = keys_of(dotted)
    setting = check_key(keys[0])
    document = _document(path)
    if len(keys) > 1 and not setting.is_table:
        raise ConfigError(f"{setting.key} has no parts: {dotted!r}", f"`ai-session config set {setting.key} VALUE`.")
    if not setting.is_table:
        document[setting.key] = _checked(setting.key, text)
    else:
        table = _table_of(document, keys[:-1], dotted)
        table[keys[-1]] = _spelt(text)
        check_setting(setting.key, _plain(document[setting.key]), dotted)
    _write(path, tomlkit.dumps(document))
    return _plain(document[setting.key])


def unset(path: str, dotted: str) -> bool:
    """Take a setting out of the file; return whether it was there."""
    keys = keys_of(dotted)
    setting = check_key(keys[0])
    document = _document(path)
    table: object = document
    for key in keys[:-1]:
        table = table.get(key) if isinstance(table, MutableMapping) else None
    if not isinstance(table, MutableMapping) or keys[-1] not in table:
        return False
    del table[keys[-1]]
    if setting.key in document:
        check_setting(setting.key, _plain(document[setting.key]), f"without {dotted}")
    _write(path, tomlkit.dumps(document))
    return True


def _document(path: str) -> tomlkit.TOMLDocument:
    file = read_toml(path)
    return tomlkit.parse(file.text if file else "")


def _table_of(document: tomlkit.TOMLDocument, keys: tuple[str, ...], dotted: str) -> MutableMapping[str, object]:
    if not keys:
        raise ConfigError(f"{dotted!r} is a table: name a value in it", 'like prices."my-model".input.')
    table: MutableMapping[str, object] = document
    for at, key in enumerate(keys):
        if key not in table:
            table[key] = tomlkit.table(is_super_table=at < len(keys) - 1)
        inner = table[key]
        if not isinstance(inner, MutableMapping):
            raise ConfigError(f"{'.'.join(keys[: at + 1])} is {inner!r}, and no table")
        table = inner
    return table


def _checked(key: str, text: str) -> object:
    """Return the value that a text means for a setting: as TOML spells it, or the text itself, which may be `5`."""
    value = _spelt(text)
    try:
        return check_setting(key, value, key)
    except ConfigError:
        if isinstance(value, str):
            raise
        return check_setting(key, text, key)


def _spelt(text: str) -> object:
    """Return what a text spells in TOML, or the text: nobody wants to quote in two languages, and dates are texts."""
    try:
        value = _plain(tomlkit.value(text))
    except (tomlkit.exceptions.ParseError, ValueError):  # ValueError: an empty text
        return text
    return value if isinstance(value, bool | int | float | str) else text


def _plain(value: object) -> object:
    return value.unwrap() if isinstance(value, Item) else value


def _write(path: str, text: str) -> None:
    """Replace the file; one that is a link stays one."""
    target = os.path.realpath(path)
    fresh = f"{target}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o600
        with open(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", newline=""
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, target)
    except OSError as error:
        if os.path.exists(fresh):
            os.unlink(fresh)
        raise StorageError(
            f"{path}: cannot be written: {error.strerror}", "nothing was changed; look at its folder's permissions."
        ) from error
