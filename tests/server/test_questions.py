"""What asks and what does not, by its text: real prompts of real programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.server import questions

ASKING = [
    "Do you want to continue? [Y/n] ",
    "Proceed with installation? (y/N): ",
    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
    "(1/3) Stage this hunk [y,n,q,a,d,e,?]? ",
    "zsh: sure you want to delete all 3 files in /tmp [yn]? ",
    "rm: remove regular file 'x'? ",
    "mv: replace 'b', overriding mode 0444 (r--r--r--)? ",
    "Overwrite? (y or n) ",
    "replace a.txt? [y]es, [n]o, [A]ll, [N]one, [r]ename: ",
    "[sudo] password for ada: ",
    "ada@example.org's password: ",
    "Enter passphrase for key '/home/ada/.ssh/id_ed25519': ",
    "Password for 'https://ada@example.org': ",
    "Username for 'https://example.org': ",
    "package name: (demo) ",
    "Is this OK? (yes) ",
    "Name [ada]: ",
    "Your name? ",
    "What is your favourite colour? ",
    "Please select a version (1-3): ",
    "Command (m for help): ",
    "Choose one > ",
    "Press any key to continue . . . ",
    "Press Enter to continue...",
    "Hit return to go on",
    "? Project name: › my-app",
    "? Which one do you want? (Use arrow keys)",
    "Enter your choice: ",
    "(Reading database ...) What would you like to do about it? [Y/I/N/O/D/Z] [default=N] ? ",
    "Terminate batch job (Y/N)? ",
]
RESTING = [
    "",
    "   ",
    ":",
    "(END)",
    "--More--(42%)",
    "file.txt lines 1-23/100 23%",
    " Manual page ls(1) line 1 (press h for help or q to quit)",
    "~",
    ">>> ",
    "... ",
    "In [12]: ",
    "   ...: ",
    "Out[3]: ",
    "> ",
    "irb(main):001:0> ",
    "mysql> ",
    "postgres=# ",
    "sqlite> ",
    "(Pdb) ",
    "(gdb) ",
    "(lldb) ",
    "ipdb> ",
    "ghci> ",
    "127.0.0.1:6379> ",
    "ada@host:~/src$ ",
    "root@host:/# ",
    "C:\\Users\\ada>",
    "Downloading 42 % ",
    "Building [=====>    ] 12/40",
    "12:30:45",
    "listening on port 8080",
    "error: expected `;` at line 3",
    "http://localhost:3000/",
]
MENUS = [
    (
        [
            "╭──────────────────────────────────────────────╮",
            "│ Bash command                                 │",
            "│   rm -rf build                               │",
            "│ Do you want to proceed?                      │",
            "│ ❯ 1. Yes                                     │",
            "│   2. Yes, and don't ask again                │",
            "│   3. No, and tell what to do differently     │",
            "╰──────────────────────────────────────────────╯",
        ],
        "Do you want to proceed?",
    ),
    (["Allow command?", "", "> Yes", "  No", "", "esc to go back"], "Allow command?"),
    (
        ["Do you trust the files in this folder?", "● Yes, proceed", "○ No, exit"],
        "Do you trust the files in this folder?",
    ),
    (["Apply this change?", "  1. No", "❯ 2. Yes", "  3. Always"], "Apply this change?"),
]
NO_MENUS = [
    ["> hello", "● I have changed the file.", "> yes, go on"],
    ["What would you like?", "* apples", "* pears"],
    ["Continue?", "", "> Yes"],
    ["> Yes", "  No"],
    ["$ ls", "a  b", "$"],
    ["# list", "* no trailing spaces", "* yes to tests"],
]


@pytest.mark.parametrize("line", ASKING)
def test_it_asks(line: str) -> None:
    assert questions.is_question(line)


@pytest.mark.parametrize("line", RESTING)
def test_it_does_not_ask(line: str) -> None:
    assert not questions.is_question(line)


@pytest.mark.parametrize(("lines", "question"), MENUS)
def test_a_menu_asks(lines: list[str], question: str) -> None:
    assert questions.menu_question(["earlier text", *lines]) == question


@pytest.mark.parametrize("lines", NO_MENUS)
def test_what_looks_like_a_menu(lines: list[str]) -> None:
    assert questions.menu_question(lines) is None


def test_a_choice_is_told_from_an_open_question() -> None:
    assert questions.is_choice("Continue? [y/N] ")
    assert questions.is_choice("Press any key")
    assert not questions.is_choice("Your name: ")
    assert questions.is_secret("[sudo] password for ada: ")
    assert not questions.is_secret("the password: is secret")


@given(st.text(max_size=2000), st.lists(st.text(max_size=300), max_size=40))
def test_no_text_is_too_much(line: str, lines: list[str]) -> None:
    questions.is_question(line)
    questions.menu_question(lines)


@pytest.mark.parametrize("unit", ["[y/", "(y or ", "press ", "❯ 1. ", "│ ", "y,n,", "password "])
def test_no_text_takes_long(unit: str) -> None:
    text = unit * 20_000
    assert questions.is_question(text) in (True, False)
    assert questions.menu_question([text] * 30) is None
