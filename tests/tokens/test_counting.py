"""Tokens are those of the published vocabulary, wherever the text comes from and however large it is."""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.errors import AiSessionError
from ai_session_tui.tokens import TokenCount, Tokenizer, estimated, tokenizer, vocabulary
from ai_session_tui.tokens import counting as counting_module

# Published examples of cl100k_base: the ranks of these texts' tokens are known.
KNOWN = {
    "": 0,
    "hello world": 2,
    "antidisestablishmentarianism": 6,
    "2 + 2 = 4": 7,
    "お誕生日おめでとう": 9,
    "<|endoftext|>": 7,  # text, not the special token
}


@pytest.mark.parametrize("text", KNOWN)
def test_known_counts(text: str) -> None:
    assert tokenizer().count(text) == TokenCount(KNOWN[text])


def test_the_shipped_vocabulary_is_the_published_one() -> None:
    import base64

    ranks = vocabulary.shipped()
    published = b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items())
    assert hashlib.sha256(published).hexdigest() == vocabulary.PUBLISHED


def test_a_damaged_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "_PACKED", "0" * 64)
    with pytest.raises(AiSessionError, match="damaged"):
        vocabulary.shipped()


@given(st.lists(st.text("ab \n\t=.é漢", max_size=12)))
@settings(max_examples=200)
def test_counting_in_pieces_changes_nothing(words: list[str]) -> None:
    text = "".join(words)
    whole = tokenizer().tokens(text)
    pieces = list(counting_module._pieces(text))
    assert "".join(pieces) == text
    piece, counting_module._PIECE = counting_module._PIECE, 8
    try:
        cuts = list(counting_module._pieces(text))
        in_pieces = tokenizer().tokens(text)
    finally:
        counting_module._PIECE = piece
    assert "".join(cuts) == text
    if all(cut.endswith("\n") and not after[:1].isspace() for cut, after in pairwise(cuts)):
        assert in_pieces == whole


@given(st.text())
def test_any_text_can_be_counted(text: str) -> None:
    assert tokenizer().tokens(text) <= len(text.encode("utf-8", "replace"))


def test_an_unknown_vocabulary_is_an_estimate(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "splintr", None)
    tokenizer.cache_clear()
    count = tokenizer("o200k_base").count("some words of a program")
    tokenizer.cache_clear()
    assert not count.exact
    assert str(count).startswith("~")
    assert not (TokenCount(3) + count).exact
    assert list(tmp_path.iterdir()) == []  # nothing was fetched


def test_a_damaged_file_in_the_cache_is_left_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = vocabulary._FETCHED["o200k_base"]
    file = tmp_path / hashlib.sha1(source.encode()).hexdigest()
    file.write_bytes(b"half a download")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert not vocabulary.is_cached("o200k_base")
    assert file.exists()


def test_the_estimate_is_near() -> None:
    text = "error[E0425]: cannot find value `x` in this scope\n  --> src/main.rs:12:9\n" * 40
    assert 0.7 < estimated(text) / tokenizer().tokens(text) < 1.4


def test_counting_needs_no_network_and_leaves_the_environment_alone() -> None:
    code = (
        "import os, socket\n"
        "def refuse(*_): raise SystemExit('network')\n"
        "socket.socket.connect = refuse\n"
        "before = dict(os.environ)\n"
        "from ai_session_tui.tokens import tokenizer\n"
        "assert tokenizer().tokens('hello world') == 2\n"
        "assert dict(os.environ) == before\n"
    )
    environment = {key: value for key, value in os.environ.items() if "CACHE" not in key}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def by_tiktoken() -> Tokenizer:
    """Return the tokenizer of a machine without splintr."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "splintr", None)
        return tokenizer.__wrapped__()


SIGNS = st.one_of(st.text(), st.text("ab Z9\n\r\t'sé漢😀\u200d\x00\x1b[m.,;-_/\\<|endoftext|>\xa0\u2028ſK"))


@given(st.one_of(SIGNS, st.text("ab Zs9\n\r\t\v\f'’é\x1c\x1f\x1b[m.,;-_/\\<|>", max_size=60)))
@settings(max_examples=1000)
def test_counting_part_by_part_changes_nothing(by_tiktoken: Tokenizer, text: str) -> None:
    assert by_tiktoken.count(text) == by_tiktoken.count_beside(text)


def test_counting_recorded_output_part_by_part_changes_nothing(by_tiktoken: Tokenizer) -> None:
    for path in sorted((pathlib.Path(__file__).parents[1] / "parsers" / "samples").glob("*.txt")):
        text = path.read_text()
        assert by_tiktoken.count(text) == by_tiktoken.count_beside(text), path.name


@given(SIGNS)
@settings(max_examples=300)
def test_the_faster_counter_counts_the_same(by_tiktoken: Tokenizer, text: str) -> None:
    pytest.importorskip("splintr")
    assert tokenizer().tokens(text) == by_tiktoken.tokens(text)


def test_the_faster_counter_counts_recorded_output_the_same(by_tiktoken: Tokenizer) -> None:
    pytest.importorskip("splintr")
    for path in sorted((pathlib.Path(__file__).parents[1] / "parsers" / "samples").glob("*.txt")):
        assert tokenizer().tokens(path.read_text()) == by_tiktoken.tokens(path.read_text()), path.name


def test_the_faster_counter_knows_another_vocabulary() -> None:
    pytest.importorskip("splintr")
    assert tokenizer("o200k_base").count("hello world") == TokenCount(2)
