"""Digests instead of outputs, and the way back from a digest to what it leaves out."""

from __future__ import annotations

import re
from typing import Any

import pytest


@pytest.fixture
def dev(run_cli: Any) -> Any:
    created = run_cli("create", "--name", "dev")
    assert created.returncode == 0, created
    return run_cli


LOG = "for i in $(seq 1 600); do echo \"line $i of the build\"; done; echo 'error: no rule for x'; (exit 2)"


def test_exec_prints_the_digest_and_keeps_the_exit_code(dev: Any) -> None:
    ran = dev("exec", "dev", "--digest", LOG)
    assert ran.returncode == 2
    assert ran.stdout.startswith("[exit code 2")
    assert "error: no rule for x" in ran.stdout
    assert len(ran.stdout) < 4000


def test_a_mark_leads_back_to_exactly_what_is_left_out(dev: Any) -> None:
    ran = dev("exec", "dev", LOG, "--digest")
    call = re.search(r"ai-session (output dev#\d+) --lines A-B", ran.stdout)
    marks = re.findall(r"\[…(\d+)-(\d+)", ran.stdout)
    assert call and marks
    shown = {line for line in ran.stdout.splitlines() if not line.startswith("[")}
    for first, last in marks:
        folded = dev(*call[1].split(), "--lines", f"{first}-{last}").stdout.splitlines()
        assert folded[0] == f"line {first} of the build" and folded[-1] == f"line {last} of the build"
        shown.update(folded)
    assert shown == {f"line {number} of the build" for number in range(1, 601)} | {"error: no rule for x"}


def test_the_digest_of_a_recorded_command(dev: Any) -> None:
    ran = dev("exec", "dev", LOG, "--digest")
    assert dev("digest", "dev#1").stdout == ran.stdout
    assert dev.json("digest", "dev#1")["verdict"] == "failure"
    assert len(dev("digest", "dev#1", "--budget", "80").stdout) < len(ran.stdout)
    assert dev("digest", "dev#1", "--exit-code", "3").returncode == 2
    assert dev("digest", "dev").returncode == 2
    assert dev("rename", "dev", "other").returncode == 0
    assert "ai-session output other#1 --lines" in dev("digest", "other#1").stdout


def test_a_budget_makes_it_shorter(dev: Any) -> None:
    long = dev("exec", "dev", LOG, "--digest").stdout
    short = dev("exec", "dev", LOG, "--digest", "--budget=80").stdout
    assert len(short) < len(long)


def test_files_that_are_only_read_can_pass_whole(dev: Any, tmp_path: Any) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("".join(f"note {number} about the harvest of {number * 7}\n" for number in range(300)))
    short = dev("exec", "dev", "--digest", f"cat {path}").stdout
    assert "…" in short
    whole = dev("exec", "dev", "--digest", "--whole-files", f"cat {path}").stdout
    assert path.read_text() in whole and "…" not in whole
    assert dev("digest", "dev#2", "--whole-files").stdout == whole
    assert dev("exec", "dev", "--whole-files", "true").returncode == 2
    assert len(dev("exec", "dev", "--digest", "--whole-files", "seq 1 900").stdout) < 3000


def test_a_digest_survives_the_death_of_the_server(dev: Any, eventually: Any) -> None:
    running = dev.popen("exec", "dev", "--digest", "seq 1 500; sleep 3; echo the end; (exit 7)")
    eventually(lambda: dev.json("list")["sessions"][0]["running"])
    dev.crash_server()
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 7
    assert output.startswith(b"[exit code 7") and b"the end" in output


def test_a_command_that_ran_out_of_time_has_a_digest(dev: Any) -> None:
    ran = dev("exec", "dev", "--digest", "--timeout", "1", "echo begun; sleep 60")
    assert ran.returncode == 124
    assert "begun" in ran.stdout and "out of its time" in ran.stderr


def test_json_carries_what_is_known(dev: Any) -> None:
    found = dev.json("exec", "dev", "seq 1 500")
    assert found["output"].count("\n") == 500
    assert found["digest"].startswith("[exit code 0")
    assert found["reference"] == f"ai-session output dev#{found['id']}"
    assert found["raw_tokens"] == found["plain_tokens"] > found["digest_tokens"]
    assert found["delivered_tokens"] == found["raw_tokens"] + found["digest_tokens"]
    alone = dev.json("exec", "dev", "seq 1 500", "--digest")
    assert "output" not in alone and alone["delivered_tokens"] == alone["digest_tokens"]


def test_what_is_read_again_is_charged(dev: Any, eventually: Any) -> None:
    number = dev.json("exec", "dev", "seq 1 900", "--digest")["id"]

    def delivered() -> int:
        return int(dev.json("history", f"dev#{number}")[0]["analysis"]["delivered_tokens"])

    before = delivered()
    dev("output", f"dev#{number}", "--lines", "100-199")
    eventually(lambda: delivered() > before)
    assert 100 <= delivered() - before <= 300
    session = next(found for found in dev.json("list")["sessions"] if found["name"] == "dev")
    assert session["delivered_tokens"] < session["plain_tokens"]
    assert "delivered" in dev("list", "--detailed").stdout


