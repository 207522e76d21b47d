"""Methods about what a command's output says: its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from ai_session_tui.analyst.messages import Analyse, Analysed
from ai_session_tui.errors import UnsupportedError
from ai_session_tui.server.analyses import Analysis, reference
from ai_session_tui.server.api.commands import find_command
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.sessions import Session
from ai_session_tui.store import CommandRow, ReadingRow

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class DigestCommand(msgspec.Struct):
    """Parameters of `command.digest`."""

    target: str
    budget: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    redact: bool = True
    whole_files: bool = False  # files that are only read pass whole
    charge: bool = True  # a person who looks does not spend the reader's tokens


@method("command.digest", DigestCommand)
async def digest(server: Server, call: Call, params: DigestCommand) -> object:
    """Tell the digest of a command that has ended; it counts as read unless told otherwise."""
    session, row = find_command(server, params.target)
    analyses = server.host.analyses
    question = msgspec.structs.replace(
        analyses.question(session, row, params.budget), redacted=params.redact, whole_files=params.whole_files
    )
    try:
        analysis = await analyses.analyse(session, row)
    except UnsupportedError as error:
        told = _excerpt(row, question, await analyses.excerpt(question, error))
    else:
        told = _stored(session, row, analysis)
        if params.budget is not None or params.whole_files or not params.redact:
            answer = await analyses.ask(question, question.source.end - question.source.start)
            assert isinstance(answer, Analysed)
            told |= {"text": answer.digest, "digest_tokens": answer.digest_tokens, "is_estimate": answer.is_estimate}
            told |= {"parsed": answer.parsed, "headline": answer.headline}
    if params.charge:
        spent = told["digest_tokens"]
        assert isinstance(spent, int)
        analyses.accounts.charge(ReadingRow(row.session_id, row.number, tokens=spent, digests=1))
    measured = analyses.accounts.measured(row.session_id, row.number)
    return told | {"delivered_tokens": measured.delivered_tokens if measured else None}


def _stored(session: Session, row: CommandRow, analysis: Analysis) -> dict[str, object]:
    figures, digest = analysis.figures, analysis.digest
    named = reference(session, row)
    first, end, rest = digest.text.partition("\n")
    if digest.reference != named:  # the session has another name by now
        first = first.replace(digest.reference, named)
    return {
        "text": first + end + rest,
        "reference": named,
        "verdict": figures.verdict,
        "headline": figures.headline,
        "exit_code": row.exit_code,
        "parsed": digest.parsed,
        "lines": figures.lines,
        "failures": figures.failures,
        "warnings": figures.warnings,
        "raw_tokens": figures.raw_tokens,
        "plain_tokens": figures.plain_tokens,
        "digest_tokens": figures.digest_tokens,
        "is_estimate": figures.is_estimate,
    }


def _excerpt(row: CommandRow, question: Analyse, found: Analysed) -> dict[str, object]:
    return {
        "text": found.digest,
        "reference": question.reference,
        "verdict": found.verdict,
        "headline": found.headline,
        "exit_code": row.exit_code,
        "parsed": found.parsed,
        "lines": found.lines,
        "failures": found.failures,
        "warnings": found.warnings,
        "raw_tokens": found.raw_tokens,
        "plain_tokens": found.plain_tokens,
        "digest_tokens": found.digest_tokens,
        "is_estimate": found.is_estimate,
    }
