"""Places gathered under their folders: each can be read back."""

from __future__ import annotations

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from ai_session_tui.digest.places import by_path
from ai_session_tui.parsers.model import Location

NAMES = st.sampled_from(["a", "src", "lib", "b.py", "test_c.py", "__init__.py", "unit"])
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)
SPOTS = st.tuples(PATHS, st.integers(1, 400))


def parts(text: str, sign: str) -> list[str]:
    """Return what stands between signs outside of braces."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter == "{") - (letter == "}")
        if letter == sign and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found]


def read(text: str) -> set[tuple[str, int]]:
    """Return the places that a note names."""
    found: set[tuple[str, int]] = set()
    for entry in parts(text, ";"):
        *folders, last = parts(entry, "/")
        names = [one.strip("{}").split(",") for one in folders]
        if last.startswith("{") and last.endswith("}"):
            inside = read(last[1:-1])
        else:
            files, *spans = last.split(" ")
            ends = [[int(end) for end in span.split("-")] for span in spans]
            inside = {
                (file, line)
                for file in files.strip("{}").split(",")
                for span in ends
                for line in range(span[0], span[-1] + 1)
            }
        found |= {("/".join((*folder, path)), line) for folder in product(*names) for path, line in inside}
    return found


@given(st.lists(SPOTS, max_size=40))
@example([("a/b.py/a", 1), ("b.py/a", 1)])
def test_every_place_can_be_read_back(spots: list[tuple[str, int]]) -> None:
    places = [Location(*spot) for spot in (*spots, ("z.py", 1))]  # without a folder common to all
    assert read(by_path(places, with_columns=False)) == {(place.path, place.line) for place in places}


def test_a_folder_is_named_once_and_folders_that_are_told_alike_together() -> None:
    places = [
        Location(f"{tree}/site/{path}", line)
        for tree in ("old", "new")
        for path, line in (("pip/cache.py", 41), ("pip/cache.py", 125), ("pip/cli/parser.py", 62), ("wheel.py", 7))
    ]
    assert by_path([*places, Location("features/s.py", 7)], with_columns=False) == (
        "{old,new}/site/{pip/{cache.py 41 125; cli/parser.py 62}; wheel.py 7}; features/s.py 7"
    )


def test_a_path_of_any_depth_is_told() -> None:
    deep = "a/" * 5000
    assert by_path([Location(f"{deep}x.py", 1), Location(f"b/{deep}y.py", 2)], with_columns=False).endswith("y.py 2")


def test_places_told_below_their_path_share_it() -> None:
    places = [Location("/srv/app/src/cart.js", line, 5) for line in (3, 9)]
    assert by_path(places, with_columns=True) == "/srv/app/src/cart.js:3:5 9:5"
