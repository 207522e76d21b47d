"""What parsers read from recorded runs of real tools: with the command known, and from the output alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ai_session_tui.parsers.model import Severity, Verdict

BAD, GOOD, OPEN = Verdict.FAILURE, Verdict.SUCCESS, Verdict.UNKNOWN

RUNS = [
    (
        "pytest_long",
        "pytest",
        BAD,
        {"passed": 6, "failed": 4, "errors": 1, "skipped": 1, "warnings": 1, "expected_failures": 1},
    ),
    (
        "pytest_xdist",
        "pytest",
        BAD,
        {"passed": 4, "failed": 4, "errors": 1, "skipped": 1, "warnings": 1, "expected_failures": 1},
    ),
    (
        "pytest_quiet_line",
        "pytest",
        BAD,
        {"passed": 4, "failed": 4, "errors": 1, "skipped": 1, "warnings": 1, "expected_failures": 1},
    ),
    ("pytest_verbose_green", "pytest", GOOD, {"passed": 2}),
    ("pytest_collection_error", "pytest", BAD, {"errors": 1}),
    ("pytest_missing_path", "pytest", BAD, {}),
    ("pytest_coverage", "pytest", OPEN, {"passed": 2}),
    ("pytest_coverage", "coverage", BAD, {}),
    ("unittest_fail", "unittest", BAD, {"passed": 1, "failed": 2, "errors": 1, "skipped": 1, "expected_failures": 1}),
    ("jest", "jest", BAD, {"passed": 2, "failed": 3, "errors": 1, "skipped": 2}),
    ("vitest", "vitest", BAD, {"passed": 1, "failed": 2, "errors": 1, "skipped": 1}),
    ("mocha", "mocha", BAD, {"passed": 1, "failed": 3, "skipped": 1}),
    ("node_spec", "node:test", BAD, {"passed": 2, "failed": 2, "skipped": 2}),
    ("node_tap", "tap", BAD, {"passed": 2, "failed": 2, "skipped": 2}),
    ("tap", "tap", BAD, {"passed": 1, "failed": 1, "skipped": 2}),
    ("cargo_test", "cargo test", BAD, {"passed": 1, "failed": 3, "skipped": 1}),
    ("cargo_test", "cargo", BAD, {"warnings": 2}),
    ("cargo_errors", "cargo", BAD, {"errors": 4, "warnings": 1}),
    ("gcc", "gcc", BAD, {"errors": 1, "warnings": 4}),
    ("gpp", "gcc", BAD, {"errors": 5}),
    ("make_link", "gcc", BAD, {"errors": 2, "warnings": 3}),
    ("make_link", "make", BAD, {}),
    ("asan", "sanitizer", BAD, {}),
    ("cmake_ctest", "ctest", BAD, {"failed": 1}),
    ("cmake_missing", "cmake", BAD, {}),
    ("javac", "javac", BAD, {"errors": 3}),
    ("java_crash", "traceback", BAD, {}),
    ("node_crash", "traceback", BAD, {}),
    ("python_chain", "traceback", BAD, {}),
    ("mypy", "mypy", BAD, {"errors": 5}),
    ("flake8", "ruff", BAD, {"errors": 4, "warnings": 1}),
    ("ruff_concise", "ruff", BAD, {"errors": 4, "warnings": 1}),
    ("ruff_full", "ruff", BAD, {"errors": 5}),
    ("pylint", "pylint", BAD, {"errors": 1, "warnings": 9}),
    ("eslint", "eslint", BAD, {"errors": 9, "warnings": 3}),
    ("eslint_unix", "eslint", BAD, {"errors": 9, "warnings": 3}),
    ("prettier", "prettier", BAD, {}),
    ("tsc", "tsc", BAD, {"errors": 6}),
    ("tsc_pretty", "tsc", BAD, {"errors": 6}),
    ("pip_missing", "pip", BAD, {}),
    ("npm_missing", "npm", BAD, {}),
    ("git_merge", "git", BAD, {}),
    ("git_push", "git", GOOD, {}),
    ("git_push_rejected", "git", BAD, {}),
    ("git_clone", "git", GOOD, {}),
    ("git_status", "git status", GOOD, {}),
    ("git_diff", "diff", GOOD, {"changed": 1}),
    ("git_stat", "diff --stat", GOOD, {"changed": 2}),
    ("git_log", "git log", GOOD, {}),
    ("git_blame", "git blame", GOOD, {}),
    ("grep_matches", "search", GOOD, {}),
    ("missing_compiler", "shell", BAD, {}),
]


@pytest.mark.parametrize("is_named", [True, False], ids=["command known", "output alone"])
@pytest.mark.parametrize(("name", "tool", "verdict", "counts"), RUNS, ids=[f"{run[0]}-{run[1]}" for run in RUNS])
def test_tool_verdict_and_counts(
    sample: Callable[[str], Any], name: str, tool: str, verdict: Verdict, counts: dict[str, int], is_named: bool
) -> None:
    run = sample(name)
    parsed = (run if is_named else replace(run, command="")).parsed(tool)
    assert (parsed.verdict, parsed.counts.known()) == (verdict, counts)
    assert parsed.consistent


FAILURES = [
    ("pytest_long", "pytest", "TestAdd::test_table[2-2-5]", "assert 4 == 5", ("tests/test_calc.py", 17)),
    ("pytest_long", "pytest", "test_setup", "no database at 10.0.0.5:5432", ("tests/test_calc.py", 7)),
    ("pytest_long", "pytest", "test_missing_file", "/nonexistent/settings.json", ("calc.py", 20)),
    ("pytest_collection_error", "pytest", "tests/test_import.py", "calc_missing_module", ("tests/test_import.py", 1)),
    ("unittest_fail", "unittest", "test_two", "4 != 5 : sum is off", ("/home/dev/app/py/test_unit.py", 5)),
    ("unittest_fail", "unittest", "(i=2)", "2 not less than 2", ("/home/dev/app/py/test_unit.py", 13)),
    ("jest", "jest", "sum › adds badly", "expect(received).toBe(expected)", ("sum.test.js", 4)),
    ("jest", "jest", "jest/suite.test.js", "Cannot find module './does-not-exist'", ("suite.test.js", 1)),
    ("vitest", "vitest", "sum > fails", "expected 4 to be 5", ("sum.test.mjs", 4)),
    ("vitest", "vitest", "load.test.mjs", "Cannot find module './nope.mjs'", ("load.test.mjs", 1)),
    ("mocha", "mocha", "sum inner deep", "strictly deep-equal", ("moc/sum.js", 5)),
    ("node_spec", "node:test", "inner bad", "strictly equal", ("nt/a.test.js", 2)),
    ("node_tap", "tap", "inner bad", "strictly equal", ("/home/dev/app/js/nt/a.test.js", 2)),
    ("tap", "tap", "returns 200", "expected 200, got 503", ("/srv/app/http.js", 12)),
    ("cargo_test", "cargo test", "tests::adds_wrong", "sum of 2 and 2", ("src/lib.rs", 8)),
    ("cargo_test", "cargo test", "tests::halves", "InvalidDigit", ("src/lib.rs", 3)),
    ("cargo_test", "cargo test", "tests::must_panic", "did not panic", None),
    ("cmake_ctest", "ctest", "bad", "***Failed", None),
]


@pytest.mark.parametrize(
    ("name", "tool", "test", "message", "place"), FAILURES, ids=[f"{f[0]}-{f[2]}" for f in FAILURES]
)
def test_failure_with_message_and_place(
    sample: Callable[[str], Any], name: str, tool: str, test: str, message: str, place: tuple[str, int] | None
) -> None:
    run = sample(name)
    parsed = run.parsed(tool)
    failure = next(failure for failure in parsed.failures if test in failure.name)
    assert message in failure.message
    assert (failure.location and (failure.location.path, failure.location.line)) == place
    assert message.split(" › ")[-1].removeprefix("***") in run.text(failure.lines)


DIAGNOSTICS = [
    ("cargo_errors", "cargo", "E0308", ("src/lib.rs", 2), "expected `String`, found integer"),
    ("cargo_errors", "cargo", "E0382", ("src/lib.rs", 3), "borrow of moved value"),
    ("gcc", "gcc", "-Wreturn-type", ("a.c", 3), "control reaches end"),
    ("gpp", "gcc", None, ("b.cpp", 5), "has no member named"),
    ("make_link", "gcc", None, None, "undefined reference to `missing_symbol'"),
    ("make_link", "make", None, None, "Error 1"),
    ("asan", "sanitizer", "AddressSanitizer", ("/home/dev/app/c/san.c", 2), "heap-buffer-overflow"),
    ("cmake_missing", "cmake", None, ("CMakeLists.txt", 3), "find_package"),
    ("javac", "javac", None, ("Bad.java", 1), "incompatible types"),
    ("java_crash", "traceback", None, ("Main.java", 3), 'For input string: "seven"'),
    (
        "node_crash",
        "traceback",
        None,
        ("/home/dev/app/js/boom.js", 1),
        "no such file or directory, open '/no/such/file'",
    ),
    ("python_chain", "traceback", None, ("/home/dev/app/py/boom.py", 6), "cannot read /etc/app.json"),
    ("python_chain", "traceback", None, ("/home/dev/app/py/boom.py", 4), "Expecting property name"),
    ("mypy", "mypy", "name-defined", ("calc.py", 15), '"undefined_name" is not defined'),
    ("flake8", "ruff", "F821", ("calc.py", 15), "undefined name"),
    ("ruff_full", "ruff", "F821", ("calc.py", 15), "Undefined name"),
    ("pylint", "pylint", "E0602", ("calc.py", 15), "Undefined variable"),
    ("eslint", "eslint", "eqeqeq", ("/home/dev/app/js/ts/lint.js", 2), "Expected '==='"),
    ("tsc", "tsc", "TS2339", ("ts/a.ts", 4), "Property 'nmae' does not exist"),
    ("tsc_pretty", "tsc", "TS2339", ("ts/a.ts", 4), "Property 'nmae' does not exist"),
    ("pip_missing", "pip", None, None, "No matching distribution found"),
    ("git_merge", "git", "content", None, "Merge conflict in a.txt"),
    ("git_push_rejected", "git", None, None, "non-fast-forward"),
    ("missing_compiler", "shell", None, None, "nocc: command not found"),
]


@pytest.mark.parametrize(("name", "tool", "code", "place", "message"), DIAGNOSTICS)
def test_diagnostic_with_code_and_place(
    sample: Callable[[str], Any], name: str, tool: str, code: str | None, place: tuple[str, int] | None, message: str
) -> None:
    run = sample(name)
    found = [item for item in run.parsed(tool).diagnostics if message in f"{item.message}\n{run.text(item.lines)}"]
    assert any(
        item.code == code and (place is None or [(p.path, p.line) for p in item.locations] == [place]) for item in found
    )


def test_lint_name_is_given_to_later_warnings_of_its_kind(sample: Callable[[str], Any]) -> None:
    codes = {item.code for item in sample("cargo_test").parsed("cargo").diagnostics}
    assert codes == {"unused_imports", "unused_variables"}


def test_code_frames_are_noise_but_labels_of_errors_are_not(sample: Callable[[str], Any]) -> None:
    run = sample("cargo_errors")
    parsed = run.parsed("cargo")
    shown = run.text(tuple(i for item in parsed.diagnostics for i in item.lines))
    assert "value borrowed here after move" in shown
    assert "++++" not in shown


def test_every_changed_file_of_a_status_is_kept(sample: Callable[[str], Any]) -> None:
    run = sample("git_status")
    parsed = run.parsed("git status")
    kept = run.text(parsed.keep)
    assert "a.txt" in kept and "new.txt" in kept and "both modified" in kept


def test_warnings_have_their_severity(sample: Callable[[str], Any]) -> None:
    severities = [item.severity for item in sample("gcc").parsed("gcc").diagnostics]
    assert severities.count(Severity.ERROR) == 1
    assert severities.count(Severity.WARNING) == 4
