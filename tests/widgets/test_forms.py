"""The forms: what is typed is what is asked for, and what cannot be is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from ai_session_tui.errors import InvalidNameError
from ai_session_tui.names import check_name
from ai_session_tui.widgets.event_log import Chronicle, EventLog, Occurrence
from ai_session_tui.widgets.folders import folders_for
from ai_session_tui.widgets.pager import Pager
from ai_session_tui.widgets.search_panel import SearchPanel
from ai_session_tui.widgets.session_form import SessionForm, Wishes
from ai_session_tui.widgets.views import HitView
from tests.widgets.samples import START
from tests.widgets.stage import on_stage, shown


def wrong_name(name: str) -> str:
    try:
        check_name(name)
    except InvalidNameError as error:
        return error.message
    return ""


async def test_an_empty_form_leaves_everything_to_the_server() -> None:
    async with on_stage(SessionForm()) as (pilot, said):
        await pilot.press("enter")
        assert [one.wishes for one in said.of(SessionForm.Submitted)] == [Wishes()]


async def test_the_fields_are_read_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    form = SessionForm(check_name=wrong_name)
    async with on_stage(form) as (pilot, said):
        form.show_templates(["react-dev", "rust-dev"])
        await pilot.press(*"dev", "down")
        form.query_one("#form-folder", Input).value = f"{tmp_path}/pro"
        await pilot.pause(0.1)
        await pilot.press("end", "right", "tab", *"ru", "right", "down", *"echo", "space", *"'a", "space", *"b'")
        await pilot.press("down", "space", "down", *"512", "enter")
        (sent,) = said.of(SessionForm.Submitted)
    assert sent.wishes == Wishes("dev", f"{tmp_path}/project/", "rust-dev", ("echo", "a b"), False, 512)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "no/slashes", "no/slashes"),
        ("command", "echo 'open", "command: No closing quotation"),
        ("tokens", "0", "tokens: a whole number from 1"),
    ],
)
async def test_what_cannot_be_is_said_and_not_sent(field: str, value: str, complaint: str) -> None:
    form = SessionForm(check_name=wrong_name)
    async with on_stage(form) as (pilot, said):
        form.query_one(f"#form-{field}", Input).value = value
        await pilot.pause()
        await pilot.press("enter")
        assert complaint in shown(form)
        assert not said.of(SessionForm.Submitted)
        form.query_one(f"#form-{field}", Input).value = "1"
        await pilot.pause()
        assert SessionForm.HINT[:20] in shown(form)


def test_folders_are_completed_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("beta", "alpha", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert folders_for("~/") == ["~/alpha/", "~/beta/"]
    assert folders_for("~/.h") == ["~/.hidden/"]
    assert folders_for("al") == ["alpha/"]
    assert folders_for(f"{tmp_path}/b") == [f"{tmp_path}/beta/"]
    assert folders_for("/nowhere/at/all") == []


HITS = [
    HitView(session="dev", session_id="s1", command=2, kind="output", snippet="assertion failed: 404 == 200", line=17,
            time=START, exit_code=101),
    HitView(session="docs", session_id="s2", message=5, kind="message", snippet="why is it 404?", time=START),
]  # fmt: skip


async def test_a_search_waits_for_the_typing_to_pause_and_goes_to_a_hit() -> None:
    panel = SearchPanel(pause=0.01)
    async with on_stage(panel) as (pilot, said):
        await pilot.press(*"404")
        await pilot.pause(0.1)
        assert said.of(SearchPanel.Wanted)[-1].query == "404"
        panel.show("40", HITS[:1], 1)
        assert "dev#2" not in shown(panel), "an answer to what is no longer asked"
        panel.show("404", HITS, 2.4)
        await pilot.pause()
        text = shown(panel)
        assert "2 found in 2 ms" in text and "dev#2:17" in text and "exit 101" in text and "docs" in text
        await pilot.press("down", "enter")
        assert [one.hit for one in said.of(SearchPanel.Chosen)] == [HITS[1]]
        await pilot.press("ctrl+f", "ctrl+l")
        wanted = said.of(SearchPanel.Wanted)[-1]
        assert (wanted.query, wanted.failed, wanted.here) == ("404", True, True)


async def test_enter_does_not_go_to_a_hit_of_another_text() -> None:
    panel = SearchPanel(pause=30)
    async with on_stage(panel) as (pilot, said):
        await pilot.press(*"404")
        panel.show("404", HITS, None)
        await pilot.press("5", "enter")
        assert not said.of(SearchPanel.Chosen)
        panel.complain("no server")
        await pilot.pause()
        assert "no server" in shown(panel)


async def test_a_pager_goes_to_a_line_and_from_hit_to_hit() -> None:
    pager = Pager()
    lines = [f"line {number}" + (" Error here" if number in (20, 70) else "") for number in range(1, 101)]
    async with on_stage(pager, lambda: pager.show(lines)) as (pilot, said):
        pager.focus()
        pager.go_to(50)
        await pilot.pause()
        assert " 50  line 50" in shown(pager)
        assert pager.find("error") == 2
        await pilot.press("n")
        await pilot.pause()
        assert [(one.hit, one.hits) for one in said.of(Pager.Moved)] == [(2, 2), (1, 2)]
        assert " 20  line 20 Error here" in shown(pager)
        await pilot.press("G")
        assert "100  line 100" in shown(pager)
        await pilot.press("g", "ctrl+d")
        assert shown(pager).splitlines()[0].strip() == "12  line 12"
        await pilot.press("y")
        assert said.of(Pager.Copied)[0].text == "\n".join(lines)
        assert pager.find("nothing of the kind") == 0


async def test_a_pager_shows_no_control_characters_and_scrolls_long_lines() -> None:
    pager = Pager()
    async with on_stage(pager, lambda: pager.show(["\x1b[31mred", "x" * 200 + "end", "日本"], 9), (40, 5)) as (
        pilot,
        _,
    ):
        pager.focus()
        assert "\x1b" not in shown(pager) and "�[31mred" in shown(pager)
        await pilot.press(*["right"] * 30)
        await pilot.pause()
        assert "end" in shown(pager)


def occurrence(number: int) -> Occurrence:
    return Occurrence(START + number, f"s{number}", f"session{number}", "✗", "make ended with 2", "failed")


async def test_the_event_log_ends_with_the_newest() -> None:
    chronicle = Chronicle(most=3)
    for number in range(5):
        chronicle.note(occurrence(number))
    assert [one.session_id for one in chronicle] == ["s2", "s3", "s4"]
    log = EventLog(chronicle)
    async with on_stage(log) as (pilot, said):
        log.add(occurrence(9))
        await pilot.pause()
        assert "10:30:09 ✗ session9" in shown(log)
        await pilot.press("enter", "up", "enter")
        assert [one.session_id for one in said.of(EventLog.Chosen)] == ["s9", "s4"]


async def test_an_empty_event_log_says_so() -> None:
    log = EventLog(())
    async with on_stage(log) as (pilot, said):
        assert "Nothing has happened" in shown(log)
        await pilot.press("enter")
        assert not said.of(EventLog.Chosen)
