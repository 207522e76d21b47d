"""Messages have the shapes that docs/protocol.md shows."""

from __future__ import annotations

from ai_session_tui.errors import NotFoundError
from ai_session_tui.protocol import messages


def test_shapes() -> None:
    assert messages.request(7, "session.get", {"target": "dev"}) == {
        "id": 7,
        "method": "session.get",
        "params": {"target": "dev"},
    }
    assert messages.cancel(7) == {"cancel": 7}
    assert messages.result(7, None) == {"id": 7, "result": None}
    assert messages.event(7, "started", {}) == {"id": 7, "event": "started", "data": {}}
    error = NotFoundError("no session is called 'dev'", "look")
    wire = {"code": "not_found", "message": "no session is called 'dev'", "hint": "look"}
    assert messages.failure(7, error) == {"id": 7, "error": wire}
    assert messages.failure(None, error) == {"error": wire}
