"""News of the link as lines of the event log: pure, but for remembering what was known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ai_session_tui import figures
from ai_session_tui.client.records import SessionStatus
from ai_session_tui.dashboard.state import Session, World
from ai_session_tui.widgets.event_log import Chronicle, Occurrence

LONG_SECONDS = 10.0  # a command that took longer is worth its time


class Chronicler:
    """Writes down what happens. It is told before the world is, so that it sees what changes."""

    def __init__(self) -> None:
        self.chronicle = Chronicle()
        self.listener: Callable[[Occurrence], object] | None = None  # who looks at it right now

    def server(self, now: float, words: str, kind: str) -> None:
        """Note something about the server itself."""
        self._keep(Occurrence(now, "", "server", "●", words, kind))

    def note(self, world: World, name: str, data: Mapping[str, object], now: float) -> None:
        """Note an event of `events`, if it is one to remember."""
        found = self._read(world, name, data, now)
        if found is not None:
            self._keep(found)

    def _keep(self, occurrence: Occurrence) -> None:
        self.chronicle.note(occurrence)
        if self.listener is not None:
            self.listener(occurrence)

    def _read(self, world: World, name: str, data: Mapping[str, object], now: float) -> Occurrence | None:
        match name:
            case "session":
                return self._session(world.sessions.get(str(data.get("id"))), data, now)
            case "session_gone":
                return Occurrence(now, str(data.get("id")), str(data.get("name")), "■", "is gone")
            case "command_started":
                return self._command(data, now, "$", f"{data.get('command')}", "running")
            case "command_ended":
                return self._ended(data, now)
            case "notice":
                session = _by_id(world, str(data.get("session")))
                ident = session.id if session is not None else str(data.get("session"))
                label = session.name if session is not None else str(data.get("session"))
                return Occurrence(now, ident, label, "!", f"{data.get('kind')}: {data.get('text')}", "needy")
        return None

    def _session(self, before: Session | None, data: Mapping[str, object], now: float) -> Occurrence | None:
        ident, name, status = str(data.get("id")), str(data.get("name")), str(data.get("status"))
        if before is None:
            return None if status == SessionStatus.KILLED else Occurrence(now, ident, name, "+", "was created", "good")
        if before.name != name:
            return Occurrence(now, ident, name, "·", f"was called {before.name} before")
        if before.status != status and status in (SessionStatus.STOPPED, SessionStatus.KILLED):
            return Occurrence(now, ident, name, "■", f"was {status}")
        if before.status is SessionStatus.STOPPED and status != SessionStatus.STOPPED:
            return Occurrence(now, ident, name, "+", "was started again", "good")
        attention = data.get("attention")
        if isinstance(attention, dict) and before.attention is None:
            why = attention.get("evidence") or attention.get("kind")
            return Occurrence(now, ident, name, "●", f"needs you: {why}", "needy")
        return None

    def _ended(self, data: Mapping[str, object], now: float) -> Occurrence:
        code, took = data.get("exit_code"), data.get("duration_s")
        words = f"{data.get('command')}"
        words += f" · exit {code}" if code is not None else " · exit code unknown"
        if isinstance(took, int | float) and took >= LONG_SECONDS:
            words += f" · {figures.duration(took)}"
        return self._command(data, now, "✗" if code else "✓", words, "failed" if code else "good")

    @staticmethod
    def _command(data: Mapping[str, object], now: float, sign: str, words: str, kind: str) -> Occurrence:
        return Occurrence(now, str(data.get("session_id")), str(data.get("session")), sign, words, kind)


def _by_id(world: World, ident: str) -> Session | None:
    return world.sessions.get(ident) or world.find_name(ident)
