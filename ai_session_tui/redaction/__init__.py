"""Secrets are masked wherever text leaves for a reader that is not the terminal: context, digests, search, logs.

`redact` is pure. It knows secrets by their shape (`shapes`) or by the name that they are given (`assignments`), never
by how random a text looks: hashes of commits, checksums and uuids are what a reader of build output needs.
"""

from __future__ import annotations

from ai_session_tui.redaction.masking import MASK, redact

__all__ = ["MASK", "redact"]
