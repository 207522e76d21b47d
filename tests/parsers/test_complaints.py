"""What users of other digests complain about: failures told as something benign, words taken for failures."""

from __future__ import annotations

import pytest

from ai_session_tui.parsers.model import Parsed, Verdict
from ai_session_tui.parsers.registry import best

_NONE_LEFT_OUT = "0 ignored; 0 measured; 0 filtered out"

PROSE = (
    """The error budget of this quarter was not spent: no errors, 0 failures.
If a request failed twice, the client raises an error: see "Error handling".
A fatal error is one that nobody can recover from. FAILED is the state after three attempts.
We saw an exception to the rule, and one failing grade.
""".splitlines()
    * 6
)

JEST_BROKEN_SUITE = """ FAIL  src/app.test.ts
  ● Test suite failed to run

    src/app.ts:3:14 - error TS2304: Cannot find name 'conifg'.

    3 export const x = conifg.port;
                       ~~~~~~

Test Suites: 1 failed, 1 total
Tests:       0 total
Snapshots:   0 total
Time:        1.2 s
Ran all test suites.
""".splitlines()

PYTEST_COLLECTION = """=== test session starts ===
collected 0 items / 1 error

==================================== ERRORS ====================================
_______________________ ERROR collecting tests/test_a.py _______________________
tests/test_a.py:1: in <module>
    import nope
E   ModuleNotFoundError: No module named 'nope'
=========================== short test summary info ============================
ERROR tests/test_a.py
!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!
=============================== 1 error in 0.10s ===============================
""".splitlines()

GO_BUILD_FAILED = """# example.com/app/store
store/store.go:14:9: undefined: openDB
FAIL    example.com/app/store [build failed]
ok      example.com/app/api     0.012s
?       example.com/app/cmd     [no test files]
FAIL
""".splitlines()

CARGO_DID_NOT_COMPILE = """   Compiling inv v0.1.0 (/home/dev/inv)
error[E0425]: cannot find value `quantity` in this scope
 --> src/lib.rs:4:5
  |
4 |     quantity
  |     ^^^^^^^^ not found in this scope

For more information about this error, try `rustc --explain E0425`.
error: could not compile `inv` (lib test) due to 1 previous error
""".splitlines()

VITEST_UNHANDLED = """ ✓ src/a.test.ts (3 tests) 4ms

⎯⎯⎯⎯⎯⎯ Unhandled Errors ⎯⎯⎯⎯⎯⎯

Vitest caught 1 unhandled error during the test run.
This might cause false positive tests. Resolve unhandled errors to make sure your tests are not affected.

⎯⎯⎯⎯⎯ Unhandled Rejection ⎯⎯⎯⎯⎯
Error: socket hang up
 ❯ connect src/net.ts:12:9

 Test Files  1 passed (1)
      Tests  3 passed (3)
     Errors  1 error
   Start at  10:00:00
   Duration  400ms
""".splitlines()


def read(lines: list[str], command: str, exit_code: int | None) -> Parsed:
    return best(lines, command, exit_code)[0]


@pytest.mark.parametrize("exit_code", [0, None])
@pytest.mark.parametrize("command", ["", "./summarize", "cat NOTES.md"])
def test_prose_about_errors_is_no_failure(command: str, exit_code: int | None) -> None:
    assert all(parsed.verdict is not Verdict.FAILURE for parsed in best(PROSE, command, exit_code))


def test_a_suite_that_does_not_compile_is_not_told_as_no_failures() -> None:
    parsed = read(JEST_BROKEN_SUITE, "npx jest", 1)
    assert (parsed.verdict, parsed.counts.errors) == (Verdict.FAILURE, 1)
    assert "Cannot find name 'conifg'" in parsed.failures[0].message


def test_a_collection_error_is_not_told_as_no_tests() -> None:
    parsed = read(PYTEST_COLLECTION, "pytest", 2)
    assert (parsed.verdict, parsed.counts.errors) == (Verdict.FAILURE, 1)
    assert parsed.failures[0].message == "ModuleNotFoundError: No module named 'nope'"


