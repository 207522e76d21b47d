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


class Analyse(msgspec.Struct, frozen=True, tag=True):
    """Read an output, make its digest and count its tokens."""

    source: Source
    command: str
    exit_code: int | None
    reference: str
    budget: int | None = None
    previous: Outcome | None = None
    redacted: bool = True


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


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A job that came to nothing: an error of ours with its code, or a bug (code "failure")."""

    code: str
    message: str
    hint: str = ""


Job = Analyse
Answer = Analysed | Failed


class Order(msgspec.Struct, frozen=True):
    """A job, and the seconds after which the analyst has to be dead if it is not done."""

    job: Job
    seconds: float
