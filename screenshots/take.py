"""Take the README's pictures: the real program, doing real work in a home of its own.

    python screenshots/take.py [NAME …]

Each scene is typed into a session whose screen is captured with its colours and written as SVG beside this file. A
scene that no longer runs is an error, so the pictures cannot go stale unnoticed.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from ai_session_tui import SessionConfig
from ai_session_tui.blocking import Session, SessionManager

HERE = Path(__file__).resolve().parent
COLUMNS = 96
_TEST = """\
def price(amount, percent):
    return amount - amount * percent // 100

def test_ten_percent():
    assert price(200, 10) == 180

def test_rounding():
    assert price(99, 50) == 49.5
"""


def type_line(session: Session, line: str) -> None:
    """Type a line and wait until the shell is back at its prompt."""
    session.send(line, enter=True)
    session.wait(idle=0.5, timeout=60)
    session.wait(prompt=True, timeout=60)


def tour(session: Session) -> None:
    """Create a session, run commands in it, look at what happened."""
    type_line(session, "ai-session create --name api --ai-context --dir shop")
    type_line(session, "ai-session exec api 'python -m pytest -q test_price.py' --capture")
    type_line(session, "ai-session exec api 'cd /usr && export STAGE=dev'; ai-session exec api 'pwd; echo $STAGE'")
    type_line(session, "ai-session history api")


def survival(session: Session) -> None:
    """Kill the server under a running command, and go on."""
    type_line(session, "ai-session create --name build --dir shop")
    type_line(session, "ai-session send build 'for i in 1 2 3 4 5; do echo step $i; sleep 1; done' --enter")
    type_line(session, "pkill -9 -f 'ai_session_tui.server --home .*inner'; sleep 1")
    type_line(session, "ai-session list")
    type_line(session, "ai-session wait build --prompt; ai-session output build#1")
    type_line(session, "ai-session server status")


SCENES = {"tour": (tour, 38), "survival": (survival, 34)}


def picture(ansi: str, title: str) -> str:
    """Return the captured screen as an SVG."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in ansi.rstrip("\n").splitlines():
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop", soft_wrap=False)
    return console.export_svg(title=title, theme=MONOKAI, unique_id=title)


def take(name: str, folder: Path) -> None:
    """Play a scene in a fresh home and write its picture."""
    scene, rows = SCENES[name]
    shop = folder / "shop"
    shop.mkdir(exist_ok=True)
    (shop / "test_price.py").write_text(_TEST)
    (folder / ".bashrc").write_text("PS1='\\[\\e[1;32m\\]$\\[\\e[0m\\] '\n")
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("AI_SESSION", "PYTEST"))},
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SHELL": "/bin/bash",
        "HISTFILE": "/dev/null",
    }
    inner = folder / f"inner-{name}"
    with SessionManager(home=str(folder / "outer")) as manager:
        config = SessionConfig(
            name=name,
            dir=str(folder),
            shell="/bin/bash",
            columns=COLUMNS,
            rows=rows,
            env={**env, "AI_SESSION_HOME": str(inner)},
        )
        session = manager.create(config)
        try:
            session.wait(prompt=True, timeout=20)
            scene(session)
            ansi = session.capture(ansi=True).text
            text = ansi.replace(str(folder), "~")
            (HERE / f"{name}.svg").write_text(picture(text, name))
        finally:
            type_line(session, "ai-session server stop --force")
            session.kill()
            manager.stop_server()


def main(names: list[str]) -> int:
    """Take the pictures that were asked for, or all."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    try:
        for name in names or SCENES:
            take(name, folder)
            print(HERE / f"{name}.svg")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