def test_lines_that_fit_are_printed_with_numbers(dev: Any) -> None:
    number = dev.json("exec", "dev", "seq 1 40; echo Ende")["id"]
    target = f"dev#{number}"
    assert dev("output", target, "--grep", "^1[23]$").stdout == "12:12\n13:13\n"
    around = dev("output", target, "--grep", "^(5|30)$", "-C", "1").stdout
    assert around == "4-4\n5:5\n6-6\n--\n29-29\n30:30\n31-31\n"
    assert dev("output", target, "--grep", "ende", "-i").stdout == "41:Ende\n"
    assert dev("output", target, "--grep", "^1", "--lines", "15-17").stdout == "15:15\n16:16\n17:17\n"
    nothing = dev("output", target, "--grep", "nothing like it")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    found = dev.json("output", target, "--grep", "^7$")
    assert found["lines"] == [{"line": 7, "text": "7", "match": True}]
    assert found["total"] == 41


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--grep", "("], "not a regular expression"),
        (["--grep", "x", "--raw"], "--grep looks at lines"),
        (["-C", "3"], "belong to --grep"),
        (["--grep", ""], "--grep has no pattern"),
    ],
)
def test_a_bad_wish_says_what_is_wrong(dev: Any, words: list[str], said: str) -> None:
    dev("exec", "dev", "echo x")
    ran = dev("output", "dev#1", *words)
    assert ran.returncode == 2
    assert said in ran.stderr


def test_secrets_are_masked_unless_asked_for(dev: Any) -> None:
    number = dev.json("exec", "dev", "echo API_KEY=sk_live_51H8abcdefghij0123456789; seq 1 300")["id"]
    target = f"dev#{number}"
    for words in (["output", target], ["output", target, "--grep", "API"], ["exec", "dev", "env; seq 300", "--digest"]):
        assert "51H8abcdefghij" not in dev(*words).stdout
    assert "API_KEY=[redacted]" in dev("output", target).stdout
    assert "51H8abcdefghij" in dev("output", target, "--no-redact").stdout
    assert "51H8abcdefghij" in dev("output", target, "--raw").stdout


def test_text_of_any_length_is_printed_whole(dev: Any) -> None:
    number = dev.json("exec", "dev", "seq 1000000 1700000", "--digest")["id"]  # 5.6 MB: more than one answer holds
    text = dev("output", f"dev#{number}").stdout
    assert text == "".join(f"{n}\n" for n in range(1000000, 1700001))
    assert dev.json("output", f"dev#{number}")["output"] == text
    assert dev("output", f"dev#{number}", "--lines", "600000-600001").stdout == "1599999\n1600000\n"


def test_search_prints_places_and_says_by_its_status_whether_there_were_any(dev: Any) -> None:
    dev("exec", "dev", "seq 1 20; echo connection refused; (exit 4)")
    dev("exec", "dev", "for i in $(seq 8); do echo many $i; done")
    ran = dev("search", "connection", "refuse")
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[0] == "dev#1:21  connection refused"
    assert dev("search", "many").stdout.splitlines()[4:6] == ["dev#2:5  many 5", "dev#2  … and more"]
    assert dev.json("search", "refused", "--failed", "--since", "1h")["hits"][0]["line"] == 21
    nothing = dev("search", "nowhere_to_be_found")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr == "ai-session: nothing was found\n"
    for words in (['"open'], [], ["x", "--since", "yesterday"], ["x", "--limit", "no"]):
        assert dev("search", *words).returncode == 2


def test_an_output_that_cannot_be_analysed_is_still_there(run_cli: Any) -> None:
    run_cli.home.mkdir(mode=0o700)
    (run_cli.home / "config.toml").write_text("analysis_seconds = 1\n")
    rule = "[[tool.rule]]\nrole = 'error'\nmatch = '(a+)+$'\n"  # over the line below it never ends
    (run_cli.home / "parsers.toml").write_text(f"[[tool]]\nname = 'endless'\nsigns = ['ENDLESS']\n{rule}")
    assert run_cli("create", "--name", "dev").returncode == 0
    line = "a" * 60 + "b"
    ran = run_cli("exec", "dev", "--digest", f"echo ENDLESS; echo {line}; (exit 5)")
    first = "[exit code 5 · it cannot be analysed: it took longer than 1 second]"
    assert (ran.returncode, ran.stdout) == (5, f"{first}\nENDLESS\n{line}\n")
    assert run_cli("output", "dev#1").stdout == f"ENDLESS\n{line}\n"
    found = run_cli.json("exec", "dev", f"echo ENDLESS; echo {line}")
    assert found["digest"].startswith("[exit code 0 · it cannot be analysed") and found["output"].startswith("ENDLESS")
    assert "Tokens of the output: n/a" in run_cli("exec", "dev", f"echo ENDLESS; echo {line}", "--capture").stdout
