"""Sessions with several panes: split, close, layouts, and all of it there again after any end of any process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ai_session_tui.errors import AiSessionError, ConflictError, NotFoundError, SpawnError, StoppedError, UsageError
from tests.server.server_kit import RunningServer, collect, error_of, is_running, running_server, until
from tests.server.test_attach import Viewer


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.await_prompt(made["name"])
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


def split(server: RunningServer, target: str, direction: str = "right", **params: Any) -> Any:
    params.setdefault("env", server.shell_environment())
    return server.call("pane.split", target=target, direction=direction, **params)


def session(server: RunningServer, target: str) -> Any:
    return server.call("session.get", target=target)


def indexes(server: RunningServer, target: str) -> list[int]:
    return [pane["index"] for pane in session(server, target)["panes"]]


def shown(layout: dict[str, Any]) -> list[str]:
    """The panes of a layout in order."""

    def of(node: dict[str, Any]) -> list[str]:
        return [node["pane"]] if "pane" in node else [pane for child in node["children"] for pane in of(child)]

    return of(layout["root"])


# opening


def test_a_split_runs_a_shell_of_its_own_in_the_same_directory(shared: RunningServer, name: str) -> None:
    shared.exec(name, "mkdir -p deep && cd deep && export ONLY_HERE=1")
    pane = split(shared, name)
    assert (pane["index"], pane["shell"]) == (2, "bash")
    ran = shared.exec(f"{name}:2", 'echo "$PWD ${ONLY_HERE:-no} $AI_SESSION_PANE"')
    assert ran.output.decode().split()[-3:] == [f"{shared.user_home}/deep", "no", "2"]
    assert shared.exec(name, "echo $ONLY_HERE").output == b"1\n"


def test_an_empty_text_is_no_directory(shared: RunningServer, name: str) -> None:
    for method, params in (
        ("session.create", {"name": "nowhere", "base_dir": "/"}),
        ("pane.split", {"target": name, "direction": "down"}),
    ):
        refused = error_of(lambda method=method, params=params: shared.call(method, dir="", **params))
        assert isinstance(refused, UsageError) and "an empty text is not a directory" in refused.message


def test_commands_of_all_panes_are_numbered_together_and_run_side_by_side(shared: RunningServer, name: str) -> None:
    split(shared, name, "down")
    slow = shared.begin(f"{name}:1", "read -r line; echo got $line")
    until(lambda: session(shared, name)["running"], "the first pane's command")
    assert shared.exec(f"{name}:2", "echo beside").output == b"beside\n"
    shared.call("pane.send", target=f"{name}:1", text="it", enter=True)
    assert collect(slow).output.endswith(b"got it\n")
    found = shared.commands(name)
    assert [(command["id"], command["pane"]) for command in found] == [(1, 1), (2, 2)]
    assert [command["id"] for command in shared.commands(f"{name}:2")] == [2]


def test_the_layout_grows_with_the_splits(shared: RunningServer, name: str) -> None:
    first = session(shared, name)["panes"][0]["id"]
    assert session(shared, name)["layout"] == {"root": {"pane": first}, "focus": first, "zoomed": False}
    second = split(shared, f"{name}:1", "right", fraction=0.25)["id"]
    third = split(shared, f"{name}:1", "down")["id"]
    layout = session(shared, name)["layout"]
    assert shown(layout) == [first, third, second]
    assert layout["focus"] == third
    assert layout["root"]["split"] == "right"
    assert layout["root"]["weights"] == [0.75, 0.25]
    assert layout["root"]["children"][0]["split"] == "down"
    assert layout == shared.call("layout.get", target=name)


def test_a_pane_may_run_a_command_or_another_shell(shared: RunningServer, name: str) -> None:
    pane = split(shared, name, command=["sh", "-c", "echo $TOLD; exec cat"], set_env={"TOLD": "as told"})
    assert pane["shell"] is None
    shared.await_screen(f"{name}:2", "as told")
    assert split(shared, name, shell="sh")["shell"] == "sh"
    assert isinstance(error_of(lambda: split(shared, name, shell="sh", command=["cat"])), UsageError)


def test_a_pane_that_cannot_start_leaves_nothing(shared: RunningServer, name: str) -> None:
    before = session(shared, name)["layout"]
    assert isinstance(error_of(lambda: split(shared, name, command=["/no/such/program"])), SpawnError)
    assert isinstance(error_of(lambda: split(shared, name, dir="/no/such/folder")), UsageError)
    assert indexes(shared, name) == [1]
    assert session(shared, name)["layout"] == before
    assert split(shared, name)["index"] == 2


def test_a_stopped_session_is_not_split(shared: RunningServer) -> None:
    made = shared.create(command=["true"])
    until(lambda: session(shared, made["id"])["status"] == "stopped")
    assert isinstance(error_of(lambda: split(shared, made["id"])), StoppedError)


# addressing


def test_every_verb_reaches_the_pane_that_is_named(shared: RunningServer, name: str) -> None:
    ident = split(shared, name)["id"]
    shared.await_prompt(f"{name}:2")
    for target in (f"{name}:2", ident):
        shared.call("pane.send", target=target, text=f"echo to-$AI_SESSION_PANE-{target[0]}", enter=True)
        shared.await_screen(target, f"to-2-{target[0]}\n")
    assert "to-2" not in shared.screen(name)
    assert b"to-2-p" in shared.journal(f"{name}:2")
    assert shared.call("pane.resize", target=f"{name}:2", columns=33, rows=11)["columns"] == 33
    viewer = Viewer(shared, f"{name}:2", 33, 11)
    viewer.await_text("to-2-p")
    assert isinstance(error_of(lambda: shared.screen(f"{name}:3")), NotFoundError)
    viewer.connection.close()


# closing


def test_a_closed_pane_is_gone_and_its_output_stays(shared: RunningServer, name: str) -> None:
    first = session(shared, name)["panes"][0]["id"]
    split(shared, name)
    is_started = '[ "$(cat /proc/$!/comm)" = sleep ]'
    shared.exec(f"{name}:2", f"echo kept; sleep 1000 & until {is_started}; do sleep 0.01; done")
    pid = session(shared, name)["panes"][1]["pid"]
    closed = shared.call("pane.close", target=f"{name}:2")
    assert {process["name"] for process in closed["gone"]} == {"bash", "sleep"}
    assert not closed["survived"]
    assert not is_running(pid)
    found = session(shared, name)
    assert [pane["index"] for pane in found["panes"]] == [1]
    assert found["layout"] == {"root": {"pane": first}, "focus": first, "zoomed": False}
    assert collect(shared.connect().open("command.output", target=f"{name}#1")).output.startswith(b"kept\r\n")
    assert shared.commands(name)[0]["pane"] is None
    assert shared.call("command.digest", target=f"{name}#1")["text"].count("kept") >= 1
    assert shared.call("journal.timeline", target=f"{name}#1")["end"] > 0


def test_numbers_stay_and_the_lowest_free_one_is_given_again(shared: RunningServer, name: str) -> None:
    for _ in range(3):
        split(shared, name)
    shared.call("pane.close", target=f"{name}:2")
    shared.call("pane.close", target=f"{name}:1")
    assert indexes(shared, name) == [3, 4]
    assert shared.exec(name, "echo $AI_SESSION_PANE").output == b"3\n"  # the first one there is
    assert [split(shared, name)["index"] for _ in range(3)] == [1, 2, 5]
    assert indexes(shared, name) == [1, 2, 3, 4, 5]


def test_viewers_of_a_closed_pane_are_told(shared: RunningServer, name: str) -> None:
    split(shared, name)
    viewer = Viewer(shared, f"{name}:2")
    shared.exec(f"{name}:2", "echo look")
    viewer.await_text("look")
    shared.call("pane.close", target=f"{name}:2", force=True)
    assert viewer.await_end() == "closed"


def test_the_focus_goes_to_who_inherits_the_area_before_viewers_are_told(shared: RunningServer, name: str) -> None:
    first = session(shared, name)["panes"][0]["id"]
    split(shared, f"{name}:1")
    third = split(shared, f"{name}:2", "down")["id"]
    shared.call("layout.focus", target=f"{name}:2")
    viewer = Viewer(shared, f"{name}:2")
    shared.exec(f"{name}:2", "echo look")
    viewer.await_text("look")
    shared.call("pane.close", target=f"{name}:2", force=True)
    assert viewer.await_end() == "closed"
    layout = session(shared, name)["layout"]
    assert layout["focus"] == third
    assert shown(layout) == [first, third]


def test_a_command_that_waits_for_a_closed_pane_is_told(shared: RunningServer, name: str) -> None:
    split(shared, name)
    running = shared.begin(f"{name}:2", "sleep 1000")
    until(lambda: session(shared, name)["panes"][1]["state"] == "running")
    queued = shared.begin(f"{name}:2", "echo never")
    shared.call("pane.close", target=f"{name}:2", force=True)
    assert collect(running).record["shell_exited"]
    assert isinstance(error_of(lambda: collect(queued)), StoppedError)


def test_closing_the_last_pane_kills_the_session(shared: RunningServer) -> None:
    made = shared.create()
    closed = shared.call("pane.close", target=made["id"])
    assert closed["session_killed"]
    assert session(shared, made["id"])["status"] == "killed"
    assert isinstance(error_of(lambda: shared.call("pane.close", target=made["id"])), NotFoundError)


def test_a_pane_whose_program_ends_stays_and_can_be_started_again(shared: RunningServer, name: str) -> None:
    split(shared, name)
    shared.exec(f"{name}:2", "exit 7")
    until(lambda: session(shared, name)["panes"][1]["status"] == "exited")
    found = session(shared, name)
    assert (found["status"], found["panes"][1]["exit_code"]) == ("active", 7)
    error = error_of(lambda: shared.exec(f"{name}:2", "echo no"))
    assert isinstance(error, StoppedError)
    assert f"pane close {name}:2" in error.hint
    assert isinstance(error_of(lambda: shared.call("session.start", target=f"{name}:1")), ConflictError)
    shared.call("session.start", target=f"{name}:2", env=shared.shell_environment())
    assert shared.exec(f"{name}:2", "echo again").output == b"again\n"
    assert isinstance(error_of(lambda: shared.call("session.start", target=name)), ConflictError)


def test_splits_at_once_get_numbers_of_their_own(shared: RunningServer, name: str) -> None:
    connection = shared.connect()
    env = shared.shell_environment()
    calls = [connection.open("pane.split", target=name, env=env) for _ in range(8)]
    assert sorted(call.result()["index"] for call in calls) == list(range(2, 10))
    found = session(shared, name)
    assert sorted(shown(found["layout"])) == sorted(pane["id"] for pane in found["panes"])
    calls = [connection.open("pane.close", target=f"{name}:{number}", force=True) for number in range(1, 10)]
    assert [call.result()["session_killed"] for call in calls].count(True) == 1
    assert session(shared, found["id"])["status"] == "killed"
    connection.close()


def test_a_kill_in_the_middle_of_splits_leaves_no_program(shared: RunningServer) -> None:
    for _ in range(5):
        made = shared.create()
        connection = shared.connect()
        env = shared.shell_environment()
        splits = [connection.open("pane.split", target=made["id"], env=env) for _ in range(3)]
        connection.call("session.kill", targets=[made["id"]], force=True)
        for call in splits:
            with suppress(AiSessionError):
                call.result()
        until(lambda made=made: not _programs_of(made["id"]), "the end of all programs")  # type: ignore[misc]
        assert session(shared, made["id"])["status"] == "killed"
        connection.close()


def _programs_of(ident: str) -> list[str]:
    wanted = f"AI_SESSION_ID={ident}\0".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            if wanted in file.read() and is_running(int(pid)):
                found.append(pid)
    return found


def test_a_kill_ends_the_programs_of_all_panes(shared: RunningServer) -> None:
    made = shared.create()
    split(shared, made["id"])
    split(shared, made["id"], "down", command=["sleep", "1000"])
    pids = [pane["pid"] for pane in session(shared, made["id"])["panes"]]
    (killed,) = shared.call("session.kill", targets=[made["id"]])["sessions"]
    assert {process["pid"] for process in killed["gone"]} >= set(pids)
    assert not any(map(is_running, pids))
    assert len(session(shared, made["id"])["panes"]) == 3


def test_panes_close_with_their_programs_where_that_is_set(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "config.toml").write_text("close_on_exit = true\n")
    with running_server(tmp_path / "home") as server:
        server.create("dev")
        split(server, "dev")
        server.exec("dev:1", "exit 3")
        until(lambda: indexes(server, "dev") == [2], "the first pane closes")
        server.exec("dev", "exit 0")
        until(lambda: session(server, "dev")["status"] == "stopped")
        assert indexes(server, "dev") == [2]  # the last one stays, to be read and started again
        ident = server.create("two")["id"]
        split(server, "two")
        server.call("session.kill", targets=["two"])
        assert server.call("session.start", target=ident, env=server.shell_environment())["panes"][1]["index"] == 2


# arranging


@pytest.fixture
def four(shared: RunningServer, name: str) -> list[str]:
    """The ids of four panes as a grid: one, two above three, four."""
    split(shared, f"{name}:1", "right")
    split(shared, f"{name}:1", "down")
    split(shared, f"{name}:2", "down")
    return [pane["id"] for pane in session(shared, name)["panes"]]  # 1 left above, 2 right above, 3 left, 4 right below


def test_the_focus_moves_by_number_id_and_direction(shared: RunningServer, name: str, four: list[str]) -> None:
    def focus(**params: object) -> int:
        return four.index(shared.call("layout.focus", **({"target": name} | params))["focus"]) + 1

    assert focus(pane=1) == 1
    assert focus(direction="right") == 2
    assert focus(direction="down") == 4
    assert focus(direction="down") == 4
    assert focus(pane=four[2]) == 3
    assert focus(target=f"{name}:2") == 2
    assert focus(direction="next") == 4
    assert focus(direction="next") == 1
    assert focus(direction="previous") == 4
    assert isinstance(error_of(focus), UsageError)
    assert isinstance(error_of(lambda: focus(pane=9)), NotFoundError)


def test_zoom_swap_resize_and_arrange(shared: RunningServer, name: str, four: list[str]) -> None:
    def call(method: str, **params: object) -> Any:
        return shared.call(f"layout.{method}", **({"target": name} | params))

    assert call("zoom", target=f"{name}:3") == {**call("get"), "focus": four[2], "zoomed": True}
    assert not call("zoom")["zoomed"]
    assert shown(call("swap", **{"target": f"{name}:1", "with": 4})) == [four[3], four[2], four[1], four[0]]
    before = call("get")["root"]["weights"]
    after = call("resize", target=f"{name}:4", direction="right", cells=10, columns=200, rows=50)["root"]["weights"]
    assert before == [0.5, 0.5]
    assert after == [110, 90]
    assert [len(call("arrange", arrangement=kind)["root"]["children"]) for kind in ("columns", "grid", "main")] == [
        4,
        2,
        2,
    ]


def test_a_layout_is_set_as_a_whole_if_its_panes_exist(shared: RunningServer, name: str, four: list[str]) -> None:
    plain = {"root": {"split": "down", "children": [{"pane": four[3]}, {"pane": four[0]}], "weights": [1, 3]}}
    shared.call("layout.set", target=name, layout=plain)
    assert shown(session(shared, name)["layout"]) == [four[3], four[0]]
    for wrong in ({"root": {"pane": "p000"}}, {"root": {}}, {}):
        error_of(lambda wrong=wrong: shared.call("layout.set", target=name, layout=wrong))  # type: ignore[misc]
    assert shown(session(shared, name)["layout"]) == [four[3], four[0]]
    assert len(session(shared, name)["panes"]) == 4  # what is not shown runs on


def test_a_view_of_another_sessions_pane_comes_and_goes_without_it(shared: RunningServer, name: str) -> None:
    other = shared.create()
    shown_pane = split(shared, name, show=other["name"])
    assert shown_pane["id"] == other["panes"][0]["id"]
    assert shown_pane["id"] in shown(session(shared, name)["layout"])
    closed = shared.call("pane.close", **{"target": other["id"], "from": name})
    assert closed["gone"] == []
    assert shown_pane["id"] not in shown(session(shared, name)["layout"])
    assert session(shared, other["id"])["status"] == "active"
    split(shared, name, show=other["name"])
    shared.call("session.kill", targets=[other["id"]], force=True)
    assert shown_pane["id"] not in shown(session(shared, name)["layout"])


def test_listeners_hear_of_every_change(shared: RunningServer, name: str) -> None:
    events = shared.connect().open("events")
    heard: list[Any] = []

    def hears(condition: Callable[[Any], bool]) -> None:
        def look() -> bool:
            item = events.receive(0.05)
            if item is not None:
                heard.append(item)
            return any(event.name == "session" and condition(event.data) for event in heard)

        until(look)
        heard.clear()

    split(shared, name)
    hears(lambda data: len(data["panes"]) == 2 and len(shown(data["layout"])) == 2)
    shared.call("layout.zoom", target=name)
    hears(lambda data: data["layout"]["zoomed"])
    shared.call("pane.close", target=f"{name}:2")
    hears(lambda data: len(data["panes"]) == 1 and len(shown(data["layout"])) == 1)


# surviving


@pytest.mark.parametrize("how", ["server", "keeper", "restart"])
def test_panes_and_layout_outlive_any_one_process(server: RunningServer, how: str) -> None:
    server.create("dev")
    split(server, "dev", "down", fraction=0.25)
    split(server, "dev:1")
    server.call("pane.close", target="dev:1")
    for number in (2, 3):
        server.exec(f"dev:{number}", f"cd /; kept={number}")
    server.call("layout.zoom", target="dev")
    before = session(server, "dev")
    if how == "server":
        server.kill_server()
    elif how == "keeper":
        old = server.kill_keeper()
        until(lambda: server.keeper_pid not in (None, old), "another keeper")
        server.kill_server()
    else:
        server.call("server.stop", keep_sessions=True)
        until(lambda: _answers(server), "the next server")
    after = session(server, "dev")
    assert after["layout"] == before["layout"]
    assert [(pane["index"], pane["pid"]) for pane in after["panes"]] == [
        (pane["index"], pane["pid"]) for pane in before["panes"]
    ]
    for number in (2, 3):
        assert server.exec(f"dev:{number}", "echo $kept").output.decode() == f"{number}\n"
    assert split(server, "dev")["index"] == 1


def _answers(server: RunningServer) -> bool:
    try:
        server.start()
        return bool(server.pid)
    except AiSessionError:
        return False


def test_a_session_that_was_stopped_starts_with_all_its_panes(server: RunningServer) -> None:
    server.create("dev")
    split(server, "dev", "down", set_env={"TOLD": "yes"})
    split(server, "dev:2", command=["sh", "-c", "echo runs in $PWD; exec cat"], dir="/")
    server.exec("dev:2", "cd /usr")
    other = server.create("other")
    split(server, "dev", show="other")
    before = session(server, "dev")["layout"]
    server.call("server.stop")
    server.start()
    found = session(server, "dev")
    assert found["status"] == "stopped"
    assert found["layout"] == before
    server.call("session.start", target="dev", env=server.shell_environment())
    assert server.exec("dev:2", 'echo "$PWD $TOLD"').output == b"/usr yes\n"
    server.await_screen("dev:3", "runs in /")
    assert server.exec("dev:1", "echo fine").code == 0
    server.call("session.kill", targets=[other["id"], "dev"])
    server.call("session.start", target=found["id"], env=server.shell_environment())
    assert len(session(server, "dev")["panes"]) == 3
    assert other["panes"][0]["id"] not in shown(session(server, "dev")["layout"])
    assert shown(session(server, "dev")["layout"]) == shown(before)[:3]


def test_losing_both_processes_stops_all_panes_and_start_brings_them_back(server: RunningServer) -> None:
    server.create("dev")
    split(server, "dev")
    server.exec("dev:2", "echo printed")
    server.kill_both()
    server.start()
    assert [pane["status"] for pane in session(server, "dev")["panes"]] == ["lost", "lost"]
    assert b"printed" in server.journal("dev:2")
    server.call("session.start", target="dev", env=server.shell_environment())
    assert server.exec("dev:2", "echo $AI_SESSION_PANE").output == b"2\n"
