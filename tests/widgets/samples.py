"""A morning's work as the server would tell it, for tests of what shows it. Times are of one day, in UTC."""

# ruff: noqa: E501 - rows of data

from __future__ import annotations

from ai_session_tui.prices import Price
from ai_session_tui.widgets.views import CommandView, ContextView, DigestView, read

START = 1_719_225_000.0  # 10:30:00
PRICE = Price("a-model", 3.0, "2024-06-01")

CONTEXT = read(
    {
        "messages": [
            {"id": 3, "time": START, "role": "user", "kind": "text", "text": "Let's start working on the API", "tokens": 8},
            {"id": 9, "time": START + 60, "role": "system", "kind": "digest", "text": "cargo build: 3 warnings",
             "tokens": 60, "covers": [4, 8]},
            {"id": 10, "time": START + 165, "role": "user", "kind": "command", "text": "cargo test", "tokens": 3, "command": 2},
            {"id": 11, "time": START + 168, "role": "system", "kind": "digest", "command": 2, "tokens": 45,
             "text": "exit 101\ntest api::test_endpoint ... FAILED\n  at src/api.rs:42:9\n11 passed; 1 failed"},
            {"id": 12, "time": START + 180, "role": "assistant", "kind": "text", "pinned": True, "tokens": 21,
             "text": "One test fails: the endpoint answers 404 instead of 200."},
            {"id": 13, "time": START + 300, "role": "user", "kind": "note", "text": "the staging host is down today"},
        ],
        "message_count": 15, "tokens": 1285, "max_tokens": 4096, "compressions": 2,
        "health": {"state": "optimal", "rule": "under 80 % of the limit"},
        "efficiency": {"baseline": "plain text of everything", "baseline_tokens": 18_900, "delivered_tokens": 1285, "saved": 0.932},
        "decisions": [{"id": 1, "time": START + 200, "text": "routes stay in one module", "why": "there are only nine"}],
    },
    ContextView,
)  # fmt: skip


def _command(ident: int, text: str, minutes: float, took: float, code: int | None, **analysis: object) -> CommandView:
    started = START + minutes * 60
    return read(
        {"id": ident, "session": "dev", "session_id": "s1", "command": text, "cwd": "/srv/api", "started": started,
         "ended": started + took, "duration_s": took, "exit_code": code, "state": "ended", "source": "typed",
         "analysis": analysis or None},
        CommandView,
    )  # fmt: skip


COMMANDS = [
    _command(1, "cargo build", 1, 41.2, 0, verdict="success", headline="3 warnings", raw_tokens=5200, plain_tokens=4100,
             digest_tokens=180, delivered_tokens=180, failures=0, warnings=3),
    _command(2, "cargo test", 2.75, 12.3, 101, verdict="failure", headline="11 passed, 1 failed", raw_tokens=2400,
             plain_tokens=2100, digest_tokens=240, delivered_tokens=640, failures=1, warnings=0),
    _command(3, "git diff --stat", 6, 0.1, 0, verdict="success", headline="4 files", raw_tokens=160, plain_tokens=150,
             digest_tokens=150, delivered_tokens=150),
    _command(4, "python -m http.server", 8, 340, 130),
    _command(5, "cargo test", 15, 11.8, 0, verdict="success", headline="12 passed", raw_tokens=2300, plain_tokens=2000,
             digest_tokens=40, delivered_tokens=40, failures=0, warnings=0),
]  # fmt: skip
RUNNING = read(
    {
        "id": 6,
        "session": "dev",
        "session_id": "s1",
        "command": "cargo watch",
        "started": START + 1000,
        "state": "running",
    },
    CommandView,
)

DIGEST = read(
    {
        "text": "exit 101\ntest api::test_endpoint ... FAILED\nthread 'api::test_endpoint' panicked at src/api.rs:42:9:\n"
        "  left: 404\n right: 200\n[38 lines folded · ai-session output dev#2 --lines 4-41]",
        "verdict": "failure",
        "parsed": [
            {
                "tool": "cargo test", "verdict": "failure", "counts": {"passed": 11, "failed": 1, "errors": None},
                "failures": [{"name": "api::test_endpoint", "message": "assertion failed: 404 == 200",
                              "location": {"path": "src/api.rs", "line": 42, "column": 9}, "lines": [3]}],
                "diagnostics": [{"severity": "warning", "message": "unused variable: `x`", "code": "unused_variables",
                                 "locations": [{"path": "src/lib.rs", "line": 7}], "lines": [1]}],
            }
        ],
        "reference": "ai-session output dev#2", "raw_tokens": 2400, "plain_tokens": 2100, "digest_tokens": 240,
    },
    DigestView,
)  # fmt: skip
