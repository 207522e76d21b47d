"""Reading a tmux server through libtmux: its sessions as values of `tmux_model`.

Invariant: nothing in tmux is changed by reading. Whatever tmux or libtmux says becomes one of our errors.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from libtmux import Pane, Server, Session, Window
from libtmux.exc import LibTmuxException

from ai_session_tui.errors import ConflictError, NotFoundError, UnsupportedError
from ai_session_tui.migration.processes import foreground_program, shell_of
from ai_session_tui.migration.tmux_layout import parse_layout
from ai_session_tui.migration.tmux_model import TmuxPane, TmuxSession, TmuxWindow

_PROMPT_ROWS = 20  # that a wrapped prompt may take
OnPane = Callable[[int, int], object]  # how many panes have been read, of how many


def _no_news(done: int, count: int) -> None:
    del done, count


class Tmux:
    """One tmux server, by its socket; the default one where neither name nor path is given."""

    def __init__(self, socket_name: str | None = None, socket_path: str | None = None) -> None:
        if shutil.which("tmux") is None:
            raise UnsupportedError("tmux is not installed", "there is nothing to migrate from on this machine.")
        self.socket_name = socket_name
        self.socket_path = socket_path
        where = f"-S {socket_path}" if socket_path else f"-L {socket_name}" if socket_name else ""
        self._server = Server(socket_name=socket_name, socket_path=socket_path)
        with as_our_error():
            if not self._server.is_alive():
                aim = f" at `tmux {where}`" if where else ""
                raise NotFoundError(
                    f"no tmux server runs{aim}",
                    "name its socket as tmux does: --socket-name NAME or --socket-path PATH.",
                )

    def session_names(self) -> list[str]:
        """Return the names of the sessions, in tmux's order."""
        with as_our_error():
            return [session.session_name or "" for session in self._server.sessions]

    def read_session(self, name: str, history: int | None = None, on_pane: OnPane = _no_news) -> TmuxSession:
        """Return a session with the newest `history` lines of each pane's scrollback (None: all of it)."""
        with as_our_error():
            session = self._find(name)
            windows = list(session.windows)
            count = sum(int(window.window_panes or 1) for window in windows)
            seen = 0
            read = []
            for window in windows:
                panes = []
                for pane in window.panes:
                    panes.append(_read_pane(pane, history))
                    seen += 1
                    on_pane(seen, count)
                read.append(_window(window, tuple(panes)))
            return TmuxSession(
                name=session.session_name or name,
                windows=tuple(read),
                created=float(session.session_created or 0),
                attached=int(session.session_attached or 0),
                environment=_environment(session, self._server),
                prefix=_option(session, "prefix"),
            )

    def holds_process(self, name: str, pid: int) -> bool:
        """Return whether a process runs in one of the session's panes."""
        import psutil

        with as_our_error():
            roots = {int(pane.pane_pid or 0) for window in self._find(name).windows for pane in window.panes}
        try:
            line = [pid, *(parent.pid for parent in psutil.Process(pid).parents())]
        except psutil.Error:
            return False
        return not roots.isdisjoint(line)

    def remove_session(self, name: str) -> None:
        """End a session with everything in it."""
        with as_our_error():
            self._find(name).kill()

    def has_session(self, name: str) -> bool:
        """Return whether there is a session of exactly that name."""
        return self._server.is_alive() and name in self.session_names()

    def _find(self, name: str) -> Session:
        found: Session | None = self._server.sessions.get(session_name=name, default=None)
        if found is None:
            names = ", ".join(sorted(session.session_name or "" for session in self._server.sessions))
            raise NotFoundError(f"tmux has no session {name!r}", f"it has: {names}." if names else "it has none.")
        return found


@contextmanager
def as_our_error() -> Iterator[None]:
    try:
        yield
    except LibTmuxException as error:
        what = str(error) or type(error).__name__
        raise ConflictError(f"tmux: {what}", "look at it with `tmux list-sessions`; nothing was changed.") from error


