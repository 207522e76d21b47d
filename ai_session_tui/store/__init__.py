"""What the server remembers besides the journals: sessions, panes, commands and the restore ledger, in SQLite."""

from ai_session_tui.store.analyses import Measured, Totals
from ai_session_tui.store.database import Store
from ai_session_tui.store.rows import AnalysisRow, CommandRow, DigestRow, LedgerRow, PaneRow, ReadingRow, SessionRow

__all__ = [
    "AnalysisRow",
    "CommandRow",
    "DigestRow",
    "LedgerRow",
    "Measured",
    "PaneRow",
    "ReadingRow",
    "SessionRow",
    "Store",
    "Totals",
]
