"""What the parsers read, as plain values for JSON and for the store.

Invariant: everything is counted; of very many items only the first `limits.TYPED_ITEMS` are spelt out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from ai_session_tui import limits
from ai_session_tui.parsers.model import Diagnostic, Failure, Location, Parsed, Severity


def typed(runs: Sequence[Parsed]) -> list[dict[str, object]]:
    """Return the results of all tools."""
    return [_run(run) for run in runs]


def count_failures(runs: Sequence[Parsed]) -> int:
    """Return how many failures and errors were reported, as the tools counted them or as far as they were read."""
    total = 0
    for run in runs:
        counted = (run.counts.failed or 0) + (run.counts.errors or 0)
        read = len(run.failures) + _places(run, Severity.ERROR)
        total += max(counted, read)
    return total


def count_warnings(runs: Sequence[Parsed]) -> int:
    """Return how many warnings were reported."""
    return sum(max(run.counts.warnings or 0, _places(run, Severity.WARNING)) for run in runs)


def _places(run: Parsed, severity: Severity) -> int:
    return sum(max(1, len(found.locations)) for found in run.diagnostics if found.severity is severity)


def _run(run: Parsed) -> dict[str, object]:
    return {
        "tool": run.tool,
        "verdict": run.verdict.value,
        "counts": run.counts.known(),
        "failures": [_failure(item) for item in run.failures[: limits.TYPED_ITEMS]],
        "failures_total": len(run.failures),
        "diagnostics": [_diagnostic(item) for item in run.diagnostics[: limits.TYPED_ITEMS]],
        "diagnostics_total": len(run.diagnostics),
        "bulk": None if run.bulk is None else asdict(run.bulk) | {"names": list(run.bulk.names)},
    }


def _failure(item: Failure) -> dict[str, object]:
    return {
        "name": item.name,
        "message": item.message,
        "location": None if item.location is None else _location(item.location),
    }


def _diagnostic(item: Diagnostic) -> dict[str, object]:
    return {
        "severity": item.severity.value,
        "message": item.message,
        "code": item.code,
        "locations": [_location(place) for place in item.locations[: limits.TYPED_ITEMS]],
    }


def _location(place: Location) -> dict[str, object]:
    return {"path": place.path, "line": place.line, "column": place.column}
