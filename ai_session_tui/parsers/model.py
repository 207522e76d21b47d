"""What a parser makes of a tool's output: typed results that point at the lines they were read from.

Invariant: every line index counts from 0 in the very list of lines that the parser was given, and a `Parsed` never
claims success for a command that exited non-zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """How bad a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Verdict(StrEnum):
    """How a run ended, exit code and output weighed together."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; line and column count from 1."""

    path: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What a compiler, linter or log says about a place; `lines` are the output lines that explain it, in order."""

    severity: Severity
    message: str
    code: str | None = None
    locations: tuple[Location, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A test or a step that failed; `lines` are the output lines that explain it, the most telling first."""

    name: str
    message: str = ""
    location: Location | None = None
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What a tool counted; None where it says nothing. Counts of several suites add up with `+`."""

    passed: int | None = None
    failed: int | None = None
    errors: int | None = None
    skipped: int | None = None
    warnings: int | None = None
    expected_failures: int | None = None
    unexpected_passes: int | None = None
    changed: int | None = None  # files, packages, rows that the command touched

    def __add__(self, other: Counts) -> Counts:
        mine, theirs = self.known(), other.known()
        return Counts(**{name: mine.get(name, 0) + theirs.get(name, 0) for name in (*mine, *theirs)})

    def known(self) -> dict[str, int]:
        """Return what was counted, by name, in the order of the fields."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Bulk:
    """The shape of data that is no report: its kind (`json`, `table`, `listing`, `search`, `csv`, `log`, `file` …).

    `rows` and `columns` are numbers of records and of fields; `names` are the names of the fields.
    """

    kind: str
    rows: int | None = None
    columns: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """One tool's run.

    `summary` are the lines with the tool's own summary, `keep` other lines that must survive, `drop` ranges of noise
    (progress, green lines, code frames). `consistent` says that the counts agree with the tool's own summary and with
    the exit code; where it is false, the digest falls back to the general treatment. `blames_warnings` says that
    warnings made the run fail as much as errors did, as with linters that do not tell them apart.
    """

    tool: str
    verdict: Verdict
    counts: Counts = Counts()
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    summary: tuple[int, ...] = ()
    keep: tuple[int, ...] = ()
    drop: tuple[range, ...] = ()
    bulk: Bulk | None = None
    consistent: bool = True
    blames_warnings: bool = False


def shifted(parsed: Parsed, by: int) -> Parsed:
    """Return a result that was read of a part of an output, as one of the whole: `by` lines stand before the part."""
    return replace(
        parsed,
        failures=tuple(replace(one, lines=tuple(index + by for index in one.lines)) for one in parsed.failures),
        diagnostics=tuple(replace(one, lines=tuple(index + by for index in one.lines)) for one in parsed.diagnostics),
        summary=tuple(index + by for index in parsed.summary),
        keep=tuple(index + by for index in parsed.keep),
        drop=tuple(range(span.start + by, span.stop + by) for span in parsed.drop),
    )


class Parser(Protocol):
    """Knows one tool, or one family of them. `lines` have no line ends and no escape sequences."""

    @property
    def name(self) -> str:
        """The tool's name, as digests tell it."""
        ...

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """Return how sure it is that this is its tool's output, from 0 (not at all) to 1."""
        ...

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """Return what the output says, None when it is not this tool's after all."""
        ...
