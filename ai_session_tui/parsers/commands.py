"""Which programs a command line runs, as far as that can be told without a shell.

Invariant: a guess. What a parser claims rests on the output; the command only tips the scales.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_CONTROL: Final = frozenset(
    {";", "&&", "||", "|", "|&", "&", "(", ")", ";;", "{", "}", "!", "then", "do", "else", "if", "while"}
)
_SEQUENCE: Final = frozenset({"|", "|&"})
_WRAPPERS: Final = frozenset({
    "sudo", "env", "time", "nice", "nohup", "command", "exec", "stdbuf", "unbuffer", "npx", "bunx", "pnpx", "timeout",
    "xvfb-run", "ionice", "setsid", "strace", "doas", "caffeinate", "chronic", "corepack",
})  # fmt: skip
_RUNNERS: Final = {
    "uv": {"run"}, "poetry": {"run"}, "pipenv": {"run"}, "pdm": {"run"}, "hatch": {"run"}, "rye": {"run"},
    "pnpm": {"exec", "dlx"}, "yarn": {"exec", "dlx", "run"}, "npm": {"exec"}, "bundle": {"exec"}, "bun": {"x"},
    "conda": {"run"}, "coverage": {"run"},
}  # fmt: skip
_PYTHON: Final = re.compile(r"(?:python|pypy)[\d.]*$|py$")
_SHELLS: Final = frozenset({"bash", "sh", "zsh", "dash", "ksh", "fish"})
_NEUTRAL: Final = frozenset({
    "cd", "export", "echo", "printf", "set", "true", ":", "source", ".", "pwd", "mkdir", "rm", "sleep", "ulimit",
    "unset",     "pushd", "popd", "shopt", "umask", "clear",
})  # fmt: skip
_READERS: Final = frozenset({
    "cat", "head", "tail", "less", "more", "bat", "batcat", "sed", "awk", "grep", "rg", "ag", "ack", "zcat", "zgrep",
    "jq", "cut",     "sort", "uniq", "nl", "tac", "strings", "xxd", "hexdump", "od", "column", "yq",
    "egrep", "fgrep", "view", "type", "journalctl",
})  # fmt: skip
_FILE_READERS: Final = frozenset({"cat", "head", "tail", "nl", "bat", "batcat", "less", "more", "tac"})
_FILTERS: Final = _READERS | {"tee", "tr", "fold", "wc", "ts", "perl"}
_ANNOUNCERS: Final = frozenset({"echo", "printf", "true", ":"})
_GIT_READERS: Final = frozenset({"diff", "show", "log", "blame", "grep", "cat-file"})


@lru_cache(maxsize=64)
def simple_commands(command: str) -> tuple[tuple[str, ...], ...]:
    """Return the simple commands of a line without wrappers and assignments; a program's name without its folder."""
    return tuple(words for words, _ in _split(command))


def runs(command: str, *names: str) -> bool:
    """Return whether one of the programs is run; a name of two words names a subcommand: `git diff`."""
    for words in simple_commands(command):
        for name in names:
            program, _, subcommand = name.partition(" ")
            if words[0] == program and (not subcommand or _subcommand(words) == subcommand):
                return True
    return False


@lru_cache(maxsize=64)
def runs_several(command: str) -> bool:
    """Return whether programs print one after the other, as of `grep -rn TODO .; ./deploy.sh`."""
    return len(_sources(command)) > 1


def _sources(command: str) -> list[tuple[str, ...]]:
    """Return the simple commands that print of themselves, and not what a pipe gives them."""
    return [words for words, joint in _split(command) if joint not in _SEQUENCE and words[0] not in _NEUTRAL]


@lru_cache(maxsize=64)
def is_reading(command: str) -> bool:
    """Return whether a command only shows what is stored, as `cat build.log` does: nothing of it failed just now."""
    sources = _sources(command)
    return bool(sources) and all(map(_reads, sources))


@lru_cache(maxsize=64)
def is_file_read(command: str) -> bool:
    """Return whether a command shows files, or parts of them, as they are: `cat a.py`, `sed -n 10,40p a.py`."""
    commands = [words for words, _ in _split(command) if words[0] not in _NEUTRAL]
    return bool(commands) and all(_shows_file(words) for words in commands)


