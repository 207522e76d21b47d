"""A run told as its difference from the last run of the same command.

Invariant: two outcomes are compared by what went wrong, not by times and line numbers.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from typing import Final

from ai_session_tui.parsers.model import Diagnostic, Failure, Parsed, Severity

from .lines import Lines
from .model import Outcome
from .templates import template

_MOST_LINES: Final = 2000
# Begins with a digit, whichever it is, so that `re` looks for one quickly; no time goes beyond a line.
_TIME: Final = re.compile(
    r"\d(?:\d{3}-\d\d-\d\d[T ]?|\d?:\d\d:\d\d(?:[.,]\d+)?Z?|\d*+(?:\.\d++)? ?(?:[smhd]|ms|µs|us|sec|seconds)\b)"
)


def outcome(text: str, lines: Lines, exit_code: int | None, parsed: Sequence[Parsed]) -> Outcome:
    """Return what the next run will be compared with; `text` are the lines joined."""
    fingerprint = hashlib.blake2b(f"{text}\n".encode("utf-8", "replace"), digest_size=12)
    troubles = [trouble(failure) for run in parsed for failure in run.failures]
    troubles += [trouble(found) for run in parsed for found in run.diagnostics if found.severity is Severity.ERROR]
    return Outcome(exit_code, tuple(dict.fromkeys(troubles)), fingerprint.hexdigest(), prints(lines))


def prints(lines: Lines) -> tuple[int, ...]:
    """Return a print of every line, none for an output that is too long to be compared line by line."""
    if not lines.is_whole or len(lines) > _MOST_LINES:
        return ()
    timeless = _TIME.sub("", "\n".join(lines)).encode("utf-8", "replace").split(b"\n") if lines else []
    return tuple(map(zlib.crc32, timeless))


def unchanged(now: Outcome, before: Outcome | None) -> set[int]:
    """Return the lines that stood in the last run too, where most did; an empty set where the outputs differ."""
    if before is None or not now.lines or not before.lines:
        return set()
    known = set(before.lines)
    found = {index for index, line in enumerate(now.lines) if line in known}
    return found if len(found) * 2 > len(now.lines) else set()


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
    if same := len(unchanged(now, before)):
        changed = len(now.lines) - same
        parts.append(f"{changed} line{'' if changed == 1 else 's'} changed")
    if not parts:
        return ""
    return f"since the last run: {', '.join(parts)}"
