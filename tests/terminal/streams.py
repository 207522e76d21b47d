"""Generated terminal output for the laws: well-formed, odd and broken sequences between all kinds of text."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = [
    "a",
    "hello",
    "x" * 7,
    "line of text ",
    "Grüße",
    "─│┌",
    "你好",
    "世",
    "한글",
    "é",
    "e\u0301",
    "n\u0303o",
    "👍",
    "👍🏽",
    "🏽",
    "👩\u200d👩\u200d👧",
    "\u200d",
    "👩",
    "❤",
    "❤\ufe0f",
    "\ufe0f",
    "🇩🇪",
    "🇩",
    "🇪",
    "1\ufe0f\u20e3",
    "\u0301",
    "\U00100001",
    "\ue0b0",
    "\ufffe",
    "\u200b",
    "☝🏽",
    "⌚\ufe0e",
    " ",
    "  ",
    "\u0645\u0651",
]

CONTROLS = [
    "\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    "\b",
    "\t",
    "\x07",
    "\x0b",
    "\x0e",
    "\x0f",
    "\x00",
    "\x7f",
    "\x18",
    "\x1a",
]

SGR = [
    "",
    "0",
    "1",
    "3",
    "4",
    "4:3",
    "7",
    "31",
    "42",
    "97",
    "101",
    "38;5;200",
    "48;2;1;2;3",
    "38:2::9:8:7",
    "58:5:3",
    "39",
    "49",
    "22;24",
    "38;5",
    "38;2;1",
    "53",
    "4:9",
    "1;;31",
    "48;5;300",
    "0;44",
]

MODES = [
    1,
    5,
    6,
    7,
    9,
    12,
    25,
    45,
    47,
    66,
    67,
    1000,
    1002,
    1003,
    1004,
    1005,
    1006,
    1007,
    1015,
    1016,
    1047,
    1048,
    1049,
    2004,
    2026,
    2031,
    3,
    40,
    69,
    12345,
]

STRINGS = [
    "\x1b]0;title\x07",
    "\x1b]2;other\x1b\\",
    "\x1b]8;;http://x.y\x1b\\",
    "\x1b]8;id=a;http://z\x07",
    "\x1b]8;;\x07",
    "\x1b]4;1;?\x07",
    "\x1b]4;7;#102030\x07",
    "\x1b]10;?\x1b\\",
    "\x1b]11;rgb:ff/00/80\x07",
    "\x1b]104\x07",
    "\x1b]7;file:///a\x07",
    "\x1b]52;c;aGk=\x07",
    "\x1b]9;note\x07",
    "\x1b]777;notify;a;b\x07",
    "\x1b]133;A\x07",
    "\x1bP$qm\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1bPqsixel#0\x1b\\",
    "\x1b_Gf=24\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bXsos\x1b\\",
    "\x1b]2;cut\x18",
    "\x1b]2;",
    "\x1bP1;2",
    "\x1b_open",
]

ESCAPES = [
    "\x1b7",
    "\x1b8",
    "\x1bc",
    "\x1bD",
    "\x1bE",
    "\x1bH",
    "\x1bM",
    "\x1b=",
    "\x1b>",
    "\x1bZ",
    "\x1b#8",
    "\x1b(0",
    "\x1b)0",
    "\x1b(B",
    "\x1bn",
    "\x1bo",
    "\x1b*0",
    "\x1b%G",
    "\x1b\\",
    "\x1b",
    "\x1b\n[31m",
    "\x1b(",
]

NUMBER = st.sampled_from(["", "0", "1", "1", "2", "3", "5", "8", "12", "99", "65536", "99999999999"])
FINAL = st.sampled_from("@ABCDEFGHIJKLMPSTXZ`abcdefghlmnrstu")


def _csi(prefix: str, numbers: list[str], middle: str, final: str) -> str:
    return f"\x1b[{prefix}{';'.join(numbers)}{middle}{final}"


csi = st.builds(_csi, st.just(""), st.lists(NUMBER, max_size=3), st.just(""), FINAL)
odd_csi = st.builds(
    _csi,
    st.sampled_from(["", "?", ">", "<", "=", "?>"]),
    st.lists(NUMBER, max_size=3),
    st.sampled_from(["", "", "$", " ", "!", "\n", ":", "$1"]),
    st.sampled_from("cmnpquhlJKHtx"),
)
mode = st.builds(lambda number, letter: f"\x1b[?{number}{letter}", st.sampled_from(MODES), st.sampled_from("hhl"))
ansi_mode = st.builds(lambda number, letter: f"\x1b[{number}{letter}", st.sampled_from([4, 20]), st.sampled_from("hl"))
sgr = st.builds(lambda codes: f"\x1b[{codes}m", st.sampled_from(SGR))
place = st.builds(lambda y, x: f"\x1b[{y};{x}H", st.integers(1, 9), st.integers(1, 14))
text = st.sampled_from(WORDS)

token = st.one_of(
    text,
    text,
    text,
    text,
    sgr,
    sgr,
    st.sampled_from(CONTROLS),
    st.sampled_from(CONTROLS),
    place,
    csi,
    csi,
    mode,
    ansi_mode,
    odd_csi,
    st.sampled_from(STRINGS),
    st.sampled_from(ESCAPES),
)

# Output as programs write it.
output = st.lists(token, max_size=40).map(lambda tokens: "".join(tokens).encode("utf-8"))
# The same with some bytes gone astray.
broken = st.builds(
    lambda data, cuts: b"".join(data[cut % (len(data) + 1) :][:7] + bytes([cut % 256]) for cut in cuts) + data,
    output,
    st.lists(st.integers(0, 4000), max_size=6),
)
sizes = st.tuples(st.integers(1, 14), st.integers(1, 7))
