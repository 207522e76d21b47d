"""Test runners whose failures are blocks of lines, on what they really printed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ai_session_tui.parsers.model import Location, Verdict
from ai_session_tui.parsers.registry import best

from .conftest import Sample

Load = Callable[[str], Sample]


@pytest.mark.parametrize(
    ("name", "tool", "counts", "failure", "message", "place"),
    [
        (
            "rspec",
            "rspec",
            {"passed": 144, "failed": 6},
            "DashTest#merge errors out when attempting to set a required property to nil",
            "expected ArgumentError with \"The property 'first_name' is required",
            Location("./spec/hashie/dash_spec.rb", 272),
        ),
        (
            "minitest",
            "minitest",
            {"passed": 60, "failed": 5},
            "TestParsing#test_parse_guess_a_ago",
            "Expected: 2006-08-16 13:00:00 +0000",
            Location("test/test_parsing.rb", 863),
        ),
        (
            "phpunit",
            "phpunit",
            {"passed": 980, "failed": 2, "errors": 1, "skipped": 5},
            "GuzzleHttp\\Tests\\Psr7\\ServerRequestTest::testFromGlobals",
            "Error: Call to undefined function GuzzleHttp\\Psr7\\getallheaders()",
            Location("/home/dev/src/php-guzzlehttp-psr7/tests/ServerRequestTest.php", 430),
        ),
        (
            "phpunit_testdox",
            "phpunit",
            {"passed": 208, "failed": 10},
            "Port is null if standard port for scheme",
            "├ Failed asserting that 443 is null.",
            Location("/home/dev/src/php-guzzlehttp-psr7/tests/UriTest.php", 434),
        ),
        (
            "mix_test",
            "mix test",
            {"passed": 40, "failed": 3, "skipped": 1},
            "test tax of twenty percent (ShopTest)",
            "Assertion with == failed",
            Location("test/shop_test.exs", 43),
        ),
        (
            "eunit",
            "eunit",
            {"passed": 30, "failed": 3},
            "cart_tests: total_test",
            "**error:{assertEqual,[{module,cart_tests},",
            Location("cart_tests.erl", 4),
        ),
        (
            "busted",
            "busted",
            {"passed": 30, "failed": 2, "errors": 1, "skipped": 1},
            "cart keeps the order",
            "spec/cart_spec.lua:4: Expected objects to be the same.",
            Location("spec/cart_spec.lua", 4),
        ),
        (
            "bats",
            "bats",
            {"passed": 26, "failed": 3, "skipped": 1},
            "cannot find helper",
            '`@test "cannot find helper" { no_such_helper --x; }\' failed with status 127',
            Location("./util.bats", 2),
        ),
        (
            "testthat",
            "testthat",
            {"passed": 30, "failed": 3, "skipped": 1},
            "database answers",
            "Error in `eval(code, test_env)`: no route to db.internal:5432",
            Location("test-shop.R", 4),
        ),
        (
            "bun_test",
            "bun test",
            {"passed": 41, "failed": 3, "skipped": 2},
            "cart > throws",
            "TypeError: no session cookie",
            Location("/home/dev/bun/cart.test.ts", 5, 36),
        ),
        (
            "deno_test",
            "deno test",
            {"passed": 30, "failed": 2, "skipped": 1},
            "steps ... two",
            "error: TypeError: no stock",
            Location("./a_test.ts", 4, 67),
        ),
        (
            "uvu",
            "uvu",
            {"passed": 30},
            'cart  "tax"',
            "Expected values to be strictly equal:  (is)",
            Location("/home/dev/uv/tests/a.js", 1, 164),
        ),
        ("ava", "ava", {"failed": 4, "skipped": 1}, "deep", "test.js:1", None),
        (
            "playwright",
            "playwright",
            {"passed": 40, "failed": 2, "skipped": 1},
            "pw/a.spec.js:4:1 › throws",
            "Error: no session cookie",
            Location("pw/a.spec.js", 4, 1),
        ),
        (
            "gtest",
            "gtest",
            {"passed": 39, "failed": 4, "skipped": 1},
            "Range/Sums.Adds/23",
            "Expected equality of these values:",
            Location("g.cc", 6),
        ),
        (
            "junit",
            "junit",
            {"passed": 1, "failed": 4},
            "basket(t.ShopTest)",
            "expected:<[pen, ink]> but was:<[ink, pen]>",
            Location("ShopTest.java", 9),
        ),
        (
            "green",
            "green",
            {"passed": 25, "failed": 2, "errors": 1, "skipped": 1},
            "test_u.Shop.test_total",
            "AssertionError: 1190 != 1200 : twenty percent",
            Location("/home/dev/py/test_u.py", 3),
        ),
        (
            "ginkgo",
            "ginkgo",
            {"passed": 20, "failed": 2, "skipped": 1},
            "• Failure [0.000 seconds]",
            "cart",
            Location("/home/dev/go/shop/g/g_test.go", 17),
        ),
        (
            "meson_test",
            "meson test",
            {"passed": 12, "failed": 2, "skipped": 1},
            "ledger",
            ">>> MALLOC_PERTURB_",
            None,
        ),
        (
            "catch2",
            "catch2",
            {"passed": 1, "failed": 3},
            "sections › upper",
            'CHECK( s == "PEN" )',
            Location("c.cc", 5),
        ),
    ],
)
def test_a_failure_is_read(
    sample: Load,
    name: str,
    tool: str,
    counts: dict[str, int],
    failure: str,
    message: str,
    place: Location | None,
) -> None:
    run = sample(name)
    parsed = run.parsed(tool)
    assert parsed.verdict is Verdict.FAILURE
    assert parsed.consistent
    assert parsed.counts.known() == counts
    found = next(one for one in parsed.failures if one.name == failure)
    assert message in found.message
    assert found.location == place
    assert failure.split(" › ")[-1].split("  ")[-1] in run.text(found.lines)


def test_the_first_line_of_a_failure_names_it(sample: Load) -> None:
    for name, tool in (("rspec", "rspec"), ("minitest", "minitest"), ("busted", "busted"), ("phpunit", "phpunit")):
        run = sample(name)
        for failure in run.parsed(tool).failures:
            assert failure.name in run.lines[failure.lines[0]]


def test_skipped_tests_and_warnings_are_no_failures(sample: Load) -> None:
    phpunit = sample("phpunit")
    parsed = phpunit.parsed("phpunit")
    assert len(parsed.failures) == 3
    assert "testReturnsFalseWhenStreamDoesNotExist" in phpunit.text(parsed.keep)
    assert len(sample("busted").parsed("busted").failures) == 3


def test_green_lines_go(sample: Load) -> None:
    for name, tool, green in (
        ("bats", "bats", " ✓ release 7 is packed"),
        ("bun_test", "bun test", "✓ cart > adds 3"),
        ("gtest", "gtest", "[ RUN      ] Range/Sums.Adds/13"),
        ("playwright", "playwright", "  ✓   5 pw/a.spec.js:2:23 › case 4 (1ms)"),
        ("phpunit_testdox", "phpunit", " ✔ From parts with data set 5"),
    ):
        run = sample(name)
        assert any(run.lines.index(green) in span for span in run.parsed(tool).drop), name


COLLISION = """
   PASS  Tests\\Unit\\PriceTest
  ✓ it adds

   FAIL  Tests\\Feature\\OrderTest
  ⨯ it includes tax                                                                                            0.02s
  ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
   FAILED  Tests\\Feature\\OrderTest > it includes tax
  Failed asserting that 119 is identical to 120.

  at tests/Feature/OrderTest.php:17
     13▕ });
  ➜  17▕     expect($order->total())->toBe(120);
     18▕ });

  1   tests/Feature/OrderTest.php:17


  Tests:    1 failed, 1 passed (2 assertions)
  Duration: 0.08s
