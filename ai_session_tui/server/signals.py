"""The signals that end a server, on either kind of system."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable


def end_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Call `stop` in the loop when the system or a person asks the process to end; a lost terminal is no such wish."""
    if sys.platform == "win32":  # its loops know no signals; SIGTERM is never delivered there, it kills
        for number in (signal.SIGINT, signal.SIGBREAK):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
