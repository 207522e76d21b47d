"""The program in the foreground of a terminal that is not ours, found from the first process on it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import psutil

from ai_session_tui.migration.rerun import SHELLS
from ai_session_tui.migration.tmux_model import Running


def foreground_program(root: int) -> tuple[Running | None, bool]:
    """Return the program in the foreground of the terminal of process `root`, and whether a shell is at its prompt.

    A shell in the foreground is no program: it will be started anyway.
    """
    group = _foreground_group(root)
    if group is None:
        return None, False
    try:
        program = psutil.Process(group)
        argv = program.cmdline()
        if _is_wrapper(argv):  # `sh -c "tail -f log"`: what it runs is meant
            children = program.children()
            program = children[0] if children else program
            argv = program.cmdline()
        found = Running(tuple(argv), program.cwd())
    except psutil.Error:  # it has just ended
        return None, False
    if not argv or found.name in SHELLS:
        return None, bool(argv)
    return found, False


def shell_of(root: int) -> str:
    """Return the path of the shell that process `root` is, "" where it is none of which we can say where it lies."""
    try:
        argv = psutil.Process(root).cmdline()
    except psutil.Error:
        return ""
    if not argv or _is_wrapper(argv):
        return ""
    word = argv[0].removeprefix("-")  # a login shell has a dash in front of its name
    name = word.rpartition("/")[2]
    return (shutil.which(word) or shutil.which(name) or "") if name in SHELLS else ""


def _is_wrapper(argv: list[str]) -> bool:
    return len(argv) > 2 and argv[0].rpartition("/")[2] in SHELLS and argv[1] == "-c"


def _foreground_group(pid: int) -> int | None:
    try:
        if sys.platform == "linux":
            with open(f"/proc/{pid}/stat", "rb") as file:
                group = int(file.read().rpartition(b")")[2].split()[5])  # tpgid, see proc(5)
        else:
            answer = subprocess.run(["ps", "-o", "tpgid=", "-p", str(pid)], capture_output=True, check=False)
            group = int(answer.stdout or b"-1")
    except (OSError, ValueError):
        return None
    return group if group > 0 else None
