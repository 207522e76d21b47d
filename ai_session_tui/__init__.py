"""ai-session: sessions that outlive their terminals, and a record of what ran in them.

    from ai_session_tui import SessionManager, SessionConfig             for asyncio
    from ai_session_tui.blocking import SessionManager, SessionConfig    for everything else

The names below are loaded when they are first used (PEP 562), because every subcommand imports this package and few
need them.
"""

from __future__ import annotations

from ai_session_tui import version

__version__ = version.VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.client.aio import Session as Session
    from ai_session_tui.client.aio import SessionManager as SessionManager
    from ai_session_tui.client.contexts import Context as Context
    from ai_session_tui.client.contexts import Decision as Decision
    from ai_session_tui.client.contexts import Mail as Mail
    from ai_session_tui.client.contexts import Message as Message
    from ai_session_tui.client.execution import ExecStream as ExecStream
    from ai_session_tui.client.happenings import CommandAnalysed as CommandAnalysed
    from ai_session_tui.client.happenings import CommandEnded as CommandEnded
    from ai_session_tui.client.happenings import CommandStarted as CommandStarted
    from ai_session_tui.client.happenings import InputAwaited as InputAwaited
    from ai_session_tui.client.happenings import MailArrived as MailArrived
    from ai_session_tui.client.happenings import MessageAdded as MessageAdded
    from ai_session_tui.client.happenings import Notice as Notice
    from ai_session_tui.client.happenings import Queued as Queued
    from ai_session_tui.client.happenings import Reconnected as Reconnected
    from ai_session_tui.client.happenings import ScreenTaken as ScreenTaken
    from ai_session_tui.client.happenings import SessionChanged as SessionChanged
    from ai_session_tui.client.happenings import SessionGone as SessionGone
    from ai_session_tui.client.happenings import Started as Started
    from ai_session_tui.client.outputs import Capture as Capture
    from ai_session_tui.client.records import Attention as Attention
    from ai_session_tui.client.records import CommandRecord as CommandRecord
    from ai_session_tui.client.records import CommandResult as CommandResult
    from ai_session_tui.client.records import CommandState as CommandState
    from ai_session_tui.client.records import Pane as Pane
    from ai_session_tui.client.records import SessionInfo as SessionInfo
    from ai_session_tui.client.records import SessionStatus as SessionStatus
    from ai_session_tui.client.session_config import SessionConfig as SessionConfig
    from ai_session_tui.client.statistics import Statistics as Statistics
    from ai_session_tui.client.upkeep import Cleanup as Cleanup
    from ai_session_tui.client.upkeep import TemplateInfo as TemplateInfo
    from ai_session_tui.errors import AiSessionError as AiSessionError

_HOMES = {
    "client.aio": ("Session", "SessionManager"),
    "client.contexts": ("Context", "Decision", "Mail", "Message"),
    "client.execution": ("ExecStream",),
    "client.happenings": (
        "CommandAnalysed",
        "CommandEnded",
        "CommandStarted",
        "InputAwaited",
        "MailArrived",
        "MessageAdded",
        "Notice",
        "Queued",
        "Reconnected",
        "ScreenTaken",
        "SessionChanged",
        "SessionGone",
        "Started",
    ),
    "client.records": (
        "Attention",
        "CommandRecord",
        "CommandResult",
        "CommandState",
        "Pane",
        "SessionInfo",
        "SessionStatus",
    ),
    "client.outputs": ("Capture",),
    "client.statistics": ("Statistics",),
    "client.upkeep": ("Cleanup", "TemplateInfo"),
    "client.session_config": ("SessionConfig",),
    "errors": ("AiSessionError",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [*_HOME_OF, "__version__"]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
