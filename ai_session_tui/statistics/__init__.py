"""From what was measured to the figures that `stats` shows: pure functions, each figure with the number it rests on."""

from ai_session_tui.statistics.figure import Figure
from ai_session_tui.statistics.profile import CommandFacts, Profile, profile_of
from ai_session_tui.statistics.report import Blocks, Facts, Tally, report

__all__ = [
    "Blocks",
    "CommandFacts",
    "Facts",
    "Figure",
    "Profile",
    "Tally",
    "profile_of",
    "report",
]
