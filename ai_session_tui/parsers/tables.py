"""Tables: columns below a heading (ps, df, kubectl get, SQL clients), comma or tab separated values; binary data."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from .commands import is_reading, runs
from .model import Bulk, Parsed
from .output import as_output
from .report import Report

_HEADING: Final = re.compile(r"\s*[A-Z%#][A-Z0-9%_#()/.:+-]*(?:\s+[A-Z%#][\w%()/.:+-]*){2,}\s*$")
_STRANGE: Final = re.compile("[\ufffd\\x00-\\x08\\x0b\\x0c\\x0e-\\x1a\\x1c-\\x1f]")
_RULED: Final = re.compile(r"\s*[-+=|]*-{2,}[-+=| ]*$")
_FEWEST: Final = 4
_ABOVE: Final = 4  # lines among which the heading is
_ABOVE_PROCESSES: Final = 12
_MOST_COLUMNS: Final = 60


class Table:
    """Reads columns below a heading."""

    name = "table"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        heading = _heading(lines, command)
        if heading is None:
            return 0.0
        named = runs(
            command,
            "ps",
            "df",
            "docker",
            "kubectl",
            "lsof",
            "netstat",
            "ss",
            "top",
            "free",
            "vmstat",
            "iostat",
            "sqlite3",
            "psql",
            "mysql",
            "lsblk",
        )
        return 0.66 if named or len(lines) - heading > _FEWEST else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        heading = _heading(lines, command)
        if heading is None:
            return None
        report = Report(self.name)
        names = tuple(word for word in re.split(r"\s{2,}|\s*\|\s*|\s+(?=[A-Z%])", lines[heading].strip()) if word)
        rows = [
            i
            for i in range(heading + 1, len(lines))
            if lines[i].strip() and not _RULED.match(lines[i]) and lines[i] != lines[heading]
        ]
        report.keep.append(heading)
        if heading >= _ABOVE:  # what top says of the machine, and the process that it lists first
            report.keep += [*range(heading), *rows[:1]]
        report.noise.update(
            i for i in range(heading + 1, len(lines)) if lines[i] == lines[heading] or _RULED.match(lines[i])
        )
        bulk = Bulk("table", rows=len(rows), columns=len(names), names=names[:_MOST_COLUMNS])
        return report.parsed(exit_code, False if exit_code == 0 else None, bulk)


def _heading(lines: Sequence[str], command: str) -> int | None:
    """Return where the heading is: words in capitals among the first lines, or names above a rule."""
    is_top = runs(command, "top") or any(line.startswith("top - ") for line in lines[:2])
    most = _ABOVE_PROCESSES if is_top else _ABOVE
    for index in range(min(most, len(lines) - 1)):
        line = lines[index]
        if _HEADING.match(line) or (
            line.strip() and _RULED.match(lines[index + 1]) and len(re.split(r"\s{2,}|\|", line.strip())) > 1
        ):
            return index
    return None


class Separated:
    """Reads comma and tab separated values."""

    name = "csv"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        return 0.65 if _separator(lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        separator = _separator(lines)
        filled = [index for index, line in enumerate(lines) if line.strip()]
        if separator is None or not filled:
            return None
        report = Report(self.name)
        first = next(csv.reader([lines[filled[0]]], delimiter=separator), [])
        is_heading = bool(first) and not any(re.fullmatch(r"[-+]?[\d.,:/-]+", field.strip() or "0") for field in first)
        report.keep.append(filled[0])
        rows = len(filled) - is_heading
        bulk = Bulk("csv", rows=rows, columns=len(first), names=tuple(first[:_MOST_COLUMNS]) if is_heading else ())
        return report.parsed(exit_code, False if exit_code == 0 else None, bulk)


def _separator(lines: Sequence[str]) -> str | None:
    """Return the sign that parts nearly all lines into the same number of fields."""
    sample = as_output(lines).sample
    if len(sample) < 8:
        return None
    for sign in (",", "\t", ";", "|"):
        counts = Counter(line.count(sign) for line in sample)
        usual, times = counts.most_common(1)[0]
        if usual >= 2 and times * 10 >= len(sample) * 9 and not _is_prose(sample, sign):
            return sign
    return None


def _is_prose(sample: Sequence[str], sign: str) -> bool:
    """Return whether the sign is punctuation: a comma with a blank behind it, the ends of a progress bar."""
    if sign == ",":
        return sum(line.count(", ") for line in sample) * 2 > sum(line.count(",") for line in sample)
    return sign == "|" and sum("%|" in line for line in sample) * 2 > len(sample)


class Binary:
    """Recognizes what is no text at all."""

    name = "binary"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        sample = as_output(lines).ends[:20_000]
        strange = len(_STRANGE.findall(sample))
        return 0.95 if len(sample) > 64 and strange * 10 > len(sample) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        report.noise.update(range(1, len(lines)))
        return report.parsed(exit_code, False if exit_code == 0 else None, Bulk("binary", rows=len(lines)))


class FileText:
    """Recognizes a file that is only read: source, prose, configuration."""

    name = "file"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if exit_code not in (0, None) or len(lines) <= 2 or not is_reading(command):  # `pytest | tail` reads no file
            return 0.0
        readers = ("cat", "bat", "batcat", "less", "more", "nl", "head", "tail", "git show", "sed", "view")
        return 0.52 if runs(command, *readers) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        return Report(self.name).parsed(exit_code, False if exit_code == 0 else None, Bulk("file", rows=len(lines)))


PARSERS = (Binary(), Table(), Separated(), FileText())
