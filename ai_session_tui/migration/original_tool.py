"""Sessions that the original ai-session saved: `~/.local/share/ai-session/sessions/ID/state.json`.

Each file is the JSON of one session, compressed with zstd (or plain, where that was switched off): configuration,
status, conversation, command history. Older messages stand in it compressed once more, in base64. The shape is that
of `SessionState` in its `persistence` module (github.com/nwiizo/ccswarm). Only what can be used is read: a field that
is missing or of another type counts as not there, and a file that is no such JSON is one clear error.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import zstandard

from ai_session_tui.errors import UsageError

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MOST_BYTES = 512 * 1024 * 1024  # a small file can claim to unpack to anything
_ROLES = {"System": "system", "User": "user", "Assistant": "assistant", "Tool": "tool"}


@dataclass(frozen=True, slots=True)
class SavedMessage:
    """One entry of a conversation; `role` is one of ours, `time` None where it cannot be read."""

    role: str
    text: str
    time: float | None = None


@dataclass(frozen=True, slots=True)
class SavedCommand:
    """One command that ran; its output is a preview."""

    text: str
    time: float | None = None
    exit_code: int | None = None
    output: str = ""


@dataclass(frozen=True, slots=True)
class SavedSession:
    """One session of the original tool."""

    ident: str
    name: str
    folder: str
    status: str
    shell: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    has_ai_features: bool = False
    max_tokens: int | None = None
    columns: int = 80
    rows: int = 24
    messages: tuple[SavedMessage, ...] = ()
    commands: tuple[SavedCommand, ...] = ()


def saved_folder(environ: Mapping[str, str] = os.environ) -> str:
    """Return where the original tool keeps its sessions (XDG_DATA_HOME decides)."""
    data = environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(data, "ai-session", "sessions")


def find_saved(folder: str) -> list[str]:
    """Return the state files below a folder, in the order of their sessions' ids."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    files = (os.path.join(folder, name, "state.json") for name in names)
    return [file for file in files if os.path.isfile(file)]


def read_saved(path: str) -> SavedSession:
    """Return the session of a state file; raise `UsageError` that names the file."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        state = json.loads(_unpack(data))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, zstandard.ZstdError) as error:
        raise UsageError(f"{path} is no saved session: {error}", "leave it out, or remove it.") from error
    if not isinstance(state, dict):
        raise UsageError(f"{path} is no saved session: it holds no JSON object", "leave it out, or remove it.")
    return _session(state, os.path.basename(os.path.dirname(path)))


def _session(state: dict[str, object], folder_name: str) -> SavedSession:
    config, context = _table(state.get("config")), _table(state.get("context"))
    history = _table(context.get("conversation_history"))
    ident = _text(state.get("session_id")) or folder_name
    size = config.get("pty_size")
    rows, columns = size if isinstance(size, list) and len(size) == 2 else (24, 80)
    max_tokens = _table(config.get("context_config")).get("max_tokens")
    return SavedSession(
        ident=ident,
        name=_text(config.get("name")) or ident[:8],
        folder=_text(config.get("working_directory")) or "~",
        status=_text(state.get("status")) or "unknown",
        shell=_text(config.get("shell")) or _text(config.get("shell_command")) or None,
        env={name: value for name, value in _table(config.get("environment")).items() if isinstance(value, str)},
        has_ai_features=config.get("enable_ai_features") is True,
        max_tokens=max_tokens if isinstance(max_tokens, int) and max_tokens > 0 else None,
        columns=columns if isinstance(columns, int) and 0 < columns <= 1000 else 80,
        rows=rows if isinstance(rows, int) and 0 < rows <= 1000 else 24,
        messages=(*_old_messages(_table(history.get("compressed_history"))), *_messages(history.get("messages"))),
        commands=tuple(_commands(state.get("command_history"))),
    )


def _old_messages(compressed: dict[str, object]) -> tuple[SavedMessage, ...]:
    packed = compressed.get("compressed_data")
    if not isinstance(packed, str):
        return ()
    try:
        return tuple(_messages(json.loads(_unpack(base64.b64decode(packed, validate=True)))))
    except (binascii.Error, ValueError, RecursionError, zstandard.ZstdError):
        summary = _text(compressed.get("summary"))  # what the original tool said of them is better than nothing
        return (SavedMessage("system", summary),) if summary else ()


def _messages(entries: object) -> list[SavedMessage]:
    found = []
    for entry in entries if isinstance(entries, list) else ():
        role, text = _ROLES.get(_text(_table(entry).get("role"))), _text(_table(entry).get("content"))
        if role and text:
            found.append(SavedMessage(role, text, _time(_table(entry).get("timestamp"))))
    return found


def _commands(entries: object) -> list[SavedCommand]:
    found = []
    for entry in map(_table, entries if isinstance(entries, list) else ()):
        text, code = _text(entry.get("command")), entry.get("exit_code")
        if text:
            is_code = isinstance(code, int) and not isinstance(code, bool)
            output = _text(entry.get("output_preview"))
            found.append(SavedCommand(text, _time(entry.get("timestamp")), code if is_code else None, output))  # type: ignore[arg-type]  # is_code
    return found


def _unpack(data: bytes) -> bytes:
    if not data.startswith(_ZSTD_MAGIC):
        return data
    with zstandard.ZstdDecompressor().stream_reader(data) as reader:
        plain = reader.read(_MOST_BYTES + 1)
    if len(plain) > _MOST_BYTES:
        raise ValueError(f"it unpacks to more than {_MOST_BYTES:,} bytes")
    return plain


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> float | None:
    try:
        return datetime.fromisoformat(_text(value)).timestamp()
    except (ValueError, OverflowError):
        return None
