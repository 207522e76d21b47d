"""What the inspector shows, as typed values read from the protocol's shapes (docs/protocol.md).

Invariant: past `read` there is no untyped value; a field that a newer server adds is ignored, and one that an older
server leaves out is `None`: not known, which is shown as n/a.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ai_session_tui.errors import ProtocolError


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a session's conversation."""

    id: int
    time: float | None = None
    role: str = ""
    kind: str = "text"
    text: str = ""
    tokens: int | None = None
    pinned: bool = False
    command: int | None = None
    covers: tuple[int, int] | None = None  # a digest stands for these messages


class HealthView(msgspec.Struct, frozen=True):
    """How well the context fits its limit, and by which rule that is said."""

    state: str = ""
    rule: str = ""


class EfficiencyView(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved, against a baseline that has a name."""

    baseline: str | None = None
    baseline_tokens: int | None = None
    delivered_tokens: int | None = None
    saved: float | None = None


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was decided, and why."""

    id: int | None = None
    time: float | None = None
    text: str = ""
    why: str | None = None
    outcome: str | None = None


class ContextView(msgspec.Struct, frozen=True, kw_only=True):
    """A session's conversation with its figures (`context.get`)."""

    messages: tuple[MessageView, ...] = ()
    message_count: int | None = None
    tokens: int | None = None
    max_tokens: int | None = None
    compressions: int | None = None
    health: HealthView | None = None
    efficiency: EfficiencyView | None = None
    decisions: tuple[DecisionView, ...] = ()
    is_estimate: bool = False


class AnalysisView(msgspec.Struct, frozen=True, kw_only=True):
    """What the analyst found in a command's output."""

    verdict: str = "unknown"
    headline: str = ""
    raw_tokens: int | None = None
    plain_tokens: int | None = None
    digest_tokens: int | None = None
    delivered_tokens: int | None = None
    failures: int | None = None
    warnings: int | None = None
    is_estimate: bool = False


class CommandView(msgspec.Struct, frozen=True, kw_only=True):
    """One command of a session's history (`command.list`)."""

    id: int
    session: str = ""
    session_id: str = ""
    pane: int | None = 1  # None: that pane is closed
    command: str = ""
    cwd: str | None = None
    started: float | None = None
    ended: float | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    state: str = "unknown"
    source: str | None = None
    start_offset: int | None = None
    note: str = ""
    analysis: AnalysisView | None = None

    @property
    def is_failure(self) -> bool:
        """Whether it ended badly: by its exit code, or by what its output says."""
        return bool(self.exit_code) or (self.analysis is not None and self.analysis.verdict == "failure")

    @property
    def address(self) -> str:
        """The command as the subcommands name it: `dev#12`."""
        return f"{self.session}#{self.id}"


class PlaceView(msgspec.Struct, frozen=True):
    """A place in a file."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


class FailureView(msgspec.Struct, frozen=True, kw_only=True):
    """A test or a step that failed."""

    name: str = ""
    message: str = ""
    location: PlaceView | None = None


class DiagnosticView(msgspec.Struct, frozen=True, kw_only=True):
    """What a compiler, linter or log says about places."""

    severity: str = ""
    message: str = ""
    code: str | None = None
    locations: tuple[PlaceView, ...] = ()


class ParsedView(msgspec.Struct, frozen=True, kw_only=True):
    """What a parser read in an output."""

    tool: str = ""
    verdict: str = "unknown"
    counts: dict[str, int | None] = {}
    failures: tuple[FailureView, ...] = ()
    diagnostics: tuple[DiagnosticView, ...] = ()


class DigestView(msgspec.Struct, frozen=True, kw_only=True):
    """A command's output as a reader needs it (`command.digest`)."""

    text: str = ""
    verdict: str = "unknown"
    parsed: tuple[ParsedView, ...] = ()
    reference: str | None = None
    raw_tokens: int | None = None
    plain_tokens: int | None = None
    digest_tokens: int | None = None
    is_estimate: bool = False


class HitView(msgspec.Struct, frozen=True, kw_only=True):
    """One find of the search over everything (`search`)."""

    session: str = ""
    session_id: str = ""
    command: int | None = None
    message: int | None = None
    kind: str = ""
    snippet: str = ""
    line: int | None = None
    time: float | None = None
    exit_code: int | None = None


_View = TypeVar("_View")


def read(value: object, kind: type[_View]) -> _View:
    """Return a value of the wire as `kind`; raises `ProtocolError` when it has another shape."""
    try:
        return msgspec.convert(value, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(
            f"the server sent a {kind.__name__} that cannot be read: {error}",
            "run `ai-session server restart`, so that server and dashboard are of one version.",
        ) from None
