"""Other terminals behind one small interface, to be asked what a stream of bytes should look like.

`feed` bytes, `resize`, take a `picture`. libghostty and tmux are the oracles; stock pyte is here to be compared with,
and ours to be judged. Every adapter reads its emulator by that emulator's own means.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pyte
from pyghostty import Terminal as Ghostty
from pyghostty import ffi, lib
from pyghostty.core import init_sized

from ai_session_tui.terminal import Row, Terminal, styles
from ai_session_tui.terminal.widths import split
from tests.terminal.picture import BLANK, PLAIN, UNTOLD, Cell, Colour, Look, Picture, fill
from tests.terminal.sgr_text import Reader

HISTORY = 5000


class Oracle(Protocol):
    """A terminal that can be fed and looked at."""

    name: str

    def feed(self, data: bytes) -> None: ...
    def resize(self, columns: int, rows: int) -> None: ...
    def picture(self) -> Picture: ...
    def replies(self) -> bytes: ...
    def close(self) -> None: ...


# ---- libghostty ---------------------------------------------------------------------------------------------------

_GHOSTTY_FLAGS = {"bold": "bold", "faint": "dim", "italic": "italic", "blink": "blink", "inverse": "reverse"} | {
    "invisible": "invisible",
    "strikethrough": "strike",
    "overline": "overline",
}


class GhosttyOracle:
    """libghostty-vt, read cell by cell; emoji clusters (mode 2027) are on, as in the application."""

    name = "ghostty"

    def __init__(self, columns: int, rows: int, *, history: int = HISTORY, clusters: bool = True) -> None:
        self._terminal = Ghostty(columns, rows, scrollback=history)
        roomy = ffi.new("size_t*", 1 << 30)  # the bound in bytes would come first in a wide window
        lib.ghostty_terminal_set(self._terminal._t[0], lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES, roomy)
        self._replies = bytearray()
        self._terminal.on_reply(self._replies.extend)
        if clusters:
            self._terminal.feed(b"\x1b[?2027h")

    def feed(self, data: bytes) -> None:
        self._terminal.feed(data)

    def resize(self, columns: int, rows: int) -> None:
        self._terminal.resize(columns, rows)

    def replies(self) -> bytes:
        return bytes(self._replies)

    def close(self) -> None:
        self._terminal.close()

    def picture(self) -> Picture:
        columns, rows = self._terminal.size
        self._cells: dict[tuple[object, int], Cell] = {}
        past = self._terminal.get("scrollback_rows", "size_t")
        mode = self._terminal.mode
        switches = {
            "cursor_visible": mode(25),
            "alternate": bool(self._terminal.get("active_screen", "GhosttyTerminalScreen")),
            "application_cursor": mode(1),
            "application_keypad": mode(66),
            "autowrap": mode(7),
            "origin": mode(6),
            "insert": mode(4, ansi=True),
            "bracketed_paste": mode(2004),
            "synchronized": mode(2026),
            "mouse": bool(self._terminal.get("mouse_tracking", "bool")),
            "mouse_sgr": mode(1006),
            "focus": mode(1004),
        }
        return Picture(
            columns,
            [self._row(y, columns, "active") for y in range(rows)],
            self._terminal.cursor,
            [self._row(y, columns, "history") for y in range(past)],
            switches,
        )

    def wrapped(self, y: int) -> bool:
        """Tell whether the row goes on in the next one."""
        row, flag = ffi.new("GhosttyRow*"), ffi.new("bool*")
        lib.ghostty_grid_ref_row(self._terminal.ref(0, y), row)
        lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, flag)
        return bool(flag[0])

    def _row(self, y: int, columns: int, tag: str) -> list[Cell]:
        ref = self._terminal.ref(0, y, tag)
        cell, wide, content = ffi.new("GhosttyCell*"), ffi.new("GhosttyCellWide*"), ffi.new("GhosttyCellContentTag*")
        cells: list[Cell] = []
        for x in range(columns):
            ref.x = x
            lib.ghostty_grid_ref_cell(ref, cell)
            if cell[0] == 0:
                cells.append(BLANK)
                continue
            # Equal cells of a page are equal in everything but a cluster's further code points.
            key = (ref.node, cell[0])
            if (known := self._cells.get(key)) is not None:
                cells.append(known)
                continue
            lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_WIDE, wide)
            lib.ghostty_cell_get(cell[0], lib.GHOSTTY_CELL_DATA_CONTENT_TAG, content)
            if wide[0] == lib.GHOSTTY_CELL_WIDE_SPACER_TAIL:
                cells.append(("", cells[-1][1]))
                continue
            cells.append((_ghostty_text(ref) or " ", _ghostty_look(ref, cell[0], content[0])))
            if content[0] != lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:
                self._cells[key] = cells[-1]
        return cells


def _ghostty_text(ref: object) -> str:
    points, count = ffi.new("uint32_t[64]"), ffi.new("size_t*")
    lib.ghostty_grid_ref_graphemes(ref, points, 64, count)
    return "".join(map(chr, points[0 : count[0]])).replace("\0", " ")


def _ghostty_look(ref: object, cell: int, content: int) -> Look:
    if content == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
        index = ffi.new("GhosttyColorPaletteIndex*")
        lib.ghostty_cell_get(cell, lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, index)
        return Look(bg=index[0])
    if content == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_RGB:
        rgb = ffi.new("GhosttyColorRgb*")
        lib.ghostty_cell_get(cell, lib.GHOSTTY_CELL_DATA_COLOR_RGB, rgb)
        return Look(bg=(rgb.r, rgb.g, rgb.b))
    styled = ffi.new("bool*")
    lib.ghostty_cell_get(cell, lib.GHOSTTY_CELL_DATA_HAS_STYLING, styled)
    if not styled[0]:
        return PLAIN
    style = _ghostty_style()
    lib.ghostty_grid_ref_style(ref, style)
    flags = frozenset(ours for theirs, ours in _GHOSTTY_FLAGS.items() if getattr(style, theirs))
    fg, bg, line = (_ghostty_colour(colour) for colour in (style.fg_color, style.bg_color, style.underline_color))
    return Look(fg, bg, style.underline, line, flags)


@cache
def _ghostty_style() -> Any:
    """Return the one structure that styles are read into: to make another takes longer than all the rest."""
    return init_sized("GhosttyStyle")


def _ghostty_colour(colour: object) -> Colour:
    if colour.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE:
        return colour.value.palette
    if colour.tag == lib.GHOSTTY_STYLE_COLOR_RGB:
        return colour.value.rgb.r, colour.value.rgb.g, colour.value.rgb.b
    return None


# ---- tmux ---------------------------------------------------------------------------------------------------------

_TMUX_SWITCHES = {"cursor_visible": "cursor_flag", "alternate": "alternate_on", "origin": "origin_flag"} | {
    "application_cursor": "keypad_cursor_flag",
    "application_keypad": "keypad_flag",
    "autowrap": "wrap_flag",
    "insert": "insert_flag",
    "mouse": "mouse_any_flag",
    "mouse_sgr": "mouse_sgr_flag",
}
_CONFIG = f"""
set -g history-limit {HISTORY}
set -g default-terminal tmux-256color
set -g status off
set -g set-titles off
set -g allow-rename off
set -g automatic-rename off
set -g escape-time 0
set -g focus-events on
set -g extended-keys on
set -s exit-empty off
"""
# Cancels an unfinished sequence, then resets. RIS alone leaves tmux in the alternate screen, and the cursor that it
# saved there; so home is saved.
_RESET = (
    b"\x18\x1b\\\x1b[?1049l\x1b]104\x1b\\\x1b]2;\x1b\\\x1bc\x1b[?1000;1002;1003;1005;1006;1004;2004l\x1b>"
    b"\x1b[H\x1b[?1049h\x1b[?1049l\x1b[3J"
)
_REPLY_SECONDS = 240  # tmux may have much to draw on a machine with much else to do


class TmuxServer:
    """One tmux server, on a socket of its own, whose panes are used again and again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="oracle-"))
        self._config = self.folder / "tmux.conf"
        self._config.write_text(_CONFIG)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / "panes"))
        self._listener.listen()
        self._listener.settimeout(_REPLY_SECONDS)
        self.idle: list[tuple[str, socket.socket]] = []
        self._environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "SHELL": "/bin/sh"}
        self._environment.pop("TMUX", None)

    def run(self, *words: str) -> bytes:
        """Run tmux commands, separated by `;`, and return what they print."""
        command = ["tmux", "-u", "-S", str(self.folder / "server"), "-f", str(self._config), *words]
        return subprocess.run(command, check=True, capture_output=True, env=self._environment).stdout

    def pane(self) -> tuple[str, socket.socket]:
        """Return a pane that waits for bytes: its target name and the connection to what runs in it."""
        if self.idle:
            return self.idle.pop()
        program = [sys.executable, "-S", str(Path(__file__).with_name("tmux_pane.py")), str(self.folder / "panes")]
        name = self.run("new-session", "-d", "-P", "-F", "#{pane_id}", "-x", "80", "-y", "24", *program)
        connection, _ = self._listener.accept()
        connection.settimeout(_REPLY_SECONDS)
        connection.recv(64, socket.MSG_WAITALL)
        return name.decode().strip(), connection

    def close(self) -> None:
        """End the server and everything that runs in it."""
        for _, connection in self.idle:
            connection.close()
        self._listener.close()
        subprocess.run(["tmux", "-S", str(self.folder / "server"), "kill-server"], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class TmuxOracle:
    """A pane of a detached tmux server, read by `capture-pane -e` and `display-message`."""

    name = "tmux"

    def __init__(self, server: TmuxServer, columns: int, rows: int) -> None:
        self._server = server
        self._pane, self._connection = server.pane()
        self._replies = b""
        self.feed(_RESET)
        self.resize(columns, rows)
        self._server.run("clear-history", "-t", self._pane)
        self._replies = b""

    def feed(self, data: bytes) -> None:
        self._connection.sendall(len(data).to_bytes(4, "big") + data)
        length = int.from_bytes(self._connection.recv(4, socket.MSG_WAITALL), "big")
        if length:
            self._replies += self._connection.recv(length, socket.MSG_WAITALL)

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._server.run("resize-window", "-t", self._pane, "-x", str(columns), "-y", str(rows))

    def replies(self) -> bytes:
        return self._replies

    def picture(self) -> Picture:
        wanted = ["cursor_x", "cursor_y", "history_size", *_TMUX_SWITCHES.values(), "pane_title"]
        shown = ";".join(f"#{{{name}}}" for name in wanted)
        capture = ("capture-pane", "-e", "-p", "-N", "-t", self._pane)
        told = ("display-message", "-p", "-t", self._pane, shown)
        out = self._server.run(*told, ";", *capture, "-S", "-")
        first, _, rest = out.decode("utf-8", "replace").partition("\n")
        values = first.split(";", len(wanted) - 1)
        column, row, past = (int(value) for value in values[:3])
        lines = rest.split("\n")[:-1]
        reader = Reader()
        rows = [reader.row(line, self.columns) for line in lines]
        rows.extend([[UNTOLD] * self.columns] * (past + self.rows - len(rows)))
        switches = {name: value == "1" for name, value in zip(_TMUX_SWITCHES, values[3:-1], strict=True)}
        cursor = (min(column, self.columns - 1), row)  # tmux counts one further while a wrap is pending
        return Picture(self.columns, rows[past : past + self.rows], cursor, rows[:past], switches, values[-1])

    def close(self) -> None:
        self._server.idle.append((self._pane, self._connection))


# ---- stock pyte ---------------------------------------------------------------------------------------------------

_PYTE_NAMES = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]
# pyte's spelling of the sixth is its own.
_PYTE_BRIGHT = [f"bright{name}" if name != "magenta" else "bfightmagenta" for name in _PYTE_NAMES]
_PYTE_FLAGS = {"bold": "bold", "italics": "italic", "strikethrough": "strike", "reverse": "reverse", "blink": "blink"}


