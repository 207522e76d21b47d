"""Operating system commands and device control strings: titles, colours, links, clipboard, notifications.

Invariant: a string never shows as text, whatever it holds; what is kept of it is cleaned and bounded.
Source: xterm's ctlseqs (OSC 0-12, 52, 104-112), OSC 7, OSC 8, ConEmu and iTerm2 (OSC 9), rxvt (OSC 777).
"""

from __future__ import annotations

import re

from .cells import Line
from .events import Bell, ClipboardWrite, DirectoryChanged, Event, Notification, Progress, TitleChanged
from .grid import Page
from .packing import Packed
from .replies import AnsweringScreen
from .styles import number

MAX_TITLE = 1024
MAX_LINK = 2083
MAX_TEXT = 4096
MAX_EVENTS = 64
FOREGROUND, BACKGROUND, CURSOR = 10, 11, 12
_DEFAULTS = {FOREGROUND: 0xCCCCCC, BACKGROUND: 0x000000, CURSOR: 0xCCCCCC}
_ANSI = (0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x1E90FF, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
         0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF)  # fmt: skip
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]+")
_RGB_SPEC = re.compile("rgb:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_HASH_SPEC = re.compile("#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


def clean(text: str, most: int = MAX_TEXT) -> str:
    """Return text without control, direction and separator characters, cut at a length."""
    return _UNPRINTABLE.sub(" ", text[:most]).strip()


def palette_color(index: int) -> int:
    """Return the usual 0xrrggbb of a palette number (xterm)."""
    if index < 16:
        return _ANSI[index]
    if index >= 232:
        return (8 + (index - 232) * 10) * 0x010101
    index -= 16
    red, green, blue = (0 if step == 0 else 55 + 40 * step for step in (index // 36, index // 6 % 6, index % 6))
    return red << 16 | green << 8 | blue


def parse_color(spec: str) -> int | None:
    """Return the 0xrrggbb of `rgb:r/g/b` or `#rrggbb`; None for names and nonsense."""
    match = _RGB_SPEC.fullmatch(spec) or _HASH_SPEC.fullmatch(spec)
    if match is None:
        return None
    red, green, blue = (int(part, 16) * 255 // int("f" * len(part), 16) for part in match.groups())
    return red << 16 | green << 8 | blue


class StringScreen(AnsweringScreen):
    """The screen that understands strings."""

    owns_clusters = True  # or it shares those of another screen, and does not know who uses them

    def __init__(self, columns: int, lines: int, history: int) -> None:
        self.replies = bytearray()
        self.events: list[Event] = []
        self.titles: list[str] = []
        self.directory = ""
        self.colors: dict[int, int] = {}  # palette numbers, and 256 + 10, 11, 12
        self.theme: dict[int, int] = {}  # what the viewers' terminals look like, for queries
        super().__init__(columns, lines, history)
        self._reset_modes()  # pyte sets modes of its own after its reset

    def reset(self) -> None:
        """Return to the state after power-up (RIS)."""
        super().reset()
        self.titles = []
        self.colors = {}

    def tell(self, event: Event) -> None:
        """Keep an event for whoever asks; of too many the oldest go."""
        if len(self.events) >= MAX_EVENTS:
            del self.events[0]
        self.events.append(event)

    def bell(self, *_: object) -> None:
        """Note a bell; many in a row are one."""
        if not self.events or self.events[-1] != Bell():
            self.tell(Bell())

    def set_title(self, param: str) -> None:
        """Set the title (OSC 2)."""
        title = clean(param, MAX_TITLE)
        if title != self.title:
            super().set_title(title)
            if self.events and isinstance(self.events[-1], TitleChanged):
                self.events[-1] = TitleChanged(title)
            else:
                self.tell(TitleChanged(title))

    def set_icon_name(self, param: str) -> None:
        """Set the icon name (OSC 1)."""
        super().set_icon_name(clean(param, MAX_TITLE))

    # --- OSC

    def system_command(self, payload: str, terminator: str) -> None:
        """Carry out `OSC <payload> <terminator>`; a reply ends as the question did."""
        code, _, rest = payload.partition(";")
        end = "\x07" if terminator == "\x07" else "\x1b\\"
        if code in ("0", "1", "2"):
            if code in "01":
                self.set_icon_name(rest)
            if code in "02":
                self.set_title(rest)
        elif code == "8":
            self._set_link(rest)
        elif code == "7":
            self.directory = clean(rest, MAX_LINK)
            self.tell(DirectoryChanged(self.directory))
        elif code in ("9", "777"):
            self._notify(code, rest)
        elif code == "52":
            selection, _, data = rest.partition(";")
            if data != "?":
                self.tell(ClipboardWrite(clean(selection, 16), data))
        else:
            self._color_command(code, rest, end)

    def _set_link(self, rest: str) -> None:
        parameters, _, uri = rest.partition(";")
        uri = uri if len(uri) <= MAX_LINK and clean(uri, MAX_LINK) == uri else ""
        ids = [part[3:] for part in parameters.split(":") if part.startswith("id=")]
        link_id = clean(ids[0].replace(";", ""), 256) if ids and uri else ""
        self.ink = self.styles.ink(self.styles.style(self.ink)._replace(link=uri, link_id=link_id))

    def _notify(self, code: str, rest: str) -> None:
        if code == "777":
            kind, _, rest = rest.partition(";")
            title, _, body = rest.partition(";")
            if kind == "notify":
                self.tell(Notification(clean(title), clean(body)))
            return
        kind, _, values = rest.partition(";")
        if kind == "4":
            state, _, percent = values.partition(";")
            if state.isdecimal() and state.isascii() and int(state[:2]) <= 4:
                known = percent.isdecimal() and percent.isascii()
                self.tell(Progress(int(state[:2]), number(percent, 0, 100) if known else 0))
        elif not (kind.isdecimal() and len(kind) <= 2):  # ConEmu's other commands are no messages
            self.tell(Notification("", clean(rest)))

    # --- colours

    def _color_command(self, code: str, rest: str, end: str) -> None:
        if code == "4":
            fields = rest.split(";")[:512]
            for index, spec in zip(fields[::2], fields[1::2], strict=False):
                if index.isdecimal() and index.isascii() and number(index) < 256:
                    self._color(number(index), spec, f"4;{number(index)}", end)
        elif code in ("10", "11", "12"):
            for place, spec in enumerate(rest.split(";")[:3], int(code)):
                if place <= CURSOR:
                    self._color(256 + place, spec, str(place), end)
        elif code == "104":
            wanted = [number(index) for index in rest.split(";")[:256] if index.isdecimal() and index.isascii()]
            for key in wanted or range(256):
                self.colors.pop(key, None)
        elif code in ("110", "111", "112"):
            self.colors.pop(256 + int(code) - 100, None)

    def _color(self, key: int, spec: str, name: str, end: str) -> None:
        if spec == "?":
            shown = "/".join(f"{self.color(key) >> shift & 255:02x}" * 2 for shift in (16, 8, 0))
            self.write_process_input(f"\x1b]{name};rgb:{shown}{end}")
        else:
            color = parse_color(spec)
            if color is not None:
                self.colors[key] = color

    def color(self, key: int) -> int:
        """Return the 0xrrggbb of a palette number, or of 256 + 10, 11, 12 for foreground, background, cursor."""
        known = self.colors.get(key, self.theme.get(key))
        if known is not None:
            return known
        return palette_color(key) if key < 256 else _DEFAULTS[key - 256]

    # --- DCS

    def device_control(self, payload: str) -> None:
        """Carry out `DCS <payload> ST`: DECRQSS is answered, XTGETTCAP refused, the rest swallowed."""
        if payload.startswith("$q"):
            self.request_setting(payload[2:])
        elif payload.startswith("+q"):
            for name in payload[2:].split(";")[:32]:
                if re.fullmatch("[0-9a-fA-F]{2,64}", name):
                    self.write_process_input(f"\x1bP0+r{name}\x1b\\")

    # --- upkeep

    def collect_styles(self) -> None:
        """Forget the styles that no cell has; if the scrollback holds too many, its older half goes."""
        pages = [page for page in (self.main, self.alternate) if page is not None]
        while True:
            live = self._live(pages)
            if not self.styles.is_too_much(live) or not len(self.history):
                break
            self.history.halve()
        translation = self.styles.collect(live)
        for line in self._all_lines(pages):
            line.inks = line.inks.translate(translation)
        for raw in self.history.raws():
            raw.ink = translation[ord(raw.ink)]
        for page in pages:
            if page.saved:
                page.saved.ink = translation[ord(page.saved.ink)]
        self.ink = translation[ord(self.ink)]

    def collect_clusters(self) -> None:
        """Forget the clusters that no cell has; if the scrollback holds too many, its older half goes."""
        if not self.owns_clusters:
            return
        pages = [page for page in (self.main, self.alternate) if page is not None]
        while self.clusters.collect(
            set().union(*(self.clusters.named(line.cells) for line in self._all_lines(pages)))
        ) and len(self.history):
            self.history.halve()

    def _all_lines(self, pages: list[Page]) -> list[Line | Packed]:
        return [*self.history.parsed(), *(line for page in pages for line in page.lines)]

    def _live(self, pages: list[Page]) -> set[str]:
        live = {self.ink, *(page.saved.ink for page in pages if page.saved)}
        live.update(raw.ink for raw in self.history.raws())
        for line in self._all_lines(pages):
            live.update(line.inks)
        return live
