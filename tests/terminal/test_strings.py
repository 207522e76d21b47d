"""What programs tell and ask besides drawing: titles, links, colours, clipboard, notifications, queries."""

from __future__ import annotations

import pytest

from ai_session_tui.terminal import (
    Bell,
    ClipboardWrite,
    DirectoryChanged,
    Notification,
    Progress,
    Terminal,
    TitleChanged,
)
from ai_session_tui.terminal.strings import MAX_EVENTS, clean, palette_color, parse_color
from ai_session_tui.version import VERSION


def fed(data: str | bytes, columns: int = 20, rows: int = 5) -> Terminal:
    terminal = Terminal(columns, rows)
    terminal.feed(data.encode() if isinstance(data, str) else data)
    return terminal


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ("\x07", Bell()),
        ("\x1b]0;both\x07", TitleChanged("both")),
        ("\x1b]2;title\x1b\\", TitleChanged("title")),
        ("\x1b]2;a\x01b\u202ec\x07", TitleChanged("a b c")),
        ("\x1b]7;file://host/dir\x07", DirectoryChanged("file://host/dir")),
        ("\x1b]9;done\x07", Notification("", "done")),
        ("\x1b]777;notify;Title;Body; more\x07", Notification("Title", "Body; more")),
        ("\x1b]9;4;1;40\x07", Progress(1, 40)),
        ("\x1b]9;4;1;400\x07", Progress(1, 100)),
        ("\x1b]9;4;0\x07", Progress(0, 0)),
        ("\x1b]52;c;aGk=\x07", ClipboardWrite("c", "aGk=")),
    ],
)
def test_a_program_tells_something(data: str, event: object) -> None:
    terminal = fed(data)
    assert terminal.take_events() == [event]
    assert terminal.take_events() == []
    assert terminal.text() == ""


@pytest.mark.parametrize(
    "data",
    ["\x1b]133;A\x07", "\x1b]52;c;?\x07", "\x1b]9;9;x\x07", "\x1b]9;4;9\x07", "\x1b]9;4;x;y\x07", "\x1b]66;s=2;x\x07",
     "\x1b]1337;File=a:b\x07", "\x1b]0;no\x18", "\x1b]\x07", "\x1b];\x07", "\x1b]777;other;a\x07"],
)  # fmt: skip
def test_other_commands_are_swallowed_in_silence(data: str) -> None:
    terminal = fed(data)
    assert (terminal.take_events(), terminal.take_replies(), terminal.text()) == ([], b"", "")


def test_bells_and_titles_in_a_row_are_one_event() -> None:
    assert fed("\x07\x07\x07").take_events() == [Bell()]
    assert fed("\x1b]2;a\x07\x1b]2;b\x07").take_events() == [TitleChanged("b")]


def test_events_nobody_takes_are_bounded() -> None:
    terminal = fed("".join(f"\x1b]9;{number}x\x07" for number in range(1000)))
    events = terminal.take_events()
    assert len(events) == MAX_EVENTS
    assert events[-1] == Notification("", "999x")


def test_titles_are_pushed_and_popped_but_never_reported() -> None:
    terminal = fed("\x1b]2;one\x07\x1b[22;0t\x1b]2;two\x07\x1b[21t")
    assert (terminal.title, terminal.take_replies()) == ("two", b"")
    terminal.feed(b"\x1b[23;0t")
    assert terminal.title == "one"


def test_a_link_belongs_to_the_cells_and_survives_sgr() -> None:
    row = fed("\x1b]8;id=x;http://a.b\x1b\\li\x1b[1mnk\x1b[m!\x1b]8;;\x1b\\ no").row(0)
    assert row.text == "link! no"
    assert {(start, end): style.link for start, end, style in row.runs} == {
        (0, 2): "http://a.b", (2, 4): "http://a.b", (4, 5): "http://a.b"
    }  # fmt: skip
    assert row.runs[0][2].link_id == "x"


@pytest.mark.parametrize("uri", ["http://a\x08b", "x" * 3000])
def test_a_bad_link_is_no_link(uri: str) -> None:
    assert fed(f"\x1b]8;;{uri}\x1b\\text").row(0).runs == ()


