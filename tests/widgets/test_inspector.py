"""The inspector shows what it is given, and asks for the rest by messages."""

from __future__ import annotations

import msgspec
import pytest

from ai_session_tui.errors import ProtocolError
from ai_session_tui.widgets.commands_tab import CommandsTab
from ai_session_tui.widgets.context_tab import ContextTab
from ai_session_tui.widgets.inspector import Inspector
from ai_session_tui.widgets.views import CommandView, ContextView, read
from tests.widgets.samples import COMMANDS, CONTEXT, DIGEST, PRICE, RUNNING
from tests.widgets.stage import on_stage, shown


def filled() -> tuple[Inspector, object]:
    inspector = Inspector()

    def fill() -> None:
        inspector.show_context(CONTEXT)
        inspector.show_commands(COMMANDS)
        inspector.show_price(PRICE)
        inspector.focus_tab()

    return inspector, fill


async def test_the_context_tells_figures_with_their_rule_and_baseline() -> None:
    inspector, fill = filled()
    async with on_stage(inspector, fill, (100, 40)):
        text = shown(inspector)
    for words in (
        "15 messages · 1,285 / 4,096 tokens", "31%", "✓ optimal  under 80 % of the limit", "compressed 2x",
        "saved 93.2% of plain", "⚑ pinned", "◆ decided", "digest of 4–8",
    ):  # fmt: skip
        assert words in text, words


async def test_a_digest_opens_in_place_and_shuts_again() -> None:
    inspector, fill = filled()
    async with on_stage(inspector, fill) as (pilot, said):
        await pilot.press("home", "down", "down", "enter")
        (wanted,) = said.of(ContextTab.Expanded)
        assert wanted.message.covers == (4, 8)
        inspector.query_one(ContextTab).open_message(9, "warning: unused\nwarning: dead code")
        await pilot.pause()
        text = shown(inspector)
        assert "▾ system" in text and "warning: dead code" in text and "digest of 4–8" in text
        await pilot.press("enter")
        assert "dead code" not in shown(inspector)
        assert len(said.of(ContextTab.Expanded)) == 1


async def test_pin_note_and_copy_are_asked_for() -> None:
    inspector, fill = filled()
    async with on_stage(inspector, fill) as (pilot, said):
        await pilot.press("home", "p", "down", "p")
        await pilot.press("down", "down", "down", "down", "p", "y")
        assert [(one.message.id, one.pinned) for one in said.of(ContextTab.Pinned)] == [(3, True), (12, False)]
        assert said.of(ContextTab.Copied)[0].text.startswith("One test fails")
        await pilot.press("a", *"hi", "space", *"you", "enter")
        assert [one.text for one in said.of(ContextTab.Noted)] == ["hi you"]
        await pilot.press("a", *"never", "escape", "p")
        assert len(said.of(ContextTab.Noted)) == 1
        assert len(said.of(ContextTab.Pinned)) == 3, "the list has the keys again"


async def test_without_context_the_reason_stands_there() -> None:
    inspector = Inspector()
    async with on_stage(inspector, lambda: inspector.show_context(None, "dev has no AI context")):
        assert "dev has no AI context" in shown(inspector)


async def test_tokens_are_drawn_with_what_was_measured() -> None:
    inspector, fill = filled()
    async with on_stage(inspector, fill, (120, 40)) as (pilot, _):
        await pilot.press("right")
        text = shown(inspector)
        assert inspector.tab == "tokens"
    for words in ("raw 10,060", "delivered 1,010", "4 commands, added up", "cost $0.0030 instead of $0.03",
                  "estimated: a-model, $3 a million", "cargo build", "5,200", "97%"):  # fmt: skip
        assert words in text, words


