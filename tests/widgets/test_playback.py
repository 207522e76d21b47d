"""A replay shows what the pane showed, however one comes to a moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets import playback
from ai_session_tui.widgets.playback import Playback, Player, read_timeline

_PIECES = st.lists(
    st.sampled_from(
        [b"$ make\r\n", b"\x1b[31mred\x1b[m text\r\n", "日本 é🙂\r\n".encode(), b"\x1b[2J\x1b[H", b"\x1b[?1049h",
         b"\x1b[?1049l", b"\x1b[3;5Hx", b"\x1b[", b"1mbold", b"long " * 30, b"\r\x1b[K", b"\x1b[2;4r"]
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


def film(pieces: list[bytes], sizes: list[tuple[int, int]], pause: float = 0.5) -> tuple[dict[str, object], bytes]:
    """Return a timeline as the server tells it, and the journal; a new size comes with every third piece."""
    told, at, changes = [], 100, [[100, 20, 5]]
    for number, piece in enumerate(pieces):
        told.append([1000.0 + number * pause, at])
        if number % 3 == 2 and sizes:
            changes.append([at, *sizes[number // 3 % len(sizes)]])
        at += len(piece)
    return {"pieces": told, "sizes": changes, "start": 100, "end": at}, b"".join(pieces)


def show(played: Playback, journal: bytes, offset: int) -> None:
    start = played.aim(offset)
    while played.offset < offset:  # in small parts, as they come from a socket
        played.feed(journal[played.offset - 100 : min(played.offset + 7, offset) - 100])
    assert start <= played.offset == offset


def at_once(timeline: dict[str, object], journal: bytes, offset: int) -> Terminal:
    """Return the terminal that has had everything up to an offset, without any turning back."""
    whole = Playback(read_timeline(timeline))
    whole.feed(journal[: offset - 100])
    return whole.terminal


@given(
    _PIECES,
    st.lists(st.tuples(st.integers(4, 30), st.integers(2, 8)), max_size=3),
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
)
def test_a_moment_looks_the_same_from_wherever_one_comes(
    pieces: list[bytes], sizes: list[tuple[int, int]], seeks: list[float]
) -> None:
    timeline, journal = film(pieces, sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playback, "KEYFRAME_BYTES", 16)
        patch.setattr(playback, "MOST_KEYFRAMES", 4)
        played = Playback(read_timeline(timeline))
        for seek in seeks:
            offset = 100 + round(seek * len(journal))
            show(played, journal, offset)
            expected = at_once(timeline, journal, offset)
            assert [played.terminal.row(y) for y in range(played.terminal.rows)] == [
                expected.row(y) for y in range(expected.rows)
            ]
            assert played.terminal.cursor == expected.cursor
            assert played.keyframes <= 4


@given(_PIECES, st.floats(0.01, 30))
def test_places_and_offsets_fit_each_other(pieces: list[bytes], pause: float) -> None:
    timeline = read_timeline(film(pieces, [], pause)[0])
    assert timeline.length <= len(pieces) * playback.LONGEST_PAUSE
    for offset in range(timeline.start + 1, timeline.end + 1):
        place = timeline.place_of(offset)
        assert timeline.offset_at(place) >= offset, "at its place the byte is there"
        assert place == 0 or timeline.offset_at(place - 1e-6) < timeline.offset_at(place)
    assert timeline.offset_at(timeline.length) == timeline.end


def test_a_far_leap_is_told_to_be_rough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "LONGEST_RUN", 20)
    timeline, _ = film([b"one\r\n"] * 20, [])
    played = Playback(read_timeline(timeline))
    assert played.aim(180) == 160
    assert played.is_rough
    assert played.aim(101) == 100
    assert not played.is_rough


def test_a_far_leap_is_rough_until_a_whole_screen_has_scrolled_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "LONGEST_RUN", 60)
    timeline, journal = film([b"one\r\n"] * 40, [])
    played = Playback(read_timeline(timeline))
    show(played, journal, 300)
    assert not played.is_rough
    assert played.terminal.lines() == at_once(timeline, journal, 300).lines()


def test_the_newest_part_begins_with_the_screen_that_the_server_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "LONGEST_RUN", 20)
    timeline, journal = film([b"\x1b[1;1Htop", b"\x1b[31m\x1b[3;1Hred"] + [b"\x1b[4;1Hx"] * 20, [])
    known = at_once(timeline, journal, 220)
    text = known.snapshot(scrollback=0).decode()
    timeline["screen"] = {"offset": 220, "columns": 20, "rows": 5, "text": text}
    played = Playback(read_timeline(timeline))
    assert played.aim(240) == 220
    show(played, journal, 240)
    assert not played.is_rough
    assert played.terminal.lines() == at_once(timeline, journal, 240).lines()
    assert played.terminal.row(2).runs[0][2].foreground == 1
    assert played.aim(210) == 190 and played.is_rough, "what came before it has to be drawn"
    timeline["screen"] = {"offset": 220, "columns": 21, "rows": 5, "text": text}
    assert Playback(read_timeline(timeline)).aim(240) == 220, "of another size it is none, and LONGEST_RUN holds"
    assert Playback(read_timeline(timeline)).aim(239) == 219


def test_playing_ends_at_the_end_and_begins_anew() -> None:
    player = Player(read_timeline(film([b"x"] * 5, [])[0]))
    player.play()
    player.change_speed(1)
    player.tick(0.5)
    assert (player.place, player.speed, player.offset) == (1.0, 2.0, 103)
    player.tick(60)
    assert player.place == 2.0 and not player.is_playing and player.offset == 105
    player.play()
    assert player.place == 0.0 and player.is_playing
    for _ in range(20):
        player.change_speed(-1)
    assert player.speed == Player.SPEEDS[0]


def test_steps_go_from_command_to_command() -> None:
    player = Player(read_timeline(film([b"abc"] * 6, [])[0]), stops=(103, 109))
    places = []
    for by in (1, 1, 1, -1, -1, -1):
        player.step(by)
        places.append(player.place)
    assert places == [0.5, 1.5, 2.5, 1.5, 0.5, 0.0]
    assert player.timeline.moment_at(1.5) == 1001.5


def test_an_empty_journal_is_a_blank_screen() -> None:
    player = Player(read_timeline({"pieces": [], "sizes": [], "start": 0, "end": 0}))
    player.play()
    player.tick(1)
    player.step(1)
    assert (player.place, player.offset, player.timeline.moment_at(0)) == (0.0, 0, None)
    assert Playback(player.timeline).aim(0) == 0
