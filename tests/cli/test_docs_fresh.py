"""The generated pages are what the program says today."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ai_session_tui.cli.catalog import subcommands

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "page"),
    [
        ("ai_session_tui.cli.reference", "commands.md"),
        ("ai_session_tui.cli.settings_reference", "configuration.md"),
        ("ai_session_tui.cli.manual", "ai-session.1"),
    ],
)
def test_a_generated_page_is_fresh(module: str, page: str) -> None:
    made = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=True, cwd=ROOT)
    assert made.stdout == (ROOT / "docs" / page).read_text(), "run `make docs`"


def test_the_manual_page_is_in_order() -> None:
    text = (ROOT / "docs" / "ai-session.1").read_text()
    for line in text.splitlines():
        known = line.startswith((".TH", ".SH", ".SS", ".TP", ".B", ".PP", ".RS", ".RE", ".nf", ".fi", ".br", '.\\"'))
        assert known or not line.startswith((".", "'")), line
        assert "--" not in line.replace("\\-\\-", ""), line
    for subcommand in subcommands():
        assert f"\n.B {subcommand.name}\n" in text
    assert text.count("\n.RS\n") == text.count("\n.RE\n") == len(subcommands())


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_groff_has_no_complaint() -> None:
    page = ROOT / "docs" / "ai-session.1"
    ran = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=False)
    assert ran.stderr == ""
