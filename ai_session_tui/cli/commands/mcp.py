"""`ai-session mcp`: sessions as tools, for agents that speak the Model Context Protocol over stdio."""

from __future__ import annotations

import sys

from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EPILOG = """\
Started by an agent, not by hand: it speaks JSON-RPC on stdin and stdout until stdin ends.
Example, for a client that is configured by JSON:
  {"mcpServers": {"ai-session": {"command": "ai-session", "args": ["mcp"]}}}"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `mcp` takes."""
    parser.add_argument("--list-tools", action="store_true", help="print the tools and what they are for, and leave")


def run(arguments: Namespace) -> int:
    """Serve."""
    if arguments.list_tools:
        from ai_session_tui.cli import console
        from ai_session_tui.mcp.tools import TOOLS

        for tool in TOOLS.values():
            console.say(f"{tool.name}: {tool.description}")
        return EXIT_OK
    if sys.stdin is None or sys.stdout is None:
        raise UsageError("mcp speaks on stdin and stdout, but they are closed")
    import asyncio

    from ai_session_tui.mcp.serving import serve

    outgoing, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not get between the messages
    try:
        asyncio.run(serve(sys.stdin.buffer, outgoing.buffer))
    finally:
        sys.stdout = outgoing
    return EXIT_OK
