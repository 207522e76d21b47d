"""What becomes of a command after its end: its digest, and the tokens that it cost."""

from __future__ import annotations

from ai_session_tui.cli import console
from ai_session_tui.errors import AiSessionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_session_tui.cli.running import Run
    from ai_session_tui.cli.shapes import CommandShape, SessionShape

_OF_THE_ANALYSIS = (
    "verdict",
    "headline",
    "parsed",
    "reference",
    "raw_tokens",
    "plain_tokens",
    "digest_tokens",
    "delivered_tokens",
    "is_estimate",
)


class Wish:
    """How a digest is to be made."""

    def __init__(self, budget: int | None = None, whole_files: bool = False) -> None:
        self.budget = budget
        self.whole_files = whole_files


class Tokens:
    """Figures of one command; None: not known."""

    def __init__(self) -> None:
        self.has_context = False
        self.used: int | None = None  # by which the AI context has grown
        self.total: int | None = None  # that it has now
        self.output: int | None = None  # of the output itself
        self.is_estimate = False


class Aftermath:
    """Asks what is to be told behind a command."""

    def __init__(self, run: Run, wish: Wish | None = None) -> None:
        self._run = run
        self._wish = wish or Wish()
        self._digest: dict[str, Any] | None = None
        self._why_not: AiSessionError | None = None
        self._before: int | None = None
        self.tokens = Tokens()

    def look_before(self) -> None:
        """Note the tokens of the AI context before the command."""
        session: SessionShape = self._run.ask("session.get", target=self._run.target)
        self.tokens.has_context = session["ai_context"]
        if session["ai_context"]:
            self._before = self._context_tokens(session["id"])

    def _context_tokens(self, session_id: str) -> int | None:
        """Return the tokens of the AI context, once everything in it is counted."""
        tokens: int | None = self._run.ask("context.get", target=session_id, lines=1)["tokens"]
        return tokens

    def measure(self, record: CommandShape) -> None:
        """Wait for the analysis and note what the command cost."""
        target = f"{record['session_id']}#{record['id']}"
        try:
            analysis = self._run.ask("command.get", target=target, analysed=True).get("analysis")
            total = self._context_tokens(record["session_id"]) if self.tokens.has_context else None
        except AiSessionError as error:  # the command itself went well; what it cost stays unknown
            console.note(f"not measured: {console.clean(error.message)}")
            return
        tokens = self.tokens
        if analysis:
            tokens.output, tokens.is_estimate = analysis["raw_tokens"], analysis["is_estimate"]
        tokens.total = total
        if tokens.total is not None and self._before is not None:
            tokens.used = max(0, tokens.total - self._before)

    def digest(self, record: CommandShape) -> None:
        """Ask for the digest."""
        target = f"{record['session_id']}#{record['id']}"
        try:
            self._digest = self._run.ask(
                "command.digest", target=target, budget=self._wish.budget, whole_files=self._wish.whole_files
            )
        except AiSessionError as error:
            self._why_not = error

    def say_digest(self, record: CommandShape) -> None:
        """Print the digest, or where the output is when there is none."""
        if self._digest is not None:
            console.write(f"{self._digest['text']}\n".encode("utf-8", "replace"))
            return
        why = f": {console.clean(self._why_not.message)}" if self._why_not else ""
        console.note(
            f"no digest{why}; `ai-session output {console.clean(record['session'])}#{record['id']}` has it all"
        )

    def values(self) -> dict[str, object]:
        """Return what --json says; None where it is not known."""
        found = self._digest or {}
        return {"digest": found.get("text"), **{name: found.get(name) for name in _OF_THE_ANALYSIS}}
