"""A record is special by a value that hardly any other has, in a column where values repeat."""

from __future__ import annotations

from ai_session_tui.digest.outliers import FEWEST_RECORDS, outliers


def table(size: int, separator: str) -> list[str]:
    return [separator.join((str(i), ("a", "b", "c")[i % 3], "ok", f"name-{i}")) for i in range(size)]


def test_a_rare_value_is_found_with_any_separator() -> None:
    for separator in (",", "\t", ";", "|", "   "):
        rows = table(300, separator)
        rows[123] = separator.join(("123", "a", "refused", "name-123"))
        assert outliers(rows) == [123]


def test_identifiers_are_nothing_special() -> None:
    assert outliers(table(300, ",")) == []


def test_the_rarest_come_first() -> None:
    rows = table(900, ",")
    for index in (10, 20):
        rows[index] = rows[index].replace(",ok,", ",late,")
    rows[500] = rows[500].replace(",ok,", ",lost,")
    assert outliers(rows) == [500, 10, 20]


def test_a_few_records_have_no_usual_values() -> None:
    rows = table(FEWEST_RECORDS - 1, ",")
    rows[3] = rows[3].replace(",ok,", ",refused,")
    assert outliers(rows) == []


def test_many_different_values_make_none_special() -> None:
    assert outliers([f"{i},{'ok' if i % 20 else f'state {i}'},x" for i in range(400)]) == []


def test_a_negative_number_among_positive_ones_and_one_far_out() -> None:
    rows = [f"{i},{100 + i * 37 % 400}.5,{('a', 'b')[i % 2]}" for i in range(200)]
    assert outliers(rows) == []
    for weight in ("-40.0", "90000.0"):
        rows[77] = f"77,{weight},a"
        assert outliers(rows) == [77]
        assert 78 in outliers(["id,weight,state", *rows])


def test_a_long_tail_makes_none_special() -> None:
    assert outliers([f"{i},{2 ** (i % 30)},x" for i in range(300)]) == []
