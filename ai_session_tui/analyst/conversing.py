"""What is worked out about conversations: masked texts, tokens, and the digests of messages that are compressed."""

from __future__ import annotations

from ai_session_tui.conversation.composing import compose
from ai_session_tui.conversation.facts import Facts, brief
from ai_session_tui.redaction import redact
from ai_session_tui.tokens import Tokenizer, tokenizer

from .messages import Compress, Compressed, Count, Counted, Weigh, Weighed, WeighedText


def answer(job: Weigh | Compress | Count) -> Weighed | Compressed | Counted:
    """Return what a job about a conversation comes to."""
    counter = tokenizer()
    match job:
        case Weigh():
            briefs = job.briefs or [""] * len(job.texts)
            weighed = [_weighed(text, told, counter) for text, told in zip(job.texts, briefs, strict=True)]
            return Weighed(weighed, not counter.exact)
        case Compress():
            return _compressed(job, counter)
        case Count():
            return Counted(counter.tokens(job.text), not counter.exact)


def _weighed(text: str, told: str, counter: Tokenizer) -> WeighedText:
    masked = redact(text)
    short = brief(redact(told) or masked)
    tokens = counter.tokens(masked)
    return WeighedText(
        masked=None if masked == text else masked,
        brief=short,
        tokens=tokens,
        raw_tokens=tokens if masked == text else counter.tokens(text),
        brief_tokens=tokens if short == masked else counter.tokens(short),
    )


def _compressed(job: Compress, counter: Tokenizer) -> Compressed:
    facts = Facts()
    for plain in job.before:
        facts.merge(Facts.from_plain(plain))
    later = Facts()
    for told in job.messages:
        command = redact(told.command)
        later.note(told.role, told.kind, redact(told.text), told.time, command=command, verdict=told.verdict)
        if told.number:
            later.note_number(command, told.number)
    facts.merge(later)
    unresolved = [redact(failure) for failure in job.unresolved]
    text = compose(facts, unresolved, job.reference, job.budget, counter.tokens)
    first = text.partition("\n")[0]
    return Compressed(
        text=text,
        brief=first,
        tokens=counter.tokens(text),
        brief_tokens=counter.tokens(first),
        facts=facts.to_plain(),
        is_estimate=not counter.exact,
    )
