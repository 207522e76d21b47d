"""What an attached terminal shows on the spot: the list of sessions to choose from, and the help of the leader key."""

from __future__ import annotations

from ai_session_tui import figures
from ai_session_tui.cli import render
from ai_session_tui.cli.console import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.cli.shapes import SessionShape

LABELS = "123456789abcdefghilmnoprstuvwxyz"  # without j and k, which move, and q, which goes back

_LONGEST_NAME = 32
_STATUS = max(figures.width(text) for text in render.STATUSES.values())

# Key, what it does: the one list behind the help.
KEYS = (
    ("d", "detach: leave, everything goes on"),
    ("n", "the next session"),
    ("p", "the previous session"),
    ("s", "choose a session from a list"),
    ("c", "a new session"),
    ("%", "split: a new pane to the right"),
    ('"', "split: a new pane below"),
    ("o", "the next pane of this session"),
    ("arrows", "the pane in that direction"),
    ("x", "close this pane"),
    ("?", "this help"),
)


class Chooser:
    """The numbered list of sessions. `press` answers with a session, `BACK`, or None while nothing is decided."""

    BACK = ""

    def __init__(self, sessions: list[SessionShape], current: str, columns: int, rows: int) -> None:
        self._sessions = sessions
        self._columns = columns
        self._rows = rows
        self._current = current
        self._width = max(
            (min(_LONGEST_NAME, figures.width(clean(session["name"]))) for session in sessions), default=0
        )
        self._at = next((at for at, session in enumerate(sessions) if session["id"] == current), 0)

    def press(self, key: str) -> str | None:
        """Take a key; return the id of the chosen session, `BACK`, or None."""
        if key in ("escape", "q"):
            return self.BACK
        if key in ("up", "k"):
            self._at = max(0, self._at - 1)
        elif key in ("down", "j"):
            self._at = min(len(self._sessions) - 1, self._at + 1)
        elif key == "enter" and self._sessions:
            return self._sessions[self._at]["id"]
        elif key and key in LABELS and LABELS.index(key) < len(self._sessions):
            return self._sessions[LABELS.index(key)]["id"]
        return None

    def draw(self) -> str:
        """Return the list as lines for a cleared terminal."""
        most = max(1, self._rows - 4)
        first = max(0, min(self._at - most // 2, len(self._sessions) - most))
        lines = ["Sessions", ""]
        for at in range(first, min(len(self._sessions), first + most)):
            lines.append(self._line(at))
        lines += ["", "a number or letter, or arrows and Enter; Escape goes back"]
        return "\r\n".join(lines[: self._rows])

    def _line(self, at: int) -> str:
        session = self._sessions[at]
        label = LABELS[at] if at < len(LABELS) else " "
        here = "*" if session["id"] == self._current else " "
        doing = clean(session["running"]) if session["running"] else render.directory(session)
        name = figures.pad(figures.cut(clean(session["name"]), _LONGEST_NAME), self._width)
        text = f" {label}{here} {name}  {figures.pad(render.status(session['status']), _STATUS)}  {doing}"
        text = figures.cut(text, max(1, self._columns - 1))
        return f"\x1b[7m{text}\x1b[0m" if at == self._at else text


class Question:
    """A question with yes or no. `press` answers with `YES`, `BACK`, or None while nothing is decided."""

    BACK = ""
    YES = "yes"

    def __init__(self, text: str, columns: int) -> None:
        self._text = text
        self._columns = columns

    def press(self, key: str) -> str | None:
        """Take a key: only `y` is a yes, and no other key leads to it."""
        return self.YES if key in ("y", "Y") else self.BACK

    def draw(self) -> str:
        """Return the question as lines for a cleared terminal."""
        return "\r\n".join([figures.cut(self._text, max(1, self._columns - 1)), "", "y: yes; any other key goes back"])


def help_screen(leader: str, session: str, rows: int) -> str:
    """Return the help of the leader key as lines for a cleared terminal."""
    lines = [f"This is the session {clean(session)}. Press {leader}, then", ""]
    lines += [f"  {key:<8}{what}" for key, what in KEYS]
    lines += [f"  {leader:<8}send {leader} itself to the program", "", "any key goes back"]
    return "\r\n".join(lines[:rows])
