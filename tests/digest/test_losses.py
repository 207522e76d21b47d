"""What digests once lost: each of these is what a reader needed of a real tool's output."""

from __future__ import annotations

from ai_session_tui.digest import digest_output
from ai_session_tui.parsers.registry import best


def digest(text: str, command: str, exit_code: int = 0) -> str:
    return digest_output([text.encode()], command, exit_code).text


def test_errors_behind_many_notes_are_told() -> None:
    notes = "".join(
        f'src/mod_{number}.py:{number}: error: Name "a{number}" is not defined  [name-defined]\n'
        f"src/mod_{number}.py:{number}: note: Hint number {'x' * number}: see {'y' * number}\n"
        for number in range(1, 40)
    )
    last = "src/last.py:7: error: Missing return statement  [return]\n"
    text = digest(f"{notes}{last}Found 40 errors in 40 files (checked 41 source files)\n", "mypy src", 1)
    assert "src/last.py:7: error: Missing return statement" in text
    assert all(f"src/mod_{number}.py:{number}" in text for number in range(1, 40))


def _hunk(name: str, lines: int) -> str:
    body = "".join(f"-old {name} {number}\n+new {name} {number}\n" for number in range(lines))
    return f"--- src/{name}.py\n+++ src/{name}.py\n@@ -1,{lines + 1} +1,{lines + 1} @@\n context\n{body}"


def test_files_of_a_diff_without_headers_are_all_named() -> None:
    names = [f"part_{number}" for number in range(12)]
    text = digest("".join(_hunk(name, 40) for name in names), "ruff format --diff src", 1)
    assert all(f"+++ src/{name}.py" in text for name in names)
    assert len(text) < 12_000


def test_a_removed_line_of_dashes_is_no_new_file() -> None:
    text = digest(
        "diff --git a/q.sql b/q.sql\n--- a/q.sql\n+++ b/q.sql\n@@ -1,3 +1,1 @@\n--- old note\n-+++ more\n keep\n"
        "diff --git a/z.sql b/z.sql\n--- a/z.sql\n+++ b/z.sql\n@@ -1 +1 @@\n-a\n+b\n" + " \n" * 3,
        "git diff",
    )
    assert "--- old note" in text and "diff --git a/z.sql" in text


def test_every_commit_of_a_log_with_patches_is_named() -> None:
    text = digest(
        "".join(
            f"commit {number:040x}\nAuthor: A <a@b.test>\nDate:   today\n\n    Title {number}\n\n    More words\n\n"
            f"diff --git a/f{number} b/f{number}\nindex 1..2 100644\n{_hunk(f'f{number}', 80)}\n"
            for number in range(9)
        ),
        "git log -p -9",
    )
    assert all(f"commit {number:040x}" in text and f"Title {number}\n" in text for number in range(9))


def test_what_a_build_made_is_told() -> None:
    compiled = "".join(
        f"gcc -O2 -Wall -Iinclude -c -o obj/part_{number}.o src/part_{number}.c\n" for number in range(60)
    )
    text = digest(
        f"{compiled}ar rcs libparts.a obj/part_1.o obj/part_2.o\ngcc -o parts main.o libparts.a -lm\n"
        "make[1]: Leaving directory '/src'\nmake: Leaving directory '/'\n",
        "make",
    )
    assert "ar rcs libparts.a" in text and "gcc -o parts main.o" in text
    assert "part_30.c" not in text


def test_the_frame_that_freed_memory_is_told() -> None:
    text = digest(
        "=" * 65 + "\n==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x55 bp 0x7f sp 0x7e\n"
        "READ of size 4 at 0x60 thread T0\n    #0 0x5 in main /src/uaf.c:30\n"
        "    #1 0x7 in __libc_start_main (/lib/libc.so.6+0x2)\n"
        "    #2 0x5 in _start (/src/uaf+0x10d0)\n\n0x60 is located 12 bytes inside of 40-byte region [0x60,0x61)\n"
        "freed by thread T0 here:\n    #0 0x7 in __interceptor_free ../libsanitizer/asan/asan_malloc_linux.cpp:52\n"
        "    #1 0x5 in drop_cache /src/cache.c:12\n    #2 0x5 in main /src/uaf.c:29\n\n"
        "SUMMARY: AddressSanitizer: heap-use-after-free /src/uaf.c:30 in main\n"
        + "Shadow bytes around it:\n" * 30
        + "==1==ABORTING\n",
        "./uaf",
        1,
    )
    assert "cache.c:12" in text and "uaf.c:30" in text


def test_a_perl_suite_keeps_why_it_failed() -> None:
    green = "".join(f"t/{number:02}-basic.t ..... ok\n" for number in range(60))
    text = digest(
        f"""{green}t/61-order.t ... 1/20
#   Failed test 'total includes tax'
#   at t/61-order.t line 31.
#          got: '119'
#     expected: '120'
# Looks like you failed 1 test of 20.
t/61-order.t ... Dubious, test returned 1 (wstat 256, 0x100)
Failed 1/20 subtests
t/62-db.t ... skipped: no database
t/63-net.t ... 1/3 lost connection to broker at t/63-net.t line 4.

Test Summary Report
-------------------
t/61-order.t (Wstat: 256 (exited 1) Tests: 20 Failed: 1)
  Failed test:  20
Files=63, Tests=429,  2 wallclock secs
Result: FAIL
""",
        "prove t",
        1,
    )
    needs = ("total includes tax", "line 31", "got: '119'", "lost connection to broker", "no database", "Result: FAIL")
    assert all(needed in text for needed in needs)
    assert "t/30-basic.t" not in text


