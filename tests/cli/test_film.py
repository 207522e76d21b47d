"""The past in order: whatever the pieces in which it is read, nothing is lost, moved or made up."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.cli.film import Film, asciicast


@st.composite
def pasts(draw: st.DrawFn) -> tuple[dict[str, Any], bytes, list[bytes]]:
    """A timeline, the bytes, and the bytes cut anyhow."""
    data = draw(st.binary(max_size=60))
    start = draw(st.integers(0, 5))
    offsets = sorted(draw(st.lists(st.integers(start, start + len(data)), max_size=8)))
    times = sorted(draw(st.lists(st.floats(1e9, 1e9 + 1e4), min_size=len(offsets), max_size=len(offsets))))
    changes = draw(st.lists(st.tuples(st.integers(start, start + len(data)), st.integers(1, 200), st.integers(1, 99))))
    cuts = sorted({0, len(data), *draw(st.lists(st.integers(0, len(data)), max_size=5))})
    told = {
        "start": start,
        "end": start + len(data),
        "pieces": [[time, offset] for time, offset in zip(times, offsets, strict=True)],
        "sizes": [[start, 80, 24], *sorted(map(list, changes), key=lambda change: change[0])],
        "gaps": [],
    }
    return told, data, [data[low:high] for low, high in itertools.pairwise(cuts)]


@given(pasts(), st.none() | st.floats(0, 5))
def test_the_scenes_joined_are_the_bytes_in_time(past: tuple[Any, bytes, list[bytes]], idle: float | None) -> None:
    told, data, chunks = past
    film = Film(told, idle)
    scenes = list(film.scenes(chunks))
    assert b"".join(scene for _, scene in scenes if isinstance(scene, bytes)) == data
    assert [place for place, _ in scenes] == sorted(place for place, _ in scenes)
    assert all(0 <= place <= film.seconds for place, _ in scenes)
    if idle is not None:
        assert film.seconds <= idle * len(told["pieces"])


@given(pasts())
def test_how_the_bytes_are_cut_makes_no_difference(past: tuple[Any, bytes, list[bytes]]) -> None:
    told, data, chunks = past

    def merged(scenes: Any) -> list[Any]:
        out: list[Any] = []
        for place, scene in scenes:
            if out and isinstance(scene, bytes) and isinstance(out[-1][1], bytes) and out[-1][0] == place:
                out[-1] = (place, out[-1][1] + scene)
            else:
                out.append((place, scene))
        return out

    whole = merged(Film(told).scenes([data] if data else []))
    assert merged(Film(told).scenes(chunks)) == whole
    assert merged(Film(told).scenes(data[at : at + 1] for at in range(len(data)))) == whole


def told(**changes: Any) -> dict[str, Any]:
    return {"start": 0, "end": 6, "pieces": [[100.0, 0], [100.5, 3], [160.5, 5]], "sizes": [[0, 80, 24]], **changes}


def test_long_pauses_are_cut() -> None:
    assert Film(told()).seconds == 60.5
    assert Film(told(), 2.0).seconds == 2.5
    assert [place for place, _ in Film(told(), 2.0).scenes([b"abcdef"])] == [0.0, 0.5, 2.5]


def test_sizes_change_between_the_bytes_and_gaps_are_jumped_over() -> None:
    film = Film(told(sizes=[[0, 80, 24], [2, 80, 24], [3, 100, 30], [6, 20, 5]]))
    scenes = [scene for _, scene in film.scenes([b"abcdef"])]
    assert scenes == [b"abc", (100, 30), b"de", b"f", (20, 5)]
    film = Film(told(gaps=[[1, 3]]))
    assert list(film.scenes([b"aef"])) == [(0.0, b"a"), (0.5, b"e"), (60.5, b"f")]


def test_a_clock_that_was_set_back_does_not_turn_the_film() -> None:
    film = Film(told(pieces=[[100.0, 0], [90.0, 3], [101.0, 5]]))
    assert [place for place, _ in film.scenes([b"abcdef"])] == [0.0, 0.0, 1.0]


def test_an_asciicast_has_a_header_and_text_in_order() -> None:
    data = "a€b\r\n".encode()
    film = Film(told(end=len(data), sizes=[[0, 80, 24], [5, 100, 30]], pieces=[[100.0, 0], [100.25, 2]]))
    lines = [json.loads(line) for line in asciicast(film, [data[:2], data[2:]], "dev", 2.0)]
    assert lines[0] == {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 100,
        "idle_time_limit": 2.0,
        "title": "dev",
        "env": {"TERM": "xterm-256color"},
    }
    assert lines[1:] == [[0.0, "o", "a"], [0.25, "o", "€b"], [0.25, "r", "100x30"], [0.25, "o", "\r\n"]]


@given(pasts())
def test_every_asciicast_can_be_read(past: tuple[Any, bytes, list[bytes]]) -> None:
    told, data, chunks = past
    file = io.StringIO("".join(line + "\n" for line in asciicast(Film(told), chunks, "x", None)))
    header, *events = map(json.loads, file)
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert "".join(text for _, kind, text in events if kind == "o") == data.decode("utf-8", "replace")
