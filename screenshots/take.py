"""Take the README's pictures: the real program, doing real work in a home of its own.

    python screenshots/take.py [--out FOLDER] [NAME …]

Each scene is typed into a session whose screen is captured with its colours and written as SVG beside this file. A
scene that no longer runs is an error, so the pictures cannot go stale unnoticed.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parent))
import dashboard_scenes

from ai_session_tui import SessionConfig
from ai_session_tui.blocking import Session, SessionManager

HERE = Path(__file__).resolve().parent
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


def dashboard(session: Session) -> None:
    """Several sessions, one with panes beside each other, seen in the dashboard."""
    for line in (
        "cd shop && git init -q 2>/dev/null; cd",
        "ai-session create --name tests --dir shop --ai-context >/dev/null",
        "ai-session exec tests 'python -m pytest -q test_price.py' >/dev/null",
        "ai-session create --name logs --dir shop >/dev/null",
        "ai-session send logs 'while sleep 1; do date; done' --enter",
        "ai-session create --name shop --dir shop --template shop >/dev/null",
        "sleep 4; clear",
    ):
        type_line(session, line)
    session.send("ai-session", enter=True)
    session.wait_for_text("all actions", timeout=60)
    session.send(keys=["C-b"])
    session.send("s")
    session.wait_for_text("switch to", timeout=20)
    session.send("shop")
    session.wait_for_text("│ shop +│", timeout=20)
    session.send(keys=["Enter"])
    session.wait_for_text("shop:2", timeout=20)
    session.send("python -m pytest -q test_price.py", enter=True)
    session.wait_for_text(r"passed.* in \d", timeout=30)
    session.wait_for_text(r"in [\d.]+s\W+\$ {20,}", timeout=30)


def leave_dashboard(session: Session) -> None:
    """Back to the shell: everything in it runs on."""
    session.send(keys=["C-b"])
    session.send("d")
    session.wait(prompt=True, timeout=20)


def survival(session: Session) -> None:
    """Kill the server under a running command, and go on."""
    type_line(session, "ai-session create --name build --dir shop")
    type_line(session, "ai-session send build 'for i in 1 2 3 4 5; do echo step $i; sleep 1; done' --enter")
    type_line(session, 'pkill -9 -f "server --home $AI_SESSION_HOME"; sleep 1')
    type_line(session, "ai-session list")
    type_line(session, "ai-session wait build --prompt; ai-session output build#1")
    type_line(session, "ai-session server status")


_TEMPLATE = """\
[[pane]]
[[pane]]
split = "right"
size = 45
run = ["git status --short --branch", "ls -l"]
[[pane]]
split = "down"
program = ["python", "-q"]
"""


@dataclass(frozen=True)
class Scene:
    """One picture: what is played, on a screen of which size, and how its program is left."""

    play: Callable[[Session], None]
    rows: int
    columns: int = 96
    leave: Callable[[Session], None] = lambda session: None


SCENES = {
    "dashboard": Scene(dashboard, 30, 132, leave_dashboard),
    "tour": Scene(tour, 38),
    "survival": Scene(survival, 34),
    "panes": Scene(dashboard_scenes.panes, 36, 140, dashboard_scenes.leave),
    "context": Scene(dashboard_scenes.context, 34, 132, dashboard_scenes.leave),
    "tokens": Scene(dashboard_scenes.tokens, 34, 132, dashboard_scenes.leave),
    "search": Scene(dashboard_scenes.search, 30, 120, dashboard_scenes.leave_panel),
    "replay": Scene(dashboard_scenes.replay, 30, 120, dashboard_scenes.leave_panel),
}


def picture(ansi: str, title: str, columns: int) -> str:
    """Return the captured screen as an SVG."""
    console = Console(width=columns, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in ansi.rstrip("\n").splitlines():
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop", soft_wrap=False)
    return console.export_svg(title=title, theme=MONOKAI, unique_id=title)


def take(name: str, folder: Path, out: Path) -> None:
    """Play a scene in a fresh home and write its picture."""
    scene = SCENES[name]
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
    (inner / "templates").mkdir(parents=True, exist_ok=True)
    (inner / "templates" / "shop.toml").write_text(_TEMPLATE)
    (inner / "templates" / "four.toml").write_text(dashboard_scenes.FOUR)
    with SessionManager(home=str(folder / "outer")) as manager:
        config = SessionConfig(
            name=name,
            dir=str(folder),
            shell="/bin/bash",
            columns=scene.columns,
            rows=scene.rows,
            env={**env, "AI_SESSION_HOME": str(inner)},
        )
        session = manager.create(config)
        try:
            session.wait(prompt=True, timeout=20)
            scene.play(session)
            ansi = session.capture(ansi=True).text
            text = ansi.replace(str(folder), "~")
            (out / f"{name}.svg").write_text(picture(text, name, scene.columns))
        finally:
            scene.leave(session)
            type_line(session, "ai-session server stop --force")
            session.kill()
            manager.stop_server()


def main(words: list[str]) -> int:
    """Take the pictures that were asked for, or all."""
    parser = argparse.ArgumentParser(description="Take the README's pictures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCENES)}; default: all")
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER", help="default: beside this file")
    asked = parser.parse_args(words)
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    try:
        for name in asked.names or SCENES:
            take(name, folder, asked.out)
            print(asked.out / f"{name}.svg")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