def test_reasons_of_skipped_tests_are_told() -> None:
    ran = "".join(f"=== RUN   TestOk{number}\n--- PASS: TestOk{number} (0.00s)\n" for number in range(99))
    text = digest(
        f"{ran}=== RUN   TestCluster\n    kv_test.go:5: needs a cluster of three nodes\n--- SKIP: TestCluster (0.00s)\n"
        "PASS\nok  \texample.org/kv\t0.009s\nok  \texample.org/wire\t0.002s\n",
        "go test -v ./...",
    )
    assert "needs a cluster of three nodes" in text and "example.org/kv" in text and "example.org/wire" in text


def test_good_ends_in_output_of_no_known_tool_are_told() -> None:
    part = "hello world\n" + "".join(f"reading block {number} of archive\n" for number in range(40))
    text = digest(f"{part}\t*** static test OK ***\n{part}\t*** shared test OK ***\n{part}", "./run-all")
    assert "*** static test OK ***" in text and "*** shared test OK ***" in text


def test_a_crowd_of_complaints_names_the_places_of_the_rare_ones_in_full() -> None:
    many = "".join(f"src/long_{n % 40}.py:{n + 1}:89: E501 Line too long (99 > 88)\n" for n in range(900))
    rare = "".join(f"src/rare_{n}.py:{n + 1}:5: F841 Local variable `x{n}` is never used\n" for n in range(30))
    text = digest(f"{many}{rare}Found 930 errors.\n", "ruff check --output-format concise .", 1)
    assert all(f"src/rare_{n}.py:{n + 1}:5" in text for n in range(30))
    assert sum(f"src/long_{n % 40}.py:{n + 1}:89" in text for n in range(900)) > 400


def test_the_line_of_the_test_is_told_beside_that_of_the_error() -> None:
    green = "".join(f"  ✓ case {n} (1 ms)\n" for n in range(90))
    text = digest(
        f"""FAIL test/ledger.test.js
{green}  ✕ finds a row

  ● finds a row

    TypeError: Cannot read properties of undefined (reading 'n')

      at Ledger.find (src/ledger.js:2:108)
      at Object.<anonymous> (test/ledger.test.js:6:57)

Test Suites: 1 failed, 1 total
Tests:       1 failed, 90 passed, 91 total
""",
        "npx jest",
        1,
    )
    assert "src/ledger.js:2:108" in text and "test/ledger.test.js:6:57" in text


def test_alike_lines_of_an_error_are_folded_and_the_first_stay() -> None:
    lines = ["npm error code EUSAGE"]
    lines += [f"npm error Invalid: lock file's pkg-{n}@5.{n}.0 does not satisfy pkg-{n}@3.{n}.2" for n in range(60)]
    text = digest("\n".join(lines), "npm ci", 1)
    assert "pkg-0@5.0.0 does not satisfy pkg-0@3.0.2" in text
    assert "pkg-59@5.59.0" in text
    assert "60x this" in text
    assert len(text) < len("\n".join(lines)) / 2


def test_many_words_of_one_complaint_are_one_kind() -> None:
    lines = [f"src/part{n % 40}.php:{n}:7 - Unknown word (wrd{'abcdefghij'[n % 10]}{n})" for n in range(1, 800)]
    text = digest("\n".join(lines), "cspell", 1)
    assert "799x this" in text
    assert text.count("Unknown word") == 3  # the first, and the last lines of the output


def test_the_tally_of_an_unknown_tool_is_told() -> None:
    lines = [f"checking part {n} of the ledger against the bank" for n in range(300)]
    lines[290] = "In all: 297 checks, 3 failures, 2 skipped"
    assert "297 checks, 3 failures" in digest("\n".join(lines), "./audit", 1)


def test_what_a_formatter_would_change_is_shown_of_the_first_files_and_all_are_named() -> None:
    lines = []
    for n in range(12):
        lines += [f"--- src/part{n}.py", f"+++ src/part{n}.py", "@@ -1,2 +1,3 @@"]
        lines += [" import os", f"-x{n} = f( {n} )", f"+x{n} = f({n})", f"+y{n} = 2"]
    text = digest("\n".join(lines), "ruff format --diff src", 1)
    assert all(f"+++ src/part{n}.py" in text for n in range(12))
    assert "-x1 = f( 1 )" in text
    assert "+x9 = f(9)" not in text


