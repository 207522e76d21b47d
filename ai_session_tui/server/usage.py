"""What the programs of panes take of the machine, by psutil: never on the loop, it reads the process table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from ai_session_tui.ptys.processes import ProcessRef, tree
from ai_session_tui.server.memory import proportional_bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """The living processes of panes. Seconds of the processor include those of children that have ended."""

    processes: int = 0
    cpu_seconds: float = 0.0
    memory_bytes: int | None = None  # proportional, where the system tells
    read_bytes: int | None = None
    written_bytes: int | None = None


def usage_of(roots: Iterable[tuple[ProcessRef, str]], spare: Iterable[int]) -> Usage:
    """Return what the process trees of panes (first process, pane id) take now."""
    pids = {ref.pid for root, pane in roots for ref in tree(root, pane, tuple(spare))}
    cpu, memory, read, written = 0.0, [], [], []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
        except psutil.Error:
            continue  # it has just ended
        cpu += sum(getattr(times, name, 0.0) for name in ("user", "system", "children_user", "children_system"))
        size = proportional_bytes(pid)
        if size is not None:
            memory.append(size)
        try:
            counters = process.io_counters()
        except (psutil.Error, AttributeError):
            continue
        read.append(counters.read_chars if hasattr(counters, "read_chars") else counters.read_bytes)
        written.append(counters.write_chars if hasattr(counters, "write_chars") else counters.write_bytes)
    return Usage(
        processes=len(pids),
        cpu_seconds=cpu,
        memory_bytes=sum(memory) if memory else None,
        read_bytes=sum(read) if read else None,
        written_bytes=sum(written) if written else None,
    )
