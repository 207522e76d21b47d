"""Greetings: older and newer peers, on both sides, are told which side to renew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import ProtocolError
from ai_session_tui.protocol.greeting import check_greeting, greeting
from ai_session_tui.version import PROTOCOL, VERSION

RESTART = "ai-session server restart"
UPGRADE = "upgrade this client"


def test_a_greeting_says_who_we_are() -> None:
    assert greeting("client", pid=5) == {
        "hello": "ai-session",
        "role": "client",
        "protocol": PROTOCOL,
        "version": VERSION,
        "pid": 5,
    }


@pytest.mark.parametrize("we_are", ["server", "client"])
def test_equals_understand_each_other_whatever_else_they_say(we_are: str) -> None:
    check_greeting(greeting("other", something_new=[1, 2], version="99.0"), we_are=we_are)


@pytest.mark.parametrize(
    ("we_are", "theirs", "advice"),
    [
        ("server", PROTOCOL + 1, RESTART),  # the client is newer: the server is old
        ("server", PROTOCOL - 1, UPGRADE),
        ("client", PROTOCOL + 1, UPGRADE),  # the server is newer: we are old
        ("client", PROTOCOL - 1, RESTART),
    ],
)
def test_the_older_side_is_the_one_to_renew(we_are: str, theirs: int, advice: str) -> None:
    peer = {"hello": "ai-session", "protocol": theirs, "version": "7.7"}
    with pytest.raises(ProtocolError) as caught:
        check_greeting(peer, we_are=we_are)
    assert advice in caught.value.hint
    server, client = ("7.7", VERSION) if we_are == "client" else (VERSION, "7.7")
    assert f"server is version {server} " in caught.value.message
    assert f"client version {client} " in caught.value.message
    assert str(theirs) in caught.value.message


@pytest.mark.parametrize("message", [{}, {"hello": "ssh"}, {"hello": 1, "protocol": PROTOCOL}, {"protocol": PROTOCOL}])
def test_strangers_are_refused(message: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match="does not speak"):
        check_greeting(message, we_are="server")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(anything, anything, st.sampled_from(["server", "client"]))
def test_any_greeting_is_taken_or_refused_in_words_that_can_be_printed(
    protocol: object, version: object, we_are: str
) -> None:
    try:
        check_greeting({"hello": "ai-session", "protocol": protocol, "version": version}, we_are=we_are)
    except ProtocolError as error:
        assert error.message.isprintable()
        assert len(error.message) < 300
    else:
        assert protocol == PROTOCOL
