"""Templates and statistics through the library: the same as through the subcommands."""

from __future__ import annotations

import pytest

from ai_session_tui import SessionConfig
from ai_session_tui.blocking import SessionManager
from ai_session_tui.errors import UsageError


def test_a_template_with_variables(real_home: str) -> None:
    with SessionManager() as manager:
        assert "fullstack" in {found.name for found in manager.templates()}
        config = SessionConfig(template="python-dev", variables={"venv": "none"}, max_tokens=100)
        session = manager.create(config)
        info = session.refresh()
        assert (info.template, info.ai_context, info.max_tokens, info.name) == ("python-dev", True, 100, "python-dev")
        session.wait(prompt=True, timeout=60)
        assert session.exec("echo $PYTHONUNBUFFERED").output == "1\n"
    with pytest.raises(UsageError, match="variables are for a template"):
        SessionConfig(variables={"a": "b"})


def test_statistics_of_all_and_of_one(real_home: str) -> None:
    with SessionManager() as manager:
        session = manager.create(SessionConfig(name="dev"))
        session.exec("(exit 3)")
        assert manager.statistics().blocks["performance"]["exec_overhead"].n == 1
        found = manager.statistics("dev", since=0.0)
        assert found.profile is not None and found.profile.failures[0].text == "(exit 3)"
        assert found.profile.slowest[0].command == "(exit 3)"


def test_cleanup(real_home: str) -> None:
    with SessionManager() as manager:
        manager.create(SessionConfig(name="dev")).wait(prompt=True, timeout=60)
        preview = manager.cleanup(idle=0, dry_run=True)
        assert [session.name for session in preview.sessions] == ["dev"] and not preview.sessions[0].removed
        done = manager.cleanup(idle=0)
        assert done.sessions[0].removed and done.sessions[0].gone and not done.sessions[0].survived
        assert manager.list() == []
