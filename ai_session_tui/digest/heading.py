"""The first line of a digest: how the command ended, what was counted, how the rest is to be read.

Invariant: the exit code stands first, or that it is not known; a run that exited non-zero is never called a success.
"""

from __future__ import annotations

from collections.abc import Sequence

from ai_session_tui.parsers.model import Bulk, Counts, Parsed, Verdict

_WORDS = {
    "expected_failures": "expected failures",
    "unexpected_passes": "unexpected passes",
}


# What a shell makes of a death by a signal: 128 and the signal's number, which few readers know by heart.
_SIGNALS = {
    129: "SIGHUP",
    130: "SIGINT",
    132: "SIGILL",
    134: "SIGABRT",
    135: "SIGBUS",
    136: "SIGFPE",
    137: "SIGKILL",
    139: "SIGSEGV",
    141: "SIGPIPE",
    143: "SIGTERM",
}


def exit_words(exit_code: int | None, told_by: str = "") -> str:
    """Return how a command ended; `told_by` is the program whose exit code hides that of what was run."""
    if exit_code is None:
        return "exit code unknown"
    whose = f" of {told_by}" if told_by else ""
    signal = f" ({_SIGNALS[exit_code]})" if exit_code in _SIGNALS else ""
    return f"exit code {exit_code}{signal}{whose}"


def brief(ended: str, difference: str) -> str:
    """Return the first line of a text that is shown whole; `ended` are the `exit_words`."""
    return f"[{' · '.join(filter(None, (ended, difference)))}]"


def verdict_of(parsed: Sequence[Parsed], exit_code: int | None) -> Verdict:
    """Return the verdict on a run: the exit code's, unless the output tells of a failure that it hides."""
    verdicts = {run.verdict for run in parsed}
    if exit_code not in (0, None) or Verdict.FAILURE in verdicts:
        return Verdict.FAILURE
    if exit_code == 0 or Verdict.SUCCESS in verdicts:
        return Verdict.SUCCESS
    return Verdict.UNKNOWN


def headline(parsed: Sequence[Parsed]) -> str:
    """Return what the tools counted, in a few words; empty where they counted nothing."""
    told = [words for tool, counts in _by_tool(parsed).items() if (words := _told(tool, counts))]
    return " · ".join(told or [_shape(run.bulk) for run in parsed if run.bulk])


def heading(parsed: Sequence[Parsed], ended: str, *, folded: int, total: int, difference: str, reference: str) -> str:
    """Return the first line.

    `ended` says how the command ended, `folded` are the lines left out, `reference` names the output for its marks.
    """
    parts = [ended]
    parts += filter(None, (_told(tool, counts) for tool, counts in _by_tool(parsed).items()))
    parts += [_shape(run.bulk) for run in parsed if run.bulk and run.bulk.rows != total]
    if difference:
        parts.append(difference)
    if folded:
        lines = "1 line" if total == 1 else f"{total:,} lines"
        parts.append(f"{lines}, {folded:,} folded" + (f": {reference} --lines A-B" if reference else ""))
    return f"[{' · '.join(parts)}]"


def _by_tool(parsed: Sequence[Parsed]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for run in parsed:
        found[run.tool] = found[run.tool] + run.counts if run.tool in found else run.counts
    return found


def _told(tool: str, counts: Counts) -> str:
    words = [f"{number:,} {_WORDS.get(name, name)}" for name, number in counts.known().items()]
    return f"{tool}: {', '.join(words)}" if words else ""


def _shape(bulk: Bulk) -> str:
    size = f"{bulk.rows:,} rows" if bulk.rows is not None else ""
    if bulk.columns is not None:
        size += f" of {bulk.columns} columns"
    return f"{bulk.kind}: {size}" if size else bulk.kind
