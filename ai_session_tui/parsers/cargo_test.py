"""cargo test (libtest): all binaries and doc tests of a workspace, added up; panics with the lines they print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Location, Parsed
from .output import contains
from .report import Report, clip, location

_RESULT: Final = re.compile(
    r"test result: (ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured; (\d+) filtered out"
)
_TARGETS_TOLD: Final = 4  # green test binaries, of which each result is told
_IGNORED_TOLD: Final = 5  # ignored tests of a suite whose reason is told
_TEST: Final = re.compile(r"test (.+?) (?:- should panic )?\.\.\. (ok|FAILED|ignored.*|bench:.*)$")
_STDOUT: Final = re.compile(r"---- (.+?) (?:stdout|stderr) ----$")
_PANIC: Final = re.compile(r"thread '(.*?)'(?: \(\d+\))? panicked at (?:'(.*)', )?(.+?):(\d+):(\d+):?$")
_NOISE: Final = re.compile(
    r"running \d+ tests?$|\s*$|\s+Running .*|\s+Doc-tests .*|failures:$|    \S+$|successes:$"
    r"|test .* has been running for over .*"
    r"|note: run with `RUST_BACKTRACE|stack backtrace:"
)


class CargoTest:
    """Reads libtest."""

    name = "cargo test"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return 0.97 if contains(lines, "\ntest result: ") and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        starts = [i for i, line in enumerate(lines) if line.startswith("running ") and _NOISE.match(line)]
        results = [i for i, line in enumerate(lines) if line.startswith("test result: ") and _RESULT.match(line)]
        if not results:
            return None
        if len(starts) > len(results):  # a test binary that died before its result
            report.is_consistent = False
        before = -1
        for result in results:
            start = next((i for i in starts if before < i < result), before + 1)
            _read_suite(lines, range(start, result), report)
            _take_result(lines, result, report)
            before = result
        for index in range(starts[0] if starts else 0, len(lines)):
            if re.match(r"\s+(?:Running|Doc-tests) |\s*$", lines[index]):
                report.noise.add(index)
        has_failed = bool(report.counts.failed)
        if (report.counts.failed or 0) > len(report.failures):
            report.is_consistent = False
        _choose_results(lines, results, report)
        return report.parsed(exit_code, has_failed)


def _read_suite(lines: Sequence[str], part: range, report: Report) -> None:
    failed: dict[str, int] = {}
    outputs: list[int] = []
    told: list[int] = []
    for index in part:
        line = lines[index]
        if line.startswith("test ") and (test := _TEST.match(line)):
            report.noise.add(index)
            if test[2] == "FAILED":
                failed[test[1]] = index
            elif test[2].startswith("ignored, ") and len(told) < _IGNORED_TOLD:
                told.append(index)
        elif line.startswith("---- ") and _STDOUT.match(line):
            outputs.append(index)
        elif _NOISE.match(line):
            report.noise.add(index)
    report.keep += told
    stop = next((i for i in part if outputs and i > outputs[-1] and lines[i] == "failures:"), part.stop)
    for position, head in enumerate(outputs):
        end = outputs[position + 1] if position + 1 < len(outputs) else stop
        name = _STDOUT.match(lines[head])
        key = name[1] if name else ""
        failed.pop(key, None)
        failed.pop(f"{key} - should panic", None)
        _read_failure(lines, range(head, end), key, report)
    for name_left, index in failed.items():
        report.fail(name_left, "", (index,))
    if outputs:
        report.noise.update(range(outputs[0], part.stop))


def _read_failure(lines: Sequence[str], part: range, name: str, report: Report) -> None:
    place: Location | None = None
    message, panic = "", part[0]
    for index in part:
        if found := _PANIC.match(lines[index]):
            panic, place = index, location(found[3], found[4], found[5])
            message = found[2] or (lines[index + 1] if index + 1 in part else "")
            break
    told = [i for i in part if i > panic and lines[i].strip() and not _is_backtrace(lines[i])]
    before = [i for i in part if part[0] < i < panic and lines[i].strip()]
    if place is None and told:
        message = next((lines[i] for i in told if "rror" in lines[i]), lines[told[0]])
    chosen = [part[0], *([panic] if panic != part[0] else []), *clip(told, 8, 2), *clip(before, 0, 3)]
    report.fail(name, message, dict.fromkeys(chosen), place)


def _is_backtrace(line: str) -> bool:
    return bool(re.match(r"\s+\d+: |\s{10,}at |stack backtrace:|note: (?:run with|Some details)", line))


def _take_result(lines: Sequence[str], index: int, report: Report) -> None:
    found = _RESULT.match(lines[index])
    if found:
        passed, failed, ignored = int(found[2]), int(found[3]), int(found[4])
        report.counts = report.counts + Counts(passed=passed, failed=failed or None, skipped=ignored or None)


def _choose_results(lines: Sequence[str], results: list[int], report: Report) -> None:
    """Keep the results that say something: those of failed suites, else of a few or the largest."""
    failed = [i for i in results if lines[i].startswith("test result: FAILED")]
    largest = max(results, key=lambda i: int(found[2]) if (found := _RESULT.match(lines[i])) else 0)
    some = [i for i in results if (found := _RESULT.match(lines[i])) and found[2] != "0"]
    shown = failed or (some if 0 < len(some) <= _TARGETS_TOLD else [largest])
    report.summary += shown
    report.noise.update(i for i in results if i not in shown)


PARSERS = (CargoTest(),)
