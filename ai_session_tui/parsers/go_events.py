"""`go test -json`: one event a line; the failed tests with what they wrote.

Invariant: every test that an event calls failed is a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from .model import Counts, Location, Parsed
from .output import as_output
from .report import Report, clip, location

_EVENT: Final = re.compile(r'\{"(?:Time|Action|ImportPath)":')
_PLACE: Final = re.compile(r"\s*(\S+\.go):(\d+)(?::(\d+))?: (.*)")
_FRAMING: Final = re.compile(r"\s*(?:=== |--- |PASS$|FAIL$|ok |exit status|$)")
_MOST_LINES: Final = 8


class GoEvents:
    """Reads the events."""

    name = "go test"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        sample = as_output(lines).sample[:50]
        events = sum(_EVENT.match(line) is not None and '"Action":' in line for line in sample)
        return 0.96 if sample and events * 10 >= len(sample) * 8 else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        outputs: dict[tuple[str, str], list[tuple[int, str]]] = {}
        ended = {"pass": 0, "fail": 0, "skip": 0}
        for index, line in enumerate(lines):
            event = _event(line)
            if event is None:
                continue
            report.noise.add(index)
            key, action = (event.get("Package", ""), event.get("Test", "")), event.get("Action", "")
            if action in ("output", "build-output"):
                outputs.setdefault(key, []).append((index, event.get("Output", "").rstrip("\n")))
            elif action in ended and key[1]:
                ended[action] += 1
                if action == "fail":
                    _fail(key[1], index, outputs.get(key, []), report)
            elif action in ("fail", "build-fail"):
                report.summary.append(index)
                report.keep += [at for at, text in outputs.get(key, []) if text and not _FRAMING.match(text)][:20]
        report.counts = Counts(passed=ended["pass"], failed=ended["fail"] or None, skipped=ended["skip"] or None)
        return report.parsed(exit_code, bool(report.failures or report.summary))


def _event(line: str) -> dict[str, str] | None:
    if not _EVENT.match(line):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return {name: value for name, value in event.items() if isinstance(value, str)}


def _fail(test: str, ended: int, outputs: list[tuple[int, str]], report: Report) -> None:
    told = [(index, text) for index, text in outputs if not _FRAMING.match(text)]
    place: Location | None = None
    message = told[0][1].strip() if told else ""
    for _, text in told:
        if found := _PLACE.match(text):
            place, message = location(found[1], found[2], found[3]), found[4]
            break
    report.fail(test, message, clip([index for index, _ in told], _MOST_LINES, 2) or [ended], place)


PARSERS = (GoEvents(),)
