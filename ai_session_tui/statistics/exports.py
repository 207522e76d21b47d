"""The figures in forms that other programs read: CSV, and the text format of Prometheus.

Works on the plain shape of the protocol's `stats.get`, so that what is exported is what every client is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

_SUFFIX = {
    "seconds": "_seconds",
    "bytes": "_bytes",
    "share": "_ratio",
    "dollars": "_dollars",
    "per_second": "_per_second",
}
_HEADER = ("time", "session", "block", "name", "value", "n", "unit", "note")

_Plain = Mapping[str, object]


def _figures(plain: _Plain) -> Iterator[tuple[str, str, _Plain]]:
    blocks = plain["blocks"]
    assert isinstance(blocks, Mapping)
    for block, figures in blocks.items():
        for name, figure in figures.items():
            yield block, name, figure


def to_csv(plain: _Plain) -> str:
    """Return the figures as CSV, one a line; what was not measured has an empty value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for block, name, figure in _figures(plain):
        value = figure["value"]
        writer.writerow(
            (
                plain["time"],
                plain["session"] or "",
                block,
                name,
                "" if value is None else value,
                figure["n"],
                figure["unit"],
                figure["note"],
            )
        )
    return text.getvalue()


def to_prometheus(plain: _Plain) -> str:
    """Return the figures as Prometheus's text format; what was not measured is left out."""
    label = f'{{session="{_escaped(str(plain["session"]))}"}}' if plain["session"] else ""
    lines = []
    for block, name, figure in _figures(plain):
        value = figure["value"]
        if value is None:
            continue
        suffix = _SUFFIX.get(str(figure["unit"]), "")
        metric = f"ai_session_{block}_{name}" if name.endswith(suffix) else f"ai_session_{block}_{name}{suffix}"
        lines += [
            f"# HELP {metric} {_escaped(str(figure['note']) or name)}; n = {figure['n']}",
            f"# TYPE {metric} gauge",
            f"{metric}{label} {value}",
        ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
