"""The server's log file: rotated, one line an entry, safe to print on a terminal, and without secrets."""

from __future__ import annotations

import logging
import logging.handlers

from ai_session_tui import limits
from ai_session_tui.redaction import redact

_LEVELS = {"trace": logging.DEBUG, "warn": logging.WARNING}


class _OneSafeLine(logging.Formatter):
    """Escape control characters and mask secrets: text from programs and peers reaches the log."""

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        return "".join(sign if sign.isprintable() else "\n    " if sign == "\n" else repr(sign)[1:-1] for sign in text)


def start_log(path: str, level: str) -> None:
    """Send all log entries of `level` (a name of the setting `log`) and above to the file at `path`."""
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=limits.LOG_BYTES, backupCount=limits.LOG_FILES - 1, delay=True, encoding="utf-8"
    )
    handler.setFormatter(_OneSafeLine("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS.get(level) or level.upper())
    logging.raiseExceptions = False  # a full disk must not make logging raise
    logging.getLogger("asyncio").setLevel(logging.WARNING)
