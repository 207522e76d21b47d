"""The terminal in raw mode, and putting it back: whatever a program left switched on in it is switched off.

Invariant: leaving the block restores the terminal's settings and modes, however the block is left; a terminal that
is gone is no error.
"""

from __future__ import annotations

import contextlib
import os
import termios
import tty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# DECRST of: synchronized update, all mouse modes and encodings, focus, bracketed paste, application cursor keys,
# origin, reverse video, left-right margins; DECSET of autowrap and the cursor.
_MODES = "".join(
    f"\x1b[?{number}l" for number in (2026, 9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016, 1004, 2004, 1, 6, 5, 69)
) + "".join(f"\x1b[?{number}h" for number in (7, 25))
_KITTY_KEYBOARD_OFF = "\x1b[<99u"  # popping more than there is leaves none; each screen has a stack of its own
_KEYS = "\x1b[>4;0m\x1b>"  # modifyOtherKeys, application keypad
_LINK_OFF = "\x1b]8;;\x1b\\"
_LOOKS = "\x1b[0m\x1b[0 q\x1b[r\x1b[4l\x1b(B\x1b)B\x0f"  # SGR, cursor shape, scroll region, insert mode, charsets
_MAIN_SCREEN = "\x1b[?1049l"
_LAST_LINE = "\x1b[999;1H\r\n"
_KEEP_TITLE, _TITLE_BACK = "\x1b[22;0t", "\x1b[23;0t"  # xterm's stack of titles

RESET = (
    _LINK_OFF
    + _MODES
    + _KEYS
    + _KITTY_KEYBOARD_OFF
    + "\x1b[r"
    + _MAIN_SCREEN
    + _KITTY_KEYBOARD_OFF
    + _LOOKS
    + _TITLE_BACK
    + _LAST_LINE
).encode()

# For drawing something of ours over the program's picture: the next snapshot puts everything back.
CLEAR = (_LINK_OFF + _MODES + _LOOKS + "\x1b[H\x1b[2J").encode()


class RawTerminal:
    """The terminal at stdin and stdout, in raw mode while the block runs."""

    def __init__(self, source: int = 0, sink: int = 1) -> None:
        self.source = source
        self._sink = sink
        self._settings = termios.tcgetattr(source)

    def __enter__(self) -> RawTerminal:
        self.make_raw()
        # As many lines as are above the cursor scroll into the terminal's history: a snapshot clears the screen.
        with contextlib.suppress(OSError):  # it is gone: the first look at it will tell
            self.write(_KEEP_TITLE.encode() + b"\n" * self.size()[1])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.write(RESET)
        except OSError:
            pass  # it is gone: there is nothing to put back
        finally:
            self._restore()

    def make_raw(self) -> None:
        """Enter raw mode, also after somebody else changed the settings."""
        tty.setraw(self.source, termios.TCSADRAIN)

    def write(self, data: bytes) -> None:
        """Write everything; raises OSError when the terminal is gone."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._sink, view) :]

    def read(self) -> bytes:
        """Return what was typed; b"" when the terminal is gone."""
        try:
            return os.read(self.source, 65536)
        except OSError:
            return b""

    def size(self) -> tuple[int, int]:
        """Return columns and rows; 80x24 for a terminal that does not know."""
        found = os.get_terminal_size(self._sink)
        return (found.columns, found.lines) if found.columns > 0 and found.lines > 0 else (80, 24)

    def _restore(self) -> None:
        try:
            # Replies of the terminal to a program's queries may still wait: the shell must not read them as typed.
            termios.tcsetattr(self.source, termios.TCSAFLUSH, self._settings)
        except termios.error:
            return  # gone, as above
