"""What the server remembers besides the journals: sessions, panes, commands and the restore ledger, in SQLite."""

from ai_session_tui.store.analyses import Measured, Totals
from ai_session_tui.store.conversations import Standing
from ai_session_tui.store.database import Store
from ai_session_tui.store.rows import (
    AnalysisRow,
    CommandRow,
    DecisionRow,
    DigestRow,
    LedgerRow,
    MailRow,
    MessageRow,
    PaneRow,
    ReadingRow,
    SessionRow,
)

__all__ = [
    "AnalysisRow",
    "CommandRow",
    "DecisionRow",
    "DigestRow",
    "LedgerRow",
    "MailRow",
    "Measured",
    "MessageRow",
    "PaneRow",
    "ReadingRow",
    "SessionRow",
    "Standing",
    "Store",
    "Totals",
]
