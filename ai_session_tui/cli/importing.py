"""`migrate --from-ai-session`: the sessions that the original tool saved, made again with their conversations."""

from __future__ import annotations

import os
from typing import Any

from ai_session_tui.cli import console, linking
from ai_session_tui.client.connection import Connection
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, AiSessionError, NotFoundError, UsageError
from ai_session_tui.migration.moving import take_back
from ai_session_tui.migration.original_tool import SavedSession, find_saved, read_saved, saved_folder
from ai_session_tui.migration.planning import legal_name
from ai_session_tui.names import check_name


def import_saved(*, name: str | None, is_dry: bool, as_json: bool) -> int:
    """Import every saved session; one that cannot be read hinders no other. Return the exit status."""
    folder = saved_folder()
    paths = find_saved(folder)
    if not paths:
        raise NotFoundError(f"the original ai-session has saved nothing in {folder}", "there is nothing to import.")
    if name is not None and len(paths) > 1:
        raise UsageError(
            f"--name names one session, and {len(paths)} are saved", "leave it out; they keep their names."
        )
    report: list[dict[str, Any]] = []
    with linking.connect() as connection:
        taken = {session["name"] for session in connection.call("session.list")["sessions"]}
        for path in paths:
            try:
                report.append(_import_one(connection, path, name, taken, is_dry=is_dry))
            except AiSessionError as error:
                report.append({"path": path, "error": error.to_wire()})
            if not as_json:
                _tell(report[-1], is_dry=is_dry)
    if as_json:
        console.say_json({"imports": report, "dry_run": is_dry})
    return EXIT_FAILURE if any("error" in one for one in report) else EXIT_OK


def _import_one(
    connection: Connection, path: str, name: str | None, taken: set[str], *, is_dry: bool
) -> dict[str, Any]:
    saved = read_saved(path)
    chosen = check_name(name) if name else _free(legal_name(saved.name, saved.ident[:8]), taken)
    done: dict[str, Any] = {
        "path": path,
        "name": chosen,
        "messages": len(saved.messages),
        "commands": len(saved.commands),
    }
    if is_dry:
        return done
    session = connection.call("session.create", **_wishes(saved, chosen))
    taken.add(chosen)
    try:
        _fill(connection, session["id"], saved)
    except BaseException:
        take_back(connection, [session["id"]])
        raise
    return done | {"session": connection.call("session.get", target=session["id"])}


def _wishes(saved: SavedSession, name: str) -> dict[str, object]:
    folder = os.path.expanduser(saved.folder)
    return {
        "name": name,
        "dir": folder if os.path.isdir(folder) else os.path.expanduser("~"),
        "shell": saved.shell if saved.shell and os.access(saved.shell, os.X_OK) else None,
        "env": dict(os.environ),
        "set_env": saved.env or None,
        "columns": saved.columns,
        "rows": saved.rows,
        "ai_context": saved.has_ai_features or bool(saved.messages),
        "max_tokens": saved.max_tokens,
    }


def _fill(connection: Connection, ident: str, saved: SavedSession) -> None:
    """Give the session what was said and what ran, in the order of time; what has none comes first."""
    entries = [(message.time, message.role, message.text) for message in saved.messages]
    for command in saved.commands:
        outcome = "" if command.exit_code is None else f" (exit code {command.exit_code})"
        output = f"\nOutput: {command.output}" if command.output else ""
        entries.append((command.time, "system", f"Command executed: {command.text}{outcome}{output}"))
    for time, role, text in sorted(entries, key=lambda entry: entry[0] or 0.0):
        connection.call("context.add", target=ident, role=role, text=text, time=time)


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def _tell(done: dict[str, Any], *, is_dry: bool) -> None:
    if "error" in done:
        console.say(f"  ❌ {console.clean(done['error']['message'])}")
        return
    verb = "Would import" if is_dry else "Imported"
    console.say(
        f"  ✅ {verb} {console.clean(done['name'])}: {done['messages']:,} messages, {done['commands']:,} commands"
    )
