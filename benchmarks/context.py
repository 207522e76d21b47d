"""Measure reading a context through the library, beside the smallest request there is, in one run.

    python benchmarks/context.py [tokens] [reads]

One session with a conversation of so many live tokens (default 4,000). Each round reads the context, asks for the
server's status, and adds nothing, so that noise hits both. Also printed: the context within a budget (which the analyst
counts), and how long it takes to add a message until it is counted.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from ai_session_tui import Session, SessionConfig, SessionManager

_WORDS = "the handler in src/api/users.py returns 404 for tests/test_users.py::test_get, line 42; see the trace below "


async def milliseconds(action: Callable[[], Awaitable[object]]) -> float:
    """Return the time that an action takes."""
    began = time.perf_counter()
    await action()
    return (time.perf_counter() - began) * 1000


async def fill(session: Session, tokens: int) -> int:
    """Say something until the conversation has so many tokens; return how many it has."""
    while True:
        context = await session.context()
        if context.tokens is not None and context.tokens >= tokens:
            return context.tokens
        await session.add_message(_WORDS * 3, role="assistant" if len(context.messages) % 2 else "user")


async def measure(tokens: int, reads: int) -> int:
    """Print the medians; return how many budgets are exceeded."""
    with tempfile.TemporaryDirectory(prefix="context-") as folder:
        async with SessionManager(f"{folder}/home") as manager:
            config = SessionConfig(name="bench", ai_context=True, max_tokens=2 * tokens, command=["sleep", "1000"])
            session = await manager.create(config)
            try:
                live = await fill(session, tokens)
                read, status, fitted, added = [], [], [], []
                for _ in range(reads):
                    read.append(await milliseconds(session.context))
                    status.append(await milliseconds(session.refresh))
                for _ in range(20):
                    fitted.append(await milliseconds(lambda: session.context(budget=tokens // 4, format="text")))
                    added.append(await milliseconds(lambda: session.add_message("a word")))
            finally:
                await manager.stop_server()
    median = statistics.median(read)
    print(f"context of {live:,} tokens        {median:7.2f} ms median, p95 {sorted(read)[int(0.95 * reads)]:.2f} ms")
    print(f"session.get                    {statistics.median(status):7.2f} ms, the floor of a request")
    print(f"context within {tokens // 4:,} tokens    {statistics.median(fitted):7.2f} ms")
    print(f"add a message, until counted   {statistics.median(added):7.2f} ms")
    print(f"budget: 1 ms median: {'kept' if median <= 1 else 'exceeded'}")
    return median > 1


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(asyncio.run(measure(given[0] if given else 4000, given[1] if len(given) > 1 else 300)))
