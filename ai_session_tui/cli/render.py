"""The layouts of sessions, commands and the server as text: pure functions from the protocol's shapes to lines.

Invariant: whatever a program or another user chose (names, titles, commands, folders) passes `clean` here.
"""

from __future__ import annotations

from ai_session_tui import figures
from ai_session_tui.cli.aftermath import Tokens
from ai_session_tui.cli.console import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_session_tui.cli.shapes import CommandShape, KilledShape, PaneShape, ServerShape, SessionShape

RULE = "═" * 44

STATUSES = {"active": "Active ✅", "idle": "Idle 💤", "stopped": "Stopped ⏹", "killed": "Killed ❌"}
_STATES = {
    "starting": "starting",
    "prompt": "at its prompt",
    "continuation": "in the middle of a command line",
    "running": "running",
}


def status(word: str) -> str:
    """Return a session's status with its sign."""
    return STATUSES.get(word, clean(word))


def created(session: SessionShape) -> list[str]:
    """Return what `create` prints."""
    lines = [f"✅ Created session: {clean(session['name'])}"]
    if session["ai_context"]:
        lines += [
            "   AI Features: Enabled ✨",
            f"   Max Tokens: {session['max_tokens']}",
            f"   Context Compression: {'Active' if session['compression'] else 'Inactive'}",
            "   Ready for AI interactions!",
        ]
    else:
        runs = next((_program(pane) for pane in session["panes"]), figures.UNKNOWN)
        lines.append(f"   {runs} in {directory(session)}")
    return lines


def overview(sessions: list[SessionShape], now: float) -> list[str]:
    """Return what `list` prints."""
    rows = [["NAME", "STATUS", "DOING", "DIRECTORY"]]
    rows += [
        [clean(session["name"]), status(session["status"]), _doing(session, now), directory(session)]
        for session in sessions
    ]
    return ["📍 Active AI Sessions", RULE, "", *figures.table(rows, [32, 0, 44, 0])]


def details(sessions: list[SessionShape], now: float) -> list[str]:
    """Return what `list --detailed` prints."""
    lines = ["📍 Active AI Sessions", RULE]
    for session in sessions:
        lines += ["", *_block(session, now)]
    return lines


def _block(session: SessionShape, now: float) -> list[str]:
    lines = [
        f"ID: {clean(session['name'])}",
        f"Status: {status(session['status'])}",
        f"AI Features: {'Enabled ✨' if session['ai_context'] else 'Disabled'}",
        f"Messages: {figures.count(session['messages'])}",
        f"Token Usage: {_tokens(session)}",
    ]
    done = session["compressions"]
    if done:
        lines.append(f"Context Compression: {done:,} compression{'s' if done != 1 else ''} performed")
    lines += _output_tokens(session)
    lines.append(f"Created: {figures.moment(session['created'])}")
    if session["last_activity"] is not None:
        lines.append(f"Last Activity: {figures.moment(session['last_activity'])}")
    lines.append(f"Directory: {directory(session)}")
    if session.get("tags"):
        lines.append(f"Tags: {' '.join(map(clean, session['tags']))}")
    if need := session.get("attention"):
        lines.append(f"Needs You: {clean(need['evidence'])} ({clean(need['kind'])}, pane {need['pane']})")
    if session["running"] is not None:
        lines.append(f"Running: {_running(session, now)}")
    lines += [_pane(pane) for pane in session["panes"]]
    return lines


def _tokens(session: SessionShape) -> str:
    used, most = session["tokens"], session["max_tokens"]
    return figures.UNKNOWN if used is None else f"{used:,} / {most:,} ({figures.percent(used, most)})"


def _output_tokens(session: SessionShape) -> list[str]:
    """Return how many tokens all outputs have, and how many of them were read."""
    plain, delivered = session.get("plain_tokens"), session.get("delivered_tokens")
    if not plain or delivered is None:
        return []
    about = "~" if session.get("is_estimate") else ""
    saved = f" ({figures.percent(plain - delivered, plain)} not read)" if delivered <= plain else ""
    return [f"Output Tokens: {about}{plain:,} as plain text, {about}{delivered:,} delivered{saved}"]


def directory(session: SessionShape) -> str:
    """Return where a session is: the folder of its first pane, as far as it is known."""
    return clean(figures.folder(next((pane["cwd"] for pane in session["panes"] if pane["cwd"]), session["dir"])))


def _doing(session: SessionShape, now: float) -> str:
    if need := session.get("attention"):
        return f"needs you: {clean(need['evidence'])}"
    if session["running"] is not None:
        return _running(session, now)
    since = session["last_activity"]
    if session["status"] in ("stopped", "killed"):
        return "" if since is None else f"since {figures.moment(since)}"
    return "" if since is None else f"quiet for {figures.duration(now - since)}"


def _running(session: SessionShape, now: float) -> str:
    text = figures.cut(clean(session["running"]), 30)
    since = session["running_since"]
    return text if since is None else f"{text} ({figures.duration(now - since)})"


def _program(pane: PaneShape) -> str:
    return clean(pane["shell"] or pane["command"] or "a program")


def _pane(pane: PaneShape) -> str:
    size = f"{pane['columns']}x{pane['rows']}"
    if pane["status"] != "running":
        return f"Pane {pane['index']}: {_program(pane)}, {size}, {ending(pane['status'], pane)}"
    state = _STATES.get(pane["state"], "")
    if pane["waits_for_input"] and pane["state"] == "running":
        state = "waits for input"
    words = [_program(pane), f"pid {pane['pid']}" if pane["pid"] is not None else "", size, state]
    return f"Pane {pane['index']}: {', '.join(word for word in words if word)}"


