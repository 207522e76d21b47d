"""The methods of the protocol, one module a subject; each is declared once, with the shape of its parameters."""

from ai_session_tui.server.api import (
    arranging,
    attaching,
    cleanup,
    commands,
    conversations,
    digests,
    execs,
    input,
    journals,
    panes,
    recall,
    screens,
    searching,
    service,
    sessions,
    stats,
    templates,
)
from ai_session_tui.server.api.registry import METHODS

__all__ = [
    "METHODS",
    "arranging",
    "attaching",
    "cleanup",
    "commands",
    "conversations",
    "digests",
    "execs",
    "input",
    "journals",
    "panes",
    "recall",
    "screens",
    "searching",
    "service",
    "sessions",
    "stats",
    "templates",
]
