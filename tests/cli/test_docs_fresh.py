"""The generated pages are what the program says today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "page"),
    [("ai_session_tui.cli.reference", "commands.md"), ("ai_session_tui.cli.settings_reference", "configuration.md")],
)
def test_a_generated_page_is_fresh(module: str, page: str) -> None:
    made = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=True, cwd=ROOT)
    assert made.stdout == (ROOT / "docs" / page).read_text(), "run `make docs`"
