"""A server that keeps panes through its link and says on files what it sees: the tests kill it.

    python small_server.py HOME REPORT [adopt|quick]

Invariant: it starts `PANES` programs when the keeper has none, otherwise takes over what the keeper has, and
appends one JSON line to REPORT for everything that happens.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.keeper.orphans import ExitStatus, become_subreaper
from ai_session_tui.paths import Home

PANES = 5
FLOOD = "i=0; while :; do i=$((i+1)); echo line $i; done"
ENVIRONMENT = {"PATH": os.environ["PATH"]}


class Reporter:
    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, **fields: object) -> None:
        with open(self._path, "a") as file:
            file.write(json.dumps(fields) + "\n")


async def serve(home: Home, report: Reporter, respawn: list[str]) -> None:
    become_subreaper()
    loop = asyncio.get_running_loop()
    read = dict.fromkeys((f"p{index}" for index in range(PANES)), 0)
    masters: dict[str, tuple[int, int, int]] = {}

    def readable(pane: str, fd: int) -> None:
        try:
            read[pane] += len(os.read(fd, 65536))
        except BlockingIOError:
            return
        except OSError:
            loop.remove_reader(fd)
            report(what="eof", pane=pane)

    def own(pane: str, pid: int, started: int, fd: int) -> None:
        os.set_blocking(fd, False)
        masters[pane] = (pid, started, fd)
        loop.add_reader(fd, readable, pane, fd)

    def exited(pane: str, status: ExitStatus) -> None:
        report(what="exited", pane=pane, raw=status.raw)

    async def connect() -> KeeperLink:
        link = await KeeperLink.start(home, respawn)
        link.on_exit = exited
        link.on_lost = lambda: again.set()
        return link

    again = asyncio.Event()
    link = await connect()
    kept = await link.panes()
    for pane in kept:
        if pane.fd is not None:
            own(pane.pane, pane.pid, pane.started, pane.fd)
        if pane.exit is not None:
            exited(pane.pane, pane.exit)
    if not kept:
        for pane_id in read:
            spawned = await link.spawn(pane_id, ["sh", "-c", FLOOD], ENVIRONMENT, "/", 80, 24)
            own(pane_id, spawned.pid, spawned.started, spawned.fd)
    while True:
        # Every pane's output is flowing: five lots of it since the last step.
        start = dict(read)
        while any(read[pane] < start[pane] + 5000 for pane in masters if pane not in report_ended(report)):
            await asyncio.sleep(0.01)
        report(
            what="flowing",
            server=os.getpid(),
            keeper=link.keeper_pid,
            pids={pane: master[0] for pane, master in masters.items()},
            files=len(os.listdir("/proc/self/fd")),
            keeper_files=len(os.listdir(f"/proc/{link.keeper_pid}/fd")),
        )
        await again.wait()
        again.clear()
        link = await connect()
        for pane_id, (pid, started, fd) in masters.items():
            await link.adopt(pane_id, pid, started, fd)


def report_ended(report: Reporter) -> set[str]:
    with open(report._path) as file:
        lines = [json.loads(line) for line in file]
    return {line["pane"] for line in lines if line["what"] in ("eof", "exited")}


if __name__ == "__main__":
    own_report = Reporter(sys.argv[2])
    own_report(what="started", pid=os.getpid(), session=os.getsid(0))
    if sys.argv[3:] == ["quick"]:
        sys.exit(1)
    asyncio.run(serve(Home(sys.argv[1]), own_report, [sys.executable, *sys.argv]))
