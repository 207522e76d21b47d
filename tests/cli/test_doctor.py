"""`doctor` finds what is off, says what to do, and tries the shells for real."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any


def findings(run_cli: Any, *words: str, **options: Any) -> dict[str, Any]:
    ran = run_cli("doctor", "--json", *words, **options)
    said = json.loads(ran.stdout)
    assert ran.returncode == (0 if said["ok"] else 1)
    return {one["name"]: one for one in said["findings"]}


def test_all_is_well_here_and_nothing_is_left_behind(run_cli: Any, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    found = findings(run_cli, env={"TMPDIR": str(scratch)})
    assert not [one for one in found.values() if one["state"] == "bad"], found
    for shell in ("bash", "zsh", "fish", "sh"):
        if shutil.which(shell):
            assert found[shell]["state"] == "good" and "exactly" in found[shell]["words"], found[shell]
    assert found["vocabulary"]["words"] == "tokens are counted exactly, without the network"
    assert "none runs" in found["server"]["words"]
    assert [path for path in scratch.iterdir() if path.name.startswith("ai-session")] == []  # fish leaves a folder
    assert not run_cli.home.exists()


def test_the_text_ends_with_a_verdict(run_cli: Any) -> None:
    ran = run_cli("doctor", "--quick")
    assert ran.returncode == 0
    assert ran.stdout.endswith("\nEverything works.\n") and "✅ python " in ran.stdout


def test_a_running_server_is_looked_at(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    found = findings(run_cli, "--quick")
    assert "1 sessions" in found["server"]["words"] and found["keeper"]["state"] == "good"


def test_what_is_off_is_bad_and_says_what_to_do(run_cli: Any) -> None:
    run_cli.home.mkdir(mode=0o755)
    (run_cli.home / "config.toml").write_text("rows = 30\nnonsense = 1\n")
    (run_cli.home / "templates").mkdir()
    (run_cli.home / "templates" / "bad.toml").write_text("x = 1\n")
    found = findings(
        run_cli, "--quick", env={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    )
    assert found["settings"]["state"] == "bad" and "config.toml:2: unknown setting" in found["settings"]["words"]
    assert found["templates"]["state"] == "note" and "bad.toml:1" in found["templates"]["words"]
    assert found["home"]["state"] == "note" and "0755" in found["home"]["words"]
    assert found["encoding"]["state"] == "bad" and "UTF-8" in found["encoding"]["advice"]
    ran = run_cli("doctor", "--quick")
    assert ran.returncode == 1 and "1 of " in ran.stdout and " → " in ran.stdout
    (run_cli.home / "config.toml").unlink()


def test_a_home_that_is_no_folder_is_bad(run_cli: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = findings(run_cli, "--quick", env={"AI_SESSION_HOME": str(tmp_path / "file")})
    assert found["home"]["state"] == "bad" and "not a folder" in found["home"]["words"]


def test_a_shell_that_does_not_work_is_bad(run_cli: Any) -> None:
    (run_cli.user / ".bashrc").write_text("exec sleep 0\n")
    found = findings(run_cli, env={"PATH": os.environ["PATH"]})
    assert found["bash"]["state"] == "bad" and found["bash"]["advice"]


def test_a_person_sees_what_the_terminal_can_do(run_cli: Any, person: Any) -> None:
    seated = person("doctor", "--quick", COLORTERM="truecolor")
    seated.await_text("Everything works")
    assert "xterm-256color, true colour" in seated.text and "80x24" in seated.text
    assert seated.await_end() == 0


def test_a_terminal_that_answers_is_known_by_its_name() -> None:
    from ai_session_tui.cli.checks.terminal import _answers

    found = _answers(b"\x1bP>|tmux 3.4\x1b\\\x1b[?2004;2$y\x1b[?0u\x1b[?1;2c")
    assert (found.state, found.words) == ("good", "tmux 3.4: bracketed paste, kitty keyboard")
    assert _answers(b"").state == "note"
