"""What explains a failure, on recorded runs: causes, groups, setups, finalisers, output told beside a result."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_session_tui.digest import digest_output
from ai_session_tui.parsers.model import Location
from ai_session_tui.parsers.registry import best

from .conftest import Sample

Load = Callable[[str], Sample]


@pytest.mark.parametrize(
    ("name", "tool", "failure", "message", "place", "lines"),
    [
        (
            "pytest_setup_teardown",
            "pytest",
            "t/test_fix.py::test_teardown_disk",
            "OSError: [Errno 28] No space left on device",
            Location("t/conftest.py", 9),
            ("ERROR at teardown of test_teardown_disk", "ERROR t/test_fix.py::test_teardown_disk"),
        ),
        (
            "pytest_group",
            "pytest",
            "t/test_async.py::test_group",
            "ExceptionGroup: unhandled errors in a TaskGroup",
            Location("/home/dev/py/stock/__init__.py", 33),
            ("ConnectionError: supplier refused 200 of cap", "ConnectionError: supplier refused 300 of cap"),
        ),
        (
            "pytest_native_worker",
            "pytest",
            "t/test_fix.py::test_closed",
            "ConnectionRefusedError: warehouse api at 10.4.0.9:5433 refused",
            Location("/home/dev/py/t/conftest.py", 7),
            ("ERROR at setup of test_closed", 't/conftest.py", line 7, in warehouse'),
        ),
        (
            "unittest_causes",
            "unittest",
            "test_cause (test_bank.Accounts.test_cause)",
            "RuntimeError: no rate for 2024-02-29",
            Location("/home/dev/ut/test_bank.py", 20),
            ("KeyError: 'rate'", 'test_bank.py", line 19, in test_cause', 'test_bank.py", line 20, in test_cause'),
        ),
        (
            "junit_console",
            "junit",
            "CartTest:accepts(String, int):[3] cap, -4",
            "quantity of cap must be positive: -4",
            Location("Cart.java", 3),
            ("Caused by: java.lang.IllegalArgumentException", "CartTest.java:11"),
        ),
        ("go_example", "go test", "ExampleShelf", "", None, ("got:", "taken 2", "want:", "taken 3")),
        (
            "ctest_output",
            "ctest",
            "unit.abort",
            "Subprocess aborted***Exception",
            None,
            ("what():  bin 77 is beyond the shelf",),
        ),
        (
            "vitest_tap",
            "tap",
            "v/cart.test.ts > tax > rejects",
            'message: "bucket eu-7 gone"',
            Location("/home/dev/js/v/cart.test.ts", 7, 37),
            ("bucket eu-7 gone",),
        ),
    ],
)
def test_a_failure_with_all_that_explains_it(
    sample: Load, name: str, tool: str, failure: str, message: str, place: Location | None, lines: tuple[str, ...]
) -> None:
    run = sample(name)
    parsed = run.parsed(tool)
    found = next(one for one in parsed.failures if one.name.startswith(failure))
    assert parsed.consistent
    assert message in found.message
    assert found.location == place
    assert [line for line in lines if line not in run.text(found.lines)] == []


def test_a_finaliser_that_raised_is_told_with_its_place(sample: Load) -> None:
    run = sample("pytest_ignored")
    ignored = [one for one in run.parsed("pytest").diagnostics if one.code == "PytestUnraisableExceptionWarning"]
    text = run.text(ignored[0].lines)
    assert "ValueError: bad finaliser" in text
    assert 't/test_warn.py", line 8, in __del__' in text


def test_a_test_that_hangs_is_placed_in_its_own_code(sample: Load) -> None:
    run = sample("go_timeout")
    text = digest_output(["\n".join(run.lines).encode()], run.command, run.exit_code, budget=220).text
    assert "panic: test timed out after 1s" in text
    assert "inv_test.go:21" in text


def test_a_failed_import_is_not_told_by_the_loaders_words_too(sample: Load) -> None:
    run = sample("unittest_causes")
    found = next(one for one in run.parsed("unittest").failures if "_FailedTest" in one.name)
    assert found.message.startswith("ImportError: cannot import name 'missing_thing'")
    assert "Failed to import test module" not in run.text(found.lines)


def test_failures_of_junits_xml_with_message_and_place(sample: Load) -> None:
    run = sample("vitest_junit")
    parsed = run.parsed("junit xml")
    assert (parsed.counts.passed, parsed.counts.failed, parsed.consistent) == (24, 8, True)
    found = next(one for one in parsed.failures if one.name == "tax > mock")
    assert found.message == 'expected "vi.fn()" to be called 2 times, but got 1 times'
    assert found.location == Location("v/cart.test.ts", 6, 57)
    assert 'name="tax &gt; mock"' in run.text(found.lines)


def test_a_file_of_junits_xml_that_is_read_is_no_run(sample: Load) -> None:
    run = sample("vitest_junit")
    assert not [one for one in best(run.lines, "cat junit.xml", 0) if one.tool == "junit xml"]


def test_problems_grouped_by_file_each_with_its_place(sample: Load) -> None:
    run = sample("ruff_grouped")
    parsed = run.parsed("ruff")
    assert parsed.consistent
    assert parsed.counts.errors == len(parsed.diagnostics) == 32
    kept = run.text(parsed.keep)
    assert "m1.py:" in kept and "m2.py:" in kept
    places = {one.locations[0] for one in parsed.diagnostics if one.code == "E711"}
    assert places == {Location("m1.py", 10, 29), Location("m2.py", 10, 29)}


def test_what_python_says_before_it_runs_anything(sample: Load) -> None:
    run = sample("python_no_module")
    told = [one.message for one in run.parsed("shell").diagnostics]
    assert told[0] == "No module named nothere_mod"
    assert told[1].startswith("can't open file '/home/dev/py/nothere.py'")


def test_a_warning_of_a_plugin_that_is_loaded_is_told_by_its_first_line(sample: Load) -> None:
    run = sample("pytest_group")
    warned = next(one for one in run.parsed("pytest").diagnostics if one.code == "PytestDeprecationWarning")
    assert warned.lines == (0,)
    text = digest_output(["\n".join(run.lines).encode()], run.command, run.exit_code).text
    assert 'option "asyncio_default_fixture_loop_scope" is unset' in text
    assert "The event loop scope for asynchronous fixtures will default" not in text


def test_junits_console_counts_containers_that_failed_and_needs_its_tree_no_more(sample: Load) -> None:
    run = sample("junit_console")
    parsed = run.parsed("junit")
    assert (parsed.counts.passed, parsed.counts.failed, parsed.counts.skipped) == (5, 10, 1)
    text = digest_output(["\n".join(run.lines).encode()], run.command, run.exit_code).text
    assert "could not start postgres:15 container: docker not found" in text
    assert "├─" not in text
    assert "ReflectionUtils" not in text
