"""Test runners of compiled languages: GoogleTest, Catch2, meson, Ginkgo, JUnit's own, .NET, XCTest, Swift Testing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .failure_blocks import BlockRunner, numbers
from .model import Counts, Parsed
from .output import contains
from .report import Report, clip, location
from .rules import Role, RuleParser, rule

_JAVA_FRAMEWORK: Final = r"(?:java\.base/|java\.|jdk\.|org\.(?:junit|opentest4j|apache\.maven)\.)"

GOOGLE_TEST: Final = BlockRunner(
    "gtest",
    ("[ RUN      ] ", "[  PASSED  ] "),
    re.compile(r"\n\[=+\] (?:Running )?\d+ tests? from "),
    head=re.compile(r"\[  FAILED  \] (?P<name>\S+?)(?:, where .*)? \(\d+ ms\)$"),
    tally=re.compile(
        r"\[=+\] \d+ tests? from .* ran\..*|\[  (?:PASSED|FAILED|SKIPPED) ? \] \d+ tests?[.,].*|\s*\d+ FAILED TESTS?"
        r"|  YOU HAVE \d+ DISABLED .*"
    ),
    counts=numbers(passed=r"\[  PASSED  \] (\d+)", failed=r"\[  FAILED  \] (\d+)", skipped=r"\[  SKIPPED \] (\d+)"),
    green=re.compile(
        r"\[ RUN      \] .*|\[       OK \] .*|\[-+\].*|\[=+\] Running .*|\[  (?:SKIPPED|FAILED ) \] \S+(?:, where .*)?$"
        r"|\[  SKIPPED \] .*|Note: Google Test filter = .*"
    ),
    place=re.compile(r"(?P<path>\S+?)[:(](?P<line>\d+)\)?: (?:Failure|error)"),
    is_named_last=True,
)

DOTNET: Final = BlockRunner(
    "dotnet test",
    ("Error Message:", "Passed!  - ", "Failed!  - ", "Total tests: "),
    re.compile(r"\n(?:Failed!|Passed!)\s+- Failed:\s+\d+|\nTotal tests: \d+"),
    head=re.compile(r"\s+Failed (?P<name>\S.*?) \[[^\]]*\]$"),
    tally=re.compile(
        r"(?:Failed!|Passed!)\s+- Failed:.*|Total tests: .*|\s+(?:Passed|Failed|Skipped): \d+$|Test Run .*"
    ),
    counts=numbers(failed=r"Failed:\s+(\d+)", passed=r"Passed:\s+(\d+)", skipped=r"Skipped:\s+(\d+)"),
    green=re.compile(r"\s+(?:Passed|Skipped) \S.* \[[^\]]*\]$|Starting test execution.*|A total of \d+ test files.*"),
    stop=re.compile(r"\s+(?:Passed|Skipped) \S.* \[[^\]]*\]$"),
    place=re.compile(r" in (?P<path>.+?):line (?P<line>\d+)"),
    hidden=re.compile(r"\s+(?:Error Message|Stack Trace):$|\s+at .*"),
)


JUNIT: Final = BlockRunner(
    "junit",
    ("JUnit version ",),
    re.compile(r"\nJUnit version \d"),
    head=re.compile(r"\d+\) (?P<name>[\w$]+\(\S+\))$"),
    tally=re.compile(r"Tests run: \d+, +Failures: \d+|OK \(\d+ tests?\)"),
    counts=numbers(total=r"Tests run: (\d+)|OK \((\d+)", failed=r"Failures: (\d+)"),
    green=re.compile(r"JUnit version .*|[.EI]+$|Time: .*|There (?:was|were) \d+ failures?:|FAILURES!!!"),
    stop=re.compile(r"FAILURES!!!"),
    place=re.compile(r"\s+at (?!org\.junit|java\.|jdk\.|org\.hamcrest)\S+\((?P<path>[\w$]+\.\w+):(?P<line>\d+)\)"),
    hidden=re.compile(r"\s+at .*|\s+\.\.\. \d+ .*"),
)

GINKGO: Final = BlockRunner(
    "ginkgo",
    ("Will run ",),
    re.compile(r"\nWill run \d+ of \d+ specs"),
    head=re.compile(r"•!? ?(?:Failure|Panic|\[(?:FAILED|PANICKED|TIMEDOUT)\]).* \[[\d.]+ seconds\]"),
    tally=re.compile(r"(?:FAIL|SUCCESS)! -- .*|Ran \d+ of \d+ Specs .*"),
    counts=numbers(passed=r"(\d+) Passed", failed=r"(\d+) Failed", skipped=r"(\d+) Pending"),
    green=re.compile(r"[•PS]+$|-{20,}$|Running Suite: .*|=+$|Random Seed: .*|Will run .*"),
    stop=re.compile(r"-{20,}$|Summarizing \d+ Failures?:"),
    others=re.compile(r"Summarizing \d+ Failures?:"),
    place=re.compile(r"\s+(?P<path>/\S+\.go):(?P<line>\d+)"),
    hidden=re.compile(r"\s+\S+\(.*\)$|\s+(?:Full Stack Trace|created by .*)|\s+/usr/.*|\S.*:\d+$"),
    confidence=0.97,  # than Go's own report of the one test that runs them
)

MESON: Final = BlockRunner(
    "meson test",
    ("Summary of Failures:", "\nOk: "),
    re.compile(r"\nOk: +\d+\s*\n(?:Expected Fail: .*\n)?Fail: +\d+"),
    head=re.compile(r" *\d+/\d+ (?P<name>\S.{0,199}?) {1,99}(?:FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS) +[\d.]+s.*"),
    tally=re.compile(r"(?:Ok|Expected Fail|Fail|Unexpected Pass|Skipped|Timeout): +\d+"),
    counts=numbers(passed=r"Ok: +(\d+)", failed=r"^(?:Fail|Timeout): +(\d+)", skipped=r"Skipped: +(\d+)"),
    green=re.compile(
        r" *\d+/\d+ \S.{0,199}? {1,99}(?:OK|SKIP|EXPECTEDFAIL) +[\d.]+s.*|[―-]{10,}.*|ninja: .*|\[\d+/\d+\] .*"
    ),
    stop=re.compile(r" *\d+/\d+ |Summary of Failures:"),
    others=re.compile(r"Summary of Failures:"),
    hidden=re.compile(r"[―-]{10,}.*|(?:stdout|stderr):$"),
)


class Catch2:
    """Reads Catch2's console format: a test case's names between rules, then each assertion that failed."""

    name = "catch2"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, "\ntest cases: ", "All tests passed ("):
            return 0.0
        return 0.95

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        title: list[int] = []
        index = 0
        while index < len(lines):
            line = lines[index]
            if _CATCH_TALLY.match(line):
                report.summary.append(index)
            elif _RULE.match(line) and (stop := _closing(lines, index)):
                title = list(range(index + 1, stop))
                report.noise.update((index, stop))
                index = stop
            elif found := _CATCH_FAILED.match(line):
                stop = next((i for i in range(index + 1, len(lines)) if _CATCH_END.match(lines[i])), len(lines))
                told = [i for i in range(index + 1, stop) if lines[i].strip()]
                name = " › ".join(lines[i].strip() for i in title)
                place = location(found["path"], found["line"])
                message = lines[told[0]].strip() if told else ""
                report.fail(name, message, (*title, index, *clip(told, 8, 4)), place)
                report.noise.update(range(index, stop))
                index = stop
                continue
            elif not line.strip() or _CATCH_NOISE.match(line):
                report.noise.add(index)
            index += 1
        tally = next((lines[i] for i in report.summary if lines[i].startswith("test cases:")), "")
        counted = {name: re.search(rf"(\d+) {name}", tally) for name in ("passed", "failed")}
        report.counts = Counts(**{name: int(found[1]) for name, found in counted.items() if found})
        told_failed = report.counts.failed or 0
        report.is_consistent = told_failed <= len(report.failures)
        return report.parsed(exit_code, told_failed > 0) if report.summary else None


def _closing(lines: Sequence[str], start: int) -> int | None:
    """Return the rule that closes the names opened by another one."""
    for index in range(start + 2, min(start + 12, len(lines))):
        if _RULE.match(lines[index]):
            return index
    return None


_RULE: Final = re.compile(r"-{60,}$")
_CATCH_TALLY: Final = re.compile(r"test cases: .*|assertions: .*|All tests passed \(.*|No tests ran.*")
_CATCH_FAILED: Final = re.compile(r"(?P<path>\S.*?):(?P<line>\d+): FAILED:$")
_CATCH_END: Final = re.compile(r"-{60,}$|={60,}$|\S.*?:\d+: |\.{60,}$")
_CATCH_NOISE: Final = re.compile(
    r"~{60,}$|\.{60,}$|={60,}$|\S+ is a Catch2? v.*|Run with -\? for options|\S+:\d+$|Randomness .*"
)

XCTEST: Final = RuleParser(
    "swift test",
    ("swift", "xcodebuild"),
    ("Test Case '", "Test Suite '", "Test run with "),
    (
        rule(
            Role.FAILURE,
            r"(?P<path>\S.*?\.swift):(?P<line>\d+):(?:\d+:)? error: -?\[?(?P<name>[\w. ]+?)\]? : (?P<message>.*)",
        ),
        rule(
            Role.FAILURE,
            r"[✘􀢄] Test (?P<name>.+?) recorded an issue at (?P<path>\S+?):(?P<line>\d+):(?P<column>\d+): "
            r"(?P<message>.*)",
            r"(?:[↳􀄵]|\s) ?.*",
        ),
        rule(Role.SUMMARY, r"\s+Executed \d+ tests?, with .*"),
        rule(Role.SUMMARY, r"[✔✘􁁛􀢄] Test run with \d+ tests? .*"),
        rule(
            Role.NOISE,
            r"Test (?:Case|Suite) '.*' (?:started|passed|failed).*|[◇✔􀟈􁁛] (?:Test|Suite) .*"
            r"|[✘􀢄] (?:Test|Suite) .* failed after .*|\s*$",
        ),
    ),
    proof=re.compile(r"\nTest (?:Case|Suite) '[^']+' |\n[✔✘◇] Test run "),
    confidence=0.93,
)

# JUnit 5 from a command line: a tree of all tests, then each failure with its causes and their frames.
JUNIT_CONSOLE: Final = BlockRunner(
    "junit",
    (" tests found ",),
    re.compile(r"\n\[ +\d+ tests found +\]"),
    head=re.compile(r"  JUnit \w+:(?P<name>\S.*)$"),
    tally=re.compile(r"\[ +[1-9]\d* (?:tests (?:successful|failed|skipped|aborted)|containers failed) +\]"),
    counts=numbers(
        passed=r"(\d+) tests successful",
        failed=r"(\d+) (?:tests|containers) failed",
        errors=r"(\d+) tests aborted",
        skipped=r"(\d+) tests skipped",
    ),
    green=re.compile(r" *[╷│├└].*|Test run finished after .*|\[ +\d+ .*\]|Thanks for using JUnit.*"),
    stop=re.compile(r"Test run finished after "),
    failures=re.compile(r"Failures \(\d+\):$"),
    place=re.compile(rf"^       (?!{_JAVA_FRAMEWORK})[\w.$/<>]+\((?P<path>\w+\.\w+):(?P<line>\d+)\)$"),
    hidden=re.compile(rf"       (?:{_JAVA_FRAMEWORK}|\[\.\.\.\]).*|    \w+Source \[.*"),
)

PARSERS: Final = (GOOGLE_TEST, DOTNET, JUNIT, JUNIT_CONSOLE, GINKGO, MESON, Catch2(), XCTEST)
