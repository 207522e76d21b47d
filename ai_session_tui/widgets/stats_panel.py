"""The measured figures of `stats`, in columns as far as there is room: each beside the number that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ai_session_tui import figures
from ai_session_tui.widgets.views import read

_COLUMN = 52
BLOCKS: Sequence[tuple[str, str, Sequence[tuple[str, str]]]] = (
    ("tokens", "Token efficiency", (
        ("sessions", "sessions"), ("messages", "messages"), ("raw", "raw"), ("compressed", "compressed"),
        ("saved", "saved"), ("saved_ratio", "saved, as a share"), ("saved_dollars", "estimated cost saved"),
    )),
    ("performance", "Performance", (
        ("creation", "session creation"), ("exec_overhead", "exec overhead"),
        ("context_retrieval", "context retrieval"), ("message_rate", "messages"),
    )),
    ("resources", "Resources", (
        ("memory", "memory per session"), ("disk", "disk"), ("compression", "journal compression"),
        ("recovery", "sessions recovered"),
    )),
    ("activity", "Activity", (
        ("active", "active sessions"), ("idle", "idle sessions"), ("completed", "completed sessions"),
        ("commands", "commands"),
    )),
)  # fmt: skip


class FigureView(msgspec.Struct, frozen=True):
    """One figure: null was not measured."""

    value: float | None = None
    n: int = 0
    unit: str = "count"
    note: str = ""


class GroupView(msgspec.Struct, frozen=True):
    """The runs of one command text."""

    text: str = ""
    runs: int = 0
    failures: int = 0
    seconds: float | None = None


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """What one session spent its time on."""

    commands: int = 0
    busy: float | None = None
    waiting: float | None = None
    slowest: tuple[tuple[int, str, float], ...] = ()
    most_frequent: tuple[GroupView, ...] = ()
    failures: tuple[GroupView, ...] = ()


class StatsView(msgspec.Struct, frozen=True, kw_only=True):
    """What `stats.get` tells."""

    session: str | None = None
    blocks: dict[str, dict[str, FigureView]] = {}
    profile: ProfileView | None = None


class StatsPanel(VerticalScroll):
    """Shows the figures."""

    DEFAULT_CSS = """
    StatsPanel { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    StatsPanel > Static { height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._stats: StatsView | None = None

    def compose(self) -> ComposeResult:
        yield Static("asking…")

    def show(self, told: Mapping[str, object]) -> None:
        """Show what the server told."""
        self._stats = read(told, StatsView)
        self._draw()

    def complain(self, text: str) -> None:
        """Say why there is nothing."""
        self._stats = None
        self.query_one(Static).update(Content.styled(text, "$text-error"))

    def on_resize(self) -> None:
        """Use the room that there is."""
        self._draw()

    def _draw(self) -> None:
        if self._stats is not None:
            self.query_one(Static).update(Content("\n").join(stats_lines(self._stats, self.content_size.width)))


def stats_lines(stats: StatsView, width: int) -> list[Content]:
    """Return the figures as lines, two blocks side by side where they fit."""
    blocks = [_block(title, names, stats.blocks.get(name, {})) for name, title, names in BLOCKS]
    lines: list[Content] = []
    if width >= 2 * _COLUMN:
        for left, right in ((blocks[0], blocks[1]), (blocks[2], blocks[3])):
            height = max(len(left), len(right))
            for at in range(height):
                first = left[at] if at < len(left) else Content("")
                second = right[at] if at < len(right) else Content("")
                lines.append(first.pad_right(max(_COLUMN - first.cell_length, 0)) + second)
    else:
        lines = [line for block in blocks for line in block]
    return lines + (_profile_lines(stats.profile, width) if stats.profile is not None else [])


def _block(title: str, names: Sequence[tuple[str, str]], told: Mapping[str, FigureView]) -> list[Content]:
    lines = [Content.styled(title, "bold $text-primary")]
    for name, label in names:
        figure = told.get(name, FigureView())
        basis = f"  n = {figure.n:,}" if figure.value is not None and figure.unit != "count" else ""
        lines.append(Content.assemble((f"  {label:<22}", "dim"), f"{value_text(figure):>12}", (basis, "dim")))
    return [*lines, Content("")]


def value_text(figure: FigureView) -> str:
    """Return a figure in its unit; n/a when it was not measured."""
    value = figure.value
    if value is None:
        return figures.UNKNOWN
    match figure.unit:
        case "seconds":
            return figures.milliseconds(value)
        case "bytes":
            return figures.size(value)
        case "share":
            return f"{value:.1%}"
        case "dollars":
            return figures.dollars(value)
        case "per_second":
            return f"{value:,.0f}/s"
    return f"{value:,.0f}"


def _profile_lines(profile: ProfileView, width: int) -> list[Content]:
    busy, waiting = figures.duration(profile.busy), figures.duration(profile.waiting)
    lines = [
        Content.styled("This session", "bold $text-primary"),
        Content.assemble(("  commands              ", "dim"), f"{profile.commands:>14,}", (f"  busy {busy}", "dim")),
        Content.assemble(("  waiting for you       ", "dim"), f"{waiting:>14}"),
    ]
    room = max(width - 20, 20)
    slowest = [(figures.duration(took), number, _short(text, room)) for number, text, took in profile.slowest]
    groups = (
        ("slowest", [f"{took:>8}  #{number} {text}" for took, number, text in slowest]),
        ("most frequent", [f"{one.runs:>7}x  {_short(one.text, room)}" for one in profile.most_frequent]),
        ("failures", [f"{one.failures:>3} of {one.runs}  {_short(one.text, room)}" for one in profile.failures]),
    )
    for title, rows in groups:
        if rows:
            lines += [Content(""), Content.styled(f"  {title}", "dim"), *(Content(f"  {row}") for row in rows)]
    return lines


def _short(text: str, width: int) -> str:
    return figures.cut(" ".join(text.split()), width)
