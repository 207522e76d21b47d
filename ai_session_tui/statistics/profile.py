"""The performance profile of one session: which commands took the time, which failed, and how long it waited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SHOWN = 5
_SHOWN_TEXT = 200


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """What is known about one command that was started."""

    number: int
    pane: str
    text: str
    started: float
    ended: float | None
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """All runs of one command line."""

    text: str
    runs: int
    failures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What one session's commands came to. Times in seconds."""

    commands: int
    busy: float  # in which a command ran, added up over the panes
    waiting: float  # at a prompt between two commands: the shell waited for the user
    slowest: Sequence[tuple[int, str, float]]  # number, text, seconds
    most_frequent: Sequence[Group]
    failures: Sequence[Group]


def profile_of(commands: Iterable[CommandFacts], now: float, since: float | None = None) -> Profile:
    """Return the profile; what began before `since` counts from there on."""
    rows = [row for row in commands if row.ended is None or since is None or row.ended >= since]
    ended = [row for row in rows if row.ended is not None]
    slowest = sorted(ended, key=lambda row: (row.ended or 0.0) - row.started, reverse=True)[:_SHOWN]
    groups = _groups(rows, now)
    busy, waiting = _times(rows, now, since)
    return Profile(
        commands=len(rows),
        busy=busy,
        waiting=waiting,
        slowest=[(row.number, row.text[:_SHOWN_TEXT], (row.ended or 0.0) - row.started) for row in slowest],
        most_frequent=sorted(groups, key=lambda group: (-group.runs, group.text))[:_SHOWN],
        failures=sorted((group for group in groups if group.failures), key=lambda group: (-group.failures, group.text))[
            :_SHOWN
        ],
    )


def _groups(rows: Iterable[CommandFacts], now: float) -> list[Group]:
    found: dict[str, list[CommandFacts]] = defaultdict(list)
    for row in rows:
        text = " ".join(row.text.split())
        if text:
            found[text[:_SHOWN_TEXT]].append(row)
    return [
        Group(
            text,
            len(group),
            sum(row.exit_code is not None and row.exit_code != 0 for row in group),
            sum(max(0.0, (now if row.ended is None else row.ended) - row.started) for row in group),
        )
        for text, group in found.items()
    ]


def _times(rows: Iterable[CommandFacts], now: float, since: float | None) -> tuple[float, float]:
    """Return the seconds in which commands ran, and those between the end of one and the start of the next."""
    panes: dict[str, list[CommandFacts]] = defaultdict(list)
    for row in rows:
        panes[row.pane].append(row)
    earliest = 0.0 if since is None else since
    busy = waiting = 0.0
    for group in panes.values():
        free_at: float | None = None
        for row in sorted(group, key=lambda each: each.started):
            start, end = max(row.started, earliest), now if row.ended is None else row.ended
            if free_at is not None:
                waiting += max(0.0, start - free_at)
                start = max(start, free_at)
            busy += max(0.0, end - start)
            free_at = end if free_at is None else max(end, free_at)
    return busy, waiting
