"""The empty dashboard: what this is, and what to press."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from ai_session_tui.widgets.footer import Hint


class Welcome(Container):
    """Says what to press, in a few lines."""

    DEFAULT_CSS = "Welcome Static { width: auto; height: auto; }"

    def __init__(self) -> None:
        super().__init__(Static(id="welcome-text"))

    def show(self, words: str, hints: Sequence[Hint]) -> None:
        """Show a sentence and the keys that help on from here."""
        size = max((len(hint.key) for hint in hints), default=0)
        lines = [Content.styled(words, "$foreground bold"), Content("")]
        for hint in hints:
            lines.append(Content.assemble((hint.key.rjust(size), "$primary bold"), ("   " + hint.label, "$text-muted")))
        self.query_one(Static).update(Content("\n").join(lines))
