"""node:test's spec reporter, and the Test Anything Protocol (TAP 12 to 14, https://testanything.org)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .javascript import explanation
from .model import Counts, Location, Parsed
from .output import contains
from .report import Report, clip, location
from .rules import Role, RuleParser, rule

_POINT: Final = re.compile(
    r"(\s*)(not ok|ok)\b(?: (\d+))?(?: - | )?(.*?)(?:\s+# (?P<directive>(?i:todo|skip)\S*)(?P<why>.*))?$"
)
_SKIPS_TOLD: Final = 5  # skipped and unfinished tests that are named
_PLAN: Final = re.compile(r"1\.\.(\d+)(?:\s*# .*)?$")
_INFO: Final = re.compile(r"[ℹ#] (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$")
_GREEN: Final = re.compile(
    r"\s*(?:✔|▶|﹣|ℹ|✖|⚠) .*|\s*# (?:Subtest|duration|time).*|\s*$|\s*1\.\.\d+.*|\s*ok\b.*|TAP version \d+"
    r"|\s*pragma .*"
)
_PLACE: Final = re.compile(r"test at (.+?):(\d+):(\d+)$")
_YAML_PLACE: Final = re.compile(r"\s*(?:location|at):\s*['\"]?(?:.*\()?(?:file://)?([^'\"()]+?):(\d+):(\d+)")
_YAML_NOISE: Final = re.compile(
    r"\s*(?:---|\.\.\.|duration_ms:.*|type:.*|location:.*|failureType:.*|code: .*|name: .*|stack: .*"
    r"|operator:.*|severity:.*|at:|async .*|(?:Test|Suite)\.\S+ \(.*|new Promise.*|node:.*|.*\(node:.*)$"
)


class NodeTest:
    """Reads node --test in its spec format."""

    name = "node:test"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        is_part = contains(lines, "\ntest at ") and contains(lines, "\n✖ ")
        return 0.95 if (is_part or contains(lines, "\nℹ tests ")) and not is_reading(command) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        told = _read_info(lines, report)
        begin = next((i for i, line in enumerate(lines) if line.startswith("✖ failing tests:")), len(lines))
        in_failure = False
        skipped = 0
        is_listed = begin < len(lines)
        for index in range(begin):
            line = lines[index]
            is_failure = line.lstrip().startswith("✖")
            if is_failure and not is_listed:  # told here only
                report.keep.append(index)
            elif _GREEN.match(line):
                if line.lstrip().startswith("﹣") and skipped < _SKIPS_TOLD:
                    skipped += 1
                    report.keep.append(index)
                if line.startswith("✖ "):
                    report.keep.append(index)  # a suite, or a test of none
                in_failure = is_failure or (in_failure and not line.strip())
                report.noise.add(index)
            elif in_failure and line.startswith("  "):
                report.noise.add(index)  # told again below "failing tests"
        if not report.summary:  # a part of the list of failures
            begin = 0
        heads = [i for i in range(begin, len(lines)) if _PLACE.match(lines[i])]
        for position, head in enumerate(heads):
            end = heads[position + 1] if position + 1 < len(heads) else len(lines)
            stop = next((i for i in range(head + 2, end) if lines[i][:1].strip()), end)  # another program's
            self._read(lines, range(head, stop), report)
        if not report.summary:
            return report.part(exit_code)
        bad = told.get("fail", 0) + told.get("cancelled", 0)
        # A test around a failed one is counted, though not listed; a suite is neither.
        parents = sum(lines[index].startswith("✖ ") for index in report.keep) - told.get("suites", 0)
        report.is_consistent = bad <= len(report.failures) + max(0, parents)
        if is_listed:
            report.keep.append(begin)
        return report.parsed(exit_code, bad > 0)

    def _read(self, lines: Sequence[str], part: range, report: Report) -> None:
        found = _PLACE.match(lines[part[0]])
        title = next((i for i in part if lines[i].lstrip().startswith("✖ ")), part[0])
        name = re.sub(r"\s*\([\d.]+ms\).*$", "", lines[title].strip().removeprefix("✖ "))
        body = [
            i
            for i in part
            if i > title
            and not re.match(r"\s+(?:generatedMessage|code|actual|expected|operator|diff):|\s+[{}],?$", lines[i])
        ]
        chosen, place, message = explanation(lines, body)
        own = location(found[1], found[2], found[3]) if found else place
        report.fail(name, message, dict.fromkeys([title, part[0], *chosen]), own)
        report.noise.update(part)


def _read_info(lines: Sequence[str], report: Report) -> dict[str, int]:
    told: dict[str, int] = {}
    for index, line in enumerate(lines):
        if line[:2] in ("ℹ ", "# ") and (info := _INFO.match(line)):
            if info[1] != "duration_ms":
                told[info[1]] = told.get(info[1], 0) + int(float(info[2]))
            if info[1] in ("tests", "pass", "fail") or (info[1] != "duration_ms" and float(info[2])):
                report.summary.append(index)
            report.noise.add(index)
    skipped = told.get("skipped", 0) + told.get("todo", 0)
    report.counts = Counts(
        passed=told.get("pass"),
        failed=(told.get("fail", 0) + told.get("cancelled", 0)) or None,
        skipped=skipped or None,
    )
    return told


class Tap:
    """Reads TAP."""

    name = "tap"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(
            lines, "\nok 1", "\nnot ok 1", "TAP version", "\nok - ", "\nnot ok - ", "Bail out!"
        ):
            return 0.0
        if contains(lines, "\nTAP version "):
            return 0.95
        return 0.9 if any(_PLAN.match(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        passed = failed = skipped = todo = run = 0
        planned: int | None = None
        for index, line in enumerate(lines):
            if (point := _POINT.match(line)) and (point[3] or point[4]):
                directive = (point["directive"] or "").lower()
                if not point[1]:
                    run += 1
                is_bad = point[2] == "not ok" and not directive
                stop = _block_end(lines, index + 1, len(point[1]))
                report.noise.update(range(index, stop))
                if directive and skipped + todo < _SKIPS_TOLD:
                    report.keep.append(index)
                if directive.startswith("skip"):
                    skipped += 1
                elif directive.startswith("todo"):
                    todo += 1
                elif is_bad and not _is_parent(lines, range(index, stop)):
                    failed += 1
                    _read_point(lines, range(index, stop), point[4], report)
                elif not is_bad:
                    passed += 1
            elif plan := _PLAN.match(line):
                planned = int(plan[1])
                report.noise.add(index)
            elif line.startswith("Bail out!"):
                report.fail("Bail out!", line, (index,))
            elif _GREEN.match(line) and not report.noise.issuperset({index}):
                report.noise.add(index)
        told = _read_info(lines, report)
        report.counts = _tally(told, passed, failed, skipped + todo)
        if planned is not None and planned != run:
            report.fail("plan", f"planned {planned} tests, ran {run}", ())
        if told.get("fail", 0) and not failed:
            report.is_consistent = False
        return report.parsed(exit_code, bool(report.failures) or told.get("fail", 0) > 0) if run else None


def _tally(told: dict[str, int], passed: int, failed: int, skipped: int) -> Counts:
    return Counts(
        passed=told.get("pass", passed), failed=told.get("fail", failed) or failed or None, skipped=skipped or None
    )


def _block_end(lines: Sequence[str], index: int, indent: int) -> int:
    """Return the index behind a test point's YAML block and comments."""
    if index < len(lines) and lines[index].strip() == "---":
        for stop in range(index + 1, len(lines)):
            if lines[stop].strip() == "..." and len(lines[stop]) - len(lines[stop].lstrip()) == indent + 2:
                return stop + 1
    is_bad = lines[index - 1].lstrip().startswith("not ok")
    while (
        is_bad and index < len(lines) and lines[index].startswith(" " * (indent + 2)) and not _POINT.match(lines[index])
    ):
        index += 1  # a plain text instead
    while (
        index < len(lines)
        and lines[index].startswith("#")
        and not _INFO.match(lines[index])
        and "Subtest" not in lines[index]
    ):
        index += 1
    return index


