"""From bytes to calls of the screen's methods: one compiled regular expression over whole chunks.

Invariant: any split of the input has the same effect, because an escape character always begins anew: whatever is
open before it ends there. Nothing raises, no part of a sequence shows as text, and what is kept of an open
sequence is bounded.
Source: Paul Williams' DEC ANSI parser; pyte's Stream, whose tables of method names it extends.
"""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import TYPE_CHECKING, Final

import pyte

from .styles import number

if TYPE_CHECKING:
    from .screen import TerminalScreen

MAX_SEQUENCE: Final = 1024  # characters of a control sequence; a longer one is ignored
MAX_STRING: Final = 1024 * 1024  # characters of an OSC or DCS; a longer one is ignored
MAX_PARAMETERS: Final = 32
MAX_KNOWN: Final = 8192  # parsed sequences that are remembered, by all terminals together

_CONTROLS: Final = "\x00-\x17\x19\x1c-\x1f"  # C0 without CAN, SUB and ESC
# One token: text, then a plain CSI (2, 3), a control (4) or something rarer (5). C1 controls are no text and do
# nothing: in UTF-8 no program means them, and half a character would look like one.
TOKENS: Final = re.compile(
    "([^\x00-\x1f\x7f-\x9f]*)(?:"
    r"\x1b\[([0-9;:]*)([@-~])"
    "|(\r+\n|[\x00-\x1a\x1c-\x1f])"
    r"|(\x1b\][^\x07\x18\x1a\x1b]*[\x07\x18\x1a]?"
    r"|\x1b[PX^_][^\x18\x1a\x1b]*[\x18\x1a]?"
    r"|\x1b\[[^@-~\x18\x1a\x1b\x80-\U0010ffff]*[@-~\x18\x1a]?"
    rf"|\x1b[{_CONTROLS} -/]*[0-~\x18\x1a]?)"
    r"|[\x7f-\x9f]+|\Z)"
)
# What may stand at the end of a chunk and need more; begins at the last escape character.
_OPEN: Final = re.compile(
    r"\x1b(?:\[[^@-~\x18\x1a\x80-\U0010ffff]*"
    r"|\][^\x07\x18\x1a]*|[PX^_][^\x18\x1a]*"
    rf"|[{_CONTROLS} -/]*)\Z"
)
_CSI: Final = re.compile(r"\x1b\[([<-?]?)([0-9;]*)([ -/]*)([@-~])")
_EARLY: Final = re.compile(rf"\x1b([{_CONTROLS}]+)")
_EMBEDDED: Final = re.compile(f"[{_CONTROLS}\x7f]")
_STRING_END: Final = re.compile("[\x07\x18\x1a\x1b]")
_CONTROL_STRING_END: Final = re.compile("[\x18\x1a\x1b]")
_IGNORED_CSI: Final = "\x1b[ 0"  # a parameter after an intermediate: ignored up to its final character
_IGNORED_ESCAPE: Final = "\x1b   "

ESCAPE_METHODS: Final = {
    **pyte.ByteStream.escape,
    "E": "next_line", "Z": "report_device_attributes", "=": "keypad_application", ">": "keypad_numeric",
    "n": "shift_2", "o": "shift_3",
}  # fmt: skip
# By private prefix, intermediates and final character.
CSI_METHODS: Final = {
    **{final: name for final, name in pyte.ByteStream.csi.items() if final != "'"},
    "`": "cursor_to_column", "e": "cursor_down_free", "S": "scroll_up", "T": "scroll_down", "b": "repeat",
    "I": "forward_tabs", "Z": "back_tabs", "s": "save_cursor", "u": "restore_cursor", "t": "window_operation",
    "?J": "erase_in_display", "?K": "erase_in_line", "?h": "set_private_mode", "?l": "reset_private_mode",
    "?n": "report_private_status", "$p": "report_mode", "?$p": "report_private_mode",
    ">c": "report_secondary_attributes", "=c": "report_tertiary_attributes", ">q": "report_version",
    "!p": "soft_reset", " q": "set_cursor_style", "?u": "report_keyboard", ">u": "push_keyboard",
    "<u": "pop_keyboard", "=u": "set_keyboard", ">m": "set_key_modifiers", ">n": "reset_key_modifiers",
    "?m": "report_key_modifiers", "?W": "reset_tab_stops",
}  # fmt: skip


Call = tuple[str, tuple[int, ...]]  # a method of the screen and its arguments
_known_calls: dict[str, Call] = {}  # by parameters and final character; the same few come again and again
_NOTHING: Final[Call] = ("debug", ())


@cache
def _most_arguments(name: str) -> int:
    """Return how many parameters a method of the screen takes."""
    from .screen import TerminalScreen

    code = getattr(TerminalScreen, name).__code__
    return MAX_PARAMETERS if code.co_flags & inspect.CO_VARARGS else min(code.co_argcount - 1, MAX_PARAMETERS)


def _call(key: str, parameters: str) -> Call:
    """Return what a CSI sequence calls: `key` is its prefix, intermediates and final character."""
    name = CSI_METHODS.get(key)
    if name is None or ":" in parameters or len(parameters) > MAX_SEQUENCE - 3:
        return _NOTHING
    numbers = tuple([number(field) for field in parameters.split(";")[: _most_arguments(name)]])
    call = name, numbers
    if len(key) == 1:
        if len(_known_calls) >= MAX_KNOWN:
            _known_calls.clear()
        _known_calls[parameters + key] = call
    return call


