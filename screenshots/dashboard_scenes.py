"""Scenes in the dashboard: the real application on a real server, opened in a session and driven by its keys."""

from __future__ import annotations

from collections.abc import Callable

from ai_session_tui.blocking import Session

FOUR = """\
[[pane]]
run = ["python -m pytest -q test_price.py"]
[[pane]]
split = "right"
size = 50
program = ["vim", "-n", "-u", "NONE", "-c", "syntax on", "test_price.py"]
[[pane]]
split = "down"
program = ["sh", "-c", "exec htop -p $$"]
[[pane]]
split = "down"
beside = 1
run = ["git init -q -b main .", "git add .", "git status --short --branch"]
"""


def _open(session: Session, target: str) -> None:
    session.send(f"ai-session ui {target}", enter=True)
    session.wait_for_text("leave.*sessions?", timeout=60)
    session.wait(idle=1, timeout=60)


def _leader(session: Session, key: str) -> None:
    session.send(keys=["C-b"])
    session.send(key)


def leave(session: Session) -> None:
    """Back to the shell: everything in it runs on."""
    _leader(session, "d")
    session.wait(prompt=True, timeout=20)


def leave_panel(session: Session) -> None:
    """Close what is open above the frame first."""
    session.send(keys=["Escape"])
    session.wait(idle=0.7, timeout=20)
    leave(session)


def _typist(session: Session) -> Callable[..., None]:
    def type_lines(*lines: str) -> None:
        for line in lines:
            session.send(line, enter=True)
            session.wait(idle=0.5, timeout=60)
            session.wait(prompt=True, timeout=60)

    return type_lines


def _morning(session: Session) -> None:
    """Work in a session that keeps its context: a failing test, a repair, the test again."""
    run = "ai-session exec tests 'python -m pytest -q test_price.py' --digest >/dev/null"
    _typist(session)(
        "ai-session create --name tests --dir shop --ai-context >/dev/null",
        "ai-session context add tests --role user 'Prices of odd cents are off: find out why.' >/dev/null",
        run,
        "ai-session context add tests --role assistant 'Whole division drops the half cent.' --pin >/dev/null",
        "ai-session decision add tests 'Prices stay whole cents' --why 'the till rounds anyway' >/dev/null",
        "ai-session exec tests \"sed -i 's/== 49.5/== 50/' test_price.py\"",
        run,
        "ai-session exec tests 'ls -lR /usr/share/vim' --digest >/dev/null",
        "ai-session create --name logs --dir shop >/dev/null; clear",
    )


def panes(session: Session) -> None:
    """Four panes: a failing test run, vim, htop, a shell."""
    _typist(session)("ai-session create --name shop --dir shop --template four >/dev/null; sleep 3; clear")
    _open(session, "shop")
    session.wait_for_text("1 failed, 1 passed", timeout=60)
    session.wait_for_text("Load average", timeout=30)
    session.wait_for_text("def price", timeout=30)


def context(session: Session) -> None:
    """The conversation of a session beside its pane."""
    _morning(session)
    _open(session, "tests")
    _leader(session, "i")
    session.wait_for_text("of the limit|messages ·", timeout=30)


def tokens(session: Session) -> None:
    """What the outputs cost, raw and delivered."""
    _morning(session)
    _open(session, "tests")
    _leader(session, "$")
    session.wait_for_text("delivered", timeout=30)
    session.wait_for_text("estimated", timeout=30)


def search(session: Session) -> None:
    """A word, found in the outputs of all sessions."""
    _morning(session)
    _open(session, "tests")
    _leader(session, "/")
    session.wait_for_text("search everything", timeout=30)
    session.send("assert")
    session.wait_for_text(r"\d+ found", timeout=30)


def replay(session: Session) -> None:
    """The past of a pane, at the command before the last."""
    _morning(session)
    _open(session, "tests")
    _leader(session, "r")
    session.wait_for_text("paused", timeout=30)
    for _ in range(3):
        session.send("p")
        session.wait(idle=0.5, timeout=20)
    for _ in range(4):
        session.send(".")
        session.wait(idle=0.3, timeout=20)
    session.wait_for_text(r"#[23] \S", timeout=20)
