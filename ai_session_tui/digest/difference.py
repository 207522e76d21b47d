"""A run told as its difference from the last run of the same command.

Invariant: two outcomes are compared by what went wrong, not by times and line numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ai_session_tui.parsers.model import Diagnostic, Failure, Parsed, Severity

from .model import Outcome
from .templates import template


def outcome(text: str, exit_code: int | None, parsed: Sequence[Parsed]) -> Outcome:
    """Return what the next run will be compared with."""
    fingerprint = hashlib.blake2b(f"{text}\n".encode("utf-8", "replace"), digest_size=12)
    troubles = [trouble(failure) for run in parsed for failure in run.failures]
    troubles += [trouble(found) for run in parsed for found in run.diagnostics if found.severity is Severity.ERROR]
    return Outcome(exit_code, tuple(dict.fromkeys(troubles)), fingerprint.hexdigest())


def trouble(found: Failure | Diagnostic) -> str:
    """Return what a failure or a diagnostic is recognized by in the next run."""
    if isinstance(found, Failure):
        return f"{found.name}: {template(found.message)}" if found.message else found.name
    where = found.locations[0].path if found.locations else ""
    return f"{where} {found.code or ''} {found.message}".strip()


def difference(now: Outcome, before: Outcome | None) -> str:
    """Return in words how a run differs from the one before; empty without one."""
    if before is None:
        return ""
    if now.fingerprint == before.fingerprint and now.exit_code == before.exit_code:
        return "the same output as in the last run"
    parts = []
    if now.exit_code != before.exit_code and before.exit_code is not None:
        parts.append(f"exit code was {before.exit_code}")
    old, new = set(before.troubles), set(now.troubles)
    for count, word in ((len(new & old), "as before"), (len(old - new), "fixed"), (len(new - old), "new")):
        if count:
            parts.append(f"{count} {word}")
    if not parts:
        return ""
    return f"since the last run: {', '.join(parts)}"
