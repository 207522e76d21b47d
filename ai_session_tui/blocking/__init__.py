"""The library for programs without asyncio: the same names as in `ai_session_tui`, blocking.

    >>> with SessionManager() as manager:
    ...     session = manager.create(SessionConfig(name="greeter"))
    ...     result = session.exec("echo hello; exit_code() { return 3; }; exit_code")
    ...     print(result.output.strip(), result.exit_code)
    ...     _ = session.kill()
    hello 3

Invariant: each method runs its asyncio twin to the end, in the calling thread, on a loop that runs at no other time;
there is no second implementation and no thread. So a manager is for one thread at a time, and Ctrl-C in a call cancels
it (a command that `exec` waits for is interrupted) before it raises `KeyboardInterrupt`.
"""

from ai_session_tui.blocking.sessions import Session, SessionManager
from ai_session_tui.blocking.streams import EventStream, ExecStream, FollowStream
from ai_session_tui.client.session_config import SessionConfig

__all__ = ["EventStream", "ExecStream", "FollowStream", "Session", "SessionConfig", "SessionManager"]
