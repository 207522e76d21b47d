"""One declaration an action: what the registry promises footer, palette and help."""

from __future__ import annotations

import re

import pytest

from ai_session_tui.dashboard import verbs
from ai_session_tui.dashboard.actions import GROUPS, REGISTRY, Action, Registry, Situation, always, key_label

verbs.load()
FULL = Situation(True, 3, 1, "s", "p", 2, is_zoomed=False, has_previous=True)


async def nothing(app: object) -> None:
    del app


def made(ident: str, key: str = "", group: str = "View") -> Action:
    return Action(ident, key, "label", "help", group, always, nothing)


def test_no_key_and_no_id_means_two_things() -> None:
    registry = Registry()
    registry.add(made("one", "x"))
    with pytest.raises(ValueError, match="x means both one and two"):
        registry.add(made("two", "x"))
    with pytest.raises(ValueError, match="two actions are called one"):
        registry.add(made("one"))
    with pytest.raises(ValueError, match="no group"):
        registry.add(made("three", group="Elsewhere"))


def test_every_action_says_what_it_does_in_one_line() -> None:
    for one in REGISTRY:
        assert one.group in GROUPS
        assert re.fullmatch(r"[A-Z][^\n]{8,90}[^.]", one.help), one.id
        assert 0 < len(one.label) <= 20, one.id


def test_the_way_out_help_and_palette_are_possible_always() -> None:
    possible = {one.id for one in REGISTRY.possible(Situation())}
    assert {"dashboard.leave", "dashboard.help", "dashboard.palette", "view.theme"} <= possible
    assert not {"pane.split_right", "go.switch", "pane.close"} & possible


def test_the_keys_of_raw_attach_mean_the_same_here() -> None:
    """`attach` has d, n, p, s and ? behind the same leader."""
    meanings = {key: REGISTRY.of_key(key) for key in ("d", "n", "p", "s", "question_mark")}
    assert {key: found.id if found else None for key, found in meanings.items()} == {
        "d": "dashboard.leave",
        "n": "go.next",
        "p": "go.previous",
        "s": "go.switch",
        "question_mark": "dashboard.help",
    }


def test_footer_shows_the_way_out() -> None:
    assert "dashboard.leave" in [one.id for one in REGISTRY.footer(Situation())]
    assert [one.footer for one in REGISTRY.footer(FULL)] == sorted(one.footer for one in REGISTRY.footer(FULL))


@pytest.mark.parametrize(
    ("key", "label"),
    [("ctrl+b", "^b"), ("question_mark", "?"), ("ctrl+left", "^←"), ("shift+up", "⇧↑"), ("d", "d"), ("plus", "+")],
)
def test_keys_read_as_people_write_them(key: str, label: str) -> None:
    assert key_label(key) == label
