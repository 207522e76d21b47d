"""The conversation of a session: messages, digests that open in place, pins, notes, decisions, and how full it is.

Invariant: a digest that is opened shows what it stands for below it and still says that it is a digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ai_session_tui import figures
from ai_session_tui.widgets.charts import bar
from ai_session_tui.widgets.listing import Listing, clock, indented
from ai_session_tui.widgets.views import ContextView, DecisionView, MessageView

_HEALTH = {"optimal": ("✓", "$text-success"), "good": ("✓", "$text-success")}
_ROLES = {"user": "$text-primary", "assistant": "$text-secondary", "system": "dim", "tool": "dim"}
_INDENT = 6  # the time of day and a blank
_SHOWN_LINES = 6  # of a long message, until it is opened


class ContextTab(Vertical):
    """The inspector's first tab."""

    DEFAULT_CSS = """
    ContextTab {
        & > #context-head { height: auto; padding: 0 1; }
        & > #context-note { display: none; border: none; height: 1; padding: 0 1; background: $boost; }
        &.-noting > #context-note { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pin", "pin"),
        Binding("a", "note", "add a note"),
        Binding("y", "copy", "copy"),
    ]

    @dataclass
    class Expanded(Message):
        """The full text behind a message is wanted: of the command, or of the messages that a digest covers."""

        message: MessageView

    @dataclass
    class Pinned(Message):
        """A message shall stay, or need not any more."""

        message: MessageView
        pinned: bool

    @dataclass
    class Noted(Message):
        """A note was written."""

        text: str

    @dataclass
    class Copied(Message):
        """A text shall go to the clipboard."""

        text: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._conversation: ContextView | None = None
        self._open: dict[int, str] = {}  # what opened messages show

    def compose(self) -> ComposeResult:
        yield Static(id="context-head")
        yield Listing(id="context-list")
        yield Input(placeholder="a note for the context · enter keeps it · esc", id="context-note", compact=True)

    def show(self, context: ContextView | None, note: str = "") -> None:
        """Show a session's conversation, or in its place why there is none."""
        self._conversation = context
        head = self.query_one("#context-head", Static)
        rows = self.query_one(Listing)
        if context is None:
            head.update(Content.styled(note or "no context", "dim"))
            rows.renew(())
            return
        head.update(Content("\n").join(context_head(context, self.content_size.width - 2)))
        is_new = not rows.option_count
        rows.renew(self._rows(context))
        if is_new and rows.option_count:
            rows.highlighted = rows.option_count - 1  # the newest is what one looks for

    def open_message(self, message: int, text: str) -> None:
        """Show what a message stands for, in its place."""
        self._open[message] = text
        self.show(self._conversation)

    def on_resize(self) -> None:
        """Fit the bar to the new width."""
        if self._conversation is not None:
            self.show(self._conversation)

    def _rows(self, context: ContextView) -> Iterator[Option]:
        width = self.content_size.width - 3  # the list's padding and its scrollbar
        told = {message.text.split("\n")[0] for message in context.messages if message.kind == "decision"}
        for at, decision in enumerate(context.decisions):
            if decision.text.split("\n")[0] not in told:  # older than the messages that are shown: it is never left out
                yield Option(decision_row(decision, width), id=f"decision-{at}")
        for message in context.messages:
            yield Option(message_row(message, self._open.get(message.id), width), id=f"message-{message.id}")

    def _highlighted(self) -> MessageView | None:
        option = self.query_one(Listing).highlighted_option
        if option is None or self._conversation is None or not str(option.id).startswith("message-"):
            return None
        number = int(str(option.id).removeprefix("message-"))
        return next((one for one in self._conversation.messages if one.id == number), None)

    @on(OptionList.OptionSelected)
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        message = self._highlighted()
        if message is None:
            return
        if message.id in self._open:
            del self._open[message.id]
            self.show(self._conversation)
        elif message.covers is not None or message.command is not None:
            self.post_message(self.Expanded(message))
        elif len(message.text.splitlines()) > _SHOWN_LINES:
            self.open_message(message.id, message.text)

    def action_pin(self) -> None:
        """Pin the highlighted message, or unpin it."""
        message = self._highlighted()
        if message is not None:
            self.post_message(self.Pinned(message, not message.pinned))

    def action_copy(self) -> None:
        """Copy the highlighted message, opened as it is."""
        message = self._highlighted()
        if message is not None:
            self.post_message(self.Copied(self._open.get(message.id, message.text)))

    def action_note(self) -> None:
        """Begin a note."""
        self.add_class("-noting")
        self.query_one("#context-note", Input).focus()

    @on(Input.Submitted, "#context-note")
    def _keep_note(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if text:
            self.post_message(self.Noted(text))
        self._end_note()

    def on_key(self, event: events.Key) -> None:
        """Give a note up with escape."""
        if event.key == "escape" and self.has_class("-noting"):
            event.stop()
            self._end_note()

    def _end_note(self) -> None:
        note = self.query_one("#context-note", Input)
        note.value = ""
        self.remove_class("-noting")
        self.query_one(Listing).focus()


def about(count: int | None, is_estimate: bool) -> str:
    """Return a number of tokens; an estimate carries `~`."""
    return ("~" if is_estimate and count is not None else "") + figures.count(count)


def limit_lines(context: ContextView, width: int) -> list[Content]:
    """Return how much of the limit is used, in words and as a bar."""
    used, most = context.tokens, context.max_tokens
    words = Content.assemble(about(used, context.is_estimate), (" / ", "dim"), figures.count(most), (" tokens", "dim"))
    if used is None or not most:
        return [words]
    share = used / most
    color = "$text-error" if share >= 0.95 else "$text-warning" if share >= 0.8 else "$text-success"
    percent = f"{figures.percent(used, most):>5}"
    full, empty = bar(share, max(width - len(percent), 0))
    return [words, Content.assemble((full, color), (empty, "dim"), percent)]


def context_head(context: ContextView, width: int) -> list[Content]:
    """Return the lines above the messages."""
    messages = context.message_count if context.message_count is not None else len(context.messages)
    words, *gauge = limit_lines(context, width)
    lines = [Content.assemble(f"{figures.count(messages)} ", ("messages · ", "dim"), words), *gauge]
    if context.health is not None and context.health.state:
        sign, color = _HEALTH.get(context.health.state.lower(), ("!", "$text-warning"))
        state = Content.styled(f"{sign} {context.health.state}", color)
        lines.append(Content.assemble(state, (f"  {context.health.rule}", "dim")))
    saved = saving(context)
    if context.compressions:
        saved = Content.assemble((f"compressed {figures.count(context.compressions)}x · ", "dim"), saved)
    return [*lines, saved, Content("")]


def saving(context: ContextView) -> Content:
    """Return what was saved and against what."""
    found = context.efficiency
    if found is None or found.saved is None:
        return Content.assemble(("saved ", "dim"), figures.UNKNOWN)
    mark = "~" if context.is_estimate else ""
    return Content.assemble(
        ("saved ", "dim"),
        f"{mark}{found.saved:.1%}",
        (f" of {found.baseline or 'an unnamed baseline'}", "dim"),
    )


def message_row(message: MessageView, opened: str | None, width: int) -> Content:
    """Return a message as the list shows it."""
    is_shut = opened is None and (message.covers is not None or message.kind in ("digest", "output"))
    fold = "▾ " if opened is not None else "▸ " if is_shut else ""
    what = message.kind if message.kind not in ("text", "decision", message.role) else ""
    if message.covers is not None:
        what = f"{message.kind} of {message.covers[0]}–{message.covers[1]}"
    role = message.role or message.kind
    sign = ("◆ decided ", "bold $text-accent") if message.kind == "decision" else ("", "")
    head = Content.assemble(
        (f"{clock(message.time)} ", "dim"),
        sign,
        (fold, "$text-accent"),
        (role, f"bold {_ROLES.get(role, '$text-muted')}"),
        (f" {what}" if what else "", "dim"),
        (f" #{message.command}" if message.command is not None else "", "dim"),
        (" ⚑ pinned" if message.pinned else "", "$text-warning"),
    )
    text = opened if opened is not None else _shortened(message.text)
    return Content("\n").join([head, *indented(text, width, _INDENT)])


def _shortened(text: str) -> str:
    lines: Sequence[str] = text.splitlines()
    if len(lines) <= _SHOWN_LINES:
        return text
    return "\n".join([*lines[: _SHOWN_LINES - 1], f"… {len(lines) - _SHOWN_LINES + 1} more lines"])


def decision_row(decision: DecisionView, width: int) -> Content:
    """Return a decision as the list shows it."""
    head = Content.assemble((f"{clock(decision.time)} ", "dim"), ("◆ decided", "bold $text-accent"))
    lines = [head, *indented(decision.text, width, _INDENT)]
    for word, text in (("why", decision.why), ("outcome", decision.outcome)):
        if text:
            lines += indented(Content.assemble((f"{word}: ", "dim"), text), width, _INDENT)
    return Content("\n").join(lines)
