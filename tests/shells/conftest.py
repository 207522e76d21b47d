"""Shells for the tests of this folder, each in a home of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.leftovers import quiet_fish
from tests.shells.pane import SHELLS, ShellPane

Spawn = Callable[..., ShellPane]


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Start shells: `spawn("bash", rc={".bashrc": "..."}, login=True, env={...})`; all are killed at the end."""
    panes: list[ShellPane] = []

    def start(shell: str, rc: dict[str, str] | None = None, **options: object) -> ShellPane:
        number = len(panes)
        home = tmp_path / f"home{number}"
        home.mkdir()
        quiet_fish(home)
        # zsh asks new users a question when it finds no file of theirs.
        for name, content in {".zshrc": "", **(rc or {})}.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        panes.append(ShellPane(shell, tmp_path / f"shell{number}", home, **options))  # type: ignore[arg-type]
        return panes[-1]

    yield start
    for pane in panes:
        pane.close()


@pytest.fixture(params=SHELLS)
def pane(request: pytest.FixtureRequest, spawn: Spawn) -> ShellPane:
    """A fresh shell of each kind, at its first prompt."""
    return spawn(request.param).prompt()
