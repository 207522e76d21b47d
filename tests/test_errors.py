"""Errors: the tree that is drawn is the tree that is, and every one survives the wire."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui import errors
from ai_session_tui.errors import AiSessionError, from_wire


def every_error() -> list[type[AiSessionError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AiSessionError)]


def test_the_drawn_tree_is_the_real_one() -> None:
    assert errors.__doc__ is not None
    drawn = re.findall(r"(\w+Error)\s+(\w+)\s+(\d+)$", errors.__doc__, re.MULTILINE)
    real = [(kind.__name__, kind.code, str(kind.exit_status)) for kind in every_error() if kind is not AiSessionError]
    assert sorted(drawn) == sorted(real)


def test_codes_are_different_and_documented_statuses_are_never_success() -> None:
    kinds = every_error()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.exit_status != 0 for kind in kinds)


@pytest.mark.parametrize("kind", every_error())
def test_an_error_survives_the_wire(kind: type[AiSessionError]) -> None:
    found = from_wire(kind("what", "do this").to_wire())
    assert type(found) is kind
    assert (found.message, found.hint, str(found)) == ("what", "do this", "what\ndo this")


def test_an_error_without_a_hint_is_one_line() -> None:
    assert str(AiSessionError("what")) == "what"


def test_the_code_of_a_newer_peer_becomes_the_root() -> None:
    found = from_wire({"code": "from_the_future", "message": "what"})
    assert type(found) is AiSessionError
    assert found.exit_status == 1


@given(
    st.dictionaries(st.sampled_from(["code", "message", "hint", "x"]), st.none() | st.integers() | st.lists(st.text()))
)
def test_nonsense_from_a_peer_is_still_an_error_with_texts(wire: dict[str, object]) -> None:
    found = from_wire(wire)
    assert isinstance(found.message, str)
    assert isinstance(found.hint, str)
