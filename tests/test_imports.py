"""What each process loads: start-up time and memory are features, and a stray import would spend them unseen."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {
    "asyncio",
    "textual",
    "pyte",
    "tiktoken",
    "rich",
    "sqlite3",
    "zstandard",
    "msgspec",
    "psutil",
    "typing",
    "dataclasses",
}


def modules_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import ai_session_tui",
        "import ai_session_tui.client.connection",
        "import ai_session_tui.cli.commands.list",
        "import ai_session_tui.cli.commands.ui",
    ],
)
def test_thin_side_loads_nothing_slow(statement: str) -> None:
    assert not modules_after(statement) & SLOW


def test_keeper_loads_neither_an_event_loop_nor_the_store() -> None:
    assert not modules_after("import ai_session_tui.keeper.service") & {*SLOW, "ai_session_tui.server"}


def test_server_loads_neither_the_dashboards_nor_the_analysts_libraries() -> None:
    assert not modules_after("import ai_session_tui.server.server") & {"textual", "tiktoken", "rich"}


def test_the_dashboard_paints_before_it_loads_the_emulator_and_what_only_some_screens_need() -> None:
    loaded = modules_after("import ai_session_tui.dashboard.app")
    assert "textual" in loaded
    assert not {"pyte", "tiktoken", "sqlite3", "zstandard", "psutil", "ai_session_tui.server"} & loaded
    assert "ai_session_tui.dashboard.screens.help" not in loaded
