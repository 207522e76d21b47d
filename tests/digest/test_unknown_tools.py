"""Output of tools that no parser knows: what the general treatment must find in it."""

from __future__ import annotations

import pytest

from ai_session_tui.digest import composition, digest_output


@pytest.fixture(autouse=True)
def no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "best", lambda *_: ())


def digest(lines: list[str], exit_code: int = 0) -> str:
    return digest_output(["\n".join(lines).encode()], "acme-check", exit_code).text


def _steps(count: int, word: str = "step") -> list[str]:
    return [f"{word} {number}: read {number * 17 % 91} parts of plan {number % 7}" for number in range(count)]


@pytest.mark.parametrize("count", ["# FAIL: 2", "ℹ fail 2", "Failures: 2", "  total 2"])
def test_a_count_is_told_wherever_it_stands(count: str) -> None:
    assert count in digest([*_steps(80), count, *_steps(80, "leaving")], 1)


def test_a_traceback_in_the_midst_is_told_with_its_end() -> None:
    frames = ['  File "/srv/app/feed.py", line 7, in load', "    return parse(row)"] * 9
    trace = ["Traceback (most recent call last):", *frames]
    lines = [*_steps(90), *trace, "decimal.DivisionByZero: [<class 'decimal.DivisionByZero'>]", *_steps(90)]
    lines += [*trace, "shop.stock.OutOfPaper: tray 3", *_steps(90, "closing")]
    text = digest(lines)
    assert "decimal.DivisionByZero: [" in text
    assert "shop.stock.OutOfPaper: tray 3" in text


def test_warnings_of_what_went_well_are_told_before_its_end() -> None:
    lines = _steps(60)
    for at, words in ((9, "label 'nowhere' is not defined"), (31, "page orphan is in no list"), (44, "no image")):
        lines[at] = f"/srv/docs/index.rst:{at}: WARNING: {words} {'of those that are looked for ' * 3}"
    text = digest([*lines, *(f"writing page {'x' * number} to its folder on the disk" for number in range(24))])
    assert all(words in text for words in ("'nowhere' is not", "page orphan is in", "no image"))


def test_a_level_in_parentheses_is_one() -> None:
    lines = _steps(120)
    lines[40] = "  ^-- AC2115 (error): Use a default here."
    assert lines[40] in digest(lines)


def test_a_place_behind_its_name_is_told_of_a_failed_run() -> None:
    lines = _steps(120)
    lines[40] = "   Location: shop/ledger.py:204:8"
    assert lines[40] in digest(lines, 1)


def test_every_place_that_stands_alone_is_told_of_a_failed_run() -> None:
    lines = _steps(120)
    for number in range(12):
        lines[9 * number + 4] = f"  --> src/store.acme:{number + 40}:{number + 7}"
    text = digest(lines, 1)
    assert all(f"src/store.acme:{number + 40}:{number + 7}" in text for number in range(12))
