"""Whatever is said, pinned, compressed and restarted: no message is lost, and the sums are right.

The conversation, the store and the analyst's own work are the real ones; only the pipe between processes is left out.
"""

from __future__ import annotations

import asyncio
import tempfile
from types import SimpleNamespace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.analyst.conversing import answer
from ai_session_tui.conversation import compression, selection
from ai_session_tui.conversation.formats import render
from ai_session_tui.server import contexts
from ai_session_tui.server.conversation import Conversation
from ai_session_tui.server.host import Bus
from ai_session_tui.store import DecisionRow, MessageRow, SessionRow, Store
from ai_session_tui.tokens import tokenizer

COUNT = tokenizer().tokens
WORDS = st.sampled_from(["alpha", "beta\n", "gamma ="])
TEXTS = st.one_of(
    st.text(max_size=120),
    st.just("half a sign \ud800, and a NUL \0"),
    st.builds("{} in src/{}.py fails with DB_PASSWORD=hunter{}".format, st.text(max_size=40), WORDS, st.integers(0, 9)),
    st.builds(lambda word, times: (word + " ") * times, WORDS, st.integers(1, 150)),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["user", "assistant", "system", "tool"]), TEXTS),
        st.tuples(st.just("decide"), st.just("assistant"), st.text(min_size=1, max_size=60)),
        st.tuples(st.just("pin"), st.integers(1, 60), st.booleans()),
        st.tuples(st.just("settle"), st.none(), st.none()),
        st.tuples(st.just("restart"), st.none(), st.none()),
    ),
    max_size=40,
)


class Bench:
    """A conversation on a store of its own."""

    def __init__(self, folder: str, limit: int, compresses: bool) -> None:
        self.store = Store(f"{folder}/sessions.db")
        self.row = SessionRow("s1", "dev", 1.0, 1.0, "/", ai_context=True, max_tokens=limit, compression=compresses)
        self.store.save(self.row)
        self.said: dict[int, str] = {}
        self.pinned: set[int] = set()
        self.conversation = self.open()

    def open(self) -> Conversation:
        async def ask(job: Any, size: int = 0) -> object:
            await asyncio.sleep(0)
            msgspec.msgpack.encode(job)  # it crosses a pipe
            return answer(job)

        pane = SimpleNamespace(running=None, row=SimpleNamespace(cwd="/"), is_alive=False)
        self.session: Any = SimpleNamespace(
            row=self.row, to_wire=dict, panes=[pane], status="idle", touch=lambda: None, is_alive=True
        )
        self.host: Any = SimpleNamespace(
            store=self.store,
            bus=Bus(),
            analyses=SimpleNamespace(
                ask=ask,
                searches=SimpleNamespace(note_news=lambda: None),
                accounts=SimpleNamespace(totals=lambda session_id: SimpleNamespace(commands=0)),
            ),
            conversations=SimpleNamespace(of=lambda session: self.conversation),
        )
        return Conversation(self.host, self.session)

    async def take(self, step: tuple[Any, Any, Any]) -> None:
        what, first, second = step
        conversation = self.conversation
        if what in ("say", "decide"):
            ident = conversation.next_id()
            kind = "decision" if what == "decide" else "text"
            decision = DecisionRow("s1", ident, second) if what == "decide" else None
            row = MessageRow("s1", ident, float(ident), first, kind, second)
            assert conversation.add(row, decision)
            self.said[ident] = second.encode("utf-8", "replace").decode()
        elif what == "pin" and first in self.said:
            row_ = conversation.find(first)
            assert row_ is not None
            conversation.pin(row_, second)
            self.pinned.add(first) if second else self.pinned.discard(first)
        elif what == "settle":
            assert await conversation.settled(20)
        elif what == "restart":
            conversation.close()
            await asyncio.sleep(0)
            self.conversation = self.open()

    def check(self) -> None:
        conversation, kept = self.conversation, self.store.conversations
        live = {row.id: row for row in conversation.entries() if row.kind != "digest"}
        digests = [row for row in conversation.entries() if row.kind == "digest"]
        found = {ident: row.text for ident, row in live.items()}
        for digest in digests:
            assert digest.first is not None
            assert digest.last is not None
            for row in kept.covered("s1", digest.first, digest.last, 1000):
                assert row.id not in live
                found[row.id] = row.text
        assert found == self.said, "what is live and what the digests expand to is all that was said"
        assert {row.id for row in live.values() if row.pinned} == self.pinned, "what is pinned is live"
        assert len(kept.decisions("s1")) == sum(row.kind == "decision" for row in live.values())
        for row in conversation.entries():
            assert row.tokens == COUNT(row.shown)
            assert (
                "hunter" not in row.shown or "hunter" not in "".join(self.said.values()) or "=hunter" not in row.shown
            )
        assert conversation.tokens == sum(COUNT(row.shown) for row in conversation.entries())
        everything = kept.newest("s1", 1000)
        assert conversation.standing.messages == len(self.said)
        assert conversation.standing.baseline_tokens == sum(row.tokens or 0 for row in everything)
        fixed = sum(row.tokens or 0 for row in live.values() if row.pinned or row.kind == "decision")
        if self.row.compression and conversation.tokens > compression.FULL * self.row.max_tokens:
            loose = [row for row in live.values() if not row.pinned and row.kind != "decision"]
            assert not loose or compression.plan(conversation.entries(), self.row.max_tokens) is None, fixed


