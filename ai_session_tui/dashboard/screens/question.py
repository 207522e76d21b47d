"""A question before something is ended: what it would end is named, and doing nothing is the default."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ai_session_tui.widgets.looks import clean


class Question(ModalScreen[bool]):
    """Asks; the answer is True for `y`, False for anything else that closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n,escape,enter,q,ctrl+c", "answer(False)", "No", show=False),
    ]

    def __init__(self, heading: str, words: str, *, yes: str) -> None:
        super().__init__()
        self._heading = heading
        self._words = words
        self._yes = yes

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel") as panel:
            panel.border_title = self._heading
            yield Static(Content(clean(self._words)))
            keys = ("\ny", "$error bold"), (f" {self._yes}   ", ""), ("n", "$primary bold"), (" leave it", "")
            yield Static(Content.assemble(*keys))

    def action_answer(self, answer: bool) -> None:
        """Answer."""
        self.dismiss(answer)
