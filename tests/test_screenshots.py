"""The scenes of the README's pictures still run: the real dashboard, on a real server, with real programs in it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHOWN = {
    "panes": ("1 failed", "def price", "Load average", "shop:4"),
    "context": ("CONTEXT", "of the limit", "plain text of everything"),
    "search": ("search everything", "found", "assert"),
    "replay": ("paused", "#", "space play"),
}


def words(svg: str) -> str:
    """Return what a picture says, in the order of its parts."""
    return html.unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))).replace("\xa0", " ")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scene", SHOWN)
def test_a_scene_runs_and_shows_what_it_promises(scene: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "screenshots" / "take.py"), "--out", str(tmp_path), scene]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=230, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    text = words((tmp_path / f"{scene}.svg").read_text())
    for promised in SHOWN[scene]:
        assert promised in text, (promised, text)


def test_the_readme_s_pictures_are_there_and_name_no_folder_of_whoever_took_them() -> None:
    pages = (ROOT / "README.md").read_text() + (ROOT / "docs" / "dashboard.md").read_text()
    shown = re.findall(r"\]\((?:\.\./)?(screenshots/[^)]+\.svg)\)", pages)
    assert len(shown) >= len(SHOWN)
    for name in shown:
        text = words((ROOT / name).read_text())
        assert str(ROOT) not in text and "/tmp/" not in text, name
