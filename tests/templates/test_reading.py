"""What a template's file says is understood, and what is wrong with it is shown with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import ConfigError, NotFoundError, UsageError
from ai_session_tui.templates import find_template, list_templates, problems_of, read_template
from ai_session_tui.templates.files import new_text
from ai_session_tui.toml_text import decode_toml

FULL = """\
description = "all of it"
tags = ["a", "{{port}}"]
requires = ["npm"]
dir = "~/src/{{session}}"
focus = 2

[variables]
port = 8000
branch = { help = "which one" }

[environment]
PORT = "{{port}}"
LEVEL = 3

[context]
enabled = true
max_tokens = 8192
compression = false

[[pane]]
name = "shell"
run = ["git switch {{branch}}", "{{ port }}"]

[[pane]]
program = ["tail", "-f", "{{dir}}/log"]
split = "down"
beside = 1
size = 30
dir = "log"
environment = { A = "1" }
"""


def read(text: str) -> object:
    return read_template("t", decode_toml("t.toml", text.encode()))


def test_everything_is_read_and_filled_in() -> None:
    template = read_template("t", decode_toml("t.toml", FULL.encode()))
    filled = template.filled({"branch": "main"}, session="dev", dir="/work")
    assert (filled.tags, filled.dir, filled.environment) == (("a", "8000"), "~/src/dev", {"PORT": "8000", "LEVEL": "3"})
    assert (filled.ai_context, filled.max_tokens, filled.compression, filled.focus) == (True, 8192, False, 2)
    first, second = filled.panes
    assert first.run == ("git switch main", "8000")
    assert second.program == ("tail", "-f", "/work/log")
    assert (second.split, second.beside, second.size, second.dir, second.environment) == (
        "down", 1, 30, "log", {"A": "1"}
    )  # fmt: skip


def test_a_missing_and_an_unknown_variable_are_usage_errors() -> None:
    template = read_template("t", decode_toml("t.toml", FULL.encode()))
    with pytest.raises(UsageError, match="needs a value for branch"):
        template.values({})
    with pytest.raises(UsageError, match=r"no variable 'brnch'.*\n.*branch, port"):
        template.values({"brnch": "x"})


def test_an_empty_command_is_left_out() -> None:
    template = read_template("t", decode_toml("t", b'[variables]\nc = ""\n[[pane]]\nrun = ["{{c}}", "x {{c}}"]\n'))
    assert template.filled({}, session="s", dir="/").panes[0].run == ("x",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = \n", 1, "not valid TOML"),
        ("descripton = 'x'\n", 1, "did you mean 'description'"),
        ("\ntags = 'x'\n", 2, "list of texts"),
        ("[context]\nenabled = 1\n", 2, "true or false"),
        ("[context]\nmax_tokens = 0\n", 2, "whole number from 1"),
        ("[context]\nsize = 0\n", 2, "unknown key 'size'"),
        ("context = 1\n", 1, "must be a table"),
        ("pane = 3\n", 1, "[[pane]]"),
        ("[[pane]]\n[[pane]]\nsplit = 'left'\n", 3, '"right" or "down"'),
        ("[[pane]]\nsplit = 'down'\n", 2, "first pane"),
        ("[[pane]]\n[[pane]]\nbeside = 2\n", 3, "from 1 to 1"),
        ("[[pane]]\n[[pane]]\nsize = 99\n", 3, "from 5 to 95"),
        ("[[pane]]\nprogram = ['a']\nrun = ['b']\n", 2, "not both"),
        ("[[pane]]\nrun = ['{{nothing}}']\n", 2, "{{nothing}} is no variable"),
        ("focus = 2\n[[pane]]\n", 1, "from 1 to 1"),
        ("[environment]\n'A=B' = '1'\n", 2, "environment variable"),
        ("[environment]\nA = [1]\n", 2, "text or a number"),
        ("[variables]\n'a b' = '1'\n", 2, "name of a variable"),
        ("[variables]\ndir = '1'\n", 2, "name of a variable"),
        ("[variables]\na = [1]\n", 2, "its default"),
        ("[variables]\na = { deflt = '1' }\n", 2, "unknown key"),
    ],
)
def test_a_mistake_names_file_and_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value).startswith(f"t.toml:{line}: ")
    assert words in str(caught.value)


def test_all_mistakes_are_found_in_order() -> None:
    file = decode_toml("t.toml", b"a = 1\ntags = 2\n[[pane]]\nb = 1\nrun = ['{{c}}']\n")
    assert [problem.message.split(": ")[0] for problem in problems_of("t", file)] == [
        "t.toml:1", "t.toml:2", "t.toml:4", "t.toml:5",
    ]  # fmt: skip


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 100) | st.sampled_from(["x", "{{a}}", "down", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["run", "a", "size"]), inner),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["description", "tags", "pane", "variables", "context", "environment", "focus", "x"]),
        _values.filter(lambda value: value is not None),
    )
)
def test_any_table_is_read_or_refused_with_a_line(table: dict[str, object]) -> None:
    def without_none(value: object) -> object:
        if isinstance(value, dict):
            return {key: without_none(one) for key, one in value.items() if one is not None}
        return [without_none(one) for one in value if one is not None] if isinstance(value, list) else value

    text = tomlkit.dumps(without_none(table))  # type: ignore[arg-type]
    file = decode_toml("t.toml", text.encode())
    problems = problems_of("t", file)
    if problems:
        assert all(problem.message.startswith("t.toml:") for problem in problems)
    else:
        assert read_template("t", file).panes


@pytest.mark.parametrize("found", list_templates("/nowhere"), ids=lambda found: found.name)
def test_a_built_in_template_is_in_order(found: object) -> None:
    template = found.template()  # type: ignore[attr-defined]
    assert template.description and template.tags
    filled = template.filled({}, session="dev", dir="/work")
    assert filled.panes and "{{" not in repr(filled).replace("{{}}", "")


def test_all_that_are_promised_are_built_in() -> None:
    names = {found.name for found in list_templates("/nowhere")}
    assert names == {
        "react-dev", "python-dev", "rust-dev", "node-api", "fullstack", "claude", "codex", "gemini", "aider"
    }  # fmt: skip
    assert len(find_template("fullstack", "/nowhere").template().panes) == 4


def test_the_users_own_goes_before_a_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "claude.toml").write_text("description = 'mine'\n")
    (tmp_path / "other.toml").write_text(new_text("other"))
    found = find_template("claude", str(tmp_path))
    assert found.template().description == "mine" and not found.is_builtin
    assert find_template("other", str(tmp_path)).template().panes
    assert find_template("./other.toml", "/nowhere", str(tmp_path)).name == "other"
    with pytest.raises(NotFoundError, match="did you mean 'claude'"):
        find_template("claud", str(tmp_path))


def test_the_explanations_in_a_new_template_are_true(tmp_path: Path) -> None:
    text = new_text("x").replace("# ", "", 1)
    active = "\n".join(
        line[2:] if line.startswith("# ") and not line.startswith(("# A template", "# Always")) else line
        for line in new_text("x").splitlines()
    )
    template = read_template("x", decode_toml("x.toml", active.encode()))
    assert [variable.name for variable in template.variables] == ["port", "branch"]
    assert len(template.panes) == 2 and text
