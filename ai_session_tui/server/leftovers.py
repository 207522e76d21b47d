"""What crashes leave behind in a home: folders that no pane knows, sockets that nobody answers, half-written files.

Invariant: only what is certain to belong to nobody is called a leftover; what is younger than a minute is left alone.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass

from ai_session_tui import sockets
from ai_session_tui.paths import Home
from ai_session_tui.server.disk import bytes_of

_YOUNG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """One file or folder that belongs to nobody."""

    kind: str  # journal, shell, socket, file
    path: str
    bytes: int


def list_candidates(home: Home) -> list[Leftover]:
    """Return everything that may be a leftover, unless a pane owns it; to be asked *before* the panes are."""
    return [*_folders(home.journals, "journal"), *_folders(home.shells, "shell"), *_files(home)]


def without_panes(candidates: list[Leftover], panes: set[str]) -> list[Leftover]:
    """Return the candidates that belong to no pane."""
    return [
        one for one in candidates if one.kind not in ("journal", "shell") or os.path.basename(one.path) not in panes
    ]


def remove(leftover: Leftover) -> bool:
    """Remove it; return whether it is gone."""
    if leftover.kind in ("journal", "shell"):
        shutil.rmtree(leftover.path, ignore_errors=True)
    else:
        try:
            os.unlink(leftover.path)
        except OSError:
            return not os.path.lexists(leftover.path)
    return not os.path.lexists(leftover.path)


def _folders(parent: str, kind: str) -> Iterator[Leftover]:
    for entry in _entries(parent):
        if entry.is_dir(follow_symlinks=False) and not _is_young(entry):
            yield Leftover(kind, entry.path, bytes_of(entry.path))


def _files(home: Home) -> Iterator[Leftover]:
    for entry in _entries(home.run):
        if stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode) and _is_dead(entry.path):
            yield Leftover("socket", entry.path, 0)
    for entry in (*_entries(home.folder), *_entries(home.run)):
        if entry.name.endswith(".new") and entry.is_file(follow_symlinks=False) and not _is_young(entry):
            yield Leftover("file", entry.path, bytes_of(entry.path))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _is_young(entry: os.DirEntry[str]) -> bool:
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime < _YOUNG_SECONDS
    except OSError:  # it has just gone
        return True


def _is_dead(path: str) -> bool:
    """Whether nobody listens on a socket: only a refusal says so for certain."""
    try:
        sockets.connect_unix(path, 1.0).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