"""

DOTNET = """
Starting test execution, please wait...
A total of 1 test files matched the specified pattern.
  Passed Shop.Tests.OrderTests.Adds [1 ms]
  Failed Shop.Tests.OrderTests.Total_includes_tax [4 ms]
  Error Message:
   Assert.Equal() Failure: Values differ
Expected: 120
Actual:   119
  Stack Trace:
     at Shop.Tests.OrderTests.Total_includes_tax() in /home/dev/shop/OrderTests.cs:line 31
  Failed Shop.Tests.OrderTests.Ships [2 ms]
  Error Message:
   System.NullReferenceException : Object reference not set to an instance of an object.
  Stack Trace:
     at Shop.Order.Ship() in /home/dev/shop/Order.cs:line 77
     at Shop.Tests.OrderTests.Ships() in /home/dev/shop/OrderTests.cs:line 44

Failed!  - Failed:     2, Passed:     1, Skipped:     0, Total:     3, Duration: 12 ms - Shop.Tests.dll (net8.0)
"""

SWIFT = """
Test Suite 'ShopTests' started at 2026-05-02 10:00:00.000.
Test Case 'ShopTests.testAdds' started at 2026-05-02 10:00:00.001
Test Case 'ShopTests.testAdds' passed (0.001 seconds)
Test Case 'ShopTests.testTotal' started at 2026-05-02 10:00:00.002
/home/dev/shop/Tests/ShopTests.swift:12: error: ShopTests.testTotal : XCTAssertEqual failed: ("119") is not equal to ("120") - tax
Test Case 'ShopTests.testTotal' failed (0.002 seconds)
Test Suite 'ShopTests' failed at 2026-05-02 10:00:00.010.
\t Executed 2 tests, with 1 failure (0 unexpected) in 0.003 (0.003) seconds
◇ Test run started.
◇ Test ships() started.
✘ Test ships() recorded an issue at ShipTests.swift:9:5: Expectation failed: (order.state → "open") == "shipped"
✘ Test ships() failed after 0.001 seconds with 1 issue.
✘ Test run with 1 test failed after 0.001 seconds with 1 issue.
"""  # noqa: E501 (what the tool prints)


@pytest.mark.parametrize(
    ("text", "tool", "names", "place"),
    [
        (
            COLLISION,
            "pest",
            ["Tests\\Feature\\OrderTest > it includes tax"],
            Location("tests/Feature/OrderTest.php", 17),
        ),
        (
            DOTNET,
            "dotnet test",
            ["Shop.Tests.OrderTests.Total_includes_tax", "Shop.Tests.OrderTests.Ships"],
            Location("/home/dev/shop/OrderTests.cs", 31),
        ),
        (
            SWIFT,
            "swift test",
            ["ShopTests.testTotal", "ships()"],
            Location("/home/dev/shop/Tests/ShopTests.swift", 12),
        ),
    ],
)
def test_tools_written_down(text: str, tool: str, names: list[str], place: Location) -> None:
    lines = text.strip("\n").split("\n")
    parsed = next(run for run in best(lines, "", 1) if run.tool == tool)
    assert [failure.name for failure in parsed.failures] == names
    assert parsed.failures[0].location == place
    assert parsed.verdict is Verdict.FAILURE
    assert parsed.consistent


def test_green_runs_are_successes() -> None:
    for text, tool in (
        ("Run options: --seed 1\n\n...\n\n3 runs, 3 assertions, 0 failures, 0 errors, 0 skips", "minitest"),
        ("...\n\nFinished in 0.01 seconds\n3 examples, 0 failures", "rspec"),
        (
            "PHPUnit 10.5.1 by Sebastian Bergmann.\n\n...   3 / 3 (100%)\n\nOK (3 tests, 5 assertions)",
            "phpunit",
        ),
        ("bun test v1.2.0\n\na.test.ts:\n✓ adds\n\n 1 pass\n 0 fail\nRan 1 tests across 1 files. [9.00ms]", "bun test"),
    ):
        parsed = next(run for run in best(text.split("\n"), "", 0) if run.tool == tool)
        assert parsed.verdict is Verdict.SUCCESS
        assert parsed.counts.failed is None


def test_more_failures_told_than_read_is_not_believed() -> None:
    lines = ["Failures:", "", "  1) Cart adds", "     Failure/Error: x", "", "4 examples, 3 failures"]
    assert not next(run for run in best(lines, "rspec", 1) if run.tool == "rspec").consistent


def test_a_green_run_of_pytest_sugar() -> None:
    lines = ["Test session starts (platform: linux, Python 3.11.7, pytest 9.2.0, pytest-sugar 1.1.1)", "rootdir: /home"]
    lines += [
        " tests/test_a.py ✓✓✓                                     100% ██████████",
        "",
        "Results (0.29s):",
        "       3 passed",
    ]
    parsed = next(run for run in best(lines, "pytest", 0) if run.tool == "pytest")
    assert parsed.verdict is Verdict.SUCCESS
    assert parsed.counts.passed == 3


def test_every_assertion_of_a_go_test_is_told(sample: Load) -> None:
    run = sample("testify")
    failure = next(one for one in run.parsed("go test").failures if one.name == "TestItems")
    text = run.text(tuple(sorted(failure.lines)))
    assert "no stock for A1" in text
    assert '"shelf nine" does not contain "ten"' in text
    assert "+++ Actual" not in text


def test_a_message_of_several_lines_above_a_stack_is_told() -> None:
    lines = ["AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:", "", "1190 !== 1200", ""]
    lines += ["    at Object.<anonymous> (/home/dev/t.js:1:19)", "    at Module._compile (node:internal/modules:1)"]
    (parsed,) = [run for run in best(lines, "npm test", 1) if run.tool == "traceback"]
    (found,) = parsed.diagnostics
    assert 2 in found.lines
    assert found.locations == (Location("/home/dev/t.js", 1, 19),)


SIGNS = """PHPUnit 9.6 by Sebastian Bergmann
1 examples, 2 failures
3 runs, 3 assertions, 0 failures
30 tests, 3 failures
 ✓ a
Finished in 3
Running 43 tests using 1 worker
bun test v1
  Total:     33
  Passed:    30
ok | 3 passed (
  Failed: 1.  Skipped: 0.  Passed: 3.
[==========] Running 44 tests from 2
Ok: 3
Fail: 1
- hook id: a
a....Passed
  evaluation failed :(
 --> a.py:1:2
FILE: a.php
JUnit version 4
Will run 3 of 3 specs
"""


@pytest.mark.parametrize("line", ["." * 1900, f"1/2 x{' ' * 1900}", "/b.c" * 480, "word " * 380, "[" * 1900])
def test_no_pattern_is_slow_on_long_lines(line: str) -> None:
    lines = [*SIGNS.splitlines(), *(f"{line}{number}" for number in range(200))]
    began = time.process_time()
    best(lines, "make test", 1)
    assert time.process_time() - began < 4  # a pattern that looks at every pair of signs takes a minute
