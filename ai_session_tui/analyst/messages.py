"""What the server asks of the analyst, and the answers: plain values that cross a pipe as MessagePack.

Invariant: the server imports this module and nothing else of the package, so it imports nothing slow and nothing of
ours but words.
"""

from __future__ import annotations

import msgspec


class Source(msgspec.Struct, frozen=True):
    """A range of a pane's journal, and the size of the terminal where nothing tells it."""

    folder: str
    start: int
    end: int
    columns: int
    rows: int


class Outcome(msgspec.Struct, frozen=True):
    """What a run is compared by with the next run of the same command."""

    exit_code: int | None
    troubles: list[str]
    fingerprint: str
    lines: list[int] = []  # prints of its lines, of an output that is not too long


class Analyse(msgspec.Struct, frozen=True, tag=True):
    """Read an output, make its digest and count its tokens."""

    source: Source
    command: str
    exit_code: int | None
    reference: str
    budget: int | None = None
    previous: Outcome | None = None
    redacted: bool = True
    whole_files: bool = False


class Analysed(msgspec.Struct, frozen=True, tag=True):
    """What `Analyse` found."""

    verdict: str
    headline: str
    digest: str
    parsed: list[dict[str, object]]
    outcome: Outcome
    raw_bytes: int
    raw_tokens: int
    plain_tokens: int
    digest_tokens: int
    is_estimate: bool
    failures: int
    warnings: int
    lines: int
    is_whole: bool


class Excerpt(msgspec.Struct, frozen=True, tag=True):
    """Make a digest without looking into an output, of which `Analyse` came to nothing; the answer is `Analysed`."""

    source: Source
    exit_code: int | None
    reference: str
    why: str
    budget: int | None = None
    redacted: bool = True


class Read(msgspec.Struct, frozen=True, tag=True):
    """Read lines of an output again: from `first` to `last`, of these at most `limit` that fit a pattern."""

    source: Source
    first: int = 1
    last: int | None = None
    pattern: str | None = None
    ignore_case: bool = False
    context: int = 0
    limit: int | None = None
    redacted: bool = True
    most_signs: int = 4 * 1024 * 1024
    seconds: float = 10.0


class Text(msgspec.Struct, frozen=True, tag=True):
    """Lines with their numbers; `matches` are the numbers of those that fit, `total` all lines if all were read."""

    lines: list[tuple[int, str]]
    matches: list[int]
    total: int | None
    is_cut: bool
    lost: int


class Weigh(msgspec.Struct, frozen=True, tag=True):
    """Mask the secrets of messages and count their tokens; a brief that is "" is made of its text."""

    texts: list[str]
    briefs: list[str] = []


class WeighedText(msgspec.Struct, frozen=True):
    """One message: its text with secrets masked (None: it has none), in one line, and the tokens of each form."""

    masked: str | None
    brief: str
    tokens: int
    raw_tokens: int
    brief_tokens: int


class Weighed(msgspec.Struct, frozen=True, tag=True):
    """What `Weigh` found, in the order of the texts."""

    texts: list[WeighedText]
    is_estimate: bool


class Told(msgspec.Struct, frozen=True):
    """A message that is to be compressed; of one about a command, its command line, number and verdict."""

    role: str
    kind: str
    text: str
    time: float
    command: str = ""
    number: int = 0
    verdict: str = ""


class Compress(msgspec.Struct, frozen=True, tag=True):
    """Make a digest of messages, of which `before` are those that earlier digests stand for, as their facts."""

    before: list[dict[str, object]]
    messages: list[Told]
    unresolved: list[str]
    reference: str
    budget: int


class Compressed(msgspec.Struct, frozen=True, tag=True):
    """What `Compress` made, and the facts that the next digest is made of."""

    text: str
    brief: str
    tokens: int
    brief_tokens: int
    facts: dict[str, object]
    is_estimate: bool


class Count(msgspec.Struct, frozen=True, tag=True):
    """Count the tokens of a text."""

    text: str


class Counted(msgspec.Struct, frozen=True, tag=True):
    """How many there are."""

    tokens: int
    is_estimate: bool


class Index(msgspec.Struct, frozen=True, tag=True):
    """Bring the search index (at `path`) up to date with the store, for some seconds.

    `sweep`: look for output, too, that the journals no longer keep.
    """

    path: str
    store: str
    journals: str
    seconds: float
    sweep: bool = False


class Indexed(msgspec.Struct, frozen=True, tag=True):
    """How many commands and messages were added, and whether there are more."""

    added: int
    is_more: bool


class Search(msgspec.Struct, frozen=True, tag=True):
    """Search everything that was indexed; `sessions` are ids."""

    path: str
    store: str
    query: str
    sessions: list[str] | None = None
    since: float | None = None
    failed: bool = False
    limit: int = 50


class Hit(msgspec.Struct, frozen=True):
    """One line that was found; `marks` are the ranges of the snippet that fit, `more`: there are more in its source."""

    session_id: str
    session: str
    is_killed: bool
    kind: str
    number: int
    line: int
    snippet: str
    marks: list[tuple[int, int]]
    time: float | None
    exit_code: int | None
    more: bool


class Found(msgspec.Struct, frozen=True, tag=True):
    """What a search found, newest first, whether that is not all, and the milliseconds that it took."""

    hits: list[Hit]
    is_cut: bool
    took_ms: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A job that came to nothing: an error of ours with its code, or a bug (code "failure")."""

    code: str
    message: str
    hint: str = ""


Job = Analyse | Excerpt | Read | Weigh | Compress | Count | Index | Search
Answer = Analysed | Text | Weighed | Compressed | Counted | Indexed | Found | Failed


class Order(msgspec.Struct, frozen=True):
    """A job, and the seconds after which the analyst has to be dead if it is not done."""

    job: Job
    seconds: float
