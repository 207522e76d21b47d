"""The tours of README and guide: every command of them runs, against a real server, and prints what they promise."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def tour(page: str, after: str) -> list[str]:
    text = (ROOT / page).read_text().partition(after)[2]
    blocks = BLOCK.findall(text)
    assert blocks, page
    if page == "README.md":
        blocks = blocks[:1]
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for the PATH in which `ai-session` is this checkout's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "ai-session"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ai_session_tui "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("page", "after"), [("README.md", "## Five minutes"), ("docs/guide.md", "# Guide")])
def test_every_command_of_the_tour_does_what_it_says(run_cli: Any, programs: Path, page: str, after: str) -> None:
    env = run_cli.environment({"PATH": f"{programs}:{run_cli.environ['PATH']}"})
    lines = tour(page, after)
    assert len(lines) > 15
    for line in lines:
        command, _, promised = line.partition("# →")
        ran = subprocess.run(
            ["bash", "-c", command], env=env, cwd=run_cli.user, capture_output=True, text=True, timeout=60, check=False
        )
        said = ran.stdout + ran.stderr
        assert ran.returncode == 0, f"{line}\n{said}"
        assert promised.strip() in said, f"{line}\n{said}"
    for folder in ("/tmp/demo", "/tmp/shop"):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def test_the_pages_link_to_what_is_there() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
