"""Messages, mail and decisions of any size and number: an answer holds what fits a frame, and nothing is lost."""

from __future__ import annotations

from ai_session_tui import limits
from ai_session_tui.errors import UsageError
from tests.server.server_kit import RunningServer, error_of

LARGE = "é😀" * (limits.MAX_MESSAGE_SIGNS // 2)  # six bytes for two signs


def test_mail_that_does_not_fit_one_answer_is_read_in_several(shared: RunningServer) -> None:
    shared.create("heavy")
    for number in range(6):
        shared.call("message.send", target="heavy", text=f"{number}{LARGE[1:]}")
    listed = shared.call("message.list", target="heavy")["mail"]
    assert listed[-1]["text"][0] == "5", "the newest is listed"
    seen = ""
    while mail := shared.call("message.read", target="heavy")["mail"]:
        seen += "".join(one["text"][0] for one in mail)
    assert seen == "012345"


def test_pinned_messages_that_do_not_fit_one_answer_leave_the_context_readable(shared: RunningServer) -> None:
    shared.create("pinned", ai_context=True)
    for number in range(6):
        shared.call("context.add", target="pinned", text=f"{number}{LARGE[1:]}", pin=True)
    for form in (None, "text", "json", "openai"):
        found = shared.call("context.get", target="pinned", format=form)
        assert found["messages"][-1]["text"][0] == "5"
        assert found["left_out"] == 6 - len(found["messages"])


def test_decisions_of_any_number_leave_context_and_list_readable(shared: RunningServer) -> None:
    shared.create("decided", ai_context=True)
    reason = "😀" * limits.MAX_DECISION_SIGNS
    wish = {"target": "decided", "why": reason, "alternatives": [reason] * 10}
    for number in range(8):
        shared.call("decision.add", text=f"{number}", **wish)
    decisions = shared.call("decision.list", target="decided")["decisions"]
    assert [one["text"] for one in decisions] == [str(number) for number in range(8 - len(decisions), 8)]
    for form in (None, "text", "json", "openai"):
        assert shared.call("context.get", target="decided", format=form)["decisions"][-1]["text"] == "7"
    too_long = error_of(lambda: shared.call("decision.add", target="decided", text=reason + "x"))
    assert isinstance(too_long, UsageError)
