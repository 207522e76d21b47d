"""The form of a new session: a line for each wish, all of them may stay empty.

Invariant: what is submitted is what stands in the form; a field that cannot be is named there and nothing is sent.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Checkbox, Input, Label, Static

from ai_session_tui.widgets.folders import FolderSuggester

CheckName = Callable[[str], str]  # returns what is wrong with a name, "" when nothing is
MOST_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """A new session as it was wished for; empty texts stand for the server's choice."""

    name: str = ""
    folder: str = ""
    template: str = ""
    command: tuple[str, ...] = ()
    ai_context: bool = True
    max_tokens: int | None = None


class SessionForm(Vertical):
    """Asks for a name, a folder, a template, a command, and the limits of the context."""

    DEFAULT_CSS = """
    SessionForm {
        height: auto;
        & > Horizontal { height: 1; }
        & > Horizontal > Label { width: 12; color: $text-muted; }
        & > Horizontal > Input, & > Horizontal > Input:focus {
            width: 1fr; margin: 0; border: none; height: 1; padding: 0 1; background: $boost;
        }
        & > Horizontal > Input:focus { background: $primary 20%; }
        & > Horizontal > Checkbox { width: 1fr; background: transparent; border: none; padding: 0 1; }
        & > #form-note { height: auto; min-height: 1; margin-top: 1; color: $text-muted; }
        & > #form-note.-wrong { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "before", show=False),
    ]
    HINT = "enter creates it · tab, ↑ ↓ fields · → takes a suggestion · esc"

    @dataclass
    class Submitted(Message):
        """The form is filled in."""

        wishes: Wishes

    def __init__(
        self, wishes: Wishes = Wishes(), *, check_name: CheckName = lambda name: "", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._wishes = wishes
        self._check_name = check_name

    def compose(self) -> ComposeResult:
        wishes = self._wishes
        yield from self._line(
            "name", Input(wishes.name, placeholder="the server finds one", id="form-name", compact=True)
        )
        yield from self._line(
            "directory",
            Input(wishes.folder, placeholder="here", suggester=FolderSuggester(), id="form-folder", compact=True),
        )
        yield from self._line("template", Input(wishes.template, placeholder="none", id="form-template", compact=True))
        command = shlex.join(wishes.command)
        yield from self._line("command", Input(command, placeholder="your shell", id="form-command", compact=True))
        with Horizontal():
            yield Label("AI context")
            yield Checkbox("", wishes.ai_context, id="form-context", compact=True)
        tokens = "" if wishes.max_tokens is None else str(wishes.max_tokens)
        yield from self._line(
            "tokens", Input(tokens, placeholder="4096", type="integer", id="form-tokens", compact=True)
        )
        yield Static(self.HINT, id="form-note")

    def _line(self, label: str, field: Input) -> ComposeResult:
        with Horizontal():
            yield Label(label)
            yield field

    def on_mount(self) -> None:
        """Begin with the name."""
        self.query_one("#form-name").focus()

    def show_templates(self, names: Sequence[str]) -> None:
        """Suggest these templates."""
        field = self.query_one("#form-template", Input)
        field.suggester = SuggestFromList(list(names))
        field.placeholder = ", ".join(names) or "none"

    def complain(self, text: str) -> None:
        """Say what is wrong, in the place of the hint."""
        note = self.query_one("#form-note", Static)
        note.update(Content(text or self.HINT))
        note.set_class(bool(text), "-wrong")

    @on(Input.Changed)
    def _forget_complaint(self, event: Input.Changed) -> None:
        event.stop()
        self.complain("")

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        wishes = self._read()
        if wishes is not None:
            self.post_message(self.Submitted(wishes))

    def _read(self) -> Wishes | None:
        def text(name: str) -> str:
            return self.query_one(f"#form-{name}", Input).value.strip()

        name = text("name")
        wrong = self._check_name(name) if name else ""
        try:
            command = tuple(shlex.split(text("command")))
        except ValueError as error:
            command, wrong = (), wrong or f"command: {error}"
        tokens = int(text("tokens")) if text("tokens").lstrip("+-").isdecimal() else None
        if tokens is not None and not 1 <= tokens <= MOST_TOKENS:
            wrong = wrong or f"tokens: a whole number from 1 to {MOST_TOKENS:,}"
        if wrong:
            self.complain(wrong)
            return None
        context = self.query_one("#form-context", Checkbox).value
        return Wishes(name, text("folder"), text("template"), command, context, tokens)
