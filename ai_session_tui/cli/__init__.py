"""The command line: one table of subcommands, one module for each, and only the chosen one is loaded."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run `ai-session` with these words (default: those of the process) and return the exit status."""
    import sys

    from ai_session_tui.cli.entry import run

    return run(list(sys.argv[1:] if words is None else words))
