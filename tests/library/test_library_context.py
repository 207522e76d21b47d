"""The library's context, decisions and mail, asynchronous and blocking, against a real server."""

from __future__ import annotations

import asyncio
import json

import pytest

from ai_session_tui import MailArrived, MessageAdded, SessionConfig, SessionManager, blocking
from ai_session_tui.errors import ConflictError, TimeoutExpiredError


def talkative(name: str, **more: object) -> SessionConfig:
    return SessionConfig(name=name, ai_context=True, **more)  # type: ignore[arg-type]


async def test_a_conversation_is_written_read_and_rendered(real_home: str) -> None:
    async with SessionManager() as manager:
        session = await manager.create(talkative("dev"))
        added = await session.add_message("Fix src/login.py", pin=True)
        assert (added.role, added.pinned) == ("user", True)
        await session.add_message("I will.", role="assistant")
        decision = await session.decide("Use SQLite", why="one file", alternatives=["Postgres"])
        assert decision.alternatives == ("Postgres",)
        assert await session.decisions() == [decision]
        await session.exec("echo hello")
        context = await session.context()
        assert context.message_count == len(context.messages)
        assert context.decisions == (decision,)
        assert str(context).startswith("📖 AI Context for session 'dev'\n")
        assert [turn["role"] for turn in json.loads(context.render("openai"))["messages"]][:3] == [
            "system",
            "user",
            "assistant",
        ]
        assert (await session.context(budget=300, format="text")).rendered
        assert not (await session.pin(added.id, False)).pinned
        assert (await session.refresh()).messages == context.message_count


async def test_a_digest_expands_to_what_was_said(real_home: str) -> None:
    async with SessionManager() as manager:
        session = await manager.create(talkative("dev", max_tokens=300))
        said = [f"number {at}: " + "some words " * 12 for at in range(20)]
        for text in said:
            await session.add_message(text)
        context = await session.context()
        digest = context.messages[0]
        assert digest.covers is not None
        expanded = await session.expand(digest.id)
        assert [message.text for message in (*expanded, *context.messages[1:])] == said


async def test_whoever_listens_hears_of_messages_and_mail(real_home: str) -> None:
    async with SessionManager() as manager:
        one, other = await manager.create(talkative("one")), await manager.create(SessionConfig(name="other"))
        async with one.events() as events:
            await one.add_message("for the record")
            await other.send_message("not for one")
            await one.send_message("hello", sender="other")
            heard = []
            async for event in events:
                match event:
                    case MessageAdded(message=message):
                        heard.append(message.text)
                    case MailArrived(mail=mail):
                        heard.append(f"{mail.sender}: {mail.text}")
                if len(heard) == 3:
                    break
        assert sorted(heard) == ["for the record", "hello", "other: hello"]


async def test_waiting_for_mail_ends_with_the_mail(real_home: str) -> None:
    async with SessionManager() as manager:
        one, other = await manager.create(SessionConfig(name="one")), await manager.create(SessionConfig(name="other"))
        waiting = asyncio.ensure_future(one.wait_for_mail(sender="other", timeout=30))
        await one.send_message("from outside")
        await one.send_message("the schema has changed", sender=other.id)
        (mail,) = await waiting
        assert (mail.text, mail.sender, mail.session) == ("the schema has changed", "other", "one")
        assert [found.text for found in await one.mail(unread=True)] == ["from outside"]
        assert [found.text for found in await one.mail()] == ["from outside", "the schema has changed"]
        await one.wait_for_mail(timeout=30)
        with pytest.raises(TimeoutExpiredError):
            await one.wait_for_mail(timeout=0.05)


def test_the_blocking_twin_does_the_same(real_home: str) -> None:
    with blocking.SessionManager() as manager:
        session = manager.create(talkative("dev", max_tokens=300))
        first = session.add_message("number 0", role="tool")
        for at in range(20):
            session.add_message(f"number {at}: " + "some words " * 12)
        context = session.context(lines=3)
        assert len(context.messages) == 3
        assert context.left_out > 0
        digest = session.context().messages[0]
        assert session.expand(digest.id)[0].text == first.text
        assert session.pin(first.id).pinned
        assert session.decide("Keep it", outcome="kept").outcome == "kept"
        assert len(session.decisions()) == 1
        assert session.context(since_last_look=True, looker="me").messages
        assert not session.context(since_last_look=True, looker="me").messages
        session.send_message("hello")
        assert [mail.text for mail in session.wait_for_mail(timeout=30, peek=True)] == ["hello"]
        assert [mail.text for mail in session.mail(unread=True)] == ["hello"]
        plain = manager.create(SessionConfig(name="plain"))
        with pytest.raises(ConflictError):
            plain.add_message("x")
        assert plain.context().note