def _window(window: Window, panes: tuple[TmuxPane, ...]) -> TmuxWindow:
    return TmuxWindow(
        index=int(window.window_index or 0),
        name=window.window_name or "",
        columns=int(window.window_width or 80),
        rows=int(window.window_height or 24),
        layout=parse_layout(window.window_layout or ""),
        layout_text=window.window_layout or "",
        panes=panes,
        is_active=window.window_active == "1",
        is_zoomed=window.window_zoomed_flag == "1",
    )


def _read_pane(pane: Pane, history: int | None) -> TmuxPane:
    is_dead = pane.pane_dead == "1"
    has_full_screen = _format(pane, "#{alternate_on}") == "1"
    running, is_at_prompt = (None, False) if is_dead else foreground_program(int(pane.pane_pid or 0))
    return TmuxPane(
        ident=int((pane.pane_id or "%0")[1:]),
        index=int(pane.pane_index or 0),
        cwd=pane.pane_current_path or pane.pane_start_path or os.path.expanduser("~"),
        shell=pane.pane_start_command or "",
        columns=int(pane.pane_width or 80),
        rows=int(pane.pane_height or 24),
        title=pane.pane_title or "",
        is_active=pane.pane_active == "1",
        is_dead=is_dead,
        dead_status=int(pane.pane_dead_status) if is_dead and pane.pane_dead_status else None,
        running=running,
        is_at_prompt=is_at_prompt,
        own_shell="" if is_dead else shell_of(int(pane.pane_pid or 0)),
        prompt=_prompt(pane) if is_at_prompt else "",
        scrollback=_scrollback(pane, history, has_full_screen=has_full_screen),
        has_full_screen=has_full_screen,
    )


def _scrollback(pane: Pane, history: int | None, *, has_full_screen: bool) -> str:
    """Return what a pane showed, with colours, wrapped lines joined; of a full-screen program what is below it."""
    start = "-" if history is None else f"-{history}"
    above = [] if history == 0 else _capture(pane, "-S", start, "-E", "-1")
    # Behind a full-screen program the saved screen is the one that belongs to the history.
    shown = _capture(pane, "-a") if has_full_screen else _capture(pane)
    lines = [line.rstrip() for line in above + shown]
    while lines and not lines[-1]:
        lines.pop()
    if history is not None:
        lines = lines[-history:] if history else []
    return "\n".join(lines)


def _capture(pane: Pane, *words: str) -> list[str]:
    if words[:1] == ("-S",) and pane.history_size == "0":
        return []
    answer = pane.cmd("capture-pane", "-p", "-e", "-J", "-q", *words)
    return list(answer.stdout)


def _prompt(pane: Pane) -> str:
    """Return what stands before the cursor on its line: the prompt, unless something is half typed behind it."""
    x, y = (int(_format(pane, f"#{{cursor_{axis}}}") or 0) for axis in "xy")
    row = pane.cmd("capture-pane", "-p", "-S", str(y), "-E", str(y)).stdout
    whole = pane.cmd("capture-pane", "-p", "-J", "-S", str(max(0, y - _PROMPT_ROWS)), "-E", str(y)).stdout
    behind = len(row[0][x:].rstrip()) if row else 0
    line = whole[-1].rstrip() if whole else ""  # a prompt may be longer than the pane is wide
    return line[: len(line) - behind] if behind else line


def _format(pane: Pane, template: str) -> str:
    answer = pane.cmd("display-message", "-p", template).stdout
    return answer[0] if answer else ""


def _option(session: Session, name: str) -> str:
    answer = session.cmd("show-options", "-A", "-v", name).stdout
    return answer[0] if answer else ""


def _environment(session: Session, server: Server) -> dict[str, str | None]:
    """Return the session's own variables where the server has other values for them; None for removed ones."""
    everywhere = dict(server.show_environment())
    found: dict[str, str | None] = {}
    for name, value in session.show_environment().items():
        if value is True:  # libtmux's word for a variable that tmux removes from what it starts
            if name in everywhere:
                found[name] = None
        elif isinstance(value, str) and everywhere.get(name) != value:
            found[name] = value
    return found