async def test_what_was_not_measured_is_not_a_number() -> None:
    inspector = Inspector()
    bare = [msgspec.structs.replace(one, analysis=None) for one in COMMANDS]

    def fill() -> None:
        inspector.show_context(ContextView(max_tokens=4096))
        inspector.show_commands(bare)

    async with on_stage(inspector, fill, (120, 40)) as (pilot, _):
        inspector.tab = "tokens"
        await pilot.pause()
        text = shown(inspector)
    assert "n/a / 4,096 tokens" in text and "saved n/a" in text and "cost n/a" in text
    assert "%" not in text and "$" not in text


async def test_an_estimate_carries_its_sign() -> None:
    inspector = Inspector()
    guess = msgspec.structs.replace(CONTEXT, is_estimate=True)
    async with on_stage(inspector, lambda: inspector.show_context(guess)):
        assert "~1,285 / 4,096" in shown(inspector) and "saved ~93.2%" in shown(inspector)


async def test_failures_come_first_and_the_order_can_be_turned() -> None:
    inspector, fill = filled()
    inspector.tab = "commands"
    async with on_stage(inspector, fill) as (pilot, _):
        lines = shown(inspector).splitlines()
        assert "5 commands · 2 failed · failures first" in lines[1]
        assert [line[1] for line in lines if line[1:2] in ("✗", "✓")] == ["✗", "✗", "✓", "✓", "✓"]
        assert "#2 · exit 101 · 12s · 11 passed" in shown(inspector)
        await pilot.press("f")
        assert "newest first" in shown(inspector)
        assert "#5" in shown(inspector).splitlines()[3]


async def test_a_command_opens_to_its_result_with_places() -> None:
    inspector, fill = filled()
    inspector.tab = "commands"
    async with on_stage(inspector, fill, (80, 40)) as (pilot, said):
        await pilot.press("home", "down", "enter")
        assert [one.command.id for one in said.of(CommandsTab.Opened)] == [2]
        inspector.query_one(CommandsTab).show_detail(COMMANDS[1], DIGEST)
        await pilot.pause()
        text = shown(inspector)
        for words in ("✗ cargo test", "dev#2 · exit 101", "11 passed · 1 failed", "✗ api::test_endpoint",
                      "src/api.rs:42:9", "! unused_variables", "src/lib.rs:7", "ai-session output dev#2"):  # fmt: skip
            assert words in text, words
        await pilot.press("r", "y", "o")
        assert [one.command.id for one in said.of(CommandsTab.RerunWanted)] == [2]
        assert [one.command.id for one in said.of(CommandsTab.CopyWanted)] == [2]
        assert [one.command.id for one in said.of(CommandsTab.WholeWanted)] == [2]
        await pilot.press("escape")
        assert "failures first" in shown(inspector)
        assert not said.of(Inspector.Left), "the first escape only shuts the result"
        await pilot.press("escape")
        assert said.of(Inspector.Left)


async def test_a_running_command_says_so() -> None:
    inspector = Inspector()
    inspector.tab = "commands"
    async with on_stage(inspector, lambda: inspector.show_commands([*COMMANDS, RUNNING])):
        assert "● cargo watch" in shown(inspector) and "#6 · running" in shown(inspector)


async def test_new_commands_do_not_move_the_highlight() -> None:
    inspector, fill = filled()
    inspector.tab = "commands"
    async with on_stage(inspector, fill) as (pilot, said):
        await pilot.press("home", "down", "down")
        inspector.show_commands([*COMMANDS, RUNNING])
        await pilot.press("y")
        assert [one.command.id for one in said.of(CommandsTab.CopyWanted)] == [5]


async def test_a_click_turns_to_a_tab() -> None:
    inspector, fill = filled()
    async with on_stage(inspector, fill) as (pilot, _):
        await pilot.click("TabLine", offset=(20, 0))
        assert inspector.tab == "commands"


def test_a_shape_that_cannot_be_read_is_told() -> None:
    with pytest.raises(ProtocolError) as caught:
        read({"id": "many"}, CommandView)
    assert "server restart" in caught.value.hint
    assert read({"id": 1, "newer": {}}, CommandView).address == "#1"
