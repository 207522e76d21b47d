"""Making a tmux session again that a migration had removed: windows, panes, layout, directories and scrollback.

What ran in it is gone, as the user was told before; each pane gets a shell below its old scrollback.
"""

from __future__ import annotations

import os
import shlex
from typing import Any

from libtmux import Pane, Server, Session, Window

from ai_session_tui.errors import ConflictError
from ai_session_tui.migration.record import Record
from ai_session_tui.migration.tmux_reading import as_our_error


def restore_session(record: Record, folder: str) -> None:
    """Make the session again; the scrollbacks are read from files in `folder` by the panes themselves."""
    server = Server(socket_name=record.socket_name, socket_path=record.socket_path)
    with as_our_error():
        if server.is_alive() and server.has_session(record.source, exact=True):
            raise ConflictError(
                f"tmux has a session {record.source!r} again", "rename it: `tmux rename-session`; nothing was changed."
            )
        session: Session | None = None
        for number, window in enumerate(record.windows):
            paths = [os.path.join(folder, f"{number}-{index}") for index in range(len(window["panes"]))]
            commands = list(map(_show, window["panes"], paths))
            if session is None:
                session = server.new_session(
                    session_name=record.source,
                    start_directory=_existing(window["panes"][0]),
                    window_name=window["name"],
                    window_command=commands[0],
                    x=window["columns"],
                    y=window["rows"],
                )
                made = session.active_window
                for name, value in record.environment.items():
                    session.remove_environment(name) if value is None else session.set_environment(name, value)
            else:
                made = session.new_window(
                    window_name=window["name"],
                    start_directory=_existing(window["panes"][0]),
                    window_shell=commands[0],
                    attach=False,
                )
            _fill(made, window, commands)


def _fill(made: Window, window: dict[str, Any], commands: list[str]) -> None:
    panes = [made.panes[0]]
    for pane, command in zip(window["panes"][1:], commands[1:], strict=True):
        panes.append(panes[-1].split(start_directory=_existing(pane), shell=command, attach=False))
        made.select_layout("tiled")  # so that there is room for the next one
    made.select_layout(window["layout"])
    for pane, shown in zip(window["panes"], panes, strict=True):
        if pane["is_active"]:
            _select(shown, is_zoomed=window["is_zoomed"])
    if window["is_active"]:
        made.select()


def _select(pane: Pane, *, is_zoomed: bool) -> None:
    pane.select()
    if is_zoomed:
        pane.resize(zoom=True)


def _show(pane: dict[str, Any], path: str) -> str:
    """Return the command of a pane: its old scrollback, then a shell; the file goes with the first look at it."""
    with open(path, "wb") as file:
        file.write("".join(f"{line}\x1b[m\n" for line in pane["scrollback"].split("\n")).encode("utf-8", "replace"))
    return f'cat {shlex.quote(path)}; rm -f {shlex.quote(path)}; exec "${{SHELL:-sh}}"'


def _existing(pane: dict[str, Any]) -> str:
    folder: str = pane["folder"]
    return folder if os.path.isdir(folder) else os.path.expanduser("~")
