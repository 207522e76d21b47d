"""Reports of linters and checkers in forms that several tools share, on what they really printed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_session_tui.parsers.model import Location, Severity, Verdict
from ai_session_tui.parsers.registry import best

from .conftest import Sample

Load = Callable[[str], Sample]


@pytest.mark.parametrize(
    ("name", "tool", "severity", "code", "message", "place"),
    [
        (
            "ty",
            "diagnostics",
            Severity.ERROR,
            "invalid-argument-type",
            "Argument to function `f` is incorrect",
            Location("a.py", 9, 3),
        ),
        (
            "ty",
            "diagnostics",
            Severity.ERROR,
            "unknown-name",
            "Could not find name `unknown`",
            Location("a.py", 10, 1),
        ),
        (
            "deno_check",
            "diagnostics",
            Severity.ERROR,
            "TS2339",
            "Property 'nmae' does not exist on type '{ id: number; }'.",
            Location("/home/dev/de/bad.ts", 2, 40),
        ),
        (
            "deno_check",
            "diagnostics",
            Severity.ERROR,
            "no-unused-vars",
            "`unused` is never used",
            Location("/home/dev/de/bad.ts", 4, 5),
        ),
        (
            "phpcs",
            "phpcs",
            Severity.WARNING,
            None,
            "Line exceeds 120 characters; contains 134 characters",
            Location("/home/dev/src/php-guzzlehttp-psr7/src/Response.php", 92),
        ),
        (
            "rubocop_simple",
            "rubocop",
            Severity.WARNING,
            "Style/Documentation",
            "Missing top-level documentation comment for class String.",
            Location("lib/blankslate.rb", 12, 1),
        ),
        (
            "sqlfluff",
            "sqlfluff",
            Severity.WARNING,
            "LT09",
            "Select targets should be on a new line unless there is",
            Location("q.sql", 1, 1),
        ),
        (
            "djlint",
            "djlint",
            Severity.WARNING,
            "H016",
            "Missing title tag in html. <html>",
            Location("a.html", 1, 0),
        ),
        (
            "standard",
            "linter",
            Severity.WARNING,
            "space-before-function-paren",
            "Missing space before function parentheses.",
            Location("/home/dev/st/argument.js", 13, 14),
        ),
        (
            "jshint",
            "linter",
            Severity.WARNING,
            None,
            "'class' is available in ES6 (use 'esversion: 6') or Mozilla JS extensions (use moz).",
            Location("argument.js", 3, 1),
        ),
        (
            "svelte_check",
            "svelte-check",
            Severity.ERROR,
            "ts",
            "Property 'nmae' does not exist on type '{ id: number; }'.",
            Location("/home/dev/web/src/A.svelte", 3, 44),
        ),
        (
            "cython",
            "cython",
            Severity.ERROR,
            None,
            "'undefined_t' is not a type identifier",
            Location("c.pyx", 5, 18),
        ),
        (
            "perlcritic",
            "perlcritic",
            Severity.WARNING,
            None,
            "Always unpack @_ first",
            Location("lib/Moose/Util/TypeConstraints.pm", 410, 1),
        ),
    ],
)
def test_a_finding_is_read(
    sample: Load, name: str, tool: str, severity: Severity, code: str | None, message: str, place: Location
) -> None:
    run = sample(name)
    parsed = run.parsed(tool)
    assert parsed.verdict is Verdict.FAILURE
    found = next(one for one in parsed.diagnostics if place in one.locations and one.message == message)
    assert (found.severity, found.code) == (severity, code)
    assert message in run.text(found.lines)


def test_what_rustc_prints_is_not_claimed(sample: Load) -> None:
    run = sample("cargo_errors")
    assert {parsed.tool for parsed in best(run.lines, run.command, run.exit_code)} & {"cargo", "diagnostics"} == {
        "cargo"
    }


def test_a_listing_with_line_numbers_is_no_linter() -> None:
    lines = [f"  src/a.py:{number}: import os" for number in range(1, 60)]
    assert not [parsed for parsed in best(lines, "", 0) if parsed.tool == "linter"]


@pytest.mark.parametrize(
    ("name", "tool", "failed"),
    [
        ("tox", "tox", ["unit", "docs"]),
        ("nox", "nox", ["unit(db='pg')"]),
        ("pre_commit", "pre-commit", ["format sources", "lint sources", "no big files"]),
    ],
)
def test_what_runs_others_tells_which_failed(sample: Load, name: str, tool: str, failed: list[str]) -> None:
    parsed = sample(name).parsed(tool)
    assert [failure.name for failure in parsed.failures] == failed
    assert parsed.verdict is Verdict.FAILURE


def test_ping_tells_its_sum() -> None:
    lines = ["PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data."]
    lines += [f"64 bytes from 10.0.0.9: icmp_seq={number} ttl=64 time=0.2{number} ms" for number in range(1, 30)]
    lines += [
        "",
        "--- 10.0.0.9 ping statistics ---",
        "30 packets transmitted, 29 received, 3.3% packet loss, time 99ms",
    ]
    parsed = next(run for run in best(lines, "ping -c 30 10.0.0.9", 0) if run.tool == "ping")
    assert len(lines) - 1 in parsed.summary
    assert range(1, 30) in parsed.drop


def test_races_that_valgrind_finds_are_told() -> None:
    lines = ["==7== Helgrind, a thread error detector", "==7=="]
    lines += ["==7== Possible data race during read of size 4 at 0x10C088 by thread #1", "==7== Locks held: none"]
    lines += ["==7==    at 0x10919B: main (hg.c:4)", "==7==", "==7== ERROR SUMMARY: 1 errors from 1 contexts"]
    (parsed,) = [run for run in best(lines, "valgrind --tool=helgrind ./hg", 0) if run.tool == "sanitizer"]
    assert (
        "Possible data race"
        in lines[parsed.failures[0].lines[0] if parsed.failures else parsed.diagnostics[0].lines[0]]
    )


def test_addresses_of_clients_are_no_places() -> None:
    lines = [f"127.0.0.1:5{n:04} [26/Nov/2026] edge api/a 0/0/1 200 3630 {{curl}}" for n in range(40)]
    assert [parsed.tool for parsed in best(lines, "bash run.sh", 0)] == []


def test_tscs_diagnostics_are_known_without_its_last_line_and_among_code() -> None:
    lines = []
    for n in range(6):
        lines += [
            f"src/m{n}.ts:1:10 - error TS2440: Import declaration conflicts.",
            "",
            f"1 import {{ t }} from './m{n}';",
        ]
        lines += ["           ~~~~~", ""]
    (parsed,) = best(lines, "npm run build 2>&1 | head -n 30", 0)
    assert parsed.tool == "tsc"
    assert [one.locations[0].path for one in parsed.diagnostics] == [f"src/m{n}.ts" for n in range(6)]


def test_a_panic_that_a_server_caught_is_read_to_its_end() -> None:
    lines = [
        "2026/11/26 02:24:28 http: panic serving 127.0.0.1:44483: assignment to entry in nil map",
        "goroutine 22 [running]:",
        "panic({0x6794c0, 0x737060})",
        "\t/usr/lib/go-1.19/src/runtime/panic.go:890 +0x262",
        "main.main.func1({0x739d48?, 0xc0000ba000?})",
        "\t/srv/hub/main.go:6 +0x49",
        "2026/11/26 02:24:28 GET /b: EOF",
    ]
    for part in (lines, lines[1:]):
        (parsed,) = best(part, "go run .", 1)
        assert [(at.path, at.line) for at in parsed.diagnostics[0].locations] == [("/srv/hub/main.go", 6)]
    assert "nil map" in best(lines, "go run .", 1)[0].diagnostics[0].message
