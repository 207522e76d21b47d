"""What a session's outputs cost in tokens: the limit, raw against delivered over time, the saving, the price.

Invariant: a figure that was not measured is n/a, an estimate carries `~`, a saving names its baseline and a cost its
model, its price and the day of that price.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ai_session_tui import figures
from ai_session_tui.prices import Price
from ai_session_tui.widgets.charts import line_chart
from ai_session_tui.widgets.context_tab import about, limit_lines, saving
from ai_session_tui.widgets.listing import clock
from ai_session_tui.widgets.views import CommandView, ContextView

_CHART_ROWS = 6
_COLORS = ("$text-warning", "$text-success")  # raw, delivered


class TokensTab(VerticalScroll):
    """The inspector's second tab."""

    DEFAULT_CSS = """
    TokensTab {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        & > #tokens-body { height: auto; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._conversation: ContextView | None = None
        self._commands: Sequence[CommandView] = ()
        self._price: Price | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="tokens-body")

    def show(self, context: ContextView | None, commands: Sequence[CommandView], price: Price | None) -> None:
        """Show the figures of a session; `commands` oldest first."""
        self._conversation, self._commands, self._price = context, commands, price
        width = max(self.content_size.width - 1, 12)
        lines = token_lines(context, commands, price, width)
        self.query_one("#tokens-body", Static).update(Content("\n").join(lines))

    def on_resize(self) -> None:
        """Draw the chart anew."""
        self.show(self._conversation, self._commands, self._price)


def token_lines(
    context: ContextView | None, commands: Sequence[CommandView], price: Price | None, width: int
) -> list[Content]:
    """Return the tab's text."""
    measured = [one for one in commands if one.analysis is not None and one.analysis.raw_tokens is not None]
    lines = limit_lines(context, width) if context is not None else [Content.styled("no context", "dim")]
    lines += [Content(""), *_chart(measured, width), Content("")]
    lines += [saving(context)] if context is not None else []
    return [*lines, *_cost(measured, price), Content(""), *_table(measured, width)]


def delivered(command: CommandView) -> int | None:
    """Return how many tokens of a command's output a reader was given."""
    found = command.analysis
    return None if found is None else found.delivered_tokens


def _chart(measured: Sequence[CommandView], width: int) -> list[Content]:
    if len(measured) < 2:
        return [Content.styled("raw and delivered tokens: a chart from two measured commands on", "dim")]
    raw = [0, *accumulate(one.analysis.raw_tokens or 0 for one in measured if one.analysis is not None)]
    given = [0, *accumulate(delivered(one) or 0 for one in measured)]
    known = any(delivered(one) is not None for one in measured)
    rows = line_chart([raw, given] if known else [raw], width, _CHART_ROWS)
    drawn = [
        Content.assemble(*((cell.sign, _COLORS[cell.series] if cell.series is not None else "") for cell in row))
        for row in rows
    ]
    estimate = any(one.analysis is not None and one.analysis.is_estimate for one in measured)
    legend = Content.assemble(
        ("■ ", _COLORS[0]),
        ("raw ", "dim"),
        about(raw[-1], estimate),
        ("   ■ ", _COLORS[1]),
        ("delivered ", "dim"),
        about(given[-1] if known else None, estimate),
    )
    span = f"{clock(measured[0].started)} – {clock(measured[-1].ended)} · {len(measured)} commands, added up"
    return [legend, *drawn, Content.styled(span, "dim")]


def _cost(measured: Sequence[CommandView], price: Price | None) -> list[Content]:
    if price is None or not measured:
        return [Content.assemble(("cost ", "dim"), figures.UNKNOWN)]
    raw = sum(one.analysis.raw_tokens or 0 for one in measured if one.analysis is not None)
    known = [value for one in measured if (value := delivered(one)) is not None]
    paid = figures.dollars(sum(known) * price.input / 1e6) if known else figures.UNKNOWN
    return [
        Content.assemble(("cost ", "dim"), paid, (" instead of ", "dim"), figures.dollars(raw * price.input / 1e6)),
        Content.styled(f"estimated: {price.model}, ${price.input:g} a million tokens read ({price.date})", "dim"),
    ]


def _table(measured: Sequence[CommandView], width: int) -> list[Content]:
    """Return the commands, the most expensive first."""
    if not measured:
        return []
    wide = max(width - 24, 8)
    lines = [Content.styled(f"{'command':{wide}} {'raw':>8} {'given':>7} {'saved':>6}", "dim")]
    order = sorted(measured, key=lambda one: -((one.analysis.raw_tokens or 0) if one.analysis else 0))
    for command in order:
        found = command.analysis
        raw = None if found is None else found.raw_tokens
        given = delivered(command)
        saved = figures.UNKNOWN if not raw or given is None else figures.percent(raw - given, raw)
        mark = found is not None and found.is_estimate
        name = figures.pad(figures.cut(" ".join(command.command.split()), wide), wide)
        lines.append(Content(f"{name} {about(raw, mark):>8} {about(given, mark):>7} {saved:>6}"))
    return lines
