"""What the server remembers besides the journals: sessions, panes, commands and the restore ledger, in SQLite."""

from ai_session_tui.store.database import Store
from ai_session_tui.store.rows import CommandRow, LedgerRow, PaneRow, SessionRow

__all__ = ["CommandRow", "LedgerRow", "PaneRow", "SessionRow", "Store"]