# It keeps the numbers of all modes, those of private ones shifted, whether it does anything about them or not.
_PYTE_MODES = {"application_cursor": 1 << 5, "origin": 6 << 5, "autowrap": 7 << 5, "insert": 4, "mouse_sgr": 1006 << 5}


class _RepliesScreen(pyte.HistoryScreen):
    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows, history=HISTORY, ratio=0.5)
        self.replied = ""

    def write_process_input(self, data: str) -> None:
        self.replied += data


class PyteOracle:
    """pyte as it comes: `HistoryScreen` and `ByteStream`."""

    name = "pyte"

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = _RepliesScreen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)

    def replies(self) -> bytes:
        return self._screen.replied.encode()

    def close(self) -> None:
        return

    def picture(self) -> Picture:
        screen = self._screen
        cursor = (min(screen.cursor.x, screen.columns - 1), screen.cursor.y)
        rows = [self._row(screen.buffer[y]) for y in range(screen.lines)]
        switches = {name: number in screen.mode for name, number in _PYTE_MODES.items()}
        switches |= {"cursor_visible": not screen.cursor.hidden}
        switches["mouse"] = any(mode << 5 in screen.mode for mode in (9, 1000, 1002, 1003))
        history = [self._row(line) for line in screen.history.top]
        return Picture(screen.columns, rows, cursor, history, switches, screen.title)

    def _row(self, line: dict[int, pyte.screens.Char]) -> list[Cell]:
        cells = [(line[x].data, _pyte_look(line[x])) for x in range(self._screen.columns)]
        return fill(cells, self._screen.columns)


