"""Java: javac, Maven with Surefire, Gradle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import is_reading
from .model import Counts, Parsed, Severity
from .output import contains
from .report import Report, clip, location
from .rules import Role, RuleParser, rule

_JAVAC: Final = re.compile(
    r"(?P<path>\S+\.(?:java|kt|scala|groovy)):(?P<line>\d+): (?P<level>error"
    r"|warning): (?:\[(?P<code>[\w-]+)\] )?(?P<message>.*)"
)
_KOTLIN: Final = re.compile(
    r"(?P<level>[ew]): (?:file://)?(?P<path>\S+\.kts?):(?P<line>\d+):(?P<column>\d+):? (?P<message>.*)"
)
_GENERAL: Final = re.compile(r"(?P<level>error|warning): (?:\[(?P<code>[\w-]+)\] )?(?P<message>.*)")
_TALLY: Final = re.compile(r"\d+ (?:errors?|warnings?)$")


def _is_placed(line: str) -> bool:
    return (".java:" in line or ".kt" in line) and bool(_JAVAC.match(line) or _KOTLIN.match(line))


class Javac:
    """Reads javac and kotlinc."""

    name = "javac"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command) or not contains(lines, ".java:", ".kt:", ".kts:"):
            return 0.0
        return 0.9 if any(_is_placed(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        index = 0
        while index < len(lines):
            found = _JAVAC.match(lines[index]) or _KOTLIN.match(lines[index])
            if found:
                index = _read(lines, index, found, report)
                continue
            if _TALLY.match(lines[index]):
                report.summary.append(index)
            index += 1
        if not report.diagnostics:
            return None
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        report.counts = Counts(errors=errors or None, warnings=len(report.diagnostics) - errors or None)
        told = [int(lines[i].split()[0]) for i in report.summary if "error" in lines[i]]
        report.is_consistent = not told or sum(told) <= errors
        return report.parsed(exit_code, errors > 0)


def _read(lines: Sequence[str], start: int, found: re.Match[str], report: Report) -> int:
    values = found.groupdict()
    is_error = values["level"] in ("error", "e")
    stop, chosen, symbol = start + 1, [start], ""
    while stop < len(lines) and not _TALLY.match(lines[stop]) and not _JAVAC.match(lines[stop]):
        line = lines[stop]
        is_source = stop + 1 < len(lines) and re.match(r"\s*\^\s*$", lines[stop + 1]) is not None
        if re.match(r"  (?:symbol|location|required|found|reason):", line) or (is_error and is_source):
            chosen.append(stop)
            if line.startswith("  symbol:"):
                symbol = f": {line.partition(':')[2].strip()}"
        elif not is_source and not (line.startswith(" ") or re.match(r"\s*\^\s*$", line)):
            break
        stop += 1
    report.noise.update(range(start, stop))
    place = location(values["path"], values["line"], values.get("column"))
    severity = Severity.ERROR if is_error else Severity.WARNING
    report.diagnose(severity, values["message"] + symbol, chosen, values.get("code"), place)
    return stop


_SUREFIRE: Final = re.compile(
    r"\[(?:ERROR|INFO|WARNING)\] Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)(.*)"
)
_MESSAGE: Final = re.compile(r"\[(ERROR|WARNING|FATAL)\]\s?(.*)")
_PLACED: Final = re.compile(r"(\S+\.(?:java|kt|scala)):\[(\d+),(\d+)\] (.*)")
_TEST: Final = re.compile(r"\[ERROR\]\s+(\S+(?:\.|::|:)\S+?)(?::(\d+))? ?(?:»|->|:)? ?(.*)")
_HELP: Final = re.compile(
    r"\[ERROR\] (?:$|To see the full|Re-run Maven|For more information|-> \[Help|\[Help|After correcting"
    r"|  mvn <)|\[ERROR\]\s*$"
)
_SUMMARY: Final = re.compile(
    r"\[INFO\] (?:BUILD (?:SUCCESS|FAILURE|ERROR)|Total time:.*|.* (?:SUCCESS|FAILURE|SKIPPED)(?: \[.*\])?$)"
)


class Maven:
    """Reads Maven."""

    name = "maven"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if is_reading(command):
            return 0.0
        return (
            0.95
            if contains(lines, "[INFO] BUILD ", "[INFO] Scanning for projects", "[ERROR] The build could not read")
            else 0.0
        )

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        has_failed = False
        said: set[str] = set()
        totals: list[int] = []
        index = 0
        while index < len(lines):
            line = lines[index]
            index += 1
            here = index - 1
            if tests := _SUREFIRE.match(line):
                is_total = not tests[5].strip(", ")
                (totals.append if is_total else report.noise.add)(here)
            elif _SUMMARY.match(line):
                report.summary.append(here)
                has_failed = has_failed or "FAILURE" in line or "BUILD ERROR" in line
            elif (
                _HELP.match(line)
                or line.startswith("[INFO]")
                or not line.strip()
                or re.match(r"(?:Downloading|Downloaded|Progress).*", line)
            ):
                report.noise.add(here)
            elif message := _MESSAGE.match(line):
                report.noise.add(here)
                if message[2] not in said:
                    said.add(message[2])
                    index = _read_message(lines, here, message, report)
        for total in totals:
            _count(lines[total], report)
            report.summary.append(total)
        return report.parsed(exit_code, has_failed) if report.summary or report.diagnostics else None


def _count(line: str, report: Report) -> None:
    found = _SUREFIRE.match(line)
    if found:
        run, failed, errors, skipped = (int(found[i]) for i in range(1, 5))
        report.counts = report.counts + Counts(
            passed=run - failed - errors - skipped,
            failed=failed or None,
            errors=errors or None,
            skipped=skipped or None,
        )


def _read_message(lines: Sequence[str], start: int, message: re.Match[str], report: Report) -> int:
    """Read an [ERROR] or [WARNING] and the plain lines behind it; return the index behind them."""
    stop = start + 1
    while stop < len(lines) and lines[stop].strip() and not lines[stop].startswith("["):
        stop += 1
    body = list(range(start, stop))
    frames = [i for i in body if re.match(r"\s+at ", lines[i])]
    told = [i for i in body if i not in frames]
    own = [
        i
        for i in frames
        if not re.search(
            r"\bat (?:java|jdk|sun|org\.(?:junit|apache|gradle|opentest4j|assertj|hamcrest|mockito))\.", lines[i]
        )
    ]
    report.noise.update(body)
    placed = _PLACED.match(message[2])
    severity = Severity.WARNING if message[1] == "WARNING" else Severity.ERROR
    test = _TEST.match(lines[start])
    if severity is Severity.ERROR and ("<<< FAILURE!" in lines[start] or "<<< ERROR!" in lines[start]):
        name = re.sub(r"\s+--.*|\s+Time elapsed.*", "", message[2])
        text = lines[start + 1] if start + 1 in body else ""
        report.fail(name, text, [*clip(told, 6, 2), *own[:1]])
    elif test and severity is Severity.ERROR and test[2]:
        report.keep.append(start)  # the list of failed tests
    elif placed:
        place = location(placed[1], placed[2], placed[3])
        report.diagnose(severity, placed[4], clip(told, 4, 0), None, place)
    else:
        report.diagnose(severity, message[2], [*clip(told, 6, 2), *own[:1]])
    return stop


_GRADLE: Final = RuleParser(
    "gradle",
    ("gradle", "gradlew", "./gradlew"),
    ("\nBUILD SUCCESSFUL", "\nBUILD FAILED", "FAILURE: Build ", "> Task :"),
    (
        rule(Role.SUMMARY, r"BUILD (?:SUCCESSFUL|FAILED).*|\d+ actionable tasks?.*"),
        rule(
            Role.SUMMARY,
            r"(?P<total>\d+) tests completed, (?P<failed>\d+) failed(?:, (?P<skipped>\d+) "
            r"skipped)?",
        ),
        rule(Role.FAILURE, r"> Task (?P<name>\S+) FAILED"),
        rule(Role.FAILURE, r"(?P<name>\S.* > .*) FAILED$", r"\s+\S.*"),
        rule(
            Role.NOISE,
            r".* > .* (?:PASSED|SKIPPED|STANDARD_OUT|STANDARD_ERROR)$|> Task .*|\s*$"
            r"|Starting a Gradle Daemon.*|Reusing configuration.*|Downloading .*|Welcome to Gradle.*",
        ),
        rule(Role.ERROR, r"FAILURE: (?P<message>Build .*)"),
        rule(Role.ERROR, r"\* What went wrong:(?P<message>)", r"(?!\* )\S.*|> .*|  .*"),
        rule(Role.KEEP, r"\* Where:", r"(?!\* )\S.*"),
        rule(Role.NOISE, r"\* (?:Try|Exception is|Get more help).*", r"> (?:Run|Get more).*"),
        rule(
            Role.NOISE,
            r"Deprecated Gradle features.*|You can use '--warning-mode.*|For more on this.*"
            r"|See https://docs\.gradle.*",
        ),
    ),
    confidence=0.92,
)

PARSERS = (Maven(), _GRADLE, Javac())
