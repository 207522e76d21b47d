"""Search over everything: a line to type in, below it what was found, in commands, outputs and messages.

Invariant: the hits that are shown are those of the text in the line; an answer that comes late, to a text that is
no longer there, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ai_session_tui import figures
from ai_session_tui.widgets.listing import Listing, clock, indented
from ai_session_tui.widgets.views import HitView

PAUSE = 0.15  # seconds of no typing until it is searched
_SIGNS = {"command": "$", "output": "›", "message": "“"}


class SearchPanel(Vertical):
    """Asks for hits and shows them."""

    DEFAULT_CSS = """
    SearchPanel {
        height: 1fr;
        & > #search-line { border: none; height: 1; padding: 0; background: transparent; }
        & > #search-note { height: 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "walk(1)", "next hit", show=False),
        Binding("up,ctrl+p", "walk(-1)", "hit before", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("ctrl+f", "failed", "failed commands only", show=False),
        Binding("ctrl+l", "here", "this session only", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """Hits for a text are wanted."""

        query: str
        failed: bool
        here: bool

    @dataclass
    class Chosen(Message):
        """A hit shall be gone to."""

        hit: HitView

    def __init__(self, *, pause: float = PAUSE, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pause = pause
        self._waiting: Timer | None = None
        self._hits: Sequence[HitView] = ()
        self._query = ""
        self.failed = False
        self.here = False

    def compose(self) -> ComposeResult:
        yield Input(placeholder="search commands, outputs and messages", id="search-line", compact=True)
        yield Static(self._note(), id="search-note")
        yield Listing(id="search-hits")

    def on_mount(self) -> None:
        """Begin to type."""
        self.query_one(Input).focus()
        self.query_one(Listing).can_focus = False

    def show(self, query: str, hits: Sequence[HitView], took_ms: float | None) -> None:
        """Show what was found for a text."""
        if query != self._text:
            return
        self._query, self._hits = query, hits
        rows = self.query_one(Listing)
        rows.set_options(self._rows())
        rows.highlighted = 0 if hits else None
        took = "" if took_ms is None else f" in {took_ms:,.0f} ms"
        found = f"{figures.count(len(hits))} found{took}" if query else ""
        self.query_one("#search-note", Static).update(self._note(found))

    def complain(self, text: str) -> None:
        """Say why nothing can be found."""
        self.query_one("#search-note", Static).update(Content.styled(text, "$text-error"))

    @property
    def query_text(self) -> str:
        """The text whose hits are shown."""
        return self._query

    @property
    def _text(self) -> str:
        return self.query_one(Input).value.strip()

    def _note(self, found: str = "") -> Content:
        limits = [word for word, on in (("failed only", self.failed), ("this session only", self.here)) if on]
        keys = "enter goes there · ^f failed only · ^l this session · esc"
        return Content(" · ".join([part for part in (found, *limits) if part]) or keys)

    def _rows(self) -> Iterator[Option]:
        width = self.content_size.width - 3
        for at, hit in enumerate(self._hits):
            yield Option(hit_row(hit, self._query, width), id=f"hit-{at}")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(self._pause, self._ask)

    def _ask(self) -> None:
        if self._text:
            self.post_message(self.Wanted(self._text, self.failed, self.here))
        else:
            self.show("", (), None)

    @on(Input.Submitted)
    def _choose(self, event: Input.Submitted) -> None:
        event.stop()
        at = self.query_one(Listing).highlighted
        if at is not None and at < len(self._hits) and self._query == self._text:
            self.post_message(self.Chosen(self._hits[at]))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(self._hits[event.option_index]))

    def action_walk(self, by: int) -> None:
        """Highlight the next hit, or the one before, while the line keeps the keys."""
        rows = self.query_one(Listing)
        move = rows.action_cursor_down if by > 0 else rows.action_cursor_up
        move()

    def action_page(self, by: int) -> None:
        """Walk by pages."""
        rows = self.query_one(Listing)
        move: Callable[[], None] = rows.action_page_down if by > 0 else rows.action_page_up
        move()

    def action_failed(self) -> None:
        """Search failed commands only, or all."""
        self.failed = not self.failed
        self._ask()

    def action_here(self) -> None:
        """Search this session only, or all."""
        self.here = not self.here
        self._ask()


def hit_row(hit: HitView, query: str, width: int) -> Content:
    """Return a hit: where it is, then the text around it with the words that were sought made bold."""
    where = hit.session + (f"#{hit.command}" if hit.command is not None else "")
    line = f":{hit.line}" if hit.line is not None else ""
    ending = "" if hit.exit_code is None else f"exit {hit.exit_code}"
    head = Content.assemble(
        (f"{_SIGNS.get(hit.kind, '·')} ", "$text-accent"),
        (f"{where}{line}", "bold"),
        (f"  {clock(hit.time)} {hit.kind}", "dim"),
        (f"  {ending}" if ending else "", "$text-error" if hit.exit_code else "dim"),
    )
    snippet = Content(figures.cut(" ".join(hit.snippet.split()), 2 * (width - 2)))
    words = [re.escape(word) for word in query.split()]
    if words:
        snippet = snippet.highlight_regex(re.compile("|".join(words), re.IGNORECASE), style="bold $text-warning")
    return Content("\n").join([head, *indented(snippet, width, 2)])
