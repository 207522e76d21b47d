"""A result in the making, and the rule that turns findings and an exit code into a verdict.

Invariant: a line that something points at is never among the noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .model import Bulk, Counts, Diagnostic, Failure, Location, Parsed, Severity, Verdict


def verdict(exit_code: int | None, has_failed: bool | None) -> Verdict:
    """Weigh what a tool reported and how its command ended; `has_failed` is None when it reported neither.

    A non-zero exit is never a success; when the tool itself saw no failure, the failure is unexplained: unknown.
    """
    if has_failed:
        return Verdict.FAILURE
    if exit_code is None:
        return Verdict.UNKNOWN if has_failed is None else Verdict.SUCCESS
    return Verdict.SUCCESS if exit_code == 0 else Verdict.UNKNOWN


def ranges(indices: Iterable[int]) -> tuple[range, ...]:
    """Return indices as few ranges, in order."""
    found: list[range] = []
    for index in sorted(set(indices)):
        if found and found[-1].stop == index:
            found[-1] = range(found[-1].start, index + 1)
        else:
            found.append(range(index, index + 1))
    return tuple(found)


def location(path: str, line: str | None = None, column: str | None = None) -> Location:
    """Return a place from the texts of its numbers."""
    return Location(path, int(line) if line else None, int(column) if column else None)


def clip(indices: Sequence[int], first: int, last: int) -> list[int]:
    """Return the first and the last of some indices."""
    if len(indices) <= first + last:
        return list(indices)
    return [*indices[:first], *(indices[-last:] if last else [])]


@dataclass(slots=True)
class Report:
    """What a parser found so far; `noise` are lines that tell a reader nothing."""

    tool: str
    failures: list[Failure] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    summary: list[int] = field(default_factory=list)
    keep: list[int] = field(default_factory=list)
    noise: set[int] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)
    is_consistent: bool = True
    blames_warnings: bool = False

    def diagnose(
        self, severity: Severity, message: str, lines: Iterable[int], code: str | None = None, *places: Location
    ) -> None:
        """Add a diagnostic."""
        self.diagnostics.append(Diagnostic(severity, message.strip(), code, places, tuple(lines)))

    def fail(self, name: str, message: str, lines: Iterable[int], place: Location | None = None) -> None:
        """Add a failure."""
        self.failures.append(Failure(name, message.strip(), place, tuple(lines)))

    def has(self, severity: Severity) -> bool:
        """Return whether there is a diagnostic of a severity."""
        return any(diagnostic.severity is severity for diagnostic in self.diagnostics)

    def pointed(self) -> set[int]:
        """Return the lines that something points at."""
        found = {*self.summary, *self.keep}
        items: tuple[Failure | Diagnostic, ...] = (*self.failures, *self.diagnostics)
        for item in items:
            found.update(item.lines)
        return found

    def part(self, exit_code: int | None) -> Parsed | None:
        """Return what is told by a report whose end is missing: its failures, and no claim that they are all."""
        if not self.failures:
            return None
        self.is_consistent = False
        return self.parsed(exit_code, True)

    def parsed(self, exit_code: int | None, has_failed: bool | None, bulk: Bulk | None = None) -> Parsed:
        """Return the result."""
        return Parsed(
            tool=self.tool,
            verdict=verdict(exit_code, has_failed),
            counts=self.counts,
            failures=tuple(self.failures),
            diagnostics=tuple(self.diagnostics),
            summary=tuple(sorted(set(self.summary))),
            keep=tuple(sorted(set(self.keep))),
            drop=ranges(self.noise - self.pointed()),
            bulk=bulk,
            consistent=self.is_consistent,
            blames_warnings=self.blames_warnings,
        )
