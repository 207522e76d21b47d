"""One line to type: a new name, a text to send."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ai_session_tui.widgets.looks import clean


class Line(ModalScreen[str | None]):
    """Asks for a line; `wrong` says what is the matter with one, "" for nothing. The result is None when given up."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "dismiss(None)", "close", show=False)]

    def __init__(
        self, heading: str, *, value: str = "", note: str = "", wrong: Callable[[str], str] = lambda value: ""
    ) -> None:
        super().__init__()
        self._heading, self._value, self._note, self._wrong = heading, value, note, wrong

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel") as panel:
            panel.border_title = clean(self._heading)
            panel.border_subtitle = "enter · esc"
            yield Input(self._value, compact=True)
            yield Static(Content.styled(clean(self._note), "dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, if nothing is wrong."""
        event.stop()
        complaint = self._wrong(event.value)
        if complaint:
            self.query_one(Static).update(Content.styled(clean(complaint), "$text-error"))
        else:
            self.dismiss(event.value)
