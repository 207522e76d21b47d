"""Every sequence that the terminal promises to know, by its name: what it does, in any split, and after a snapshot.

Each row starts on a fresh terminal of 10 columns and 4 rows. What there is to see of it is also what libghostty shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ai_session_tui.terminal import Terminal
from ai_session_tui.terminal.events import ClipboardWrite, DirectoryChanged, Notification, TitleChanged
from ai_session_tui.version import VERSION
from tests.terminal.oracles import GhosttyOracle, OurTerminal
from tests.terminal.picture import differences

COLUMNS, ROWS = 10, 4


@dataclass(frozen=True, slots=True)
class Sequence:
    """A stream, what to look at afterwards, and what is to be seen there."""

    name: str
    stream: str
    look: Callable[[Terminal], Any]
    expected: Any
    why_not_ghostty: str = ""  # what libghostty shows otherwise


def screen(terminal: Terminal) -> tuple[str, ...]:
    return tuple("\n".join(terminal.lines()).rstrip("\n").split("\n"))


def place(terminal: Terminal) -> tuple[int, int]:
    return terminal.cursor.column, terminal.cursor.row


def shown_and_place(terminal: Terminal) -> tuple[tuple[str, ...], tuple[int, int]]:
    return screen(terminal), place(terminal)


def replies(terminal: Terminal) -> str:
    return terminal.take_replies().decode()


def events(terminal: Terminal) -> list[object]:
    return list(terminal.take_events())


def shape(terminal: Terminal) -> tuple[str, bool]:
    return terminal.cursor.shape, terminal.cursor.blink


def style(terminal: Terminal) -> Any:
    return terminal.row(0).runs[0][2]


def mode(name: str) -> Callable[[Terminal], Any]:
    return lambda terminal: getattr(terminal.modes, name)


def looks(name: str) -> Callable[[Terminal], Any]:
    return lambda terminal: getattr(style(terminal), name)


def narrowed(terminal: Terminal) -> tuple[tuple[str, ...], tuple[int, int]]:
    copy = Terminal(COLUMNS, ROWS)
    copy.feed(terminal.snapshot())
    copy.resize(6, ROWS)
    return screen(copy), place(copy)


FOUR = "aaa\r\nbbb\r\nccc\r\nddd"
RGB = 1 << 24  # marks a colour that is none of the palette
OK = ("ok",)

SEQUENCES = [
    Sequence("alternate-47", "main\x1b[?47h\x1b[Hx\x1b[?47l", screen, ("main",)),
    Sequence("alternate-47-comes-up-clean", "\x1b[?47hgone\x1b[?47l\x1b[?47h", screen, ("",),
             "libghostty keeps the page as xterm does; tmux and we give it up when it is left"),
    Sequence("alternate-1047", "main\x1b[?1047h\x1b[Hx\x1b[?1047l", screen, ("main",)),
    Sequence("alternate-1048", "\x1b[2;3H\x1b[?1048h\x1b[H\x1b[?1048l", place, (2, 1)),
    Sequence("alternate-1049", "main\x1b[?1049h\x1b[Hx\x1b[?1049l", shown_and_place, (("main",), (4, 0))),
    Sequence("DECSTBM", FOUR + "\x1b[2;3r\x1b[3;1H\n", screen, ("aaa", "ccc", "", "ddd")),
    Sequence("SU", FOUR + "\x1b[2S", screen, ("ccc", "ddd")),
    Sequence("SD", FOUR + "\x1b[T", screen, ("", "aaa", "bbb", "ccc")),
    Sequence("REP", "ab\x1b[3b", screen, ("abbbb",)),
    Sequence("ECH", "abcdef\x1b[2G\x1b[3X", screen, ("a   ef",)),
    Sequence("CBT", "\x1b[10G\x1b[Z", place, (8, 0)),
    Sequence("DECSTR", "\x1b[4h\x1b[?6h\x1b[?25l\x1b[!p", lambda t: (t.modes.insert, t.modes.origin, t.cursor.visible),
             (False, False, True), "libghostty leaves insert mode on"),
    Sequence("SGR-colon-256", "\x1b[38:5:123mx", looks("foreground"), 123),
    Sequence("SGR-colon-true-colour", "\x1b[48:2::1:2:3mx", looks("background"), RGB | 0x010203),
    Sequence("SGR-underline-double", "\x1b[4:2mx", looks("underline"), 2),
    Sequence("SGR-underline-curly", "\x1b[4:3mx", looks("underline"), 3),
    Sequence("SGR-underline-dotted", "\x1b[4:4mx", looks("underline"), 4),
    Sequence("SGR-underline-dashed", "\x1b[4:5mx", looks("underline"), 5),
    Sequence("SGR-underline-colour", "\x1b[4;58:2::9:8:7mx", looks("underline_color"), RGB | 0x090807),
    Sequence("SGR-true-colour", "\x1b[38;2;250;128;1mx", looks("foreground"), RGB | 0xFA8001),
    Sequence("bracketed-paste", "\x1b[?2004h", mode("bracketed_paste"), True),
    Sequence("focus", "\x1b[?1004h", mode("focus"), True),
    Sequence("mouse-9", "\x1b[?9h", mode("mouse_tracking"), 9),
    Sequence("mouse-1000", "\x1b[?1000h", mode("mouse_tracking"), 1000),
    Sequence("mouse-1002", "\x1b[?1002h", mode("mouse_tracking"), 1002),
    Sequence("mouse-1003", "\x1b[?1003h", mode("mouse_tracking"), 1003),
    Sequence("mouse-1005", "\x1b[?1000;1005h", mode("mouse_encoding"), 1005),
    Sequence("mouse-1006", "\x1b[?1000;1006h", mode("mouse_encoding"), 1006),
    Sequence("mouse-1015", "\x1b[?1000;1015h", mode("mouse_encoding"), 1015),
    Sequence("synchronized-2026", "\x1b[?2026h", mode("synchronized"), True),
    *[
        Sequence(f"DECSCUSR-{number}", f"\x1b[{number} q", shape, expected)
        for number, expected in enumerate(
            [(kind, blinks) for kind in ("block", "underline", "bar") for blinks in (True, False)], 1
        )
    ],
    Sequence("kitty-keyboard-push", "\x1b[>1u\x1b[>5u", mode("kitty_flags"), 5),
    Sequence("kitty-keyboard-pop", "\x1b[>1u\x1b[>5u\x1b[<u", mode("kitty_flags"), 1),
    Sequence("kitty-keyboard-set", "\x1b[=3;1u\x1b[=8;2u\x1b[=1;3u", mode("kitty_flags"), 10),
    Sequence("kitty-keyboard-per-screen", "\x1b[>1u\x1b[?1049h\x1b[>4u\x1b[?1049l", mode("kitty_flags"), 1),
    Sequence("kitty-keyboard-query", "\x1b[>5u\x1b[?u", replies, "\x1b[?5u"),
    Sequence("modifyOtherKeys", "\x1b[>4;2m", mode("modify_other_keys"), 2),
    Sequence("OSC-0", "\x1b]0;both\x07", lambda t: (t.title, t.icon_name, events(t)),
             ("both", "both", [TitleChanged("both")])),
    Sequence("OSC-2", "\x1b]2;name\x1b\\", lambda t: (t.title, t.icon_name), ("name", "")),
    Sequence("OSC-4-query", "\x1b]4;1;#102030\x07\x1b]4;1;?\x07", replies, "\x1b]4;1;rgb:1010/2020/3030\x07"),
    Sequence("OSC-7", "\x1b]7;file://host/dir\x07", events, [DirectoryChanged("file://host/dir")]),
    Sequence("OSC-8", "\x1b]8;id=i;http://x\x07ab\x1b]8;;\x07c",
             lambda t: [(run[0], run[1], run[2].link, run[2].link_id) for run in t.row(0).runs],
             [(0, 2, "http://x", "i")]),
    Sequence("OSC-9", "\x1b]9;done\x07", events, [Notification("", "done")]),
    Sequence("OSC-10-query", "\x1b]10;#010203\x07\x1b]10;?\x1b\\", replies, "\x1b]10;rgb:0101/0202/0303\x1b\\"),
    Sequence("OSC-11-query", "\x1b]11;#0a0b0c\x07\x1b]11;?\x07", replies, "\x1b]11;rgb:0a0a/0b0b/0c0c\x07"),
    Sequence("OSC-52", "\x1b]52;c;aGk=\x07", events, [ClipboardWrite("c", "aGk=")]),
    Sequence("OSC-52-query-is-not-answered", "\x1b]52;c;?\x07", lambda t: (replies(t), events(t)), ("", [])),
    Sequence("OSC-133", "\x1b]133;A\x07ok\x1b]133;D;0\x1b\\", lambda t: (screen(t), events(t)), (OK, [])),
    Sequence("OSC-777", "\x1b]777;notify;title;body\x07", events, [Notification("title", "body")]),
    Sequence("DA1", "\x1b[c", replies, "\x1b[?62;22c"),
    Sequence("DA2", "\x1b[>c", replies, "\x1b[>1;10;0c"),
    Sequence("DA3", "\x1b[=c", replies, "\x1bP!|00000000\x1b\\"),
    Sequence("DSR", "\x1b[5n", replies, "\x1b[0n"),
    Sequence("CPR", "\x1b[2;3H\x1b[6n", replies, "\x1b[2;3R"),
    Sequence("DECRQM", "\x1b[?2004h\x1b[?2004$p\x1b[?9999$p\x1b[4$p", replies,
             "\x1b[?2004;1$y\x1b[?9999;0$y\x1b[4;2$y"),
    Sequence("XTVERSION", "\x1b[>q", replies, f"\x1bP>|ai-session {VERSION}\x1b\\"),
    Sequence("XTWINOPS-14", "\x1b[14t", replies, "\x1b[4;80;100t"),
    Sequence("XTWINOPS-16", "\x1b[16t", replies, "\x1b[6;20;10t"),
    Sequence("XTWINOPS-18", "\x1b[18t", replies, "\x1b[8;4;10t"),
    Sequence("XTGETTCAP-is-refused", "\x1bP+q544e\x1b\\", replies, "\x1bP0+r544e\x1b\\"),
    Sequence("DCS", "\x1bPqsixel\x1b\\ok", screen, OK),
    Sequence("APC", "\x1b_Gf=24;AAAA\x1b\\ok", screen, OK),
    Sequence("PM", "\x1b^private\x1b\\ok", screen, OK),
    Sequence("SOS", "\x1bXstring\x1b\\ok", screen, OK),
    Sequence("wide-characters", "漢字x", shown_and_place, (("漢字x",), (5, 0))),
    Sequence("wide-character-halved", "漢字\x1b[2GX", screen, (" X字",)),
    Sequence("combining-characters", "e\u0301x", shown_and_place, (("e\u0301x",), (2, 0))),
    Sequence("emoji-ZWJ", "👩\u200d🚀x", shown_and_place, (("👩\u200d🚀x",), (3, 0))),
    Sequence("emoji-VS16", "❤\ufe0fx", shown_and_place, (("❤\ufe0fx",), (3, 0))),
    Sequence("emoji-flag", "🇩🇪x", shown_and_place, (("🇩🇪x",), (3, 0))),
    Sequence("emoji-skin-tone", "👍🏽x", shown_and_place, (("👍🏽x",), (3, 0))),
    Sequence("reflow", "one two x", narrowed, (("one tw", "o x"), (3, 1))),
]  # fmt: skip
by_name = pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence.name)


@by_name
def test_it_does_what_its_name_says(sequence: Sequence) -> None:
    terminal = Terminal(COLUMNS, ROWS)
    terminal.feed(sequence.stream.encode())
    assert sequence.look(terminal) == sequence.expected


@by_name
def test_it_does_so_in_any_split(sequence: Sequence) -> None:
    data = sequence.stream.encode()
    for cut in range(len(data)):
        terminal = Terminal(COLUMNS, ROWS)
        terminal.feed(data[:cut])
        terminal.feed(data[cut:])
        assert sequence.look(terminal) == sequence.expected, cut


@by_name
def test_a_snapshot_knows_of_it(sequence: Sequence) -> None:
    terminal, copy = Terminal(COLUMNS, ROWS), Terminal(COLUMNS, ROWS)
    terminal.feed(sequence.stream.encode())
    copy.feed(terminal.snapshot())
    assert copy.state() == terminal.state()


@by_name
def test_libghostty_shows_the_same(sequence: Sequence) -> None:
    ours, ghostty = OurTerminal(COLUMNS, ROWS), GhosttyOracle(COLUMNS, ROWS)
    for terminal in (ours, ghostty):
        terminal.feed(sequence.stream.encode())
    found = differences(ours.picture(), ghostty.picture(), history=True)
    ghostty.close()
    assert bool(found) == bool(sequence.why_not_ghostty), found
