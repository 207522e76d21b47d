"""Errors are told from words that only look like them."""

from __future__ import annotations

import pytest

from ai_session_tui.digest.salience import CALM, ERROR, GRAVE, WARNING, weigh, weights

LINES = {
    "error: linker `cc` not found": GRAVE,
    "src/a.c:3:4: error: expected ';'": GRAVE,
    "error[E0425]: cannot find value": GRAVE,
    "fatal: not a git repository": GRAVE,
    "ValueError: bad literal": GRAVE,
    "java.lang.IllegalStateException: closed": GRAVE,
    "2026-01-01 12:00:00 ERROR store closed": GRAVE,
    "FAILED tests/test_x.py::test_y": GRAVE,
    "make: *** [all] Error 2": GRAVE,
    "npm ERR! code E404": GRAVE,
    "find: '/root': Permission denied": GRAVE,
    "thread 'main' panicked at src/main.rs:3:5": GRAVE,
    '10.0.0.1 "GET /x HTTP/1.1" 502 12': GRAVE,
    "E: Unable to locate package foo": ERROR,
    "12 failed, 3 passed": ERROR,
    "connection refused by peer": ERROR,
    '10.0.0.1 "GET /x HTTP/1.1" 404 12': ERROR,
    "    Expected: 120": ERROR,
    "    actual: 119": ERROR,
    "what was expected: nothing": CALM,
    "warning: unused variable": WARNING,
    "DeprecationWarning: old": WARNING,
    "0 errors, 0 warnings": CALM,
    "no errors found": CALM,
    "errors=0 failures=0": CALM,
    "tests/test_errors.py::test_error_handling PASSED": CALM,
    "lib/error.js": CALM,
    "def handle_error(self):": CALM,
    "result.failed(items)": CALM,
    "everything is fine": CALM,
}


@pytest.mark.parametrize("line", LINES)
def test_weight(line: str) -> None:
    assert weigh(line) == LINES[line]


def test_many_lines_at_once_weigh_the_same() -> None:
    lines = list(LINES) * 2 + ["", "İstanbul error: x"]
    assert weights(lines) == {index: weigh(line) for index, line in enumerate(lines) if weigh(line)}