def test_a_package_that_does_not_build_is_a_failure_beside_green_ones() -> None:
    parsed = read(GO_BUILD_FAILED, "go test ./...", 1)
    assert parsed.verdict is Verdict.FAILURE
    assert parsed.failures[0].name == "example.com/app/store"
    assert [item.message for item in parsed.diagnostics] == ["undefined: openDB"]


def test_tests_that_did_not_compile_are_errors() -> None:
    parsed = read(CARGO_DID_NOT_COMPILE, "cargo test", 101)
    assert (parsed.verdict, parsed.counts.errors) == (Verdict.FAILURE, 1)


def test_green_tests_with_an_unhandled_error_are_a_failure() -> None:
    parsed = read(VITEST_UNHANDLED, "vitest run", 1)
    assert parsed.verdict is Verdict.FAILURE
    assert any("socket hang up" in failure.message for failure in parsed.failures)


def test_a_plan_that_was_not_fulfilled_is_a_failure() -> None:
    parsed = read(["TAP version 13", "1..4", "ok 1 - a", "ok 2 - b", "ok 3 - c"], "./run-tests", 1)
    assert parsed.verdict is Verdict.FAILURE
    assert "planned 4 tests, ran 3" in parsed.failures[0].message


GREEN = [
    ("pytest", ["============ 12 passed in 0.50s ============"]),
    ("ruff check .", ["All checks passed!"]),
    ("mypy .", ["Success: no issues found in 12 source files"]),
    ("cargo test", ["running 1 test", "test a ... ok", "", f"test result: ok. 1 passed; 0 failed; {_NONE_LEFT_OUT}"]),
    ("npm install", ["added 3 packages in 1s", "found 0 vulnerabilities"]),
    ("make", ["gcc -c a.c -o a.o", "make: Nothing to be done for 'all'."]),
]  # fmt: skip


@pytest.mark.parametrize(("command", "lines"), GREEN, ids=[command for command, _ in GREEN])
def test_a_green_report_of_a_failed_command_is_not_trusted(command: str, lines: list[str]) -> None:
    assert read(lines, command, 0).verdict is not Verdict.FAILURE
    for parsed in best(lines, command, 3):
        assert parsed.verdict is Verdict.UNKNOWN
        assert not parsed.consistent


def test_what_another_tool_explains_leaves_green_reports_trusted() -> None:
    lines = ["All checks passed!", *PYTEST_COLLECTION]
    found = {parsed.tool: parsed for parsed in best(lines, "ruff check . && pytest", 2)}
    assert found["pytest"].verdict is Verdict.FAILURE
    assert found["ruff"].verdict is Verdict.UNKNOWN
    assert found["ruff"].consistent


def test_a_summary_that_counts_more_than_was_found_is_inconsistent() -> None:
    parsed = read(["= FAILURES =", "========= 3 failed, 2 passed in 0.50s ========="], "pytest", 1)
    assert not parsed.consistent


def test_the_log_of_a_failed_run_is_only_read() -> None:
    for parsed in best(PYTEST_COLLECTION, "cat pytest.log", 0):
        assert parsed.verdict is Verdict.SUCCESS


def test_failures_hidden_by_a_pipe_are_told() -> None:
    assert read(PYTEST_COLLECTION, "pytest 2>&1 | tail -40", 0).verdict is Verdict.FAILURE


def test_suites_of_a_workspace_add_up() -> None:
    one = [
        "running 2 tests",
        "test a ... ok",
        "test b ... ok",
        "",
        "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
    ]
    two = [
        "running 1 test", "test c ... FAILED", "", "failures:", "",
        "---- c stdout ----", "", "thread 'c' panicked at src/c.rs:3:5:", "nope", "",
        "failures:", "    c", "", "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
    ]  # fmt: skip
    parsed = read([*one, *two, *one], "cargo test --workspace --no-fail-fast", 101)
    assert parsed.counts.known() == {"passed": 4, "failed": 1}
    assert [failure.message for failure in parsed.failures] == ["nope"]


def test_two_sessions_in_one_output_add_up() -> None:
    session = ["=== test session starts ===", "collected 2 items", "", "a.py ..", "", "=== 2 passed in 0.10s ==="]
    assert read([*session, *session], "tox", 0).counts.passed == 4
