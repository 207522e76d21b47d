"""Whether a pane needs somebody: a registry of detectors, and for each find the evidence that a person can check.

A detector is looked at only when the pane's output has gone quiet, never by the clock: a pane at rest costs nothing.
Invariant: what is shown as a need is there: it names what the program did or wrote. The shell's own prompt, pagers,
editors and interpreters at rest are none (`questions`). A need ends when somebody looks or types; that of a question
also when it is no longer asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ai_session_tui.server import questions

_MENU_TAIL = 30  # lines of the screen's bottom that a detector is shown
_MOST_EVIDENCE = 200  # characters


@dataclass(frozen=True, slots=True)
class Attention:
    """What a pane needs somebody for, since when (epoch seconds), and how we know."""

    kind: str
    since: float
    evidence: str

    def to_wire(self, pane: int) -> dict[str, object]:
        """Return the protocol's attention of a session."""
        return {"kind": self.kind, "since": self.since, "pane": pane, "evidence": self.evidence}


@dataclass(frozen=True, slots=True)
class Glance:
    """What detectors may look at, once a pane is quiet."""

    is_at_prompt: bool  # the shell's own: it waits for a command, not for an answer
    line: str = ""  # before the cursor, from where the line begins
    is_line_over: bool = True  # whether nothing stands behind the cursor
    screen: Sequence[str] = ()
    last_line: str = ""  # that the program wrote, without the shell's prompt
    is_alternate: bool = False
    hides_typing: bool = False  # the terminal takes lines without echo, as for a password
    edits_itself: bool = False  # the program takes single keys
    is_shell_reading: bool = False  # in the middle of a command nothing but the shell is there: `read`, `select`
    waits: Callable[[], bool | None] = lambda: None  # whether it blocks in a read of the terminal; None: cannot tell
    has_bell: bool = False
    notifications: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of need. One that `lasts` stays until somebody looks; another as long as the detector finds it."""

    kind: str
    lasts: bool
    find: Callable[[Glance], str | None]  # the evidence, or None


def find_input(glance: Glance) -> str | None:
    """A program waits for an answer, with its cursor behind a question, or shows a menu with one."""
    if glance.is_at_prompt:
        return None
    question = _asked_in_line(glance)
    if question is None and glance.waits() is not False:
        question = questions.menu_question(glance.screen[-_MENU_TAIL:])
    return question


def _asked_in_line(glance: Glance) -> str | None:
    line = glance.line.strip()
    is_choice = questions.is_choice(line)
    if not line or not (is_choice or glance.is_line_over):
        return None
    if not is_choice and glance.is_alternate:  # a status line of an editor, a pager, a file manager
        return None
    is_asked = is_choice or glance.hides_typing or (glance.is_shell_reading and not questions.is_shell_prompt(line))
    if not (is_asked or questions.is_question(line)):
        return None
    waits = glance.waits()
    if waits is False:
        return None
    # Who waits for many things at once may compute: only a raw terminal, or answers on offer, speak for a prompt.
    is_sure = waits is True or is_choice or glance.hides_typing or glance.edits_itself
    return line if is_sure else None


def find_notification(glance: Glance) -> str | None:
    """A program sent a notification (OSC 9, OSC 777)."""
    return glance.notifications[-1] if glance.notifications else None


def find_bell(glance: Glance) -> str | None:
    """A program rang the bell; the last line that it wrote is shown with it."""
    if not glance.has_bell:
        return None
    return f"bell: {glance.last_line}" if glance.last_line else "bell"


# In the order of their urgency. Who knows of another sign that somebody is needed adds a line.
DETECTORS = (
    Detector("input", False, find_input),
    Detector("notification", True, find_notification),
    Detector("bell", True, find_bell),
)
_URGENCY = {detector.kind: place for place, detector in enumerate(DETECTORS)}
_LASTING = {detector.kind for detector in DETECTORS if detector.lasts}


def assess(glance: Glance, before: Attention | None, now: float) -> Attention | None:
    """Return what a pane needs now, after what it needed before; the same need keeps its beginning."""
    for detector in DETECTORS:
        evidence = detector.find(glance)
        if evidence:
            evidence = evidence[-_MOST_EVIDENCE:]
            if before is not None and (before.kind, before.evidence) == (detector.kind, evidence):
                return before
            return Attention(detector.kind, now, evidence)
        if before is not None and before.kind == detector.kind and detector.lasts:
            return before
    return None


def most_urgent(needs: Sequence[tuple[int, Attention]]) -> dict[str, object] | None:
    """Return the wire's attention of a session from those of its panes (index, attention): the oldest of the worst."""
    if not needs:
        return None
    pane, worst = min(needs, key=lambda need: (_URGENCY[need[1].kind], need[1].since))
    return worst.to_wire(pane)
