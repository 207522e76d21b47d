"""The list of sessions that an attached terminal shows."""

from __future__ import annotations

from typing import Any

from ai_session_tui import figures
from ai_session_tui.cli.menu import LABELS, Chooser


def session(name: str, **changes: Any) -> Any:
    return {
        "id": f"id of {name}",
        "name": name,
        "status": "active",
        "dir": "/srv",
        "running": None,
        "panes": [],
    } | changes


def chooser(*sessions: Any, columns: int = 80, rows: int = 24) -> Chooser:
    return Chooser(list(sessions), sessions[0]["id"], columns, rows)


def lines(menu: Chooser) -> list[str]:
    return [line.replace("\x1b[7m", "").replace("\x1b[0m", "") for line in menu.draw().split("\r\n")]


def test_the_columns_stand_below_each_other() -> None:
    shown = lines(chooser(session("a"), session("longer", status="stopped"), session("日本", dir="/srv")))[2:5]
    assert {figures.width(line[: line.index("/srv")]) for line in shown} == {23}


def test_no_line_is_wider_than_the_terminal_and_none_below_it() -> None:
    many = [session(f"{number}" + "n" * 60, running="x" * 90) for number in range(50)]
    for columns, rows in ((20, 6), (80, 24), (1, 1)):
        shown = lines(chooser(*many, columns=columns, rows=rows))
        assert len(shown) <= rows
        assert all(figures.width(line) <= columns for line in shown[2:-2])


def test_keys_choose() -> None:
    menu = chooser(session("a"), session("b"), session("c"))
    assert menu.press("2") == "id of b"
    assert menu.press("down") is None
    assert menu.press("enter") == "id of b"
    assert menu.press("x") is None
    assert menu.press("escape") == Chooser.BACK
    assert not set(LABELS) & set("jkq")
