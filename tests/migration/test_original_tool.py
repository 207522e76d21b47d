"""State files of the original tool."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import UsageError
from ai_session_tui.migration.original_tool import SavedMessage, _session, find_saved, read_saved, saved_folder

IDENT = "0d4f1c9e-58a5-4d35-9d0c-1d5f0f0e7a11"


def message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text, "timestamp": "2025-06-24T10:30:00.123456789Z", "token_count": 9}


def state() -> dict[str, Any]:
    old = zstandard.compress(json.dumps([message("User", "old request")]).encode())
    return {
        "session_id": IDENT,
        "config": {
            "name": "dev", "working_directory": "/tmp", "environment": {"STAGE": "test"}, "shell": "/bin/bash",
            "shell_command": None, "pty_size": [40, 120], "enable_ai_features": True,
            "context_config": {"max_tokens": 8192, "compression_threshold": 0.8},
        },
        "status": "Running",
        "context": {
            "conversation_history": {
                "messages": [message("Assistant", "done"), message("Nobody", "lost")],
                "compressed_history": {"compressed_data": base64.b64encode(old).decode(), "summary": "1 message"},
            },
        },
        "command_history": [
            {"command": "ls", "timestamp": "2025-06-24T10:31:00Z", "exit_code": 0, "output_preview": "a"},
            {"command": "", "exit_code": None},
        ],
        "metadata": {"created_at": "2025-06-24T10:30:00Z"},
    }  # fmt: skip


def write(folder: Path, data: bytes, ident: str = IDENT) -> str:
    (folder / ident).mkdir()
    (folder / ident / "state.json").write_bytes(data)
    return str(folder / ident / "state.json")


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_saved_session_is_read_with_its_oldest_messages(tmp_path: Path, is_packed: bool) -> None:
    data = json.dumps(state()).encode()
    path = write(tmp_path, zstandard.compress(data) if is_packed else data)
    assert find_saved(str(tmp_path)) == [path]
    saved = read_saved(path)
    assert (saved.name, saved.folder, saved.env, saved.status) == ("dev", "/tmp", {"STAGE": "test"}, "Running")
    assert (saved.columns, saved.rows, saved.max_tokens, saved.has_ai_features) == (120, 40, 8192, True)
    assert [(m.role, m.text) for m in saved.messages] == [("user", "old request"), ("assistant", "done")]
    assert [(c.text, c.exit_code) for c in saved.commands] == [("ls", 0)]
    assert saved.messages[0].time == pytest.approx(1750761000.123, abs=0.01)


def test_old_messages_that_cannot_be_unpacked_leave_their_summary(tmp_path: Path) -> None:
    broken = state()
    broken["context"]["conversation_history"]["compressed_history"]["compressed_data"] = "AAAA"
    saved = read_saved(write(tmp_path, json.dumps(broken).encode()))
    assert saved.messages[0] == SavedMessage("system", "1 message")


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\x28\xb5\x2f\xfdjunk", b"\xff\xfe"])
def test_a_file_that_is_none_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path, data)
    with pytest.raises(UsageError, match="no saved session") as raised:
        read_saved(path)
    assert path in raised.value.message


def test_nothing_saved_is_an_empty_list(tmp_path: Path) -> None:
    assert find_saved(str(tmp_path / "none")) == []
    assert saved_folder({"XDG_DATA_HOME": "/data"}) == "/data/ai-session/sessions"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
)


@given(st.dictionaries(st.sampled_from(("session_id", "config", "context", "command_history", "status")), _JSON))
def test_any_object_is_read_as_far_as_it_goes(found: dict[str, Any]) -> None:
    assert _session(found, "folder").name