def _is_parent(lines: Sequence[str], part: range) -> bool:
    """Return whether a test failed only because one inside it did."""
    return any("subtestsFailed" in lines[i] or "type: 'suite'" in lines[i] for i in part[:12]) and not any(
        "hookFailed" in lines[i] for i in part[:12]
    )


def _read_point(lines: Sequence[str], part: range, name: str, report: Report) -> None:
    place: Location | None = None
    at: list[int] = []
    for index in part:
        if found := _YAML_PLACE.match(lines[index]):
            place, at = location(found[1], found[2], found[3]), [index]
            break
    body = [i for i in part[1:] if lines[i].strip() and not _YAML_NOISE.match(lines[i])]
    message = next(
        (lines[i].strip() for i in body if re.search(r"\b(?:error|message):\s*\S", lines[i])),
        lines[body[0]].strip() if body else "",
    )
    if message.endswith(("|-", "|", ">-")) and len(body) > 1:  # the text stands below
        message = lines[body[1]].strip()
    report.fail(name, message, dict.fromkeys([part[0], *clip(body, 8, 3), *at]), place)


_PROVE: Final = RuleParser(
    "prove",
    ("prove",),
    ("\nFiles=",),
    (
        rule(Role.SUMMARY, r"Files=\d+, Tests=\d+.*|Result: .*|All tests successful.*"),
        rule(
            Role.FAILURE,
            r"#\s+(?P<message>Failed (?:\(TODO\) )?test (?P<name>.*))",
            r"#\s{2,}(?!Failed test).*",
            r"#\s+at (?P<path>\S+) line (?P<line>\d+)\.$",
        ),
        rule(Role.KEEP, r"\S+\s+\(Wstat: .*", r"  \S.*"),
        rule(
            Role.KEEP,
            r"\S+ \.+ skipped: .*|.* at \S+ line \d+\.$|Bailout called.*|(?:\S+ \.+ )?Failed \d+/\d+ subtests.*",
        ),
        rule(Role.NOISE, r"\S+ \.+(?: (?:ok|Dubious|\d+/[\d?]+|All \d+ subtests).*)?\s*$|(?:not )?ok\b.*"),
        rule(Role.NOISE, r"1\.\.\d+.*|# Looks like .*|-+$|Test Summary Report|\s*$"),
    ),
    proof=re.compile(r"\nFiles=\d+, Tests=\d+"),
    confidence=0.96,
)

PARSERS = (NodeTest(), Tap(), _PROVE)
