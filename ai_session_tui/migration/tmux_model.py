"""A tmux session as it was found: plain values, so that everything behind the reading can be tested without tmux.

Invariant: nothing here is ours to change; sizes are cells, times seconds since the epoch, texts as tmux told them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ai_session_tui.migration.tmux_layout import Node


@dataclass(frozen=True, slots=True)
class Running:
    """A program in the foreground of a pane that is not the pane's shell."""

    argv: tuple[str, ...]
    cwd: str = ""

    @property
    def name(self) -> str:
        """The program's name without its folder."""
        return self.argv[0].rpartition("/")[2].removeprefix("-") if self.argv else ""


@dataclass(frozen=True, slots=True)
class TmuxPane:
    """One pane. `ident` is tmux's number of it (`%7` is 7); `scrollback` what it shows and showed, with colours."""

    ident: int
    index: int
    cwd: str
    shell: str  # the program that tmux started in it
    columns: int
    rows: int
    title: str = ""
    is_active: bool = False
    is_dead: bool = False
    dead_status: int | None = None
    running: Running | None = None
    is_at_prompt: bool = False  # its shell has the terminal
    own_shell: str = ""  # path of the shell that it runs; "" where it runs none, or is dead
    prompt: str = ""  # the text of the cursor's line up to the cursor, when the shell has the terminal
    scrollback: str = ""  # lines joined by "\n", with SGR sequences; wrapped lines are one
    has_full_screen: bool = False  # a program had the alternate screen


@dataclass(frozen=True, slots=True)
class TmuxWindow:
    """One window: its panes in the order of their indexes, and how they share it."""

    index: int
    name: str
    columns: int
    rows: int
    layout: Node
    layout_text: str  # the same as tmux writes it
    panes: tuple[TmuxPane, ...]
    is_active: bool = False
    is_zoomed: bool = False


@dataclass(frozen=True, slots=True)
class TmuxSession:
    """One session. `environment` is what differs from the tmux server's; None removes a variable."""

    name: str
    windows: tuple[TmuxWindow, ...]
    created: float
    attached: int = 0
    environment: dict[str, str | None] = field(default_factory=dict)
    prefix: str = ""  # the key that begins a command of tmux's, as tmux writes it

    @property
    def panes(self) -> list[TmuxPane]:
        """All panes, window by window."""
        return [pane for window in self.windows for pane in window.panes]
