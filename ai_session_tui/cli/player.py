"""Playing a pane's past in a plain terminal.

It is drawn by an emulator of our own and shown as pictures, cropped to the terminal: what the program once asked its
terminal is not asked again, and a past of any size fits. Invariant: keys are answered at once, whatever plays.
"""

from __future__ import annotations

import os
import select
import signal
import time

from ai_session_tui import figures
from ai_session_tui.cli.console import clean
from ai_session_tui.cli.raw_terminal import CLEAR, RawTerminal
from ai_session_tui.cli.signals import Signals
from ai_session_tui.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_session_tui.cli.film import Film, Scene

_FRAME_SECONDS = 1 / 30
_MOST_SPEED, _LEAST_SPEED = 256.0, 1 / 16
_FATAL = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT") if hasattr(signal, name))
_SIGNALS = (*_FATAL, *(getattr(signal, name) for name in ("SIGWINCH", "SIGCONT") if hasattr(signal, name)))
_HINT = "space pause  + - speed  n next  q quit"


class Player:
    """One film in one terminal."""

    def __init__(self, film: Film, scenes: Iterator[Scene], title: str, speed: float) -> None:
        self._film = film
        self._scenes = scenes
        self._next: Scene | None = next(scenes, None)
        self._title = title
        self._speed = speed
        self._screen = Terminal(*film.size, history=0)
        self._place = 0.0  # seconds of the film that have passed
        self._is_paused = False
        self._is_over = False
        self._drawn: object = None
        self._terminal: RawTerminal

    def run(self) -> int:
        """Play until the end or `q`; return the exit status."""
        with Signals(*_SIGNALS) as signals, RawTerminal() as self._terminal:
            self._terminal.write(CLEAR)
            clock = time.monotonic()
            while not self._is_over:
                now = time.monotonic()
                if not self._is_paused:
                    self._place += (now - clock) * self._speed
                clock = now
                self._feed()
                self._draw()
                ready = select.select([self._terminal.source, signals.fileno()], [], [], self._wait())[0]
                if signals.fileno() in ready:
                    for number in signals.take():
                        if number in _FATAL:
                            return 128 + number
                    self._drawn = None
                if self._terminal.source in ready:
                    self._pressed(self._terminal.read())
        return 0

    def _wait(self) -> float | None:
        """Return how long nothing happens by itself."""
        if self._is_paused or self._next is None:
            return None if self._is_paused else 0.0
        due = (self._next[0] - self._place) / self._speed
        return min(max(due, _FRAME_SECONDS), 1.0)

    def _feed(self) -> None:
        """Take everything that is due, but not for so long that a key would have to wait."""
        until = time.monotonic() + _FRAME_SECONDS
        while self._next is not None and self._next[0] <= self._place and time.monotonic() < until:
            scene = self._next[1]
            if isinstance(scene, tuple):
                self._screen.resize(*scene)
            else:
                self._screen.feed(scene)
                self._screen.take_replies()
                self._screen.take_events()
            self._next = next(self._scenes, None)
        if self._next is None and not self._is_paused:
            self._is_over = True

    def _draw(self) -> None:
        columns, rows = self._terminal.size()
        state = (self._screen.epoch, columns, rows, int(self._place), self._speed, self._is_paused)
        if state == self._drawn:
            return
        self._drawn = state
        picture = self._screen.snapshot(scrollback=0, columns=columns, rows=max(1, rows - 1))
        self._terminal.write(picture + self._status(columns, rows))

    def _status(self, columns: int, rows: int) -> bytes:
        sign = "▮▮" if self._is_paused else "▶"
        place = f"{_clock(min(self._place, self._film.seconds))} / {_clock(self._film.seconds)}"
        speed = f"x{self._speed:g}"
        text = f" {sign} {place} {speed}  {clean(self._title)}  {_HINT}"
        line = figures.pad(figures.cut(text, columns), columns)
        return f"\x1b7\x1b[0m\x1b[{rows};1H\x1b[7m{line}\x1b[0m\x1b8".encode()

    def _pressed(self, keys: bytes) -> None:
        if not keys or keys[:1] in (b"q", b"\x03", b"\x04") or keys == b"\x1b":
            self._is_over = True
        for key in keys.decode("utf-8", "replace"):
            if key == " ":
                self._is_paused = not self._is_paused
            elif key in "+>=":
                self._speed = min(self._speed * 2, _MOST_SPEED)
            elif key in "-<":
                self._speed = max(self._speed / 2, _LEAST_SPEED)
            elif key in "n." and self._next is not None:  # what comes next, without the pause before it
                self._place = max(self._place, self._next[0])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def play(film: Film, scenes: Iterator[Scene], title: str, speed: float) -> int:
    """Play a film at this terminal; return the exit status."""
    os.environ.setdefault("TERM", "xterm-256color")
    return Player(film, scenes, title, speed).run()