def _pyte_look(char: pyte.screens.Char) -> Look:
    flags = frozenset(ours for theirs, ours in _PYTE_FLAGS.items() if getattr(char, theirs))
    return Look(_pyte_colour(char.fg), _pyte_colour(char.bg), int(char.underscore), None, flags)


def _pyte_colour(name: str) -> Colour:
    if name == "default":
        return None
    if name in _PYTE_NAMES:
        return _PYTE_NAMES.index(name)
    if name in _PYTE_BRIGHT:
        return 8 + _PYTE_BRIGHT.index(name)
    if re.fullmatch("[0-9a-f]{6}", name):
        if name in pyte.graphics.FG_BG_256[16:]:
            return 16 + pyte.graphics.FG_BG_256[16:].index(name)
        return int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16)
    raise AssertionError(f"unexpected colour {name}")


# ---- ours ---------------------------------------------------------------------------------------------------------

_OUR_FLAGS = {
    styles.BOLD: "bold",
    styles.FAINT: "dim",
    styles.ITALIC: "italic",
    styles.BLINK: "blink",
    styles.REVERSE: "reverse",
    styles.HIDDEN: "invisible",
    styles.STRIKE: "strike",
    styles.OVERLINE: "overline",
}


class OurTerminal:
    """The terminal under test, seen through its public face, as the dashboard sees it."""

    name = "ours"

    def __init__(self, columns: int, rows: int, *, history: int = HISTORY) -> None:
        self.terminal = Terminal(columns, rows, history=history)
        self._replies = b""

    def feed(self, data: bytes) -> None:
        self.terminal.feed(data)
        self._replies += self.terminal.take_replies()

    def resize(self, columns: int, rows: int) -> None:
        self.terminal.resize(columns, rows)

    def replies(self) -> bytes:
        return self._replies

    def close(self) -> None:
        return

    def picture(self) -> Picture:
        terminal = self.terminal
        terminal.catch_up()
        modes = terminal.modes
        named = ("alternate", "application_cursor", "application_keypad", "autowrap", "origin", "insert")
        switches = {name: getattr(modes, name) for name in (*named, "bracketed_paste", "focus", "synchronized")}
        switches["cursor_visible"] = terminal.cursor.visible
        switches["mouse"] = modes.mouse_tracking != 0
        switches["mouse_sgr"] = modes.mouse_encoding in (1006, 1016)  # 1016 is 1006 in pixels
        return Picture(
            terminal.columns,
            [_our_row(terminal.row(y), terminal.columns) for y in range(terminal.rows)],
            (terminal.cursor.column, terminal.cursor.row),
            [_our_row(terminal.history_row(y), terminal.columns) for y in range(terminal.history_length)],
            switches,
            terminal.title,
        )


def _our_row(row: Row, columns: int) -> list[Cell]:
    looks = [PLAIN] * columns
    for start, end, style in row.runs:
        looks[start:end] = [_our_look(style)] * (min(end, columns) - start)
    cells: list[Cell] = []
    for cluster, width in split(row.text):
        cells.append((cluster, looks[len(cells)]))
        if width == 2:
            cells.append(("", cells[-1][1]))
    return cells + [(" ", look) for look in looks[len(cells) :]]


def _our_look(style: styles.Style) -> Look:
    flags = frozenset(name for bit, name in _OUR_FLAGS.items() if style.attributes & bit)
    colours = (style.foreground, style.background, style.underline_color)
    fg, bg, line = (_our_colour(colour) for colour in colours)
    return Look(fg, bg, style.underline, line, flags)


def _our_colour(colour: int) -> Colour:
    if colour == styles.DEFAULT_COLOR:
        return None
    if colour & styles.RGB:
        return colour >> 16 & 255, colour >> 8 & 255, colour & 255
    return colour