def test_a_warning_that_comes_often_is_told_once_whatever_it_is_about() -> None:
    lines = [
        f"src/m{n}.py:{n + 1}:{n + 3}: W{600 + n % 2} the {'abcdefghijklmnop'[n % 16]}x is never used"
        for n in range(60)
    ]
    text = digest("\n".join(lines), "pycodestyle src", 1)
    assert text.count("is never used") <= 4
    assert all(f"src/m{n}.py:{n + 1}:{n + 3}" in text for n in range(60))


def test_failures_that_an_unknown_tool_numbers_are_told() -> None:
    lines = [f"running check {n} of the ledger" for n in range(200)] + ["Problems:", ""]
    for n in range(1, 5):
        lines += [f"{n}) shelf-{'abcde'[n]}", f"   sum is {n}1, wanted {n}2", f"   at src/shelf{n}.acme:{n}7", ""]
    lines += [f"cleaning part {n}" for n in range(60)]
    text = digest("\n".join(lines), "acme-check", 3)
    assert all(f"{n}) shelf-" in text and f"sum is {n}1, wanted {n}2" in text for n in range(1, 5))


def test_places_that_an_unknown_tool_names_are_told_when_it_failed() -> None:
    lines = [f"reading rule {n} and its tests" for n in range(300)]
    lines[150] = "rules/tax.acme:31:7: percent of nothing"
    assert "rules/tax.acme:31:7" in digest("\n".join(lines), "acme-check", 3)


def test_a_tally_above_a_long_list_of_failures_is_told() -> None:
    lines = [f"case {n} of the ledger went through its checks" for n in range(200)]
    lines += ["234 examples, 121 failures", "", *(f"acme ./spec/part_{n}.acme # adds up part {n}" for n in range(121))]
    assert "234 examples, 121 failures" in digest("\n".join(lines), "acme-spec", 1)


def test_all_lines_of_a_new_file_belong_to_its_hunk() -> None:
    lines = ["diff --git a/src/new.py b/src/new.py", "new file mode 100644", "index 0000000..8a1218a", "--- /dev/null"]
    lines += [
        "+++ b/src/new.py",
        "@@ -0,0 +1,90 @@",
        *(f"+def rule_{'abcdefghij'[n % 10]}{n}(): ..." for n in range(90)),
    ]
    (diff,) = [run for run in best(lines, "git diff", 0) if run.tool == "diff"]
    assert diff.bulk is not None
    assert diff.bulk.rows == 90
    assert set(range(6, 96)) <= set(diff.keep)


def test_reports_of_one_linter_that_runs_twice_add_up() -> None:
    report = "\n".join(
        [
            "/home/dev/src/a.js",
            "  1:7   error  'a1' is assigned a value but never used  no-unused-vars",
            "  2:5   error  'b' is not defined                       no-undef",
            "",
            "✖ 2 problems (2 errors, 0 warnings)",
            "",
        ]
    )
    padding = "\n".join(f"bundling part {n} of the page" for n in range(80))
    text = digest(f"{report}\n{padding}\n{report}", "npm run lint", 1)
    assert "eslint: 4 errors" in text


def test_each_different_message_of_failures_that_are_only_named_is_told() -> None:
    lines = ["PHPUnit 9.6.7 by Sebastian Bergmann and contributors.", "", "FFFF    60 / 60 (100%)", ""]
    lines += ["There were 60 failures:", ""]
    for n in range(1, 61):
        lines += [f"{n}) Shop\\PriceTest::testPart{n}", f"Failed asserting that {n // 3} is null.", ""]
        lines += [f"/home/dev/shop/tests/PriceTest.php:{n * 10}", ""]
    lines += ["FAILURES!", "Tests: 60, Assertions: 60, Failures: 60."]
    text = digest("\n".join(lines), "phpunit", 1)
    assert all(f"testPart{n}" in text for n in range(1, 61))
    assert all(f"asserting that {n} is null" in text for n in range(20))
    assert "/home/dev/shop/tests/PriceTest.php:600" in text


def test_dig_tells_how_the_question_was_answered() -> None:
    lines = ["", "; <<>> DiG 9.18.33 <<>> nothere.test", ";; global options: +cmd", ";; Got answer:"]
    lines += [
        ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 27226",
        ";; flags: qr rd ra; QUERY: 1, ANSWER: 0",
        "",
    ]
    lines += [f"; part {n} of what nobody asked for and that goes on" for n in range(40)]
    assert "status: NXDOMAIN" in digest("\n".join(lines), "dig nothere.test", 0)


def test_a_message_that_goes_on_is_told_to_its_end() -> None:
    lines = [
        f"src/m{n}.py:{n + 1}:0: C0116: Missing function docstring (missing-function-docstring)" for n in range(60)
    ]
    lines += ["src/a.py:1:0: R0801: Similar lines in 2 files", "==shop.a:[671:676]", "==shop.b:[293:298]"]
    lines += ["    stream=stream,", "    timeout=timeout,", "    proxies=proxies, (duplicate-code)", ""]
    lines += ["-----------------------------------", "Your code has been rated at 8.72/10"]
    text = digest("\n".join(lines), "pylint src", 30)
    assert "==shop.a:[671:676]" in text
    assert "==shop.b:[293:298]" in text
    assert "(duplicate-code)" in text
    assert "timeout=timeout" not in text
