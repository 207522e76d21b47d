"""The one table of parsers, and the choice among them.

To add a family: write a module beside this one with a tuple `PARSERS`, and name it in `FAMILIES`. A package of somebody
else adds parsers by an entry point of the group `ai_session_tui.parsers`, a user by rules in a file (`own_rules`).
Invariant: the order of the table decides between equals, so the same output always gets the same parsers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from .commands import runs_several
from .model import Counts, Diagnostic, Failure, Parsed, Parser, Severity, Verdict, shifted
from .output import Output, as_output
from .own_rules import own_parsers

FAMILIES: tuple[str, ...] = (
    "python_dumps",
    "pytest_sugar",
    "pytest_runs",
    "unittest_runs",
    "jest",
    "vitest",
    "mocha",
    "tap",
    "script_tests",
    "web_tests",
    "native_tests",
    "junit_xml",
    "go_events",
    "golang",
    "cargo_test",
    "rustc",
    "java",
    "compilers",
    "builds",
    "linters",
    "ruff_full",
    "arrows",
    "sections",
    "eslint",
    "block_linters",
    "graphical",
    "sanitizers",
    "thread_dumps",
    "shell_errors",
    "tex",
    "coverage",
    "git",
    "diffs",
    "packages",
    "containers",
    "task_runners",
    "json_data",
    "logs",
    "listings",
    "tables",
    "tracebacks",
)
ENTRY_POINTS = "ai_session_tui.parsers"

SURE_ENOUGH: Final = 0.5
_REST: Final = range(3, 5_001)  # lines that are worth another look, and not too many for one
_BESIDE_DATA: Final = 0.2  # share of the lines that a tool may have said beside bulk data, such as a few warnings


@cache
def parsers() -> Sequence[Parser]:
    """Return all parsers: the user's, those of other packages, those of the table."""
    found: list[Parser] = [*own_parsers()]
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        parser: Parser = entry.load()()
        found.append(parser)
    for family in FAMILIES:
        found += import_module(f"{__package__}.{family}").PARSERS
    return tuple(found)


def best(lines: Sequence[str], command: str, exit_code: int | None) -> list[Parsed]:
    """Return what the fitting parsers read, the surest first; several where one output holds several tools' reports.

    What a surer parser has explained is not told again by a less sure one. Bulk data is only what no tool reported.
    Of a command line that runs several programs, what stands before, between and behind what was read is looked at once
    more by itself.
    """
    output = as_output(lines)
    found = _best(output, command, exit_code)
    for part in list(unread(found, len(output))) if runs_several(command) else ():
        rest = as_output(output.whole[part.start : part.stop])
        found += [shifted(parsed, part.start) for parsed in _best(rest, command, exit_code) if parsed.bulk is None]
    return _weighed(found, exit_code)


def unread(found: Sequence[Parsed], size: int) -> Iterator[range]:
    """Yield what stands before, between and behind the results, where it is long enough to be another tool's output.

    `size` are the lines of the whole output. A result that points at no line, as that of a file, is about all of it.
    """
    claimed = [_lines_of(parsed) for parsed in found]
    if not claimed or not all(claimed):
        return
    spans = sorted((min(of), max(of) + 1) for of in claimed)
    start = 0
    for first, stop in (*spans, (size, size)):
        if first - start in _REST:
            yield range(start, first)
        start = max(start, stop)


def _best(output: Output, command: str, exit_code: int | None) -> list[Parsed]:
    """Return what the fitting parsers read of an output as a whole."""
    rated = [(parser.matches(command, output, exit_code), parser) for parser in parsers()]
    fitting = sorted((pair for pair in rated if pair[0] >= SURE_ENOUGH), key=lambda pair: -pair[0])
    found: list[Parsed] = []
    claimed: set[int] = set()
    for _, parser in fitting:
        if any(parsed.bulk for parsed in found):
            break
        parsed = parser.parse(output, command, exit_code)
        if parsed is None or (parsed.bulk is not None and len(claimed) > _BESIDE_DATA * len(output)):
            continue
        fresh = _unclaimed(parsed, claimed)
        if fresh is not None:
            found.append(fresh)
            claimed |= _lines_of(fresh)
    return found


def _lines_of(parsed: Parsed) -> set[int]:
    """Return the lines that a result speaks about."""
    found = {index for span in parsed.drop for index in span}
    found.update(parsed.summary, parsed.keep)
    items: tuple[Failure | Diagnostic, ...] = (*parsed.failures, *parsed.diagnostics)
    for item in items:
        found.update(item.lines)
    return found


def _unclaimed(parsed: Parsed, claimed: set[int]) -> Parsed | None:
    """Return a result without what others have told; None when nothing is left of it."""
    if not claimed:
        return parsed
    failures = tuple(item for item in parsed.failures if not _is_told(item, claimed))
    diagnostics = tuple(item for item in parsed.diagnostics if not _is_told(item, claimed))
    summary = tuple(index for index in parsed.summary if index not in claimed)
    keep = tuple(index for index in parsed.keep if index not in claimed)
    if not (failures or diagnostics or summary or keep or parsed.bulk):
        return None
    whole = len(failures) == len(parsed.failures) and len(diagnostics) == len(parsed.diagnostics)
    counts = parsed.counts if whole else Counts()
    return replace(parsed, failures=failures, diagnostics=diagnostics, summary=summary, keep=keep, counts=counts)


def _is_told(item: Failure | Diagnostic, claimed: set[int]) -> bool:
    """Return whether a surer parser speaks about the line that something begins with."""
    return bool(item.lines) and item.lines[0] in claimed


def _weighed(found: list[Parsed], exit_code: int | None) -> list[Parsed]:
    """Mark results as inconsistent when the command failed and none of them tells of a failure.

    What claims nothing stays: bulk data, and errors read without a summary that would contradict the exit code.
    """
    if exit_code in (0, None) or any(parsed.verdict is Verdict.FAILURE for parsed in found):
        return found
    return [parsed if parsed.bulk or _claims_nothing(parsed) else replace(parsed, consistent=False) for parsed in found]


def _claims_nothing(parsed: Parsed) -> bool:
    has_errors = any(diagnostic.severity is Severity.ERROR for diagnostic in parsed.diagnostics)
    return not parsed.summary and (has_errors or not parsed.drop)
