"""What is kept of messages that are compressed: who asked what, what ran and how it went, which files were named.

Facts of facts are facts: those of an earlier digest and of the messages after it are merged, so that a conversation of
any length is compressed in bounded time and memory. Oldest and newest requests stay longest; everything has its bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_REQUESTS = 200
_FIRST_REQUESTS = 20  # of them: what a session was begun for
_SAID = 100
_RUNS = 200
_FILES = 300
_SIGNS = 240  # of a request that are kept
_SAID_SIGNS = 160
_COMMAND_SIGNS = 120

_SUFFIXES = (
    "py pyi rs go c h cc cpp cxx hpp hh java kt kts scala clj cs fs vb swift m mm rb erb php pl pm lua r jl ex exs erl"
    " hs ml mli js jsx ts tsx mjs cjs vue svelte html htm css scss sass less json jsonl yaml yml toml ini cfg conf env"
    " xml csv tsv sql db sqlite md rst txt log lock sh bash zsh fish ps1 bat cmake make mk gradle tf proto graphql"
    " ipynb patch diff Dockerfile svg png pdf tcss service"
)
_FILE = re.compile(
    r"(?<![\w@:/.-])(?:~/|\.{1,2}/|/)?(?:[\w.@+-]+/)*(?:[\w@+-][\w.@+-]*\.(?:" + _SUFFIXES.replace(" ", "|") + r")"
    r"|Makefile|Dockerfile|Cargo\.lock|CMakeLists\.txt)(?![\w/-]|\.\w)"
)


@dataclass(slots=True)
class Run:
    """A command line and how it went: how often it ran, its last verdict and number."""

    times: int = 0
    verdict: str = ""
    number: int = 0
    brief: str = ""


@dataclass(slots=True)
class Facts:
    """The facts of a stretch of conversation."""

    messages: int = 0
    first_time: float = 0.0
    last_time: float = 0.0
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    def note(self, role: str, kind: str, text: str, time: float, *, command: str = "", verdict: str = "") -> None:
        """Take in one message; `command` is the command line that it is about."""
        self.messages += 1
        self.first_time = time if self.messages == 1 else min(self.first_time, time)
        self.last_time = max(self.last_time, time)
        for name in files_in(text):
            self._name_file(name, 1)
        if kind == "output":
            run = self.runs.setdefault(brief(command, _COMMAND_SIGNS), Run())
            run.times += 1
            run.verdict, run.brief = verdict, brief(text.removeprefix("Output: "), _SAID_SIGNS)
        elif kind == "command":
            return  # its outcome follows
        elif role == "user":
            _append(self.requests, brief(text, _SIGNS))
        elif text.strip():
            self.said.append(brief(text, _SAID_SIGNS))
        self._bound()

    def note_number(self, command: str, number: int) -> None:
        """Remember by which number the last run of a command line is found."""
        run = self.runs.get(brief(command, _COMMAND_SIGNS))
        if run is not None:
            run.number = number

    def merge(self, later: Facts) -> None:
        """Take in what came after."""
        if not self.messages:
            self.first_time = later.first_time
        self.messages += later.messages
        self.last_time = max(self.last_time, later.last_time)
        for text in later.requests:
            _append(self.requests, text)
        self.said += later.said
        for command, run in later.runs.items():
            times = self.runs.pop(command, Run()).times  # to the end: it ran last
            self.runs[command] = Run(times + run.times, run.verdict, run.number, run.brief)
        for name, times in later.files.items():
            self._name_file(name, times)
        self._bound()

    def _name_file(self, name: str, times: int) -> None:
        self.files[name] = self.files.pop(name, 0) + times  # to the end: it was named last

    def _bound(self) -> None:
        if len(self.requests) > _REQUESTS:
            del self.requests[_FIRST_REQUESTS : len(self.requests) - (_REQUESTS - _FIRST_REQUESTS)]
        del self.said[: max(0, len(self.said) - _SAID)]
        for kept, most in ((self.runs, _RUNS), (self.files, _FILES)):
            for key in list(kept)[: max(0, len(kept) - most)]:
                del kept[key]

    def to_plain(self) -> dict[str, object]:
        """Return the facts as plain values."""
        return {
            "messages": self.messages,
            "times": [self.first_time, self.last_time],
            "requests": self.requests,
            "said": self.said,
            "runs": [[command, run.times, run.verdict, run.number, run.brief] for command, run in self.runs.items()],
            "files": [[name, times] for name, times in self.files.items()],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> Facts:
        """Return the facts of `to_plain`."""
        facts = cls()
        if not plain:
            return facts
        facts.messages = int(str(plain["messages"]))
        facts.first_time, facts.last_time = (float(str(time)) for time in _list(plain["times"]))
        facts.requests = [str(text) for text in _list(plain["requests"])]
        facts.said = [str(text) for text in _list(plain["said"])]
        for command, times, verdict, number, told in (_list(run) for run in _list(plain["runs"])):
            facts.runs[str(command)] = Run(int(str(times)), str(verdict), int(str(number)), str(told))
        facts.files = {str(name): int(str(times)) for name, times in (_list(found) for found in _list(plain["files"]))}
        return facts


def files_in(text: str) -> Iterable[str]:
    """Return the names of files in a text, each once, in their order."""
    return dict.fromkeys(match[0].removeprefix("./") for match in _FILE.finditer(text[:100_000]))


def brief(text: str, signs: int = 160) -> str:
    """Return a text in one line of at most so many characters; an ellipsis says that there is more."""
    head = text[: signs * 8].strip()
    line, _, rest = head.partition("\n")
    line = " ".join(line.split())
    is_whole = not rest.strip() and len(text) <= signs * 8
    if len(line) <= signs and is_whole:
        return line
    cut = line[: signs - 1]
    at_word = cut.rfind(" ")
    return (cut[:at_word] if len(line) > len(cut) and at_word > signs // 2 else cut).rstrip() + "…"


def _append(texts: list[str], text: str) -> None:
    if text and (not texts or texts[-1] != text):
        texts.append(text)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