def panes(session: SessionShape) -> list[str]:
    """Return what `pane list` prints: a line a pane."""
    layout = session["layout"] or {}
    rows = [["PANE", "ID", "PROGRAM", "SIZE", "STATE", "DIRECTORY"]]
    for pane in session["panes"]:
        mark = "*" if pane["id"] == layout.get("focus") else ""
        state = _STATES.get(pane["state"], "") if pane["status"] == "running" else ending(pane["status"], pane)
        if need := pane.get("attention"):
            state = f"needs you: {clean(need['evidence'])}"
        program = clean((pane["command"] or pane["shell"] or "").partition("\n")[0]) or "-"
        size = f"{pane['columns']}x{pane['rows']}"
        rows.append(
            [f"{pane['index']}{mark}", pane["id"], program, size, state, clean(figures.folder(pane["cwd"] or ""))]
        )
    return figures.table(rows, [0, 0, 30, 0, 40, 0])


def ending(word: str, pane: PaneShape) -> str:
    """Return how a pane's program ended."""
    if pane["exit_signal"] is not None:
        return f"ended by signal {pane['exit_signal']}"
    if pane["exit_code"] is not None:
        return f"exited {pane['exit_code']}"
    return clean(word)


def history(records: list[CommandShape]) -> list[str]:
    """Return what `history` prints: one line a command."""
    rows = [["#", "STARTED", "TOOK", "EXIT", "COMMAND"]]
    for record in records:
        exit_code = record["exit_code"]
        rows.append(
            [
                str(record["id"]),
                figures.moment(record["started"]),
                figures.duration(record["duration_s"]),
                clean(record["state"]) if exit_code is None else str(exit_code),
                clean((record["command"] or "").strip() or "(empty)"),
            ]
        )
    return figures.table(rows, [0, 0, 0, 0, 100])


def exec_opening(command: str, session: str) -> list[str]:
    """Return what `exec --capture` prints before the output."""
    first, _, rest = command.strip().partition("\n")
    return [f"Running '{clean(first)}{'…' if rest else ''}' in session '{clean(session)}'...", ""]


def exec_closing(record: CommandShape, tokens: Tokens | None = None) -> list[str]:
    """Return what `exec --capture` prints after the output."""
    code = record["exit_code"]
    if record.get("timed_out"):
        lines = ["❌ Command ran out of its time and was interrupted"]
    elif code == 0:
        lines = ["✅ Command completed successfully"]
    elif code is None:
        lines = [f"❓ How the command ended is not known{why(record)}"]
    else:
        lines = [f"❌ Command failed with exit code {code}"]
    return [*lines, *_exec_tokens(record, tokens or Tokens())]


def _exec_tokens(record: CommandShape, tokens: Tokens) -> list[str]:
    """Return what a command cost the AI context; without one, where its output is and how large it is."""
    about = "~" if tokens.is_estimate else ""
    if tokens.has_context:
        used, total = (f"{about}{figures.count(number)}" for number in (tokens.used, tokens.total))
        grown = f"+{used} ({total} total)" if tokens.used is not None else figures.UNKNOWN
        return ["   Output captured for AI context", f"   Tokens used: {grown}"]
    address = f"{clean(record['session'])}#{record['id']}"
    size = figures.UNKNOWN if tokens.output is None else about + figures.count(tokens.output)
    return [
        f"   Output recorded as {address}; the session has no AI context",
        f"   Tokens of the output: {size}",
    ]


def why(record: CommandShape) -> str:
    return f": {clean(record['note'])}" if record["note"] else ""


def killed(ended: KilledShape) -> str:
    """Return what `kill` says about one session."""
    gone = ", ".join(f"{clean(process['name'])} ({process['pid']})" for process in ended["gone"])
    return f"killed {clean(ended['name'])}: {gone or 'nothing was running'}"


def server(found: ServerShape, now: float) -> list[str]:
    """Return what `server status` prints about a server that runs."""
    sessions = ", ".join(f"{number:,} {clean(word)}" for word, number in found["sessions"].items() if number)
    keeper = found["keeper_pid"]
    lines = [
        f"Server: running, pid {found['pid']}, version {clean(found['version'])} (protocol {found['protocol']})",
        f"Keeper: {f'pid {keeper}' if keeper is not None else 'none'}",
        f"Home: {clean(found['home'])}",
        f"Started: {figures.moment(found['started'])} ({figures.duration(now - found['started'])} ago)",
        f"Sessions: {sessions or 'none'}",
        f"Clients: {found['clients']:,}",
    ]
    if found["trouble"]:
        lines.append(f"Trouble: {clean(found['trouble'])}")
    return [*lines, *_ledger(found["ledger"])]


_LEDGER_LINES = 20


def _ledger(entries: list[dict[str, object]]) -> Iterable[str]:
    if not entries:
        return []
    lines = ["", "What became of the sessions when a server started:"]
    for entry in entries[:_LEDGER_LINES]:
        when = entry.get("time", entry.get("at"))
        said = [
            figures.moment(float(when)) if isinstance(when, int | float) else figures.UNKNOWN,
            clean(entry.get("name") or entry.get("session") or figures.UNKNOWN),
            clean(entry.get("outcome") or entry.get("what") or figures.UNKNOWN),
        ]
        why = entry.get("why") or entry.get("note") or entry.get("detail")
        lines.append("  " + "  ".join(said) + (f": {clean(why)}" if why else ""))
    if len(entries) > _LEDGER_LINES:
        lines.append(f"  … and {len(entries) - _LEDGER_LINES:,} more (`ai-session server status --json`)")
    return lines
