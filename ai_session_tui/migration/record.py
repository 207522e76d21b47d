"""What a migration did, written down so that it can be taken back.

    HOME/migrations/NAME.json.zst       NAME is that of the first session it made

Invariant: the record of a migration that removes its source is on disk before the source is.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

import zstandard

from ai_session_tui.errors import NotFoundError, StorageError
from ai_session_tui.migration.tmux_model import TmuxSession
from ai_session_tui.paths import Home

_ENDING = ".json.zst"


@dataclass(slots=True)
class Record:
    """One migration. `sessions` are ids; `windows` is what is needed to make the tmux session again."""

    name: str
    source: str
    time: float
    sessions: list[str]
    socket_name: str | None = None
    socket_path: str | None = None
    is_replaced: bool = False
    windows: list[dict[str, Any]] = field(default_factory=list)
    environment: dict[str, str | None] = field(default_factory=dict)


def windows_to_plain(session: TmuxSession) -> list[dict[str, Any]]:
    """Return the windows of a session as JSON has them."""
    return [
        {
            "name": window.name,
            "columns": window.columns,
            "rows": window.rows,
            "layout": window.layout_text,
            "is_active": window.is_active,
            "is_zoomed": window.is_zoomed,
            "panes": [
                {"folder": pane.cwd, "scrollback": pane.scrollback, "is_active": pane.is_active}
                for pane in window.panes
            ],
        }
        for window in session.windows
    ]


def save_record(home: Home, record: Record) -> None:
    """Write a record, as a whole or not at all; raise `StorageError`."""
    table = {name: getattr(record, name) for name in Record.__dataclass_fields__}
    data = zstandard.compress(json.dumps(table).encode("utf-8", "surrogatepass"))
    path = home.migration(record.name)
    try:
        os.makedirs(home.migrations, mode=0o700, exist_ok=True)
        with open(f"{path}.new", "wb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.new", path)
    except OSError as error:
        raise StorageError(
            f"the migration cannot be written down: {error.strerror or error}", "look at the space on the home's disk."
        ) from error


def load_record(home: Home, name: str | None) -> Record:
    """Return the record of a migration by the name of its first session, or the newest one; raise `NotFoundError`."""
    names = recorded_names(home)
    if name is None and names:
        name = names[-1]
    if name is None or name not in names:
        what = f"no migration made a session {name!r}" if name else "there is no migration to take back"
        known = f"migrations on record: {', '.join(names)}." if names else "none is on record."
        raise NotFoundError(what, known)
    try:
        with open(home.migration(name), "rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
            return Record(**json.loads(reader.read().decode("utf-8", "surrogatepass")))
    except (OSError, ValueError, TypeError, zstandard.ZstdError) as error:
        raise StorageError(f"the record {home.migration(name)} cannot be read: {error}", "remove that file.") from error


def forget_record(home: Home, name: str) -> None:
    """Remove a record: its migration was taken back."""
    try:
        os.unlink(home.migration(name))
    except OSError as error:
        raise StorageError(f"the record of the migration cannot be removed: {error.strerror}") from error


def recorded_names(home: Home) -> list[str]:
    """Return the names of the migrations on record, oldest first."""
    try:
        files = [file for file in os.scandir(home.migrations) if file.name.endswith(_ENDING)]
    except OSError:
        return []
    files.sort(key=lambda file: (file.stat().st_mtime_ns, file.name))
    return [file.name.removesuffix(_ENDING) for file in files]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
