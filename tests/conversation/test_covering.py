"""Which success shows that an earlier failure is mended."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.conversation.covering import covers, standing_failures


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("pytest", "pytest tests/test_a.py"),
        ("pytest -q", "pytest -x tests/test_a.py::TestCart::test_total"),
        ("pytest tests", "pytest tests/test_a.py -k total"),
        ("pytest tests/", "pytest ./tests/unit/test_a.py"),
        ("pytest tests/test_a.py", "pytest tests/test_a.py::test_total"),
        ("pytest tests/test_a.py", "pytest tests/test_a.py::test_total[3-4]"),
        ("pytest tests -n 4", "pytest --lf tests"),
        ("pytest", "pytest --lf"),
        ("python -m pytest tests 2>&1", "python -m pytest tests/test_a.py 2>&1 | tail -20"),
        ("uv run pytest", "uv run pytest tests/test_a.py -vv --tb=short"),
        ("cd app && pytest", "cd app && pytest tests/test_a.py"),
        ("DEBUG=1 pytest", "DEBUG=1 pytest tests/test_a.py"),
        ("python -m unittest", "python -m unittest tests.test_a.TestCart"),
        ("go test ./...", "go test ./kv"),
        ("go test ./...", "go test ./kv/... -run TestPut"),
        ("go test ./...", "go test"),
        ("go test ./kv/...", "go test -v ./kv/store"),
        ("cargo test", "cargo test adds_wrong"),
        ("cargo test --workspace", "cargo test --workspace --lib parses"),
        ("npx jest", "npx jest src/cart.test.js -t total"),
        ("npx vitest run", "npx vitest run src/cart"),
        ("bundle exec rspec", "bundle exec rspec spec/cart_spec.rb:12"),
        ("mix test", "mix test test/shop_test.exs:43"),
        ("vendor/bin/phpunit", "vendor/bin/phpunit --filter testTotal tests/CartTest.php"),
        ("ruff check .", "ruff check src/a.py"),
        ("ruff check", "ruff check ."),
        ("mypy src", "mypy src/a.py"),
        ("./gradlew test", "./gradlew test --tests OrderTest"),
        ("mvn test", "mvn test -Dtest=OrderTest"),
    ],
)
def test_a_superset_covers(wider: str, narrower: str) -> None:
    assert covers(wider, narrower)
    assert not covers(narrower, wider) or wider == narrower or {wider, narrower} == {"ruff check", "ruff check ."}


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("pytest -k cart", "pytest tests/test_a.py"),  # it may have left it out
        ("pytest --lf", "pytest tests/test_a.py"),
        ("pytest -m fast", "pytest tests/test_a.py"),
        ("pytest", "pytest -m slow"),
        ("pytest", "pytest integration/test_a.py"),  # `testpaths` may not name it
        ("pytest", "pytest ../other/tests/test_a.py"),
        ("pytest tests/unit", "pytest tests/test_a.py"),
        ("pytest tests/test_a", "pytest tests/test_ab.py"),
        ("pytest | tail", "pytest tests/test_a.py"),  # the exit code is another program's
        ("pytest || true", "pytest tests/test_a.py"),
        ("pytest; true", "pytest tests/test_a.py"),
        ("pytest --ignore tests/test_a.py", "pytest tests/test_a.py"),
        ("pytest", "python -m pytest tests/test_a.py"),  # another path of imports
        ("uv run pytest", "pytest tests/test_a.py"),
        ("DEBUG=1 pytest", "pytest tests/test_a.py"),
        ("cd app && pytest", "pytest tests/test_a.py"),
        ("pytest --collect-only", "pytest tests/test_a.py"),
        ("go test ./kv", "go test ./kv/store"),
        ("go test", "go test ./..."),
        ("go test ./...", "go test -race ./kv"),
        ("go test -run TestGet ./...", "go test ./kv"),
        ("cargo test", "cargo test -p net"),
        ("cargo test --lib", "cargo test adds"),
        ("cargo build", "cargo test"),
        ("npx jest --onlyChanged", "npx jest src/cart.test.js"),
        ("tsc", "tsc a.ts"),
        ("mypy", "mypy src/a.py"),
        ("make", "make test"),
        ("true", "pytest"),
        ("pytest 'tests", "pytest tests"),
        ("pytest tests/*.py", "pytest tests/test_a.py"),
    ],
)
def test_what_is_not_certain_covers_nothing(wider: str, narrower: str) -> None:
    assert not covers(wider, narrower)


@dataclass
class Run:
    command: int
    text: str
    cwd: str
    verdict: str


def test_only_a_later_success_in_the_same_directory_resolves() -> None:
    failure = Run(2, "pytest tests/test_a.py", "/home/dev/shop", "failure")
    assert standing_failures([failure, Run(1, "pytest", "/home/dev/shop", "success")]) == [failure]
    assert standing_failures([failure, Run(3, "pytest", "/home/dev/app", "success")]) == [failure]
    assert standing_failures([failure, Run(3, "pytest", "/home/dev/shop", "unknown")]) == [failure]
    assert standing_failures([failure, Run(3, "pytest", "/home/dev/shop", "success")]) == []


words = st.sampled_from(
    ["pytest", "go test", "./...", "-q", "-k", "tests", "tests/a.py", "a::b", "|", "&&", "'", "$X", "2>&1", "--lf", ""]
)


@given(st.lists(words, max_size=6), st.lists(words, max_size=6))
def test_any_line_is_read_and_nothing_narrowed_covers_the_whole(first: list[str], second: list[str]) -> None:
    wider, narrower = " ".join(first), " ".join(second)
    if covers(wider, narrower):
        assert not any(sign in wider.replace("2>&1", "") for sign in "|&$'")
        assert covers(wider, wider)
