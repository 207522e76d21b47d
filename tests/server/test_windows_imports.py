"""What Windows loads can be loaded there, and what cannot is known by name."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.server.server_kit import ROOT
from tests.server.windows_kit import STAND_IN

# Nothing else may need a POSIX system to be imported; nobody imports these on Windows.
POSIX_ONLY = {
    "ai_session_tui.cli.player",
    "ai_session_tui.cli.raw_terminal",
    "ai_session_tui.cli.viewing",
    "ai_session_tui.keeper.__main__",
    "ai_session_tui.keeper.children",
    "ai_session_tui.keeper.link",
    "ai_session_tui.keeper.respawn",
    "ai_session_tui.keeper.service",
    "ai_session_tui.keeper.starting",
    "ai_session_tui.ptys.forking",
    "ai_session_tui.ptys.posix",
    "ai_session_tui.server.keeper_holder",
}

IMPORT_ALL = """
import importlib, json, pkgutil, sys
import ai_session_tui
failed = {}
for found in pkgutil.walk_packages(ai_session_tui.__path__, "ai_session_tui."):
    if found.name == "ai_session_tui.__main__":
        continue
    try:
        importlib.import_module(found.name)
    except (ImportError, AttributeError) as error:
        failed[found.name] = str(error)
print(json.dumps(failed))
"""

IMPORT_SERVER = """
import json, sys
import ai_session_tui.cli, ai_session_tui.server.__main__, ai_session_tui.server.server
import ai_session_tui.server.windows_holder, ai_session_tui.server.detaching
print(json.dumps(sorted(name for name in sys.modules if name.startswith("ai_session_tui."))))
"""


def run_as_windows(script: str) -> object:
    ran = subprocess.run(
        [sys.executable, STAND_IN, "-c", script],
        env={"PYTHONPATH": ROOT, "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    result: object = json.loads(ran.stdout)
    return result


def test_only_what_is_posix_by_nature_cannot_be_imported() -> None:
    failed = run_as_windows(IMPORT_ALL)
    assert isinstance(failed, dict)
    assert set(failed) == POSIX_ONLY, failed


def test_the_server_and_the_subcommands_load_none_of_that() -> None:
    loaded = run_as_windows(IMPORT_SERVER)
    assert isinstance(loaded, list)
    assert not POSIX_ONLY & set(loaded)
    assert "ai_session_tui.server.pane" in loaded
