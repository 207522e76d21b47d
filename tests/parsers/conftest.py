"""Recorded output of real tools: a line with the command, a line with the exit code, then what a terminal showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ai_session_tui.parsers.model import Parsed
from ai_session_tui.parsers.registry import best

SAMPLES = Path(__file__).with_name("samples")


@dataclass(frozen=True)
class Sample:
    """One recorded run."""

    command: str
    exit_code: int
    lines: list[str]

    def parsed(self, tool: str) -> Parsed:
        """Return what was read of a tool."""
        found = [run for run in best(self.lines, self.command, self.exit_code) if run.tool == tool]
        assert found, f"nothing was read of {tool}"
        return found[0]

    def text(self, lines: tuple[int, ...]) -> str:
        """Return lines, joined."""
        return "\n".join(self.lines[index] for index in lines)


def load(path: Path) -> Sample:
    """Return a recorded run."""
    command, code, *lines = path.read_text().split("\n")
    return Sample(command.removeprefix("$ "), int(code.removeprefix("? ")), lines[:-1])


@pytest.fixture
def sample() -> Callable[[str], Sample]:
    """Return a recorded run by its name."""
    return lambda name: load(SAMPLES / f"{name}.txt")
