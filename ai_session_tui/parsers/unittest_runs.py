"""unittest, and what prints its format: Django's test runner, trial, older nose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed
from .output import contains
from .report import Report, clip, location

_RULE: Final = "=" * 70
_RAN: Final = re.compile(r"Ran (\d+) tests? in [\d.]+s")
_RESULT: Final = re.compile(r"(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?\s*$")
_HEADER: Final = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (.+)")
_FRAME: Final = re.compile(r'  File "(.+?)", line (\d+)')
_RAISED: Final = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)(?:: |$)(?!Failed to import test module)")
_SKIPPED: Final = re.compile(r"\.\.\. skipped ['\"]")
_SKIPS_TOLD: Final = 5
_MOST_CAUSES: Final = 3  # what the exception was raised from, the last ones
_GREEN: Final = re.compile(
    r".*\.\.\. (?:ok|skipped .*|expected failure|FAIL|ERROR|unexpected success)\s*$|[.FEsxu]+\s*$|\s*$"
    r"|(?:Creating|Destroying) test database.*|Found \d+ test\(s\)\.?|Operations to perform:|  (?:Synchronize"
    r"|Apply all|Running|Creating|Applying) .*"
    r"|    (?:Creating|Running) .*|Synchronizing apps.*|Running migrations:|System check identified no issues.*"
)


class Unittest:
    """Reads unittest."""

    name = "unittest"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        is_part = contains(lines, "\nFAIL: ", "\nERROR: ") and contains(lines, f"\n{_RULE}\n")
        is_run = contains(lines, "\nRan ") and any(_RAN.match(line) for line in lines)
        return 0.95 if is_run or is_part else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        has_failed: bool | None = None
        start = 0
        for index, line in enumerate(lines):
            if line.startswith("Ran ") and (ran := _RAN.match(line)):
                end = next((i for i in range(index + 1, min(index + 6, len(lines))) if _RESULT.match(lines[i])), None)
                failed = _read_suite(lines, range(start, index), report)
                report.summary.append(index)
                if end is None:
                    report.is_consistent = False
                    continue
                report.summary.append(end)
                has_failed = _take_result(lines[end], int(ran[1]), failed, report) or bool(has_failed)
                start = end + 1
        if not report.summary:
            _read_suite(lines, range(len(lines)), report)
            return report.part(exit_code)
        return report.parsed(exit_code, has_failed)


def _read_suite(lines: Sequence[str], part: range, report: Report) -> int:
    heads = [i for i in part if _HEADER.match(lines[i]) and i and lines[i - 1].startswith("=====")]
    for position, head in enumerate(heads):
        stop = heads[position + 1] - 1 if position + 1 < len(heads) else part.stop
        _read_failure(lines, range(head, stop), report)
    before = range(part.start, heads[0] - 1) if heads else part
    report.noise.update(i for i in before if _GREEN.match(lines[i]))
    report.keep += [i for i in before if _SKIPPED.search(lines[i])][:_SKIPS_TOLD]
    if heads:
        report.noise.update(range(heads[0] - 1, part.stop))
    return len(heads)


def _read_failure(lines: Sequence[str], part: range, report: Report) -> None:
    head = part[0]
    name = _HEADER.match(lines[head])
    frames = [i for i in part if _FRAME.match(lines[i])]
    last = frames[-1] if frames else head
    own = [i for i in frames if not re.search(r"/(?:unittest|site-packages|lib/python[\d.]+)/", lines[i])]
    frame = own[-1] if own else last
    found = _FRAME.match(lines[frame])
    told = [
        i
        for i in part
        if i > last and lines[i].strip() and not lines[i].startswith(("-----", "=====")) and lines[i][0] != " "
    ]
    body = [
        i for i in part if i > (told[0] if told else last) and lines[i].strip() and not re.match(r"[-=]{10}", lines[i])
    ]
    message = lines[told[0]] if told else ""
    causes = _causes(lines, [i for i in part[1:] if i < last and _RAISED.match(lines[i])], own, frame)
    near = [frame, *([frame + 1] if frame + 1 in part and lines[frame + 1].startswith("    ") else [])]
    chosen = dict.fromkeys([head, *told[:1], *clip([i for i in body if i not in told[:1]], 8, 3), *causes, *near])
    report.fail(name[2] if name else "", message, chosen, location(found[1], found[2]) if found else None)


def _causes(lines: Sequence[str], raised: list[int], own: list[int], frame: int) -> list[int]:
    """Return the exceptions that the last one was raised from, each with the place where it rose if that is another."""
    chosen: list[int] = []
    for index in raised[-_MOST_CAUSES:]:
        places = [i for i in own if i < index and lines[i] != lines[frame]][-1:]
        chosen += [index, *(i for i in places if i not in chosen)]
    return chosen


def _take_result(line: str, ran: int, found: int, report: Report) -> bool:
    result = _RESULT.match(line)
    told = dict(re.findall(r"([\w ]+)=(\d+)", result[2] or "")) if result else {}
    numbers = {name.strip(): int(value) for name, value in told.items()}
    failed, errors, skipped = (numbers.get(name, 0) for name in ("failures", "errors", "skipped"))
    bad = failed + errors
    report.counts = report.counts + Counts(
        passed=max(
            0, ran - bad - skipped - numbers.get("expected failures", 0) - numbers.get("unexpected successes", 0)
        ),
        failed=failed or None,
        errors=errors or None,
        skipped=skipped or None,
        expected_failures=numbers.get("expected failures"),
        unexpected_passes=numbers.get("unexpected successes"),
    )
    has_failed = result is not None and result[1] != "OK"
    if found < bad or (found and not has_failed):
        report.is_consistent = False
    return has_failed and (result is None or result[1] == "FAILED")


PARSERS = (Unittest(),)
