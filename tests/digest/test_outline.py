"""A JSON document shows its keys and scalars; of what is long, the first, the last and how much there is."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.digest import Lines, digest_lines, outline
from ai_session_tui.parsers.documents import read_document
from ai_session_tui.tokens import tokenizer

COUNT = tokenizer().tokens
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=300)),
    lambda inner: st.one_of(st.lists(inner, max_size=30), st.dictionaries(st.text(max_size=12), inner, max_size=30)),
    max_leaves=60,
)


def shown(document: object, indent: int | None = None) -> str:
    return digest_lines(Lines(json.dumps(document, indent=indent).split("\n")), "curl -s x", 0).text


def test_a_large_document_keeps_scalars_and_counts() -> None:
    releases = {
        f"1.{i}.0": {"size": i, "url": f"https://files.example/{i}.tar.gz", "yanked": False} for i in range(400)
    }
    document = {"info": {"name": "thing", "version": "1.399.0", "license": "MIT"}, "releases": releases}
    for indent in (None, 2):
        text = shown(document, indent)
        for fact in (
            '"name": "thing"',
            '"version": "1.399.0"',
            '"license": "MIT"',
            '"1.0.0"',
            '"1.399.0": {"size": 399',
            "395 more keys",
        ):
            assert fact in text
        assert COUNT(text) < 700


def test_records_one_a_line() -> None:
    text = shown([{"id": i, "name": f"item {i}"} for i in range(500)])
    assert '"name": "item 0"' in text
    assert "more of 500" in text


def test_half_a_document_is_text() -> None:
    assert read_document(['{"a": [1,', "2,"]) is None


def test_deep_nesting_is_no_trouble() -> None:
    assert read_document(["[" * 100_000]) is None


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_any_document(document: object) -> None:
    assert isinstance(outline.outline(document, 100, COUNT), str)  # type: ignore[arg-type]
