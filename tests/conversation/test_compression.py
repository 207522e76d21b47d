"""Compression: what is chosen, what a digest keeps, and that a digest stays within its budget."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.conversation import compression
from ai_session_tui.conversation.composing import compose
from ai_session_tui.conversation.facts import Facts, brief, files_in
from ai_session_tui.tokens import tokenizer

COUNT = tokenizer().tokens


@dataclass
class Message:
    id: int
    tokens: int | None
    kind: str = "text"
    pinned: bool = False
    first: int | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def time(self) -> float:
        return float(self.id)


CONVERSATIONS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(["text", "command", "output", "decision"]), st.booleans()),
    max_size=40,
).map(lambda said: [Message(at + 1, *one) for at, one in enumerate(said)])


@given(CONVERSATIONS, st.integers(200, 5000))
def test_compression_ends_below_the_mark_or_with_what_may_not_be_compressed(
    messages: list[Message], limit: int
) -> None:
    live = list(messages)
    for _ in range(len(messages) + 1):
        plan = compression.plan(live, limit)
        if plan is None:
            break
        chosen = [message for message in live if message.id in plan.ids]
        assert not any(message.pinned or message.kind == "decision" for message in chosen)
        assert any(message.kind != "digest" for message in chosen), "something new is compressed each time"
        assert sum(message.tokens or 0 for message in chosen) > plan.budget, "a digest is smaller than what it covers"
        digest = Message(1000 + len(live), plan.budget, "digest", first=min(m.first or m.id for m in chosen))
        live = [message for message in live if message not in chosen] + [digest]
    else:
        raise AssertionError("compression goes on for ever")
    used = sum(message.tokens or 0 for message in live)
    fixed = sum(message.tokens or 0 for message in live if message.pinned or message.kind == "decision")
    digests = sum(message.tokens or 0 for message in live if message.kind == "digest")
    small = sum(m.tokens or 0 for m in live if not (m.pinned or m.kind in ("decision", "digest")))
    assert used <= compression.FULL * limit or small <= 48 or used == fixed + digests


def test_a_conversation_below_the_mark_is_left_alone() -> None:
    messages = [Message(at, 100) for at in range(1, 9)]
    assert compression.plan(messages, 1000) is None
    plan = compression.plan([*messages, Message(9, 1)], 1000)
    assert plan is not None
    assert plan.ids[0] == 1, "the oldest go first"
    assert 9 not in plan.ids


WORDS = st.text("abcdefgh ./_-", min_size=1, max_size=60)


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), WORDS), max_size=30),
    st.lists(WORDS, max_size=4),
    st.integers(1, 400),
)
def test_a_digest_stays_within_its_budget_unless_that_is_less_than_one_line(
    said: list[tuple[str, str]], failures: list[str], budget: int
) -> None:
    facts = Facts()
    for at, (role, text) in enumerate(said):
        facts.note(role, "text", text, float(at))
    text = compose(facts, failures, "ai-session context dev --expand 7", budget, COUNT)
    assert COUNT(text) <= budget or text.count("\n") == 0
    assert "ai-session context dev --expand 7" in text


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), WORDS), max_size=20), st.integers(0, 20))
def test_facts_of_facts_are_the_facts_of_all(said: list[tuple[str, str]], cut: int) -> None:
    def facts_of(part: list[tuple[str, str]], start: int) -> Facts:
        facts = Facts()
        for at, (role, text) in enumerate(part, start):
            facts.note(role, "text", text, float(at))
        return facts

    whole = facts_of(said, 0)
    merged = Facts.from_plain(facts_of(said[:cut], 0).to_plain())
    merged.merge(facts_of(said[cut:], cut))
    assert merged.requests == whole.requests
    assert merged.said == whole.said
    assert merged.files == whole.files
    assert merged.messages == whole.messages


def test_a_digest_keeps_requests_failures_and_files() -> None:
    facts = Facts()
    facts.note("user", "text", "Fix the login in src/auth/login.py, please", 0.0)
    facts.note("assistant", "text", "I changed tests/test_login.py and Cargo.toml.", 60.0)
    facts.note("user", "command", "pytest", 61.0)
    facts.note(
        "system", "output", "Output: [exit code 1 · pytest: 2 failed]", 62.0, command="pytest", verdict="failure"
    )
    facts.note("system", "output", "Output: [exit code 0]", 90.0, command="make", verdict="success")
    facts.note("system", "output", "Output: [exit code 0]", 95.0, command="make", verdict="success")
    text = compose(facts, ["dev#3 pytest (exit 1): pytest: 2 failed"], "ai-session context dev --expand 9", 300, COUNT)
    assert "dev#3 pytest (exit 1): pytest: 2 failed" in text
    assert "Asked: Fix the login in src/auth/login.py, please" in text
    for name in ("src/auth/login.py", "tests/test_login.py", "Cargo.toml"):
        assert name in text
    assert "make x2 (ok)" in text
    assert text.startswith("[6 messages of ")


def test_the_first_and_the_last_request_stay_longest() -> None:
    facts = Facts()
    for at in range(50):
        facts.note("user", "text", f"request number {at} about something that takes a few words to say", float(at))
    text = compose(facts, [], "ai-session context dev --expand 9", 200, COUNT)
    assert "request number 0 " in text
    assert "request number 49 " in text
    assert "Asked: … " in text


def test_facts_are_bounded() -> None:
    facts = Facts()
    for at in range(2000):
        facts.note("user", "text", f"request {at} on file_{at}.py", float(at))
        facts.note("system", "output", "Output: ok", float(at), command=f"run {at}", verdict="success")
    assert len(facts.requests) <= 200
    assert facts.requests[0] == "request 0 on file_0.py"
    assert len(facts.files) <= 300
    assert len(facts.runs) <= 200


@given(st.text(max_size=500), st.integers(2, 200))
def test_a_brief_is_one_short_line(text: str, signs: int) -> None:
    short = brief(text, signs)
    assert len(short) <= signs
    assert "\n" not in short
    if len(text.split()) == 0:
        assert short == ""


def test_names_of_files_are_told_from_other_words() -> None:
    text = "see src/a.py:12, ./b/c.rs and Makefile; not example.com, v1.2.3 or e.g. but /etc/x.conf."
    assert list(files_in(text)) == ["src/a.py", "b/c.rs", "Makefile", "/etc/x.conf"]
