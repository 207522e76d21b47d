"""Reports on threads, memory and builds that run other programs: each access, each lock and each thread's own place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_session_tui.digest import digest_output

from .conftest import Sample

Load = Callable[[str], Sample]


def _digest(run: Sample, budget: int | None = None) -> str:
    return digest_output(["\n".join(run.lines).encode()], run.command, run.exit_code, budget=budget).text


@pytest.mark.parametrize(
    ("name", "told", "left_out"),
    [
        (
            "gdb_threads",
            ("received signal SIGINT", "transfer_in () at ledger.cpp:17", "transfer_out () at ledger.cpp:16"),
            ("_GI___lll_lock_wait", "__invoke_impl"),
        ),
        (
            "java_deadlock",
            ("Found one Java-level deadlock", 'which is held by "transfer-b"', "Billing.java:16", "BLOCKED"),
            ("Reference.waitForReferencePendingList", "No compile task"),
        ),
        (
            "go_race",
            ("WARNING: DATA RACE", "queue.go:9 ", "Previous read at", "queue.go:10 ", "--- FAIL: TestConcurrent"),
            ("testing.go:1446",),
        ),
        (
            "tsan_locks",
            ("data race", "lock-order-inversion", "ledger.cpp:15:75", "ledger.cpp:16:96", "ledger.cpp:17:95"),
            ("__gthread_mutex_lock",),
        ),
        (
            "gdb_breakpoint",
            ("hit Breakpoint 1, transfer_in () at ledger.cpp:17", "#0  transfer_in ()", "$1 = -1"),
            ("[New Thread",),
        ),
        (
            "helgrind_locks",
            ("Possible data race", "ledger.cpp:15", "lock order", "ledger.cpp:16", "ledger.cpp:17", "3 errors"),
            ("__gthread_mutex_lock", "start_thread"),
        ),
        (
            "asan_stack",
            ("ledger.cpp:13:60", "ledger.cpp:21:39", "<== Memory access at offset 144"),
            ("__libc_start_call_main",),
        ),
        (
            "cargo_build_script",
            ("failed to run custom build command", "shim-2 not found:", "not found in the pkg-config search path"),
            ("core::panicking::panic_fmt",),
        ),
    ],
)
def test_what_explains_it_is_told(sample: Load, name: str, told: tuple[str, ...], left_out: tuple[str, ...]) -> None:
    run = sample(name)
    is_short = sum(map(len, run.lines)) < 2000  # it would pass whole
    text = _digest(run, 400 if is_short else None)
    assert [part for part in told if part not in text] == []
    assert [part for part in left_out if part in text] == []


def test_threads_with_the_same_stack_are_told_twice_at_most() -> None:
    thread = '\nThread {n} (Thread 0x7f{n:010x} (LWP {n}) "pool"):\n' + "\n".join(
        (
            "#0  0x00007ffff7b1 in futex_wait () at ../sysdeps/nptl/futex-internal.h:146",
            "#1  0x0000555555 in pool::wait (this=0x7f{n:010x}) at pool.cpp:41",
            "#2  0x0000555556 in pool::run (this=0x7f{n:010x}) at pool.cpp:77",
        )
    )
    lines = ['Thread 1 "app" received signal SIGABRT, Aborted.', "abort () at abort.c:79"]
    lines += "".join(thread.format(n=number) for number in range(2, 42)).split("\n")
    lines += ["", "A debugging session is active.", "Quit anyway? (y or n) [answered Y; input not from terminal]"]
    text = _digest(Sample("gdb -p 4121", 0, lines))
    assert text.count("pool.cpp:41") == 2
    assert "received signal SIGABRT" in text


def test_places_in_the_form_of_gnus_standard(sample: Load) -> None:
    run = sample("vala")
    found = run.parsed("gcc").diagnostics
    assert [one.severity.value for one in found] == ["error"] * 5
    assert found[0].message == "`MemRepo' does not implement interface method `Repo.find'"
    assert (found[0].locations[0].line, found[0].locations[0].column) == (3, 1)


def test_of_two_messages_the_second_is_named_too() -> None:
    lines = [
        f"src/f{number}.ac:{number}: The macro `AC_{name}' is obsolete." for number, name in ((13, "A"), (41, "B"))
    ]
    lines += [f"src/g.ac:{number}: all is well with step {'x' * number}" for number in range(60)]
    text = _digest(Sample("autolint", 1, lines))
    assert "src/f41.ac:41" in text
    assert "`AC_B'" in text


def test_where_many_warnings_are_is_told_in_full_if_the_report_is_long() -> None:
    frame = "  586 |         sdsrange(reader->buffer, reader->position, -1);\n      |                         ~^~~~~"
    warning = ":26: warning: conversion may change the sign of the result [-Wconversion]"
    places = [f"src/read.c:{number}" for number in range(7, 107)]
    lines = "\n".join(f"{place}{warning}\n{frame}\n{frame}\n{frame}" for place in places).split("\n")
    text = _digest(Sample("gcc -c read.c", 0, lines))
    assert [place for place in places if f"{place}:26" not in text] == []


def test_reports_of_an_unknown_tool_that_differ_in_names_are_all_told() -> None:
    names = ("orders", "lines", "accounts", "branches", "history", "tellers")
    lines = [f"copying chunk {number} of table {'ab'[number % 2]}" for number in range(90)]
    lines += [
        f'loader:d.sql:{9 * number}: ERROR:  relation "{name}" already exists' for number, name in enumerate(names)
    ]
    lines += [f"committed {number} rows" for number in range(90)]
    text = _digest(Sample("loader d.sql", 0, lines))
    assert [name for name in names if f'"{name}"' not in text] == []


def test_a_mark_of_failure_behind_a_name_is_seen() -> None:
    lines = [f"  ├─ step {number} of the upgrade ✔" for number in range(120)]
    lines[60] = "  ├─ schema of the ledger ✘ column total is not there"
    assert "✘ column total" in _digest(Sample("upgrade all", 1, lines))


def test_the_result_of_each_of_a_few_test_binaries_is_told() -> None:
    lines: list[str] = []
    for passed in (88, 8, 11):
        lines += [f"running {passed} tests", *(f"test tests::case_{number} ... ok" for number in range(passed)), ""]
        lines += [f"test result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", ""]
    text = _digest(Sample("cargo test", 0, lines))
    assert [passed for passed in (88, 8, 11) if f"ok. {passed} passed" not in text] == []


def test_places_that_notes_point_at_in_the_users_code_are_told() -> None:
    text = _digest(Sample("cargo check", 101, _RUSTC.split("\n")))
    assert "--> src/bad.rs:7:1" in text
    assert "/rustc/" not in text


_RUSTC = (
    """    Checking relay v0.9.0 (/home/dev/relay)
error[E0277]: the trait bound `Line: Ord` is not satisfied
  --> src/bad.rs:39:52
   |
39 |     pub fn sort(mut v: Vec<Line>) -> Vec<Line> { v.sort(); v }
   |                                                    ^^^^ the trait `Ord` is not implemented for `Line`
   |
note: required by a bound in `slice::<impl [T]>::sort`
  --> /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/slice.rs:127:12
help: consider annotating `Line` with `#[derive(Ord)]`
  --> src/bad.rs:7:1
   |
7  + #[derive(Ord)]
8  | pub struct Line { pub level: String }
   |

For more information about this error, try `rustc --explain E0277`.
error: could not compile `relay` (lib) due to 1 previous error
"""
    + "   Compiling log v0.4.17\n" * 90
)
