"""The player's keys move through the past, and a slow server makes it jump, never pile up."""

from __future__ import annotations

from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets.playback import Timeline, read_timeline
from ai_session_tui.widgets.replay_panel import ReplayPanel
from tests.dashboard.waiting import until
from tests.widgets.samples import COMMANDS, START
from tests.widgets.stage import on_stage, shown


def timeline() -> Timeline:
    pieces = [[START + number * 0.5, number * 10] for number in range(41)]
    return read_timeline({"pieces": pieces, "sizes": [[0, 40, 6]], "start": 0, "end": 410})


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def panel(clock: Clock) -> ReplayPanel:
    return ReplayPanel("dev", timeline(), [(100, COMMANDS[0]), (250, COMMANDS[1])], clock=clock)


def screen(text: str) -> Terminal:
    terminal = Terminal(40, 6)
    terminal.feed(text.encode())
    return terminal


async def test_it_begins_at_the_end_and_shows_what_it_is_given() -> None:
    player = panel(Clock())
    async with on_stage(player, size=(60, 14)) as (pilot, said):
        await pilot.pause(0.1)
        assert [one.offset for one in said.of(ReplayPanel.Wanted)] == [410]
        player.show(410, screen("$ cargo test\r\n\x1b[31mFAILED\x1b[m"))
        await pilot.pause(0.2)
        text = shown(player)
        assert "FAILED" in text and "replay dev  2024-06-24 10:30:20" in text
        assert "0:20 / 0:20  #2 cargo test" in text and text.count("╋") == 2
        assert len(said.of(ReplayPanel.Wanted)) == 1, "what is shown is not asked for again"


async def test_playing_goes_by_the_clock_and_asks_once_at_a_time() -> None:
    clock = Clock()
    player = panel(clock)
    async with on_stage(player, size=(60, 14)) as (pilot, said):

        def asked() -> list[int]:
            return [one.offset for one in said.of(ReplayPanel.Wanted)]

        await until(pilot, lambda: asked() == [410])
        player.show(410, screen(""))
        await pilot.press("g", "plus", "space")
        clock.now += 2
        await until(pilot, lambda: player.player.place == 4.0)
        assert player.player.speed == 2.0
        await until(pilot, lambda: len(asked()) > 1)
        clock.now += 1
        await until(pilot, lambda: player.player.place == 6.0)
        assert asked() == [410, 10], "the first has not been answered yet"
        player.show(10, screen("x"))
        await until(pilot, lambda: asked()[2:] == [130])
        await until(pilot, lambda: "▶ playing ×2" in shown(player))
        await pilot.press("space")
        clock.now += 5
        await until(pilot, lambda: "‖ paused" in shown(player))
        assert player.player.place == 6.0


async def test_keys_scrub_step_and_leave() -> None:
    player = panel(Clock())
    async with on_stage(player, size=(60, 14)) as (pilot, said):
        await pilot.press("home", "right", "right", "left")
        assert player.player.place == 5.0
        await pilot.press("n")
        assert player.player.place == 12.5, "the second command's first output"
        await pilot.press("p")
        assert player.player.place == 5.0
        await pilot.press("full_stop", "full_stop", "comma")
        assert player.player.place == 5.5
        await pilot.press("end")
        assert player.player.place == 20.0
        await pilot.click("Scrubber", offset=(0, 0))
        assert player.player.place == 0.0
        player.complain("the journal cannot be read")
        await pilot.pause()
        assert "the journal cannot be read" in shown(player)
        player.show(0, screen(""), lost=12_000)
        await pilot.pause()
        assert "12,000 bytes are no longer there" in shown(player)
        await pilot.press("q")
        assert said.of(ReplayPanel.Left)


async def test_an_empty_past_can_be_looked_at() -> None:
    empty = read_timeline({"pieces": [], "sizes": [], "start": 0, "end": 0})
    player = ReplayPanel("dev", empty, [])
    async with on_stage(player, size=(60, 14)) as (pilot, _):
        await pilot.press("space", "n", "p", "right", "g", "G")
        assert "0:00 / 0:00" in shown(player)
