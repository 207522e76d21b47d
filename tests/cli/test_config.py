"""The subcommand `config`, as a user types it."""

from __future__ import annotations

import json
from typing import Any


def test_show_says_where_each_value_comes_from(run_cli: Any) -> None:
    run_cli.home.mkdir()
    (run_cli.home / "config.toml").write_text("# mine\nrows = 30\n")
    shown = run_cli("config", env={"AI_SESSION_COMPRESSION": "off"}).stdout.splitlines()
    assert shown[0].split() == ["SETTING", "VALUE", "FROM"]
    told = {line.split()[0]: line.split()[1:] for line in shown[1:]}
    assert told["rows"] == ["30", "file", f"{run_cli.home}/config.toml:2"]
    assert told["compression"] == ["false", "environment", "AI_SESSION_COMPRESSION"]
    assert told["quiet_ms"] == ["500", "default"]
    found = run_cli.json("config", "show")["settings"]
    assert found["rows"] == {"value": 30, "source": "file", "place": f"{run_cli.home}/config.toml:2"}


def test_set_get_unset_and_path(run_cli: Any) -> None:
    path = f"{run_cli.home}/config.toml"
    assert run_cli("config", "path").stdout == f"{path}\n"
    assert run_cli("config", "get", "rows").stdout == "24\n"
    assert run_cli("config", "set", "rows", "33").stdout == f"rows = 33 in {path}\n"
    assert run_cli("config", "get", "rows").stdout == "33\n"
    assert run_cli.json("config", "get", "rows")["place"] == f"{path}:1"
    assert run_cli("config", "unset", "rows").stdout == f"rows is out of {path}\n"
    assert run_cli("config", "get", "rows").stdout == "24\n"


def test_mistakes_name_the_line_and_fail(run_cli: Any) -> None:
    assert run_cli("config", "check").returncode == 0
    run_cli.home.mkdir(mode=0o700)
    (run_cli.home / "config.toml").write_text("rows = 30\nmax_token = 5\n")
    ran = run_cli("config", "check")
    assert ran.returncode == 2
    assert "config.toml:2: unknown setting 'max_token' (did you mean 'max_tokens'?)" in ran.stdout
    found = json.loads(run_cli("config", "check", "--json").stdout)
    assert [mistake["code"] for mistake in found["mistakes"]] == ["config"]
    (run_cli.home / "config.toml").unlink()


def test_words_that_do_not_fit_are_usage_errors(run_cli: Any) -> None:
    for words in (["get"], ["set", "rows"], ["show", "rows"], ["get", "nothing"], ["set", "rows", "0"], ["other"]):
        ran = run_cli("config", *words)
        assert ran.returncode == 2 and ran.stderr, words


def test_a_running_server_is_not_forgotten(run_cli: Any) -> None:
    run_cli("server", "start")
    assert "server restart" in run_cli("config", "set", "idle_after_seconds", "5").stderr
