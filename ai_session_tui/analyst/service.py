"""The analyst's own loop: one order after the other, from a pipe, each with a time after which it is dead.

Invariant: it ends with its server. A thread waits for the end of the pipe; and since a pattern that backtracks
without end lets no thread run, the system's own alarm ends the process too, with the time of the job.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, Final

import msgspec

from ai_session_tui.errors import AiSessionError

from .messages import Analyse, Answer, Compress, Count, Excerpt, Failed, Index, Job, Order, Read, Search, Weigh

logger = logging.getLogger(__name__)

HEADER: Final = struct.Struct(">I")
_GRACE_SECONDS: Final = 5.0  # beyond the time that the server waits
_NICENESS: Final = 5  # the terminals come first


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Work until the pipe ends."""
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(incoming, orders), daemon=True).start()
    decoder, encoder = msgspec.msgpack.Decoder(Order), msgspec.msgpack.Encoder()
    while True:
        order = decoder.decode(orders.get())
        _set_alarm(order.seconds + _GRACE_SECONDS)
        data = encoder.encode(_work(order.job))
        _set_alarm(0)
        outgoing.write(HEADER.pack(len(data)) + data)
        outgoing.flush()


def settle_in(memory: int) -> BinaryIO:
    """Become a quiet process with limits; return where answers go: stdout is taken from whatever else would print."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C for a server in the foreground is the server's matter
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if sys.platform != "win32":
        import resource

        os.nice(_NICENESS)
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    return answers


def _receive(incoming: BinaryIO, orders: queue.SimpleQueue[bytes]) -> None:
    while len(header := incoming.read(HEADER.size)) == HEADER.size:
        data = incoming.read(HEADER.unpack(header)[0])
        orders.put(data)
    os._exit(0)  # the server is gone, or wants us to go; whatever is under way is of no use to anybody


def _set_alarm(seconds: float) -> None:
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)  # whose default action ends the process


def _work(job: Job) -> Answer:
    try:
        return _worker(job)()
    except AiSessionError as error:
        return Failed(error.code, error.message, error.hint)
    except MemoryError:
        return Failed("failure", "it needs more memory than an analysis may have")
    except Exception as error:  # the process edge: a bug in a parser must cost one job
        logger.exception("a job failed")
        return Failed("failure", f"{type(error).__name__}: {error}"[:500], "the server's log has the details.")


def _worker(job: Job) -> Callable[[], Answer]:
    """Return the work that a job asks for; each kind loads what it needs, when it is first asked for."""
    match job:
        case Analyse():
            from .analysis import analyse

            return lambda: analyse(job)
        case Excerpt():
            from .excerpt import excerpt

            return lambda: excerpt(job)
        case Read():
            from .recall import read

            return lambda: read(job)
        case Count():
            from .analysis import count

            return lambda: count(job)
        case Index():
            from .indexing import index

            return lambda: index(job)
        case Search():
            from .searching import search

            return lambda: search(job)
        case Weigh() | Compress():
            from .conversing import answer

            return lambda: answer(job)
