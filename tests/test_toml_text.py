"""A mistake in a file of somebody's is shown with the line it stands on."""

from __future__ import annotations

import tomllib

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import ConfigError
from ai_session_tui.toml_text import decode_toml, keys_of, line_of

TEXT = """\
# a comment
rows = 24
"odd key" = 1

[prices.one]
input = 1
[prices."two.point"]
input = 2

[[pane]]
name = "a"
run = [
  "first",
  "second",
]
[[pane]]
text = \"\"\"
name = "not me"
[[pane]]
\"\"\"
name = 'b'
[pane.env]
A = "1"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("rows",), 2),
        (("odd key",), 3),
        (("prices", "one", "input"), 6),
        (("prices", "two.point"), 7),
        (("prices", "two.point", "input"), 8),
        (("pane", 0, "name"), 11),
        (("pane", 0, "run", 1), 12),  # the nearest thing that has a line
        (("pane", 1, "name"), 21),
        (("pane", 1, "env", "A"), 23),
        (("pane", 1, "missing"), 16),
        (("nothing",), 1),
    ],
)
def test_each_value_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, path) == line


@given(st.dictionaries(st.text(st.characters(min_codepoint=32, exclude_characters="\\\"'"), max_size=8), st.integers()))
def test_what_tomlkit_writes_is_found_where_it_wrote_it(table: dict[str, int]) -> None:
    text = tomlkit.dumps(table)
    lines = text.split("\n")
    for number, key in enumerate(table, 1):
        found = line_of(text, (key,))
        if not any(sign in key for sign in "\x7f\x85\u2028\u2029"):
            assert found == number, lines


@pytest.mark.parametrize("dotted", ["a", "a.b", 'prices."my-model.2".input', "a . b"])
def test_dotted_keys_are_read(dotted: str) -> None:
    assert keys_of(dotted)[-1] in ("a", "b", "input")


@pytest.mark.parametrize("dotted", ["", "a.", "a b", "a=1", "[a]"])
def test_what_is_no_key_is_refused(dotted: str) -> None:
    with pytest.raises(ConfigError, match="is not a key"):
        keys_of(dotted)


def test_bytes_that_are_no_text_name_their_line() -> None:
    with pytest.raises(ConfigError, match="file:2: not UTF-8"):
        decode_toml("file", b"a = 1\nb = '\xff'\n")