class TerminalStream(pyte.ByteStream):
    """pyte's ByteStream with our tokenizer."""

    basic = pyte.ByteStream.basic
    escape = ESCAPE_METHODS
    csi = CSI_METHODS
    events = pyte.ByteStream.events | frozenset((*ESCAPE_METHODS.values(), *CSI_METHODS.values()))

    def __init__(self, screen: TerminalScreen) -> None:
        self._screen = screen
        self._tail = ""  # an open sequence
        self._string: list[str] = []  # an open string, in pieces
        self._string_size = 0
        super().__init__(screen)

    def _initialize_parser(self) -> None:
        """Leave out pyte's parser; ours keeps its state in attributes."""
        self._taking_plain_text = True

    @property
    def is_open(self) -> bool:
        """Whether a sequence is open."""
        return bool(self._tail or self._string)

    @property
    def at_rest(self) -> bool:
        """Whether no character and no sequence is open."""
        return not (self._tail or self._string or self.utf8_decoder.getstate()[0])

    @property
    def pending(self) -> bytes:
        """The bytes of an open sequence or character; fed to a stream at rest they make it as open as this one."""
        opened = "".join(self._string) if self._string_size <= MAX_STRING else self._string[0][:2] + "!"
        return (opened + self._tail).encode() + self.utf8_decoder.getstate()[0]

    def feed(self, data: bytes) -> None:  # type: ignore[override]  # as in pyte.ByteStream
        """Consume bytes in any split."""
        text = self.utf8_decoder.decode(data)
        if self._string:
            text = self._continue_string(text)
        if self._tail:
            text = self._tail + text
            self._tail = ""
        if "\x1b" in text:
            if _EARLY.search(text):  # controls inside an escape sequence work at once, behind the string that it ends
                text = _EARLY.sub("\x1b\\\\\\1\x1b", text)
            last = text.rfind("\x1b")
            if _OPEN.match(text, last):
                self._keep(text[last:])
                text = text[:last]
        if text:
            self._run(text)

    def _keep(self, tail: str) -> None:
        """Remember an open sequence."""
        if tail[1:2] and tail[1] in "]PX^_":
            self._string, self._string_size = [tail], len(tail)
        elif len(tail) <= MAX_SEQUENCE:
            self._tail = tail
        else:
            self._run("".join(_EMBEDDED.findall(tail)))
            self._tail = _IGNORED_CSI if tail[1] == "[" else _IGNORED_ESCAPE

    def _continue_string(self, text: str) -> str:
        """Add text to the open string; return what follows its end."""
        is_command = self._string[0][1] == "]"
        end = (_STRING_END if is_command else _CONTROL_STRING_END).search(text)
        stop = end.start() if end else len(text)
        if self._string_size <= MAX_STRING:
            self._string.append(text[:stop])
        else:
            del self._string[1:]
        self._string_size += stop
        if end is None:
            return ""
        whole, size = "".join(self._string), self._string_size
        self._string, self._string_size = [], 0
        if end[0] != "\x1b":
            whole += end[0]
            stop += 1
        if size <= MAX_STRING:
            self._dispatch_string(whole)
        return text[stop:]

    def _run(self, text: str) -> None:
        """Carry out text without an open sequence at its end."""
        screen = self._screen
        cursor, styles, draw = screen.cursor, screen.styles, screen.draw
        steps = styles.steps
        for plain, parameters, final, control, rest in TOKENS.findall(text):
            if plain:
                draw(plain)
            if final:
                if final == "m":
                    ink = screen.ink
                    screen.ink = steps.get(ink + parameters) or styles.step(ink, parameters)
                else:
                    call = _known_calls.get(parameters + final)
                    if call is None:
                        call = _call(final, parameters)
                    getattr(screen, call[0])(*call[1])
            elif control:
                if control[-1] == "\n":
                    if control != "\n":
                        cursor.x = 0
                    screen.linefeed()
                elif control in self.basic:
                    getattr(screen, self.basic[control])()
            elif rest:
                self._dispatch_rest(rest)

    def _dispatch_rest(self, token: str) -> None:
        kind = token[1:2]
        if kind and kind in "]PX^_":
            if len(token) - (token[-1] in "\x07\x18\x1a") <= MAX_STRING:
                self._dispatch_string(token)
            return
        if _EMBEDDED.search(token):
            self._run("".join(_EMBEDDED.findall(token)))
        if len(token) > MAX_SEQUENCE:
            return
        token = _EMBEDDED.sub("", token)
        if kind == "[":
            match = _CSI.fullmatch(token)
            if match:
                prefix, parameters, intermediates, final = match.groups()
                name, numbers = _call(prefix + intermediates + final, parameters)
                getattr(self._screen, name)(*numbers)
        elif len(token) == 2 and token[1] in self.escape:
            getattr(self._screen, self.escape[token[1]])()
        elif len(token) == 3 and token[1] in "()*+":
            self._screen.define_charset(token[2], token[1])
        elif token == "\x1b#8":
            self._screen.alignment_display()

    def _dispatch_string(self, token: str) -> None:
        """Carry out a whole string; one that was cancelled does nothing."""
        end = token[-1]
        if end in "\x18\x1a":
            return
        if token[1] == "]":
            closed = end == "\x07"
            self._screen.system_command(token[2:-1] if closed else token[2:], end if closed else "\x1b\\")
        elif token[1] == "P":
            self._screen.device_control(token[2:])
