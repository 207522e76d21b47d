"""What terminals should do, as a table of small streams with their outcome and where that is written.

Every case starts on a fresh terminal of 10 columns and 4 rows. Sources: ECMA-48 (5th edition), DEC STD 070, xterm's
"Control Sequences" (ctlseqs), the kitty keyboard and styled underline descriptions, Unicode (UAX #11, #29).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.terminal.picture import Look


@dataclass(frozen=True, slots=True)
class Case:
    """A stream and what must be true after it; only what is stated is judged."""

    family: str
    name: str
    stream: bytes
    source: str
    lines: tuple[str, ...] | None = None  # the screen's rows from the top; the rest must be empty
    cursor: tuple[int, int] | None = None
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    replies: str | None = None  # a regular expression for all of them
    switches: dict[str, bool] = field(default_factory=dict)
    history: tuple[str, ...] | None = None
    title: str | None = None


CASES: list[Case] = []


def _family(name: str, source: str, *cases: tuple[Any, ...]) -> None:
    """Add cases: a label, the stream, and expectations as the functions below make them."""
    for label, stream, *expectations in cases:
        wanted: dict[str, Any] = {}
        for expectation in expectations:
            switches = wanted.get("switches", {}) | expectation.get("switches", {})
            wanted |= expectation | ({"switches": switches} if switches else {})
        data = stream if isinstance(stream, bytes) else stream.encode()
        CASES.append(Case(name, label, data, source, **wanted))


def lines(*rows: str, at: tuple[int, int] | None = None) -> dict[str, object]:
    """Expect these rows, and the cursor there if told."""
    return {"lines": rows, "cursor": at} if at is not None else {"lines": rows}


def at(column: int, row: int) -> dict[str, object]:
    """Expect the cursor, counted from 0."""
    return {"cursor": (column, row)}


def look(expected: Look, column: int = 0, row: int = 0) -> dict[str, object]:
    """Expect the style of a cell."""
    return {"looks": {(column, row): expected}}


def replies(pattern: str) -> dict[str, object]:
    """Expect exactly these replies."""
    return {"replies": pattern}


def on(name: str) -> dict[str, object]:
    """Expect a mode to be set."""
    return {"switches": {name: True}}


def off(name: str) -> dict[str, object]:
    """Expect a mode to be reset."""
    return {"switches": {name: False}}


_FOUR = "aaa\r\nbbb\r\nccc\r\nddd"
_ABC = "abcdefghij"

_family(
    "cursor movement",
    "ECMA-48 8.3; xterm ctlseqs",
    ("CUU stops at the top", "\x1b[3;3H\x1b[9A", at(2, 0)),
    ("CUD stops at the bottom", "\x1b[9B", at(0, 3)),
    ("CUF stops at the right", "\x1b[99C", at(9, 0)),
    ("CUB stops at the left", "abc\x1b[9D", at(0, 0)),
    ("a parameter of 0 is 1", "\x1b[2;5H\x1b[0A\x1b[0C", at(5, 0)),
    ("CNL", "ab\x1b[2E", at(0, 2)),
    ("CPL", "\x1b[3;3H\x1b[2F", at(0, 0)),
    ("CHA", "ab\x1b[5G", at(4, 0)),
    ("HPA", "ab\x1b[5`", at(4, 0)),
    ("HPR", "ab\x1b[3a", at(5, 0)),
    ("VPA", "ab\x1b[3d", at(2, 2)),
    ("VPR", "ab\x1b[2e", at(2, 2)),
    ("CUP", "\x1b[2;3H", at(2, 1)),
    ("CUP beyond the screen", "\x1b[99;99H", at(9, 3)),
    ("HVP", "\x1b[2;3f", at(2, 1)),
    ("CHT", "\x1b[1I", at(8, 0)),
    ("CBT", "\x1b[1;10H\x1b[1Z", at(8, 0)),
    ("DECSC and DECRC", "\x1b[2;3H\x1b7\x1b[H\x1b8", at(2, 1)),
    ("SCOSC and SCORC", "\x1b[2;3H\x1b[s\x1b[H\x1b[u", at(2, 1)),
    ("IND", "ab\x1bD", at(2, 1)),
    ("NEL", "ab\x1bE", at(0, 1)),
    ("RI", "\x1b[2;3H\x1bM", at(2, 0)),
)
_family(
    "printing and wrapping",
    "DEC STD 070 5-6 (DECAWM); xterm ctlseqs",
    ("wraps after the last column", _ABC + "k", lines(_ABC, "k", at=(1, 1))),
    ("the wrap waits for the next character", _ABC, lines(_ABC, at=(9, 0))),
    ("CR ends a pending wrap", _ABC + "\rX", lines("Xbcdefghij", at=(1, 0))),
    ("BS from a pending wrap", _ABC + "\bX", lines("abcdefghXj")),
    ("EL at a pending wrap erases the last column", _ABC + "\x1b[K", lines("abcdefghi")),
    ("DECAWM off stays in the last column", "\x1b[?7l" + _ABC + "kl", lines("abcdefghil", at=(9, 0))),
    ("insert mode", "abc\x1b[H\x1b[4hX", lines("Xabc")),
    ("LNM makes LF a new line", "ab\x1b[20h\nX", lines("ab", "X")),
    ("REP", "ab\x1b[3b", lines("abbbb")),
    ("REP wraps", _ABC + "\x1b[2b", lines(_ABC, "jj")),
    ("VT and FF are LF", "a\x0bb\x0cc", lines("a", " b", "  c")),
    ("NUL and DEL print nothing", b"a\0\x7fb", lines("ab")),
    ("DECALN", "\x1b#8", lines(*["E" * 10] * 4)),
)
_family(
    "erasing",
    "ECMA-48 8.3.38-41; xterm ctlseqs (bce)",
    ("ED 0", _FOUR + "\x1b[2;2H\x1b[J", lines("aaa", "b")),
    ("ED 1", _FOUR + "\x1b[2;2H\x1b[1J", lines("", "  b", "ccc", "ddd")),
    ("ED 2", _FOUR + "\x1b[2;2H\x1b[2J", lines(at=(1, 1))),
    ("ED 2 leaves the history alone", "one\r\ntwo\x1b[2J", {"history": ()}),
    ("ED 3 clears the history", "1\r\n2\r\n3\r\n4\r\n5\x1b[3J", lines("2", "3", "4", "5"), {"history": ()}),
    ("EL 0", _ABC + "\x1b[1;5H\x1b[K", lines("abcd")),
    ("EL 1", _ABC + "\x1b[1;5H\x1b[1K", lines("     fghij")),
    ("EL 2", _ABC + "\x1b[1;5H\x1b[2K", lines(at=(4, 0))),
    ("ECH", _ABC + "\x1b[1;3H\x1b[4X", lines("ab    ghij", at=(2, 0))),
    ("erased cells take the background", "\x1b[41ma\x1b[K", look(Look(bg=1), 0)),
    ("erased cells take no other attribute", "\x1b[1;4;42m\x1b[2Jx\x1b[H\x1b[1X", look(Look(bg=2), 0)),
)
_family(
    "inserting and deleting",
    "ECMA-48 8.3.26, 32, 64, 67; DEC STD 070",
    ("ICH", _ABC + "\x1b[1;3H\x1b[2@", lines("ab  cdefgh")),
    ("DCH", _ABC + "\x1b[1;3H\x1b[2P", lines("abefghij")),
    ("IL", _FOUR + "\x1b[2;2H\x1b[L", lines("aaa", "", "bbb", "ccc")),
    ("IL goes to the first column", _FOUR + "\x1b[2;2H\x1b[L", at(0, 1)),
    ("DL", _FOUR + "\x1b[2;2H\x1b[2M", lines("aaa", "ddd")),
    ("IL outside the margins does nothing", _FOUR + "\x1b[2;3r\x1b[4;1H\x1b[L", lines("aaa", "bbb", "ccc", "ddd")),
)
_family(
    "scrolling",
    "DEC STD 070 (DECSTBM, DECOM); ECMA-48 8.3.113, 147",
    ("LF at the bottom scrolls", _FOUR + "\r\neee", lines("bbb", "ccc", "ddd", "eee"), {"history": ("aaa",)}),
    ("SU", _FOUR + "\x1b[2S", lines("ccc", "ddd")),
    ("SD", _FOUR + "\x1b[2T", lines("", "", "aaa", "bbb")),
    ("DECSTBM goes home", "\x1b[3;3H\x1b[2;3r", at(0, 0)),
    ("scrolling inside the margins", _FOUR + "\x1b[2;3r\x1b[3;1H\nX", lines("aaa", "ccc", "X", "ddd")),
    ("reverse scrolling inside the margins", _FOUR + "\x1b[2;3r\x1b[2;1H\x1bMX", lines("aaa", "X", "bbb", "ddd")),
    ("a region in the middle adds no history", _FOUR + "\x1b[2;3r\x1b[3;1H\n\n", {"history": ()}),
    ("DECOM addresses inside the margins", "\x1b[2;3r\x1b[?6h\x1b[1;1HX", lines("", "X")),
    ("DECOM keeps the cursor inside", "\x1b[2;3r\x1b[?6h\x1b[9;1HX", lines("", "", "X")),
    ("a bad region is ignored", _FOUR + "\x1b[3;2r\x1b[4;1H\n", lines("bbb", "ccc", "ddd")),
)
_family(
    "tabs",
    "ECMA-48 8.3.60, 62, 154",
    ("every eight columns", "\tx", lines("        x")),
    ("HTS", "\x1b[1;4H\x1bH\r\tx", lines("   x")),
    ("TBC 0", "\x1b[1;9H\x1b[g\r\tx", lines("         x")),
    ("TBC 3", "\x1b[3g\r\tx", lines("         x")),
    ("a tab erases nothing", "abcdefgh\r\tx", lines("abcdefghx")),
)
_family(
    "colours and attributes",
    "ECMA-48 8.3.117; ITU-T T.416; xterm ctlseqs; kitty underlines",
    ("bold", "\x1b[1mx", look(Look(flags=frozenset({"bold"})))),
    ("dim", "\x1b[2mx", look(Look(flags=frozenset({"dim"})))),
    ("italic", "\x1b[3mx", look(Look(flags=frozenset({"italic"})))),
    ("blink", "\x1b[5mx", look(Look(flags=frozenset({"blink"})))),
    ("reverse", "\x1b[7mx", look(Look(flags=frozenset({"reverse"})))),
    ("invisible", "\x1b[8mx", look(Look(flags=frozenset({"invisible"})))),
    ("struck out", "\x1b[9mx", look(Look(flags=frozenset({"strike"})))),
    ("overlined", "\x1b[53mx", look(Look(flags=frozenset({"overline"})))),
    ("22 ends bold and dim", "\x1b[1;2;3;22mx", look(Look(flags=frozenset({"italic"})))),
    ("no parameter is 0", "\x1b[1;31m\x1b[mx", look(Look())),
    ("empty parameters are 0", "\x1b[1;31m\x1b[;4mx", look(Look(underline=1))),
    ("underlined", "\x1b[4mx", look(Look(underline=1))),
    ("doubly underlined", "\x1b[21mx", look(Look(underline=2))),
    ("curly underline 4:3", "\x1b[4:3mx", look(Look(underline=3))),
    ("dotted underline 4:4", "\x1b[4:4mx", look(Look(underline=4))),
    ("dashed underline 4:5", "\x1b[4:5mx", look(Look(underline=5))),
    ("4:0 ends underlining", "\x1b[4m\x1b[4:0mx", look(Look())),
    ("colour of the underline", "\x1b[4;58:5:9mx", look(Look(underline=1, underline_colour=9))),
    ("59 ends it", "\x1b[58;5;9;59mx", look(Look())),
    ("eight colours", "\x1b[31;42mx", look(Look(fg=1, bg=2))),
    ("bright colours", "\x1b[91;102mx", look(Look(fg=9, bg=10))),
    ("39 and 49", "\x1b[31;42;39;49mx", look(Look())),
    ("256 colours", "\x1b[38;5;123;48;5;200mx", look(Look(fg=123, bg=200))),
    ("true colour", "\x1b[38;2;1;2;3;48;2;4;5;6mx", look(Look(fg=(1, 2, 3), bg=(4, 5, 6)))),
    ("256 colours with colons", "\x1b[38:5:123mx", look(Look(fg=123))),
    ("true colour with colons", "\x1b[38:2:1:2:3mx", look(Look(fg=(1, 2, 3)))),
    ("true colour with a colour space", "\x1b[38:2::1:2:3mx", look(Look(fg=(1, 2, 3)))),
    ("what follows a colour still counts", "\x1b[38;5;123;1mx", look(Look(fg=123, flags=frozenset({"bold"})))),
)
_family(
    "character sets and Unicode",
    "ECMA-35; UAX #11; UAX #29; UTS #51",
    ("line drawing", "\x1b(0lqk\x1b(B", lines("┌─┐")),
    ("shift out", "\x1b)0\x0eq\x0fq", lines("─q")),
    ("wide characters take two columns", "漢x", lines("漢x", at=(3, 0))),
    ("a wide character wraps whole", "abcdefghi漢", lines("abcdefghi", "漢")),
    ("overwriting the first half", "漢x\rA", lines("A x")),
    ("overwriting the second half", "漢x\x1b[1;2HA", lines(" Ax")),
    ("combining characters join", "e\u0301x", lines("e\u0301x", at=(2, 0))),
    ("spacing marks take a column", "काx", lines("काx", at=(3, 0))),
    ("a ZWJ emoji is one character", "👩\u200d🚀x", lines("👩\u200d🚀x", at=(3, 0))),
    ("a skin tone joins", "👍🏽x", lines("👍🏽x", at=(3, 0))),
    ("a flag is one character", "🇩🇪x", lines("🇩🇪x", at=(3, 0))),
    ("VS16 makes an emoji wide", "❤\ufe0fx", lines("❤\ufe0fx", at=(3, 0))),
    ("broken UTF-8 shows a replacement", b"a\xc3(b", lines("a\ufffd(b")),
)
_family(
    "screens and modes",
    "xterm ctlseqs (DECSET); DEC STD 070",
    ("47", "main\x1b[?47hother", on("alternate")),
    ("1047 and back", "main\x1b[?1047hother\x1b[?1047l", lines("main"), off("alternate")),
    ("1049 comes up clean", "main\x1b[?1049h", lines(), on("alternate")),
    ("1049 and back", "main\x1b[?1049h\x1b[Hother\x1b[?1049l", lines("main", at=(4, 0)), off("alternate")),
    ("the alternate screen has no history", "\x1b[?1049h1\r\n2\r\n3\r\n4\r\n5\x1b[?1049l", {"history": ()}),
    ("1048 saves and restores the cursor", "\x1b[2;3H\x1b[?1048h\x1b[H\x1b[?1048l", at(2, 1)),
    ("application cursor keys", "\x1b[?1h", on("application_cursor")),
    ("application keypad", "\x1b=", on("application_keypad")),
    ("normal keypad", "\x1b=\x1b>", off("application_keypad")),
    ("hidden cursor", "\x1b[?25l", off("cursor_visible")),
    ("several modes in one sequence", "\x1b[?1;25l\x1b[?1;6h", on("application_cursor"), on("origin")),
    ("mouse 1000", "\x1b[?1000h", on("mouse")),
    ("mouse 1003 with 1006", "\x1b[?1003;1006h", {"switches": {"mouse": True, "mouse_sgr": True}}),
    ("mouse off", "\x1b[?1002h\x1b[?1002l", off("mouse")),
    (
        "DECSTR resets the modes",
        "\x1b[?6h\x1b[4h\x1b[?25l\x1b[!p",
        {"switches": {"origin": False, "insert": False, "cursor_visible": True}},
    ),
    ("DECSTR keeps the text", "abc\x1b[!p", lines("abc")),
    ("RIS", "abc\x1b[31m\x1b[2;3r\x1bcx", lines("x"), look(Look())),
    ("title OSC 2", "\x1b]2;hello\x07", {"title": "hello"}, lines()),
    ("title OSC 0 with ST", "\x1b]0;hello\x1b\\", {"title": "hello"}, lines()),
)
_family(
    "queries",
    "xterm ctlseqs; kitty keyboard protocol",
    ("DA1", "\x1b[c", replies(r"\x1b\[\?[\d;]+c")),
    ("DA2", "\x1b[>c", replies(r"\x1b\[>[\d;]+c")),
    ("DA3", "\x1b[=c", replies(r"\x1bP!\|[0-9A-Fa-f]+\x1b\\")),
    ("DSR 5", "\x1b[5n", replies(r"\x1b\[0n")),
    ("CPR", "\x1b[2;3H\x1b[6n", replies(r"\x1b\[2;3R")),
    ("DECXCPR", "\x1b[2;3H\x1b[?6n", replies(r"\x1b\[\?2;3(;1)?R")),
    ("DECRQM of a known mode", "\x1b[?2004h\x1b[?2004$p", replies(r"\x1b\[\?2004;1\$y")),
    ("DECRQM of an unknown mode", "\x1b[?9999$p", replies(r"\x1b\[\?9999;0\$y")),
    ("DECRQM of an ANSI mode", "\x1b[4h\x1b[4$p", replies(r"\x1b\[4;1\$y")),
    ("XTVERSION", "\x1b[>0q", replies(r"\x1bP>\|[^\x1b]+\x1b\\")),
    ("kitty keyboard flags", "\x1b[>5u\x1b[?u", replies(r"\x1b\[\?5u")),
    ("kitty keyboard flags popped", "\x1b[>1u\x1b[>3u\x1b[<u\x1b[?u", replies(r"\x1b\[\?1u")),
    ("kitty keyboard flags are the screen's own", "\x1b[>1u\x1b[?1049h\x1b[?u", replies(r"\x1b\[\?0u")),
    ("size of the text area", "\x1b[18t", replies(r"\x1b\[8;4;10t")),
    ("DECRQSS of SGR", "\x1b[1m\x1bP$qm\x1b\\", replies(r"\x1bP1\$r(0;)?1m\x1b\\")),
    ("DECRQSS of the margins", "\x1b[2;3r\x1bP$qr\x1b\\", replies(r"\x1bP1\$r2;3r\x1b\\")),
    ("XTGETTCAP is answered", "\x1bP+q544e\x1b\\", replies(r"\x1bP[01]\+r[0-9A-Fa-f=]*\x1b\\")),
)
_OK = lines("ok", at=(2, 0))
_family(
    "nothing leaks as text",
    "ECMA-48 5.4, 5.6; xterm ctlseqs",
    ("kitty keyboard push and pop", "\x1b[>1u\x1b[<u\x1b[=1;1uok", _OK),
    ("modifyOtherKeys", "\x1b[>4;2mok", _OK),
    ("unknown private markers", "\x1b[<5x\x1b[=5y\x1b[>5zok", _OK),
    ("intermediate bytes", "\x1b[1 q\x1b[1\"q\x1b[1'zok", _OK),
    ("colons in other sequences", "\x1b[1:2:3zok", _OK),
    ("DCS", "\x1bPqsixel#0\x1b\\ok", _OK),
    ("APC", "\x1b_Gi=1;data\x1b\\ok", _OK),
    ("PM", "\x1b^message\x1b\\ok", _OK),
    ("SOS", "\x1bXstring\x1b\\ok", _OK),
    ("hyperlinks", "\x1b]8;;http://x\x1b\\ok\x1b]8;;\x1b\\", _OK),
    ("clipboard", "\x1b]52;c;aGk=\x07ok", _OK),
    ("shell integration", "\x1b]133;A\x07ok", _OK),
    ("an OSC of 100 KB", "\x1b]1337;" + "x" * 100_000 + "\x07ok", _OK),
    ("CAN cancels a sequence", "\x1b[31\x18ok", _OK),
    ("ESC ends a string and begins anew", "\x1b]2;title\x1b\r[31mok", _OK),
    ("ESC begins anew", "\x1b[31\x1b[mok", _OK),
    ("C0 inside a sequence is executed", "ab\x1b[\r1Cx", lines("ax")),
    ("DECSTBM with a private marker", "\x1b[?1;5rok", _OK),
    ("too many parameters", "\x1b[" + "1;" * 200 + "1mok", _OK),
    ("numbers beyond every bound", "\x1b[99999999999999999999Cok", {"lines": ("         o", "k")}),
)
