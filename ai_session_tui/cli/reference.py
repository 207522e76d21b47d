"""`python -m ai_session_tui.cli.reference` prints docs/commands.md, made from the parsers: the two cannot differ."""

from __future__ import annotations

import os
import sys

from ai_session_tui.cli.catalog import EXIT_STATUSES, GROUPS
from ai_session_tui.cli.parsers import build_parser

_HEAD = """\
# Subcommands

This page is made from the program itself (`python -m ai_session_tui.cli.reference > docs/commands.md`); `ai-session
help SUBCOMMAND` says the same. Results go to stdout, our own words and errors to stderr. With `--json` a result is one
JSON value in the shapes of [the protocol](protocol.md), and an error one line on stderr: `{"error": {"code": …,
"message": …, "hint": …}}`. `ai-session` alone opens the dashboard; where there
is no terminal, it says what is there.

A session is written as its name, a unique beginning of the name, or its id; `dev:2` is its second pane (panes count
from 1), `dev#12` its command 12, and inside a session `.` is that session.
"""


def reference() -> str:
    """Return the page."""
    os.environ["COLUMNS"] = "100"  # argparse wraps to the terminal's width, the page has one of its own
    parts = [_HEAD]
    for title, group in GROUPS:
        parts.append(f"## {title}\n")
        for subcommand in group:
            text = build_parser(subcommand).format_help().rstrip("\n")
            parts.append(f"### {subcommand.name}\n\n```text\n{text}\n```\n")
    parts.append("## Exit status\n\n| status | meaning |\n|---:|---|")
    parts += [f"| {number} | {meaning} |" for number, meaning in EXIT_STATUSES]
    parts.append("\n`exec` exits with the command's own exit code.\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
