"""Search over everything: what ran in any session is found at once, and what was removed is not."""

from __future__ import annotations

import os
from typing import Any

from ai_session_tui.errors import NotFoundError, UsageError
from tests.server.server_kit import RunningServer, error_of, is_running, kill_hard, until


def places(server: RunningServer, query: str, **params: Any) -> list[str]:
    """Return the references of what is found in outputs."""
    hits = server.call("search", query=query, **params)["hits"]
    return [hit["reference"] for hit in hits if hit["kind"] == "output"]


def test_what_has_just_ended_is_found_everywhere(server: RunningServer) -> None:
    server.create("one")
    server.create("two")
    server.exec("one", "seq 1 100; echo needle in one")
    server.exec("two", "echo needle in two; false")
    assert places(server, "needle") == ["two#1:1", "one#1:101"]
    assert places(server, "needle", session="one") == ["one#1:101"]
    assert places(server, "needle", failed=True) == ["two#1:1"]
    assert places(server, "needle", since=9e9) == []
    found = server.call("search", query="echo needle two")
    assert not found["behind"] and found["took_ms"] > 0
    assert [hit["snippet"] for hit in found["hits"] if hit["kind"] == "command"] == ["echo needle in two; false"]


def test_a_reference_leads_to_the_line(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "seq 1 3000; echo needle; seq 1 10")
    (place,) = places(server, "needle")
    target, _, line = place.rpartition(":")
    assert server.call("command.text", target=target, lines=[int(line), int(line)])["lines"] == [[3001, "needle"]]


def test_a_killed_session_is_found_by_its_id(server: RunningServer) -> None:
    ident = server.create("dev")["id"]
    server.exec("dev", "echo needle")
    server.call("session.kill", targets=["dev"])
    server.create("dev")
    assert places(server, "needle") == [f"{ident}#1:1"]


def test_a_session_that_is_removed_is_found_no_more(server: RunningServer) -> None:
    ident = server.create("dev")["id"]
    server.exec("dev", "echo needle")
    assert places(server, "needle")
    server.call("session.kill", targets=["dev"])
    server.call("session.delete", target=ident)
    assert server.call("search", query="needle")["hits"] == []


def test_the_index_can_be_deleted_under_a_running_server(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "echo needle")
    assert places(server, "needle")
    for name in os.listdir(server.home.folder):
        if name.startswith("search.db"):
            os.unlink(os.path.join(server.home.folder, name))
    server.exec("dev", "echo another needle")
    assert places(server, "needle") == ["dev#2:1", "dev#1:1"]


def test_a_killed_analyst_and_a_killed_server_lose_nothing(server: RunningServer) -> None:
    server.create("dev")
    for number in range(5):
        server.exec("dev", f"seq 1 20000; echo needle{number}", stream="none")
    for pid in until(lambda: server.call("server.status")["analysts"], "an analyst"):
        if is_running(pid):
            kill_hard(pid)
    server.kill_server()
    until(lambda: len(places(server, "needle")) == 5, "all of them")


def test_what_is_shown_counts_as_read(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "echo needle", stream="none")

    def delivered() -> int:
        return int(server.call("command.get", target="dev#1", analysed=True)["analysis"]["delivered_tokens"])

    server.call("search", query="needle", charge=False)
    assert delivered() == 0
    server.call("search", query="needle")
    until(lambda: delivered() > 0, "the count")


def test_what_was_said_is_found(server: RunningServer) -> None:
    server.create("dev", ai_context=True)
    server.call("context.add", target="dev", role="user", text="first line\nplease look at the flux capacitor")
    server.call("decision.add", target="dev", text="we keep the flux capacitor", why="it is cheap")
    server.exec("dev", "echo the flux is low")
    hits = server.call("search", query="flux")["hits"]
    said = [(hit["message"], hit["reference"], hit["snippet"]) for hit in hits if hit["kind"] == "message"]
    assert [snippet for _, _, snippet in said] == ["we keep the flux capacitor", "please look at the flux capacitor"]
    assert {place for _, place, _ in said} == {"dev"}
    assert all(isinstance(number, int) for number, _, _ in said)
    assert [hit["reference"] for hit in hits if hit["kind"] == "output"] == ["dev#1:1"]


def test_mistakes_are_told(server: RunningServer) -> None:
    assert isinstance(error_of(lambda: server.call("search", query='"open')), UsageError)
    assert isinstance(error_of(lambda: server.call("search", query="x", session="nobody")), NotFoundError)
