"""Digests of what real tools print: nobody who reads one is misled about what happened."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from ai_session_tui.digest import Digest, Outcome, digest_output
from ai_session_tui.parsers.model import Verdict


def run(folder: pathlib.Path, *words: str, previous: Outcome | None = None) -> Digest:
    """Run a tool in a folder and return the digest of what it wrote."""
    done = subprocess.run(
        words,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    name = words[2:] if words[:2] == (sys.executable, "-m") else words
    return digest_output([done.stdout], " ".join(name), done.returncode, previous=previous)


PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


def test_failing_tests_among_many_green_ones(tmp_path: pathlib.Path) -> None:
    (tmp_path / "test_shop.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(400))\n"
        "def test_green(n):\n    assert n >= 0\n"
        "def test_total():\n    price = 12\n    assert price * 2 == 25, 'the total is off'\n"
        "def test_missing():\n    raise KeyError('sku-77')\n"
    )
    digest = run(tmp_path, *PYTEST, "-v")
    assert digest.verdict is Verdict.FAILURE
    assert digest.text.startswith("[exit code 1 ")
    for fact in ("2 failed", "400 passed", "test_total", "the total is off", "test_shop.py:7", "KeyError: 'sku-77'"):
        assert fact in digest.text
    assert digest.delivered.tokens < digest.plain.tokens / 8


def test_the_next_run_is_told_by_what_changed(tmp_path: pathlib.Path) -> None:
    def write(prices: tuple[int, ...]) -> None:
        tests = "".join(
            f"def test_price_{i}():\n    price = {p}\n    assert price == 7\n\n" for i, p in enumerate(prices)
        )
        # Of another size each time: within a second, pytest takes a file of the same size for the one it compiled.
        (tmp_path / "test_shop.py").write_text(tests + "#" * prices[0])

    write((1, 2, 3, *(7,) * 100))
    first = run(tmp_path, *PYTEST)
    write((7, 2, 3, *(7,) * 99, 9))
    second = run(tmp_path, *PYTEST, previous=first.outcome)
    assert "since the last run: 2 as before, 1 fixed, 1 new" in second.text.split("\n")[0]
    assert "assert 9 == 7" in second.text
    for name in ("test_price_1", "test_price_2", "test_price_102"):
        assert name in second.text


def test_a_collection_error_is_not_no_tests(tmp_path: pathlib.Path) -> None:
    (tmp_path / "test_broken.py").write_text("import not_there_at_all\n\ndef test_it():\n    pass\n")
    digest = run(tmp_path, *PYTEST)
    assert digest.verdict is Verdict.FAILURE
    assert digest.exit_code == 2
    assert "No module named 'not_there_at_all'" in digest.text
    assert "test_broken.py" in digest.text


def test_no_tests_at_all_is_no_success(tmp_path: pathlib.Path) -> None:
    digest = run(tmp_path, *PYTEST)
    assert digest.text.startswith("[exit code 5")
    assert digest.verdict is not Verdict.SUCCESS


def test_a_missing_compiler_is_not_no_errors(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Makefile").write_text("all:\n\tno-such-compiler-here main.c\n")
    digest = run(tmp_path, "make")
    assert digest.verdict is Verdict.FAILURE
    assert digest.text.startswith("[exit code 2]")
    assert "no-such-compiler-here" in digest.text


def test_a_suite_that_does_not_compile_is_not_0_failed(tmp_path: pathlib.Path) -> None:
    noise = "".join(f"void f{i}(void) {{ int unused_{i}; }}\n" for i in range(60))
    (tmp_path / "suite.c").write_text(f"{noise}int main(void) {{ return undeclared_name; }}\n")
    (tmp_path / "Makefile").write_text("check: suite\n\t./suite\nsuite: suite.c\n\tcc -Wall -o suite suite.c\n")
    digest = run(tmp_path, "make", "check")
    assert digest.verdict is Verdict.FAILURE
    assert "suite.c:61" in digest.text
    assert "undeclared_name" in digest.text
    assert "0 failed" not in digest.text
    for number in (1, 33, 60):  # every warning's place
        assert f"suite.c:{number}:" in digest.text
    assert digest.delivered.tokens < digest.plain.tokens / 2


def test_a_traceback_keeps_its_error_and_place(tmp_path: pathlib.Path) -> None:
    (tmp_path / "job.py").write_text(
        "for i in range(3000):\n    print('copied', i, 'files')\n"
        "def load(name):\n    return {'a': 1}[name]\n\nload('port')\n"
    )
    digest = run(tmp_path, sys.executable, "job.py")
    for fact in ("KeyError: 'port'", "line 4, in load", "line 6, in <module>"):
        assert fact in digest.text
    assert digest.delivered.tokens < digest.plain.tokens / 10


def test_every_change_of_a_small_diff_is_shown(tmp_path: pathlib.Path) -> None:
    def git(*words: str) -> Digest:
        return run(tmp_path, "git", "-c", "user.name=a", "-c", "user.email=a@b", *words)

    git("init", "-q")
    file = tmp_path / "list.txt"
    file.write_text("".join(f"entry number {i}\n" for i in range(500)))
    git("add", ".")
    git("commit", "-qm", "first")
    file.write_text("".join(f"entry number {i}{' changed' if i % 100 == 7 else ''}\n" for i in range(500)))
    text = git("diff", "-U10").text
    for number in (7, 107, 207, 307, 407):
        assert f"+entry number {number} changed" in text
        assert f"-entry number {number}\n" in text


def test_linters_tell_every_place(tmp_path: pathlib.Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("".join(f"import module_{i}\n" for i in range(25)))
    digest = run(tmp_path, sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F401", ".")
    assert digest.verdict is Verdict.FAILURE
    for name in ("one", "two"):
        for line in (1, 13, 25):
            assert f"{name}.py:{line}:8" in digest.text
    assert digest.delivered.tokens < digest.plain.tokens / 2


@pytest.mark.parametrize("words", [("true",), ("false",), ("sh", "-c", "exit 42"), ("sh", "-c", "kill -9 $$")])
def test_silence_still_tells_how_it_ended(tmp_path: pathlib.Path, words: tuple[str, ...]) -> None:
    digest = run(tmp_path, *words)
    assert digest.text == f"[exit code {digest.exit_code}]"
    assert (digest.verdict is Verdict.SUCCESS) == (digest.exit_code == 0)


def test_one_test_with_many_parameters_is_explained_a_few_times(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")  # of which pytest's list of failures takes as many
    (tmp_path / "test_sizes.py").write_text(
        "import pytest\n"
        "SIZES = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB', 'RiB', 'QiB']\n"
        "@pytest.mark.parametrize('unit', SIZES)\n"
        "def test_size(unit):\n    told = '3.0 ' + unit\n    assert told == '2.9 ' + unit\n"
    )
    digest = run(tmp_path, *PYTEST)
    for unit in ("KiB", "PiB", "QiB"):
        assert f"test_sizes.py::test_size[{unit}] - AssertionError: assert '3.0 {unit}' == '2.9 {unit}'" in digest.text
    assert digest.text.count(">       assert told == '2.9 ' + unit") == 3
    assert "E         ?" not in digest.text  # guides below a difference
    assert "E         - 2.9 KiB" not in digest.text  # both sides stand above


def test_a_difference_that_the_first_line_has_only_shortened_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "test_stock.py").write_text(
        "def test_stock():\n    have = 'sku 3: 12\\n' + 'x' * 200 + '\\n3'\n"
        "    want = 'sku 3: 12\\n' + 'x' * 200 + '\\n12'\n    assert have == want\n"
        "def test_green():\n    " + "print('a line of what was captured')\n    " * 40 + "assert have_no\n"
    )
    text = run(tmp_path, *PYTEST).text
    assert "..." in text
    assert "E         - 12" in text
    assert "E         + 3" in text


def test_the_line_of_the_test_itself_is_told_where_a_library_raises(tmp_path: pathlib.Path) -> None:
    (tmp_path / "depot.py").write_text(
        "import ipaddress\ndef check(host):\n    return parse(host)\n\n"
        "def parse(host):\n    return ipaddress.ip_address(host)\n"
    )
    (tmp_path / "test_depot.py").write_text(
        "import depot\n\ndef test_host():\n    hosts = ['10.0.0.1', 'depot']\n"
        "    for host in hosts:\n        depot.check(host)\n"
    )
    digest = run(tmp_path, *PYTEST, "-v")
    for place in ("test_depot.py:6:", "depot.py:3:", "depot.py:6:"):
        assert place in digest.text


def test_files_that_cannot_be_collected_are_told_as_the_list_at_the_end_tells_them(tmp_path: pathlib.Path) -> None:
    for name in "abcdef":
        (tmp_path / f"test_{name}.py").write_text("from nowhere_at_all import thing\n\ndef test():\n    pass\n")
    digest = run(tmp_path, *PYTEST)
    for name in "abcdef":
        assert f"ERROR test_{name}.py" in digest.text or f"ERROR collecting test_{name}.py" in digest.text
    assert "ERROR test_a.py" in digest.text
    assert "ERROR test_f.py" in digest.text
    assert digest.text.count("No module named 'nowhere_at_all'") <= 6