@pytest.mark.parametrize(
    ("query", "reply"),
    [
        ("\x1b[c", "\x1b[?62;22c"),
        ("\x1b[0c", "\x1b[?62;22c"),
        ("\x1b[1c", ""),
        ("\x1bZ", "\x1b[?62;22c"),
        ("\x1b[>c", "\x1b[>1;10;0c"),
        ("\x1b[=c", "\x1bP!|00000000\x1b\\"),
        ("\x1b[5n", "\x1b[0n"),
        ("\x1b[3;4H\x1b[6n", "\x1b[3;4R"),
        ("\x1b[3;4H\x1b[?6n", "\x1b[?3;4R"),
        ("\x1b[2;4r\x1b[?6h\x1b[2;1H\x1b[6n", "\x1b[2;1R"),
        ("\x1b[?6h\x1b[6n", "\x1b[1;1R"),
        ("x" * 20 + "\x1b[6n", "\x1b[1;20R"),
        ("\x1b[?996n", "\x1b[?997;1n"),
        ("\x1b[?7$p", "\x1b[?7;1$y"),
        ("\x1b[?2004$p", "\x1b[?2004;2$y"),
        ("\x1b[?2004h\x1b[?2004$p", "\x1b[?2004;1$y"),
        ("\x1b[?2026$p", "\x1b[?2026;2$y"),
        ("\x1b[?2027$p", "\x1b[?2027;3$y"),
        ("\x1b[?1049h\x1b[?1049$p", "\x1b[?1049;1$y"),
        ("\x1b[?7777$p", "\x1b[?7777;0$y"),
        ("\x1b[4$p", "\x1b[4;2$y"),
        ("\x1b[>q", f"\x1bP>|ai-session {VERSION}\x1b\\"),
        ("\x1b[?u", "\x1b[?0u"),
        ("\x1b[>5u\x1b[?u", "\x1b[?5u"),
        ("\x1b[>5u\x1b[<u\x1b[?u", "\x1b[?0u"),
        ("\x1b[=3u\x1b[=4;2u\x1b[=1;3u\x1b[?u", "\x1b[?6u"),
        ("\x1b[>1u\x1b[?1049h\x1b[?u", "\x1b[?0u"),
        ("\x1b[>1u\x1b[?1049h\x1b[>8u\x1b[?1049l\x1b[?u", "\x1b[?1u"),
        ("\x1b[>4;2m\x1b[?4m", "\x1b[>4;2m"),
        ("\x1b[14t", "\x1b[4;100;200t"),
        ("\x1b[16t", "\x1b[6;20;10t"),
        ("\x1b[18t", "\x1b[8;5;20t"),
        ("\x1b]10;?\x1b\\", "\x1b]10;rgb:cccc/cccc/cccc\x1b\\"),
        ("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x07"),
        ("\x1b]11;#102030\x07\x1b]11;?\x07", "\x1b]11;rgb:1010/2020/3030\x07"),
        ("\x1b]11;#102030\x07\x1b]111\x07\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x07"),
        ("\x1b]4;196;?\x07", "\x1b]4;196;rgb:ffff/0000/0000\x07"),
        ("\x1b]4;1;rgb:1/2/3;1;?\x07", "\x1b]4;1;rgb:1111/2222/3333\x07"),
        ("\x1b]4;999;?\x07", ""),
        ("\x1bP+q544e\x1b\\", "\x1bP0+r544e\x1b\\"),
        ("\x1bP$q q\x1b\\", "\x1bP1$r0 q\x1b\\"),
        ("\x1b[1;31m\x1bP$qm\x1b\\", "\x1bP1$r0;1;31m\x1b\\"),
        ("\x1b[2;4r\x1bP$qr\x1b\\", "\x1bP1$r2;4r\x1b\\"),
        ("\x1bP$qz\x1b\\", "\x1bP0$r\x1b\\"),
    ],
)
def test_a_query_is_answered_once(query: str, reply: str) -> None:
    terminal = fed(query)
    assert terminal.take_replies().decode() == reply
    assert terminal.take_replies() == b""


def test_colours_of_the_viewer_are_what_queries_tell() -> None:
    terminal = Terminal(20, 5)
    terminal.set_theme({266: 0x123456, 267: 0xFFFFFF, 1: 0x010203})
    terminal.feed(b"\x1b]10;?\x07\x1b]4;1;?\x07")
    assert terminal.take_replies() == b"\x1b]10;rgb:1212/3434/5656\x07\x1b]4;1;rgb:0101/0202/0303\x07"


def test_replies_nobody_takes_are_bounded() -> None:
    terminal = Terminal(20, 5)
    for _ in range(100):
        terminal.feed(b"\x1b[c" * 5000)
    assert len(terminal.take_replies()) <= 64 * 1024


def test_a_string_of_any_length_is_swallowed_in_bounded_memory() -> None:
    terminal = Terminal(20, 5)
    terminal.feed(b"a\x1b]52;c;")
    for _ in range(100):
        terminal.feed(b"A" * 65_536)
    assert sum(map(len, terminal._stream._string)) < 2 * 1024 * 1024
    terminal.feed(b"\x07b\x1bPq")
    for _ in range(100):
        terminal.feed(b"A" * 65_536)
    terminal.feed(b"\x1b\\c")
    assert terminal.lines()[0] == "abc"
    assert terminal.take_events() == []


def test_colours_are_read_and_known() -> None:
    assert parse_color("rgb:ff/80/00") == 0xFF8000
    assert parse_color("rgb:ffff/8080/0000") == 0xFF8000
    assert parse_color("red") is None
    assert (palette_color(16), palette_color(231), palette_color(232)) == (0, 0xFFFFFF, 0x080808)


def test_nothing_unprintable_stays_in_a_clean_text() -> None:
    assert clean("a\x1b[31mb\x9bc\u2066d\ud800") == "a [31mb c d"


def test_a_control_character_behind_the_escape_that_ends_a_string_is_none_of_the_string() -> None:
    data = b"aa\x1b]2;title\x1b\x0bMb"
    for cut in range(len(data) + 1):
        terminal = Terminal(4, 3)
        terminal.feed(data[:cut])
        terminal.feed(data[cut:])
        assert (terminal.lines(), terminal.title) == (["aab", "", ""], "title")
