"""The leader key among typed bytes, in every encoding that terminals use for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.cli.leader import LeaderKeys, Pressed


def whole(data: bytes, leader: str = "ctrl+b") -> list[bytes | Pressed]:
    keys = LeaderKeys(leader)
    return merged(keys.feed(data) + keys.flush())


def merged(items: list[bytes | Pressed]) -> list[bytes | Pressed]:
    found: list[bytes | Pressed] = []
    for item in items:
        if isinstance(item, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += item
        else:
            found.append(item)
    return found


ENCODINGS = [b"\x02", b"\x1b[98;5u", b"\x1b[98;5:1u", b"\x1b[98:66;5u", b"\x1b[98;69u", b"\x1b[27;5;98~"]


@pytest.mark.parametrize("leader", ENCODINGS)
@pytest.mark.parametrize("key", [b"d", b"\x1b[100u", b"\x1b[100;1:1u", b"\x1b[27;1;100~"])
def test_leader_and_key_command_in_every_encoding(leader: bytes, key: bytes) -> None:
    assert whole(b"ab" + leader + key + b"cd") == [b"ab", Pressed("d"), b"cd"]


@pytest.mark.parametrize("leader", ENCODINGS)
def test_twice_is_the_leader_itself_as_the_program_expects_it(leader: bytes) -> None:
    assert whole(b"a" + leader + leader + b"b") == [b"a" + leader + b"b"]


def test_another_leader() -> None:
    assert whole(b"\x02\x01n", "ctrl+a") == [b"\x02", Pressed("n")]
    assert whole(b"\x1b[97;5un", "ctrl+a") == [Pressed("n")]


def test_letting_go_of_keys_commands_nothing() -> None:
    data = b"\x1b[98;5:1u\x1b[98;5:3u\x1b[57442;5:3u\x1b[100;1:1u"
    assert whole(data) == [Pressed("d")]


def test_shift_going_down_is_not_the_key() -> None:
    assert whole(b"\x02\x1b[57441;2u\x1b[47;2u") == [Pressed("?")]


def test_keys_for_panes_in_every_encoding() -> None:
    assert whole(b"\x02%") == whole(b"\x02\x1b[53;2u") == [Pressed("%")]
    assert whole(b'\x02"') == whole(b"\x02\x1b[39;2u") == [Pressed('"')]
    for final, name in ((b"A", "up"), (b"B", "down"), (b"C", "right"), (b"D", "left")):
        assert whole(b"\x02\x1b[" + final) == whole(b"\x02\x1bO" + final) == [Pressed(name)]


def test_unknown_keys_behind_the_leader_do_not_reach_the_program() -> None:
    assert whole(b"\x02\x1b[15~x") == [Pressed(""), b"x"]
    assert whole(b"\x02\xc3\xa9x") == [Pressed("é"), b"x"]


def test_pasted_text_never_commands() -> None:
    pasted = b"\x1b[200~ \x02d \x1b[98;5ud \x1b[201~"
    assert whole(pasted + b"\x02d") == [pasted, Pressed("d")]


def test_a_paste_behind_the_leader_is_passed_whole() -> None:
    assert whole(b"\x02\x1b[200~\x02d\x1b[201~") == [b"\x1b[200~\x02d\x1b[201~"]


def test_other_keys_pass_unchanged() -> None:
    for data in (
        b"\x1b[A",
        b"\x1bOP",
        b"\x1b\x1b",
        b"\x1bb",
        b"\x1b\x02",
        b"\x1b[98;1u",
        b"\x1b[99;5u",
        b"\x1b[<0;3;4M",
        b"\xff\xfe",
    ):
        assert whole(data) == [data]


def test_escape_alone_is_held_only_for_a_moment() -> None:
    keys = LeaderKeys()
    assert keys.feed(b"\x1b") == [] and keys.holds
    assert keys.flush() == [b"\x1b"] and not keys.holds


def test_in_a_menu_every_key_commands() -> None:
    keys = LeaderKeys()
    keys.is_modal = True
    found = keys.feed(b"1\x1b[A\x1b[B\r\x1b[27u\x02q\x1b") + keys.flush()
    assert found == [Pressed(key) for key in ("1", "up", "down", "enter", "escape", "", "q", "escape")]


PIECES = st.sampled_from(
    [
        *ENCODINGS,
        b"d",
        b"n",
        b"\x1b",
        b"\x1b[",
        b"\x1b[A",
        b"\x1b[200~",
        b"\x1b[201~",
        b"\x1b[98;5:3u",
        b"xyz",
        "é日".encode(),
        b"\xff",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=12), st.lists(st.integers(0, 60), max_size=12))
def test_however_the_bytes_are_cut_they_mean_the_same(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    keys = LeaderKeys()
    found: list[bytes | Pressed] = []
    last = 0
    for cut in [*sorted({min(cut, len(data)) for cut in cuts}), len(data)]:
        found += keys.feed(data[last:cut])
        last = cut
    assert merged(found + keys.flush()) == whole(data)


@given(st.binary(max_size=200).filter(lambda data: b"\x02" not in data and b"\x1b[" not in data))
def test_bytes_without_leader_pass_unchanged(data: bytes) -> None:
    assert b"".join(item for item in whole(data) if isinstance(item, bytes)) == data


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_memory_is_bounded(first: bytes, second: bytes) -> None:
    keys = LeaderKeys()
    keys.feed(first + b"\x1b[" + b"1" * 1000 + second)
    assert len(keys._buffer) < 200
