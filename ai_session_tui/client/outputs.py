"""What programs wrote, as the server hands it out: screens, outputs, numbered lines, digests, hits of a search."""

from __future__ import annotations

import msgspec

from ai_session_tui.client.records import Verdict


class Cursor(msgspec.Struct, frozen=True):
    """Where the cursor is, both counted from 0, and whether it shows."""

    column: int
    row: int
    visible: bool = True


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """What a pane shows; `str()` of it is the text."""

    text: str
    columns: int
    rows: int
    cursor: Cursor
    title: str | None = None
    alternate: bool = False

    def __str__(self) -> str:
        return self.text


class LostOutput(msgspec.Struct, frozen=True):
    """A stretch of a journal that is no longer there, and why."""

    offset: int
    length: int
    why: str = ""


class Output(msgspec.Struct, frozen=True):
    """What a command or a pane wrote, read from the journal."""

    data: bytes
    lost: tuple[LostOutput, ...] = ()

    @property
    def text(self) -> str:
        """The output as text; bytes that are no UTF-8 read as U+FFFD."""
        return self.data.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One line of an output's text, by its number in the whole output (from 1)."""

    number: int
    text: str


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of an output; `str()` of it is the text.

    `matches` are the numbers of the lines that a pattern fits, `total` is how many lines the output has (`None` when
    not all were looked at), `truncated` says that there is more of what was asked for.
    """

    lines: tuple[Line, ...]
    matches: tuple[int, ...] | None = None
    total: int | None = None
    truncated: bool = False
    lost: int = 0

    def __str__(self) -> str:
        return "\n".join(line.text for line in self.lines)


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader needs of a command's output; `str()` of it is the text. `parsed` is what each tool reported."""

    text: str
    reference: str
    verdict: Verdict
    headline: str = ""
    exit_code: int | None = None
    parsed: tuple[dict[str, object], ...] = ()
    lines: int = 0
    failures: int = 0
    warnings: int = 0
    raw_tokens: int
    plain_tokens: int
    digest_tokens: int
    delivered_tokens: int | None = None
    is_estimate: bool = False

    def __str__(self) -> str:
        return self.text


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a search found; `reference` is how other calls name it: `dev#12:40`.

    `kind` is "command" (its text), "output" or "message"; `marks` are the ranges of the snippet that fit; `more` says
    that the same command or message has more lines that fit.
    """

    session: str
    session_id: str
    kind: str
    snippet: str
    reference: str
    command: int | None = None
    message: int | None = None
    line: int | None = None
    marks: tuple[tuple[int, int], ...] = ()
    time: float | None = None
    exit_code: int | None = None
    more: bool = False


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found, newest first; `behind` says that the newest output is not indexed yet."""

    hits: tuple[SearchHit, ...]
    truncated: bool = False
    behind: bool = False
    took_ms: float | None = None