@lru_cache(maxsize=64)
def is_filtered(command: str) -> bool:
    """Return whether a filter shows a part of what a program prints: `make | grep error` is no search of files."""
    pipelines = _pipelines(command)
    if not pipelines:
        return False
    last, _ = pipelines[-1]
    return len(last) > 1 and last[-1][0] in _FILTERS and last[0][0] not in _NEUTRAL and not _reads(last[0])


@lru_cache(maxsize=64)
def exit_told_by(command: str) -> str:
    """Return the program whose exit code of 0 hides that of what was run, as `tail` of `pytest | tail`; else "".

    `echo` of `make; echo $?` and `true` of `make || true` do so too; `echo` of `make && echo done` does not, nor what
    stands behind a pipe under `pipefail`. A code other than 0 is told by whoever failed.
    """
    pipelines = _pipelines(command)
    if not pipelines or is_reading(command):
        return ""
    last, joint = pipelines[-1]
    if is_filtered(command):
        has_pipefail = any(words[0] == "set" and "pipefail" in words for words in simple_commands(command))
        return "" if has_pipefail else last[-1][0]
    is_announced = len(pipelines) > 1 and joint != "&&" and last[0][0] in _ANNOUNCERS
    return last[-1][0] if is_announced else ""


def _pipelines(command: str) -> list[tuple[list[tuple[str, ...]], str]]:
    """Return what is piped into each other, and the operator in front of each pipeline."""
    found: list[tuple[list[tuple[str, ...]], str]] = []
    for words, joint in _split(command):
        if joint in _SEQUENCE and found:
            found[-1][0].append(words)
        else:
            found.append(([words], joint))
    return found


def _reads(words: tuple[str, ...]) -> bool:
    """Return whether a simple command shows what is stored."""
    return words[0] in _READERS or (words[0] == "git" and _subcommand(words) in _GIT_READERS)


def _shows_file(words: tuple[str, ...]) -> bool:
    operands = [word for word in words[1:] if not word.startswith(("-", "+"))]
    if words[0] == "sed":
        return "-n" in words and len(operands) > 1 and re.fullmatch(r"[\d,$;p ]+", operands[0]) is not None
    return words[0] in _FILE_READERS and bool(operands)


def _subcommand(words: tuple[str, ...]) -> str:
    skip = False
    for word in words[1:]:
        if skip:
            skip = False
        elif words[0] == "git" and word in ("-C", "-c", "--git-dir", "--work-tree"):
            skip = True
        elif not word.startswith(("-", "+")):
            return word
    return ""


def _split(command: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield simple commands, and the operator in front of each: what is behind a pipe reads from it."""
    words: list[str] = []
    joint = ""
    for word in [*_words(command), ";"]:
        if word in _CONTROL:
            for inner, inner_joint in _unwrap(words):
                yield inner, inner_joint or joint
            words = []
            joint = word
        else:
            words.append(word)


def _words(command: str) -> list[str]:
    text = re.sub(r"\\\n", " ", command)
    text = (
        re.sub(r"\d?[<>]&\d?|&>>?|\d?>>?\s*\S+|<{1,3}\s*\S+", " ", text)
        if "'" not in text and '"' not in text
        else text
    )
    lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars=";()|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # an open quote
        return command.split()


def _unwrap(words: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    while words:
        first = words[0].rsplit("/", 1)[-1]
        if re.match(r"[A-Za-z_]\w*\+?=", words[0]):
            words = words[1:]
        elif first in _WRAPPERS:
            words = _without_options(words[1:])
        elif _PYTHON.match(first) and "-m" in words[1:4]:
            words = words[words.index("-m") + 1 :]
        elif first in _RUNNERS and len(words) > 1 and words[1] in _RUNNERS[first]:
            words = _without_options(words[2:])
        elif first in _SHELLS and len(words) > 2 and words[1] in ("-c", "-lc", "-ec", "-euc", "-xc"):
            yield from _split(words[2])
            return
        else:
            yield (first.removesuffix(".exe"), *words[1:]), ""
            return


def _without_options(words: list[str]) -> list[str]:
    while words and (words[0].startswith("-") or re.fullmatch(r"\d+[smhd]?", words[0])):
        takes_value = words[0] in ("-u", "-n", "-p", "-s", "-k", "--package", "-g", "-C")
        words = words[2 if takes_value else 1 :]
    return words
