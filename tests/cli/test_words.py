"""Reading words without argparse, held against argparse with the program's own subcommands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.cli import catalog
from ai_session_tui.cli.parsers import build_parser
from ai_session_tui.cli.words import Declared
from ai_session_tui.errors import UsageError

NAMES = [subcommand.name for subcommand in catalog.subcommands()]
FLAGS = {
    name: [flag for action in build_parser(subcommand)._actions for flag in action.option_strings]
    for name, subcommand in ((name, catalog.find(name)) for name in NAMES)
    if subcommand is not None
}


def read(name: str, words: list[str]) -> dict[str, object] | None:
    subcommand = catalog.find(name)
    assert subcommand is not None
    declared = Declared()
    subcommand.load().add_arguments(declared)
    found = declared.read(words)
    return None if found is None else vars(found)


def argparse_reads(name: str, words: list[str]) -> dict[str, object] | None:
    subcommand = catalog.find(name)
    assert subcommand is not None
    try:
        return vars(build_parser(subcommand).parse_args(words))
    except (UsageError, SystemExit):
        return None


@settings(max_examples=400)
@given(st.data())
def test_what_is_understood_is_what_argparse_makes_of_it(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    options = data.draw(st.lists(st.sampled_from([*FLAGS[name], "--nope", "-x", "--js", "--json=1"]), max_size=3))
    values = st.sampled_from(["dev", "5", "-", "a b", "bash", "stop", "active", "", "-5", "x=1"])
    plain = data.draw(st.lists(values, max_size=3))
    words = [word for option in options for word in (option, *data.draw(st.lists(values, max_size=1)))]
    words = [*plain, *words] if data.draw(st.booleans()) else [*words, *plain]
    ours, theirs = read(name, words), argparse_reads(name, words)
    if ours is not None and theirs is not None:
        assert ours == theirs
    elif ours is not None:
        assert _is_kinder(name, words), words
    # Where only argparse understands, it is asked.


def _is_kinder(name: str, words: list[str]) -> bool:
    """Whether argparse refuses the call only because options stand between positional words."""
    subcommand = catalog.find(name)
    assert subcommand is not None
    try:
        build_parser(subcommand).parse_intermixed_args(words)
    except (UsageError, SystemExit):
        return False
    except TypeError:  # it cannot intermix this one at all
        return True
    return True


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("list", []),
        ("list", ["--detailed", "--status", "idle"]),
        ("create", ["--name=x", "--env", "A=1", "--env=B=2", "--no-compression", "--token-limit", "9"]),
        ("kill", ["a", "b", "--force"]),
        ("send", ["dev", "text", "--key", "up", "--key=down", "--enter"]),
        ("wait", ["dev", "--idle", "3"]),
        ("server", ["status", "--json"]),
        ("detach", []),
        ("help", ["exec"]),
    ],
)
def test_calls_in_order_need_no_argparse(name: str, words: list[str]) -> None:
    found = read(name, words)
    assert found is not None and found == argparse_reads(name, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("list", ["--help"]),
        ("list", ["extra"]),
        ("list", ["--status"]),
        ("list", ["--status", "asleep"]),
        ("list", ["--json=yes"]),
        ("wait", ["dev"]),
        ("wait", ["dev", "--exit", "--prompt"]),
        ("rename", ["dev"]),
        ("server", ["explode"]),
        ("create", ["--name", "--json"]),
        ("send", ["dev", "--", "-x"]),
    ],
)
def test_everything_else_is_left_to_argparse(name: str, words: list[str]) -> None:
    assert read(name, words) is None


def test_options_may_stand_between_words() -> None:
    found = read("send", ["dev", "--enter", "text"])
    assert found is not None and (found["session"], found["text"], found["enter"]) == ("dev", "text", True)
    found = read("kill", ["a", "--force", "b"])
    assert found is not None and found["sessions"] == ["a", "b"]
