"""The history of a session's commands, failures first; one of them opened to what its output says, with file:line.

Invariant: how a command ended is told by a sign and a word, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ai_session_tui import figures
from ai_session_tui.widgets.listing import Listing, clock, indented
from ai_session_tui.widgets.views import CommandView, DiagnosticView, DigestView, ParsedView, PlaceView


class CommandsTab(Vertical):
    """The inspector's third tab."""

    DEFAULT_CSS = """
    CommandsTab {
        & > #commands-head { height: 1; padding: 0 1; color: $text-muted; }
        & > #command-detail { display: none; padding: 0 1; scrollbar-size-vertical: 1; }
        & > #command-detail > Static { height: auto; }
        &.-detail > #command-detail { display: block; }
        &.-detail > Listing, &.-detail > #commands-head { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "order", "failures or newest first"),
        Binding("r", "rerun", "run again"),
        Binding("y", "copy", "copy the output"),
        Binding("o", "whole", "whole output"),
        Binding("escape,backspace", "back", "back", show=False),
    ]

    @dataclass
    class Opened(Message):
        """What a command's output says is wanted."""

        command: CommandView

    @dataclass
    class WholeWanted(Message):
        """The whole output is wanted, to read."""

        command: CommandView

    @dataclass
    class RerunWanted(Message):
        """A command shall run again."""

        command: CommandView

    @dataclass
    class CopyWanted(Message):
        """A command's output shall go to the clipboard."""

        command: CommandView

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._commands: Sequence[CommandView] = ()
        self._failures_first = True
        self._shown: CommandView | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="commands-head")
        yield Listing(id="commands-list")
        with VerticalScroll(id="command-detail"):
            yield Static(id="command-text")

    def show(self, commands: Sequence[CommandView]) -> None:
        """Show a session's commands, oldest first as the server lists them."""
        self._commands = commands
        failed = sum(one.is_failure for one in commands)
        order = "failures first" if self._failures_first else "newest first"
        words = (
            f"{figures.count(len(commands))} commands · {failed} failed · {order}" if commands else "no commands yet"
        )
        self.query_one("#commands-head", Static).update(words)
        self.query_one(Listing).renew(self._rows())

    def on_resize(self) -> None:
        """Fit the rows to the new width."""
        self.show(self._commands)

    def show_detail(self, command: CommandView, digest: DigestView) -> None:
        """Show what a command's output says, in the place of the list."""
        self._shown = command
        self.query_one("#command-text", Static).update(Content("\n").join(detail_lines(command, digest)))
        self.add_class("-detail")
        scroll = self.query_one("#command-detail", VerticalScroll)
        scroll.scroll_home(animate=False)
        scroll.focus()

    def action_back(self) -> None:
        """Show the list again."""
        self.remove_class("-detail")
        self._shown = None
        self.query_one(Listing).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Going back is for the detail only, so that escape keeps its meaning elsewhere."""
        del parameters
        return self.has_class("-detail") if action == "back" else True

    def action_order(self) -> None:
        """Put failures first, or the newest."""
        self._failures_first = not self._failures_first
        self.show(self._commands)
        self.query_one(Listing).highlighted = 0 if self._commands else None

    def action_rerun(self) -> None:
        """Ask for the command once more."""
        if command := self._chosen():
            self.post_message(self.RerunWanted(command))

    def action_copy(self) -> None:
        """Ask for the output in the clipboard."""
        if command := self._chosen():
            self.post_message(self.CopyWanted(command))

    def action_whole(self) -> None:
        """Ask for the whole output."""
        if command := self._chosen():
            self.post_message(self.WholeWanted(command))

    def _chosen(self) -> CommandView | None:
        if self._shown is not None:
            return self._shown
        option = self.query_one(Listing).highlighted_option
        return next((one for one in self._commands if option is not None and option.id == f"command-{one.id}"), None)

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if command := self._chosen():
            self.post_message(self.Opened(command))

    def _rows(self) -> Iterator[Option]:
        newest = list(reversed(self._commands))
        if self._failures_first:
            newest.sort(key=lambda one: (one.state != "running", not one.is_failure))
        for command in newest:
            yield Option(command_row(command, self.content_size.width - 3), id=f"command-{command.id}")


def ending(command: CommandView) -> tuple[str, str, str]:
    """Return sign, word and colour of how a command ended."""
    if command.state in ("running", "queued"):
        return "●" if command.state == "running" else "○", command.state, "$text-primary"
    if command.exit_code is None:
        return "?", command.note or "exit code unknown", "dim"
    if command.is_failure:
        return "✗", f"exit {command.exit_code}", "$text-error"
    return "✓", "exit 0", "$text-success"


def command_row(command: CommandView, width: int) -> Content:
    """Return a command as the list shows it: what ran, then how it ended."""
    sign, word, color = ending(command)
    found = command.analysis
    parts = [word] if command.ended is None else [word, figures.duration(command.duration_s)]
    if found is not None and found.headline:
        parts.append(found.headline)
    text = " ".join(command.command.split())
    details = f"{clock(command.started)} #{command.id} · {' · '.join(parts)}"
    head = Content.assemble((f"{sign} ", color), figures.cut(text, width - 2) or "(nothing)")
    return Content("\n").join([head, *indented(Content.styled(details, "dim"), width, 2)])


def detail_lines(command: CommandView, digest: DigestView) -> list[Content]:
    """Return what is known of a command: its end, what failed and where, and the digest of its output."""
    sign, word, color = ending(command)
    spent = "" if digest.plain_tokens is None else f" · {figures.count(digest.plain_tokens)} tokens plain"
    where = f"{figures.duration(command.duration_s)} · {figures.folder(command.cwd)}"
    lines = [
        Content.assemble((f"{sign} ", color), (command.command, "bold")),
        Content.styled(f"{command.address} · {word} · {where}{spent}", "dim"),
    ]
    for parsed in digest.parsed:
        lines += [Content(""), *parsed_lines(parsed)]
    lines += [Content(""), Content.styled("digest", "dim"), *map(Content, digest.text.splitlines())]
    if digest.reference:
        lines += [Content(""), Content.styled(digest.reference, "dim")]
    return lines


def parsed_lines(parsed: ParsedView) -> list[Content]:
    """Return a parser's result: counts, failures and diagnostics, each with its places."""
    counts = " · ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in parsed.counts.items() if count is not None
    )
    lines = [Content.assemble((parsed.tool, "bold"), (f"  {parsed.verdict}", "dim"), f"  {counts}")]
    for failure in parsed.failures:
        lines.append(Content.assemble(("✗ ", "$text-error"), failure.name))
        if failure.location is not None:
            lines.append(_place(failure.location))
        lines += [Content(f"  {line}") for line in failure.message.splitlines()]
    for found in parsed.diagnostics:
        lines += _diagnostic_lines(found)
    return lines


def _diagnostic_lines(found: DiagnosticView) -> list[Content]:
    color = {"error": "$text-error", "warning": "$text-warning"}.get(found.severity, "dim")
    sign = {"error": "✗", "warning": "!"}.get(found.severity, "·")
    head = Content.assemble(
        (f"{sign} ", color), (f"{found.code} " if found.code else "", "bold"), found.message or found.severity
    )
    return [head, *map(_place, found.locations)]


def _place(place: PlaceView) -> Content:
    return Content.assemble("  ", (str(place), "$text-accent underline"))
