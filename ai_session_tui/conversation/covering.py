"""Whether a command line that succeeded shows that another one, which had failed, would succeed now as well.

`pytest tests` that passes resolves the failure of `pytest tests/test_a.py::test_b`. Invariant: only what is certain is
said: the same program, run in the same way, with no option that narrows it or that is not known here, over targets
that hold those of the other, as far as the tool's own configuration does not leave them out. Everything else (pipes
whose exit code is another program's, unknown options, lists of commands) covers nothing but itself.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, TypeVar

_CONTROL: Final = re.compile(r"[|;&<>()`$\n*?{}\\]")
_BOTH: Final = re.compile(r"\s*2>&1\s*")
_READ_BY: Final = re.compile(r"(?:\s*2>&1)?(?:\s*\|\s*(?:tail|head|grep|tee|cat)\b[^|;&]*)+$")
_CHANGED: Final = re.compile(r"cd ([\w./-]+) && ")
_VARIABLE: Final = re.compile(r"[A-Za-z_]\w*=")
_LAUNCHERS: Final = ("uv run", "poetry run", "pipenv run", "python -m", "python3 -m", "npx", "pnpm exec", "bundle exec")


class Outcome(Protocol):
    """How the last run of a command line went."""

    @property
    def command(self) -> int:
        """The command's number."""
        ...

    @property
    def text(self) -> str:
        """The command line."""
        ...

    @property
    def cwd(self) -> str:
        """The directory it ran in."""
        ...

    @property
    def verdict(self) -> str:
        """How it ended: success, failure or unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Tool:
    """A program whose operands are targets.

    `narrowing` options choose among the targets, `harmless` ones change nothing that could fail; True where a word
    follows. Without operands it works on everything below `everything` ("" is the whole directory), None: on what its
    configuration says, which nobody here knows.
    """

    narrowing: Mapping[str, bool]
    harmless: Mapping[str, bool]
    everything: tuple[str, ...] | None = ("",)


_HERE: Final = "="  # Go's package in a folder, without those below it
_QUIET: Final = dict.fromkeys(("-q", "-qq", "-v", "-vv", "-vvv", "--verbose", "--quiet", "--color", "-x"), False)
_JS: Final = Tool(
    {
        "-t": True,
        "--testNamePattern": True,
    },
    {**_QUIET, "--bail": False, "--ci": False, "--silent": False},
)
_CARGO: Final = {"--offline": False, "--locked": False, "--no-fail-fast": False, "--color": True, "-j": True}
_CARGO_TARGETS: Final = {"--lib": False, "--bins": False, "--test": True, "--bin": True, "--doc": False}
_TOOLS: Final[Mapping[str, Tool]] = {
    "pytest": Tool(
        {"-k": True, "--lf": False, "--last-failed": False, "--sw": False, "--stepwise": False},
        {
            **_QUIET,
            **dict.fromkeys(("-s", "-l", "-ra", "-rA", "--no-header", "--no-summary", "--ff"), False),
            **dict.fromkeys(("--tb", "-n", "--maxfail", "--durations"), True),
        },
        ("tests", "test"),
    ),
    "unittest": Tool({"-k": True}, {**_QUIET, "-b": False, "-f": False}, ("tests", "test")),
    "go test": Tool({"-run": True}, {**_QUIET, "-count": True, "-timeout": True, "-failfast": False}, ()),
    "go vet": Tool({}, {}, ()),
    "go build": Tool({}, {"-v": False}, ()),
    "cargo test": Tool(_CARGO_TARGETS, {**_QUIET, **_CARGO}),
    "cargo nextest run": Tool(_CARGO_TARGETS, {**_QUIET, **_CARGO}),
    "jest": _JS,
    "vitest run": _JS,
    "rspec": Tool({"-e": True, "--example": True, "--only-failures": False}, {"--fail-fast": False}, ("spec",)),
    "mix test": Tool({"--failed": False, "--stale": False}, {"--trace": False, "--seed": True}, ("test",)),
    "phpunit": Tool({"--filter": True}, {"--testdox": False, "--colors": True}, ("tests",)),
    "mypy": Tool({}, {"--pretty": False, "--no-error-summary": False}, None),
    "ruff check": Tool({}, {"--quiet": False, "--no-cache": False, "--output-format": True}),
    "flake8": Tool({}, {}),
    "tsc": Tool({}, {"--noEmit": False, "--pretty": False}, None),
    "dotnet test": Tool({"--filter": True}, {"--no-build": False, "--no-restore": False}),
    "gradlew test": Tool({"--tests": True}, {"--info": False, "--stacktrace": False}),
    "mvn test": Tool({"-Dtest": True}, {"-q": False, "-B": False}),
}


@dataclass(frozen=True, slots=True)
class _Run:
    """A command line, taken apart."""

    before: tuple[str, ...]  # directory, variables and launcher
    program: str
    narrowing: frozenset[str]
    others: frozenset[str]
    operands: tuple[str, ...]


def covers(wider: str, narrower: str) -> bool:
    """Return whether success of one command line shows that the other would succeed in the same directory."""
    wide = _read(wider)
    narrow = _read(_READ_BY.sub("", narrower))
    if wide is None or narrow is None or (wide.before, wide.program) != (narrow.before, narrow.program):
        return False
    if wide.narrowing - narrow.narrowing or wide.others != narrow.others:
        return False
    return _holds(_TOOLS[wide.program], wide, narrow)


def program_of(text: str) -> str | None:
    """Return what program a line runs and how, which two lines must have in common; None where nothing is known."""
    run = _read(_READ_BY.sub("", text))
    return None if run is None else " ".join((*run.before, run.program))


def _holds(tool: Tool, wide: _Run, narrow: _Run) -> bool:
    if not narrow.operands:
        return not wide.operands or ("." in wide.operands and tool.everything == ("",))
    if not wide.operands:
        return tool.everything is not None and all(_is_below_any(target, tool.everything) for target in narrow.operands)
    return all(any(_is_below(target, whole) for whole in wide.operands) for target in narrow.operands)


def _is_below_any(target: str, folders: Iterable[str]) -> bool:
    return not target.startswith(("/", "..", "~")) and any(not one or _is_below(target, one) for one in folders)


def _is_below(target: str, whole: str) -> bool:
    """Return whether a target is another one or lies in it: a file in a folder, a test in a file."""
    if whole == ".":
        return not target.startswith(("/", "..", "~"))
    return target == whole or target.startswith((f"{whole}/", f"{whole}::", f"{whole}:", f"{whole}[", f"{whole}."))


@lru_cache(maxsize=4096)
def _read(text: str) -> _Run | None:
    """Return a command line taken apart; None where it is not one run of a program that is known."""
    before: list[str] = []
    if changed := _CHANGED.match(text):
        before.append(changed[1])
        text = text[changed.end() :]
    text = _BOTH.sub(" ", text)
    if _CONTROL.search(text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    while words and _VARIABLE.match(words[0]):
        before.append(words.pop(0))
    for launcher in _LAUNCHERS:
        if words[: len(launcher.split())] == launcher.split():
            before.append(launcher)
            words = words[len(launcher.split()) :]
            break
    if words and "/" in words[0]:
        before.append(words[0])
        words[0] = words[0].rsplit("/", 1)[-1]
    for size in (3, 2, 1):
        program = " ".join(words[:size])
        if len(words) >= size and program in _TOOLS:
            return _run(tuple(before), program, words[size:])
    return None


def _run(before: tuple[str, ...], program: str, words: Sequence[str]) -> _Run | None:
    tool = _TOOLS[program]
    narrowing: set[str] = set()
    others: set[str] = set()
    operands: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-"):
            operands.append(_target(word, is_go=program.startswith("go ")))
            continue
        name, equals, _ = word.partition("=")
        kind = tool.narrowing if name in tool.narrowing else tool.harmless
        if name not in kind:
            others.add(word)
            continue
        if kind[name] and not equals:
            at += 1  # its value
        if kind is tool.narrowing:
            narrowing.add(" ".join([word, *words[at - 1 : at]]) if kind[name] and not equals else word)
    if program.startswith("go ") and not operands:
        operands.append(_HERE)
    return _Run(before, program, frozenset(narrowing), frozenset(others), tuple(operands))


def _target(word: str, *, is_go: bool) -> str:
    """Return a target without what says the same: `./a/` is `a`. Go's `./a/...` is `a`, its `./a` only what is in a."""
    is_deep = word.endswith("...")
    word = word.removesuffix("...").removeprefix("./").rstrip("/")
    if is_go and not is_deep:
        return f"{word}/{_HERE}" if word and word != "." else _HERE
    return word or "."


_Row = TypeVar("_Row", bound=Outcome)


def standing_failures(outcomes: Iterable[_Row]) -> list[_Row]:
    """Return the failures that no later success in the same directory covers, oldest first."""
    failures: list[_Row] = []
    successes: dict[tuple[str, str], list[_Row]] = {}
    for outcome in outcomes:
        if outcome.verdict == "failure":
            failures.append(outcome)
        elif outcome.verdict == "success" and (program := program_of(outcome.text)):
            successes.setdefault((outcome.cwd, program), []).append(outcome)
    standing = []
    for failure in sorted(failures, key=lambda outcome: outcome.command):
        later = successes.get((failure.cwd, program_of(failure.text) or ""), ())
        if not any(one.command > failure.command and covers(one.text, failure.text) for one in later):
            standing.append(failure)
    return standing
