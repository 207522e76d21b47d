"""The journal: an append-only record of the bytes that a pane's PTY produced, with times and sizes.

Offsets count the pane's output bytes since its beginning and are stable names for it.
"""

from __future__ import annotations

from ai_session_tui.journal.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from ai_session_tui.journal.pieces import Data, Gap, GapReason, Piece, PrunedError, Resize, Run, Time
from ai_session_tui.journal.reader import JournalReader
from ai_session_tui.journal.writer import JournalWriter

__all__ = [
    "Checkpoint",
    "Data",
    "Gap",
    "GapReason",
    "JournalReader",
    "JournalWriter",
    "Piece",
    "PrunedError",
    "Resize",
    "Run",
    "Time",
    "read_checkpoint",
    "write_checkpoint",
]