@settings(max_examples=60)
@given(STEPS, st.integers(60, 900), st.booleans())
def test_no_message_is_ever_lost_and_all_sums_are_right(steps: list[Any], limit: int, compresses: bool) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(folder, limit, compresses)
            for step in steps:
                await bench.take(step)
            assert await bench.conversation.settled(20)
            bench.check()
            if not compresses:
                assert bench.conversation.standing.compressions == 0
            await bench.take(("restart", None, None))
            assert await bench.conversation.settled(20)
            bench.check()
            bench.store.close()

    asyncio.run(play())


@settings(max_examples=40)
@given(
    STEPS, st.integers(60, 2000), st.integers(30, 1200), st.sampled_from(["text", "markdown", "openai", "anthropic"])
)
def test_a_context_is_never_over_its_budget(steps: list[Any], limit: int, budget: int, form: str) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(folder, limit, True)
            for step in steps:
                await bench.take(step)
            assert await bench.conversation.settled(20)
            context = await contexts.context_of(bench.host, bench.session, contexts.Wish(budget=budget, form=form))
            told = context["messages"]
            if told:  # else not even the frame may fit, and the answer says so
                assert COUNT(contexts.read_text(context, form)) <= budget
            assert len(told) + context["left_out"] == len(bench.conversation.entries())
            assert render(context, form)
            bench.store.close()

    asyncio.run(play())


def message(ident: int, tokens: int, **more: Any) -> Any:
    text = f"text {ident}"
    known = {"id": ident, "kind": "text", "pinned": False, "command": None, "text": text, "brief": text[:5]}
    return known | {"tokens": tokens, "brief_tokens": min(10, tokens)} | more


@given(st.lists(st.integers(1, 300), max_size=40), st.integers(0, 4000))
def test_a_choice_costs_no_more_than_the_budget_and_detail_falls_with_age(tokens: list[int], budget: int) -> None:
    messages = [message(at + 1, count) for at, count in enumerate(tokens)]
    detail = selection.choose(messages, budget)
    cost = sum(
        (m["tokens"] if detail[m["id"]] == selection.WHOLE else m["brief_tokens"]) + selection.LINE_TOKENS
        for m in messages
        if m["id"] in detail
    )
    assert cost <= budget
    shades = [{"whole": 2, "brief": 1}.get(detail.get(m["id"], ""), 0) for m in messages]
    assert [shade > 0 for shade in shades] == sorted(shade > 0 for shade in shades), "an unbroken tail"


def test_pinned_messages_and_standing_failures_come_before_the_newest() -> None:
    messages = [
        message(1, 40, pinned=True),
        message(2, 40, kind="output", command=3),
        *(message(at, 40) for at in range(3, 30)),
    ]
    detail = selection.choose(messages, 4 * (40 + selection.LINE_TOKENS), [3])
    assert detail[1] == detail[2] == selection.WHOLE
    assert detail[29] == selection.WHOLE
