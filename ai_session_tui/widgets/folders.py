"""Completion of folder names while somebody types them: the first that fits, in the colour of a suggestion."""

from __future__ import annotations

import asyncio
import os

from textual.suggester import Suggester


def folders_for(typed: str, most: int = 200) -> list[str]:
    """Return what a path could go on to, as typed (`~` stays), folders only, in order; hidden ones when asked for."""
    head, _, tail = typed.rpartition("/")
    shown = f"{head}/" if "/" in typed else ""
    where = os.path.expanduser(shown or ".")
    try:
        with os.scandir(where) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(tail) and (tail or not entry.name.startswith(".")) and entry.is_dir()
            )
    except OSError:  # no such folder, or not for us: nothing to suggest
        return []
    return [f"{shown}{name}/" for name in names[:most]]


class FolderSuggester(Suggester):
    """Suggests the folder that a path may mean; the disk is read beside the loop."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path completed by the first folder that fits, None when there is none."""
        if not value:
            return None
        found = await asyncio.to_thread(folders_for, value)
        return found[0] if found else None
