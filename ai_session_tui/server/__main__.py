"""`python -m ai_session_tui.server --home DIR [--foreground]`: serve one home.

Detaches from whoever starts it and returns once the socket answers: with 0 also when another server was faster.
"""

from __future__ import annotations

import argparse
import sys

from ai_session_tui.errors import AiSessionError, ServerError
from ai_session_tui.paths import Home
from ai_session_tui.server.daemon import DETACHED_OPTION, Readiness, daemonize

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_SETTLE_SECONDS = 10.0


def main() -> int:
    """Parse the arguments, detach and serve."""
    parser = argparse.ArgumentParser(prog="python -m ai_session_tui.server", description=__doc__)
    parser.add_argument("--home", default=None, help="the home folder (default: AI_SESSION_HOME or ~/.ai-session)")
    parser.add_argument("--foreground", action="store_true", help="stay attached, for service managers")
    parser.add_argument(DETACHED_OPTION, action="store_true", dest="is_detached", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    home = Home(arguments.home)
    if arguments.foreground:
        return _serve(home, Readiness(None))
    if sys.platform != "win32" and not arguments.is_detached:
        return _serve(home, daemonize())
    from ai_session_tui.server.detaching import begin_detached, start_detached

    return _serve(home, begin_detached()) if arguments.is_detached else start_detached(home)


def _serve(home: Home, readiness: Readiness) -> int:
    # Imported after the fork, so that the waiting parent stays small.
    import asyncio
    import logging

    from ai_session_tui.server.doors import await_answer
    from ai_session_tui.server.server import AlreadyRunningError, Server

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(Server(home).serve(readiness.tell))
    except AlreadyRunningError:
        await_answer(home, _SETTLE_SECONDS)
        readiness.tell()
    except AiSessionError as error:
        readiness.tell(error)
        return error.exit_status
    except Exception as error:  # the process edge: whoever waits must hear of it
        logging.getLogger(__name__).exception("the server failed")
        readiness.tell(ServerError(f"the server failed: {type(error).__name__}: {error}", f"see {home.log}."))
        return ServerError.exit_status
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


if __name__ == "__main__":
    sys.exit(main())
