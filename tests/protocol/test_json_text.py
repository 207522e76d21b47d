"""JSON without the `json` package, held against it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.protocol import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_it_writes_what_json_writes(value: object) -> None:
    assert json_text.encode(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(VALUES, st.sampled_from([None, 1, 2]))
def test_it_reads_what_json_writes(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert json_text.decode(f" {text}\r\n".encode()) == value


@given(st.binary() | st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\\u').map(str.encode))
def test_it_refuses_what_json_refuses(data: bytes) -> None:
    try:
        expected = json.loads(data.decode(), parse_constant=lambda word: 1 / 0)
    except (ValueError, ZeroDivisionError):
        with pytest.raises(ValueError):
            json_text.decode(data)
    else:
        assert json_text.decode(data) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_a_value_error(value: float) -> None:
    with pytest.raises(ValueError):
        json_text.encode({"a": value})


def test_objects_of_other_kinds_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="bytes"):
        json_text.encode({"a": b""})


@pytest.mark.parametrize("data", [b"", b" ", b"NaN", b"Infinity", b"1 2", b"\xff", b"[" * 100_000])
def test_garbage(data: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json_text.decode(data)


def test_it_loads_neither_json_nor_re() -> None:
    script = "import sys; from ai_session_tui.protocol import frames; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True, text=True)
    assert not {"json", "re", "enum"} & set(ran.stdout.split())


def test_without_the_c_half_json_stands_in() -> None:
    script = (
        "import sys; sys.modules['_json'] = None\n"
        "from ai_session_tui.protocol import json_text\n"
        "assert json_text.decode(json_text.encode({'a': [1, 'é']}).encode()) == {'a': [1, 'é']}\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
