"""A terminal emulator: pyte's, made complete and fast. Pure: no sockets, no event loop, no clock."""

from .cells import Row
from .engine import Cursor, Terminal
from .events import (
    Bell,
    ClipboardWrite,
    DirectoryChanged,
    Event,
    Notification,
    Progress,
    TitleChanged,
)
from .key_names import parse_key, parse_typed_key
from .keys import encode_focus, encode_key, encode_text
from .modal import Modes
from .mouse import encode_mouse
from .paste import encode_paste
from .search import Match
from .styles import RGB, Style

__all__ = [
    "RGB",
    "Bell",
    "ClipboardWrite",
    "Cursor",
    "DirectoryChanged",
    "Event",
    "Match",
    "Modes",
    "Notification",
    "Progress",
    "Row",
    "Style",
    "Terminal",
    "TitleChanged",
    "encode_focus",
    "encode_key",
    "encode_mouse",
    "encode_paste",
    "encode_text",
    "parse_key",
    "parse_typed_key",
]
