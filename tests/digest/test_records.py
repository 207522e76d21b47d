"""A record of a JSON document is special by a key that hardly any other has, or by a value that is rare."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.digest import Lines, digest_lines
from ai_session_tui.digest.records import special


def fleet(size: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"gw-{i}",
            "site": ("Venlo", "Antwerp", "Duisburg")[i % 3],
            "firmware": "5.3.0",
            "online": True,
            "uplink": {"type": ("lte", "ethernet")[i % 2], "rssi": -50 - i * 7 % 40},
            "sensors": [{"ch": 1, "last": i / 7}, {"ch": 2, "last": -i / 3}],
            "last_error": None,
        }
        for i in range(size)
    ]


def test_a_rare_value_a_rare_key_and_a_value_within() -> None:
    records = fleet(40)
    records[5]["last_error"] = "LCP timeout"
    records[9]["firmware"] = "4.9.7-rc2"
    records[21]["uplink"] = {"type": "satellite", "rssi": -60}
    assert special(records) == {5: ["last_error"], 9: ["firmware"], 21: ["uplink"]}  # type: ignore[arg-type]


def test_a_few_records_are_enough() -> None:
    records = fleet(10)
    records[4]["online"] = False
    assert special(records) == {4: ["online"]}  # type: ignore[arg-type]
    assert special(fleet(7)) == {}  # type: ignore[arg-type]


def test_what_is_different_everywhere_makes_none_special() -> None:
    assert special(fleet(300)) == {}  # type: ignore[arg-type]
    assert special([{"id": i, "word": f"w{i}"} for i in range(50)]) == {}
    assert special(["a", 1, None, {"a": 1}] * 10) == {}


def test_special_records_of_a_list_within_a_document_are_shown() -> None:
    records = fleet(200)
    records[120] |= {"online": False, "last_error": "probe 2 above 8.0 C for 41 min"}
    for document in ({"page": 1, "gateways": records}, records):
        for indent in (None, 2):
            text = digest_lines(Lines(json.dumps(document, indent=indent).split("\n")), "curl -s x", 0).text
            assert '…[120] {"id": "gw-120"' in text
            assert "probe 2 above 8.0 C for 41 min" in text
            assert '"online": false' in text


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=3), inner, max_size=5)),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=40))
@settings(max_examples=150, deadline=None)
def test_special_records_exist_and_have_the_keys(records: list[object]) -> None:
    for index, keys in special(records).items():  # type: ignore[arg-type]
        record = records[index]
        assert isinstance(record, dict)
        assert keys and set(keys) <= record.keys()
