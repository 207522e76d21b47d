"""Parsers that users add: by a file of rules, by an entry point of a package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ai_session_tui.errors import ConfigError
from ai_session_tui.parsers.model import Severity, Verdict
from ai_session_tui.parsers.own_rules import own_parsers

RULES = r"""
[[tool]]
name = "acme-lint"
programs = ["acme-lint"]
signs = ["acme-lint "]

[[tool.rule]]
role = "error"
match = '(?P<path>\S+):(?P<line>\d+) (?P<code>A\d+) (?P<message>.*)'
block = '\s+\S'

[[tool.rule]]
role = "summary"
match = 'acme-lint found (?P<errors>\d+) .*'

[[tool.rule]]
role = "noise"
match = 'checking '
"""

OUTPUT = [
    "acme-lint 1.2",
    "checking a.cob",
    "a.cob:12 A100 missing period",
    "    MOVE A TO B",
    "checking b.cob",
    "acme-lint found 1 problem",
]


def test_rules_of_a_file_read_a_tool(tmp_path: Path) -> None:
    path = tmp_path / "parsers.toml"
    path.write_text(RULES)
    (parser,) = own_parsers(str(path))
    assert parser.matches("", OUTPUT, 1) < parser.matches("acme-lint .", OUTPUT, 1)
    parsed = parser.parse(OUTPUT, "acme-lint .", 1)
    assert parsed is not None
    assert (parsed.verdict, parsed.counts.errors, parsed.summary) == (Verdict.FAILURE, 1, (5,))
    (problem,) = parsed.diagnostics
    assert (problem.severity, problem.code, problem.message, problem.lines) == (
        Severity.ERROR,
        "A100",
        "missing period",
        (2, 3),
    )
    assert (problem.locations[0].path, problem.locations[0].line) == ("a.cob", 12)
    assert {index for span in parsed.drop for index in span} == {1, 4}


def test_no_file_means_no_rules(tmp_path: Path) -> None:
    assert own_parsers(str(tmp_path / "none.toml")) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[tool", "cannot read the rules"),
        ("[[tools]]\nname = 'x'", "unknown key 'tools'"),
        ("[[tool]]\nname = 'x'\nsigns = ['a']", "at least one rule"),
        ("[[tool]]\nname = 'x'\nsigns = ['a']\n[[tool.rule]]\nrole = 'bad'\nmatch = 'a'", "'bad' is no role"),
        ("[[tool]]\nname = 'x'\nsigns = ['a']\n[[tool.rule]]\nrole = 'error'\nmatch = '('", "is no pattern"),
        ("[[tool]]\nname = 'x'\nsigns = 'a'\n[[tool.rule]]\nrole = 'error'\nmatch = 'a'", "list of texts"),
        (
            "[[tool]]\nname = 'x'\nsigns = ['a']\n[[tool.rule]]\nrole = 'error'\nmatch = 'a'\nmach = 'b'",
            "unknown key 'mach'",
        ),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "parsers.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        own_parsers(str(path))


READ = """
import json, sys
from ai_session_tui.parsers.registry import best
print(json.dumps([parsed.tool for parsed in best(json.load(sys.stdin), "", 1)]))
"""


def tools_read(lines: list[str], **environ: str) -> list[str]:
    """Return what a fresh process reads."""
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=json.dumps(lines),
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_the_file_of_the_home_is_used(tmp_path: Path) -> None:
    (tmp_path / "parsers.toml").write_text(RULES)
    assert tools_read(OUTPUT, AI_SESSION_HOME=str(tmp_path)) == ["acme-lint"]


def test_a_package_adds_a_parser_by_an_entry_point(tmp_path: Path) -> None:
    (tmp_path / "acme_parser.py").write_text(
        "from ai_session_tui.parsers.model import Parsed, Verdict\n"
        "class Acme:\n"
        "    name = 'acme'\n"
        "    def matches(self, command, lines, exit_code):\n"
        "        return 1.0 if lines and lines[0].startswith('ACME') else 0.0\n"
        "    def parse(self, lines, command, exit_code):\n"
        "        return Parsed('acme', Verdict.FAILURE)\n"
    )
    info = tmp_path / "acme_parser-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-parser\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ai_session_tui.parsers]\nacme = acme_parser:Acme\n")
    assert tools_read(["ACME 1", "x"], PYTHONPATH=str(tmp_path), AI_SESSION_HOME=str(tmp_path)) == ["acme"]
