"""The tools, by subject: each declared once, by its function and the struct of its arguments (see `declaring`)."""

from __future__ import annotations

from ai_session_tui.mcp.declaring import Tool
from ai_session_tui.mcp.tools import commands, conversation, mail, sessions, terminal

TOOLS: dict[str, Tool] = {
    each.name: each
    for each in (
        sessions.create_session,
        sessions.list_sessions,
        sessions.kill_session,
        commands.exec,
        commands.output,
        commands.search,
        conversation.context,
        conversation.add_message,
        conversation.expand,
        conversation.decide,
        terminal.send,
        terminal.capture,
        terminal.wait,
        mail.send_message,
        mail.wait_for_mail,
    )
}
