"""How much memory the server takes for its sessions: its growth since before it knew of any.

The proportional set size is what counts: pages that are shared with other processes are divided among them. Only Linux
tells it; elsewhere nothing is measured.
"""

from __future__ import annotations

import psutil


def proportional_bytes(pid: int | None = None) -> int | None:
    """Return a process's proportional set size; None where nobody tells. Reads /proc: milliseconds."""
    try:
        found = psutil.Process(pid).memory_full_info()
    except (psutil.Error, OSError):
        return None
    return getattr(found, "pss", None)


class Memory:
    """The server's memory, from a moment before there were sessions on."""

    def __init__(self) -> None:
        self.at_start = proportional_bytes()

    def growth(self) -> int | None:
        """Return the bytes that came since; not on the loop."""
        now = proportional_bytes()
        return None if now is None or self.at_start is None else max(0, now - self.at_start)
