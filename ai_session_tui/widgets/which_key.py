"""The hint after the leader: every key that means something now, in columns above the footer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ai_session_tui import figures
from ai_session_tui.widgets.footer import Hint
from ai_session_tui.widgets.looks import look_of

_COLUMN = 19


class WhichKey(Widget):
    """Shows groups of hints; its height follows from them."""

    ALLOW_SELECT = False
    groups: reactive[tuple[tuple[str, tuple[Hint, ...]], ...]] = reactive(())

    def show(self, groups: Mapping[str, Sequence[Hint]], width: int, height: int) -> None:
        """Show hints by group, in an area of at most so many cells."""
        self.groups = tuple((name, tuple(hints)) for name, hints in groups.items() if hints)
        lines = self._rows(width)
        self.styles.height = min(len(lines) + 1, max(2, height))
        self.display = True

    def _rows(self, width: int) -> list[list[Hint]]:
        """Return the hints in rows, column by column."""
        hints = [hint for _, group in self.groups for hint in group]
        columns = max(1, (width - 2) // _COLUMN)
        rows = -(-len(hints) // columns)
        return [hints[row::rows] for row in range(rows)] if rows else []

    def render_line(self, y: int) -> Strip:
        """Return a row."""
        looks = look_of(self.app)
        width = self.size.width
        if y == 0:
            return Strip([Segment("─" * width, looks.focused_line)], width)
        rows = self._rows(width)
        hints = rows[y - 1] if y - 1 < len(rows) else []
        segments = [Segment("  ", looks.list_base)]
        for hint in hints:
            label = figures.cut(hint.label, _COLUMN - figures.width(hint.key) - 3)
            rest = _COLUMN - figures.width(hint.key) - figures.width(label) - 1
            segments += [
                Segment(hint.key, looks.focused_name),
                Segment(f" {label}", looks.details),
                Segment(" " * max(1, rest), looks.list_base),
            ]
        return Strip(segments).adjust_cell_length(width, looks.list_base)
