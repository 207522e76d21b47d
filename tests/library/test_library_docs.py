"""docs/library.md and the docstrings say the truth: their examples run against a real server."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import re
from pathlib import Path

import pytest

import ai_session_tui.blocking
import ai_session_tui.client.session_config
from ai_session_tui import SessionConfig, SessionManager

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
EXAMPLES = [(match[1], match[2] or "") for match in EXAMPLE.finditer(PAGE.read_text())]


def is_program(code: str) -> bool:
    return "SessionManager()" in code


async def run_inside_main(code: str) -> None:
    """Run an example that stands inside `main()`."""
    async with SessionManager() as manager:
        session = await manager.create(SessionConfig(name="dev"))
        names = {"manager": manager, "session": session, "SessionConfig": SessionConfig}
        compiled = compile(code, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(compiled, names)
        if inspect.iscoroutine(running):
            await running


@pytest.mark.parametrize(("code", "said"), EXAMPLES, ids=[str(number) for number in range(len(EXAMPLES))])
def test_an_example_prints_what_the_page_says(real_home: str, code: str, said: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if is_program(code):
            exec(compile(code, str(PAGE), "exec"), {"__name__": "__main__"})
        else:
            asyncio.run(run_inside_main(code))
    assert printed.getvalue() == said


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 9
    assert all(said for _, said in EXAMPLES)


@pytest.mark.parametrize("module", [ai_session_tui.blocking, ai_session_tui.client.session_config])
def test_the_examples_of_docstrings(real_home: str, module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried > 0
    assert failed == 0
