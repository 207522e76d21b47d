"""Test runners of JavaScript beside Jest, Vitest and Mocha: Playwright, AVA, uvu, and those of Bun and Deno."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .failure_blocks import BlockRunner, numbers
from .javascript import explanation
from .model import Counts, Parsed
from .output import contains
from .report import Report

_OWN_FRAME: Final = r"\s+at (?!.*(?:node_modules|node:|ext:))(?:.*[ (])?(?:file://)?(?P<path>[^\s()]+?):(?P<line>\d+):(?P<column>\d+)\)?$"
_FRAME: Final = r"\s+at .*|\s*(?:>\s*)?\d+ \| .*|\s+(?:\|\s*)?\^+\s*$"

PLAYWRIGHT: Final = BlockRunner(
    "playwright",
    (" › ", "Running 1 test using"),
    re.compile(r"\nRunning \d+ tests? using \d+ workers?"),
    head=re.compile(r"  \d+\) (?P<name>(?:\[[^\]]*\] › )?(?P<path>\S+?):(?P<line>\d+):(?P<column>\d+) › .+?)(?: ─+)?$"),
    tally=re.compile(r"  \d+ (?:failed|flaky|interrupted|did not run|skipped|passed)(?: \(.*\))?$"),
    counts=numbers(
        passed=r"(\d+) passed",
        failed=r"(\d+) failed",
        errors=r"(\d+) interrupted",
        skipped=r"(\d+) (?:skipped|did not)",
    ),
    green=re.compile(r"\s+(?:✓|✘|-|ok|x)\s+\d+ .*|Running \d+ tests? using .*|    (?:\[[^\]]*\] › )?\S+:\d+:\d+ › .*"),
    hidden=re.compile(r"\s+(?:\d+ \||\|).*|    Error Context: .*|\s+attachment #\d+: .*|\s+─{10,}$"),
    place=re.compile(_OWN_FRAME),
)

BUN: Final = BlockRunner(
    "bun test",
    ("bun test v",),
    re.compile(r"\nbun test v\d"),
    head=re.compile(r"(?:✗|\(fail\)) (?P<name>.+?)(?: \[[\d.]+m?s\])?$"),
    tally=re.compile(r" *\d+ (?:pass|fail|skip|todo|errors?)$|Ran \d+ tests? across .*"),
    counts=numbers(
        passed=r"(\d+) pass", failed=r"(\d+) fail", errors=r"(\d+) errors?$", skipped=r"(\d+) (?:skip|todo)$"
    ),
    green=re.compile(
        r"(?:✓|»|✎|\((?:pass|skip|todo)\)) .*|bun test v.*|\S+\.[cm]?[jt]sx?:$|\d+ tests? (?:failed|skipped|todo):"
        r"|\s*\d+ expect\(\) calls"
    ),
    anywhere=re.compile(r"# (?P<name>Unhandled error between tests)$"),
    place=re.compile(_OWN_FRAME),
    hidden=re.compile(_FRAME),
    is_named_last=True,
)

DENO: Final = BlockRunner(
    "deno test",
    (" passed", " ERRORS"),
    re.compile(r"\n(?:FAILED|ok) \| \d+ passed"),
    head=re.compile(r"(?P<name>\S.*) => (?P<path>\S+?):(?P<line>\d+):(?P<column>\d+)$"),
    tally=re.compile(r"(?:FAILED|ok) \| \d+ passed.*"),
    counts=numbers(passed=r"(\d+) passed", failed=r"(\d+) failed", skipped=r"(\d+) ignored"),
    green=re.compile(
        r"\s*\S.* \.\.\. ?(?:ok|FAILED|ignored|cached|$).*|running \d+ tests? from .*|Check .*|error: Test failed"
    ),
    failures=re.compile(r"\s*ERRORS\s*$"),
    others=re.compile(r"\s*FAILURES\s*$"),
    place=re.compile(_OWN_FRAME),
    hidden=re.compile(_FRAME),
)

UVU: Final = BlockRunner(
    "uvu",
    ("  Total:", "   FAIL  "),
    re.compile(r"\n  Total: +\d+\n  Passed: +\d+"),
    head=re.compile(r"   FAIL  (?P<name>\S.*)"),
    tally=re.compile(r"  (?:Total|Passed|Skipped): +\d+"),
    counts=numbers(total=r"Total: +(\d+)", passed=r"Passed: +(\d+)", skipped=r"Skipped: +(\d+)"),
    green=re.compile(r"(?=.{0,40}[•✘]).*[•✘] {1,9}\(\d+ / \d+\)$|\S+\.[cm]?[jt]sx?$|  Duration: .*"),
    place=re.compile(_OWN_FRAME),
    hidden=re.compile(_FRAME),
)


class Ava:
    """Reads AVA: a list of tests with those that failed, then a block for each, three blank lines apart."""

    name = "ava"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, " tests failed", " test failed", " passed"):
            return 0.0
        return 0.95 if contains(lines, "✘ [fail]: ", "\n  ─\n") and any(map(_AVA_TALLY.match, lines)) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        rules = [index for index, line in enumerate(lines) if line.strip() == "─"]
        body = range(rules[0] + 1, rules[1] if len(rules) > 1 else len(lines)) if rules else range(0)
        for index, line in enumerate(lines):
            if _AVA_TALLY.match(line):
                report.summary.append(index)
            elif index not in body and (not line.strip() or _AVA_GREEN.match(line)):
                report.noise.add(index)
        tally = "\n".join(lines[index] for index in report.summary)
        counted = {name: _AVA_NUMBER[name].findall(tally) for name in _AVA_NUMBER}
        sums = {name: sum(map(int, found)) for name, found in counted.items() if found}
        report.counts = Counts(**sums)
        if sums.get("failed") or sums.get("errors"):
            for part in _parts(lines, body):
                chosen, place, message = explanation(lines, [i for i in part[1:] if not _AVA_CODE.match(lines[i])])
                report.fail(lines[part[0]].strip(), message, dict.fromkeys((part[0], *chosen)), place)
                report.noise.update(part)
        told = sums.get("failed", 0)
        report.is_consistent = told <= len(report.failures)
        return report.parsed(exit_code, bool(report.failures) or told > 0) if report.summary else None


def _parts(lines: Sequence[str], body: range) -> list[list[int]]:
    """Return the filled lines of every block."""
    parts: list[list[int]] = []
    blank = 9
    for index in body:
        if not lines[index].strip():
            blank += 1
            continue
        if blank >= 3:
            parts.append([])
        parts[-1].append(index)
        blank = 0
    return parts


_AVA_TALLY: Final = re.compile(
    r"  \d+ (?:tests? (?:passed|failed|skipped|todo)|known failures?|uncaught exceptions?|unhandled rejections?"
    r"|tests? (?:was|were) .*|hooks? failed).*"
)
_AVA_GREEN: Final = re.compile(r"  (?:✔|✘ \[fail\]:|- \[(?:skip|todo)\]) .*|\s*─$|  [⠁-⣿] .*")
_AVA_CODE: Final = re.compile(r"\s{2,}\d+: .*|\s{2,}\d+:$")
_AVA_NUMBER: Final = {
    "passed": re.compile(r"(\d+) tests? passed"),
    "failed": re.compile(r"(\d+) (?:tests?|hooks?) failed"),
    "errors": re.compile(r"(\d+) (?:uncaught|unhandled)"),
    "skipped": re.compile(r"(\d+) tests? (?:skipped|todo)"),
    "expected_failures": re.compile(r"(\d+) known failure"),
}

PARSERS: Final = (PLAYWRIGHT, BUN, DENO, UVU, Ava())
