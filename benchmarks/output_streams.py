"""Output of several kinds, made up in any size: what commands write to a terminal by the megabyte.

Each maker returns the same bytes for the same size. Names, numbers and times vary as they do in the tools that write
such output, so that nothing is fast only because all lines are alike.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_WORDS = ["order", "user", "cart", "invoice", "session", "token", "cache", "index", "shard", "queue", "worker", "batch"]
_WORDS += ["stream", "export", "price", "stock", "report", "account", "region", "schema", "tenant", "ledger", "parser"]


_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of output, and the command that would write it."""

    command: str
    exit_code: int
    make: Callable[[random.Random], Iterator[str]]

    def data(self, size: int) -> bytes:
        """Return about so many bytes."""
        pieces, length = [], 0
        for line in self.make(random.Random(7)):
            pieces.append(line)
            length += len(line)
            if length >= size:
                break
        return "".join(pieces).encode()


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_WORDS)}_{chance.choice(_WORDS)}_{chance.randrange(400)}"


def _clock(tick: int) -> str:
    return f"{tick // 36_000 % 24:02}:{tick // 600 % 60:02}:{tick // 10 % 60:02}"


def _tests(chance: random.Random) -> Iterator[str]:
    """Yield what `pytest -v` writes: a coloured line a test, now and then a failing one."""
    yield "============================= test session starts ==============================\r\n"
    for number in range(10**9):
        word = "\x1b[31mFAILED" if chance.random() < 0.0001 else "\x1b[32mPASSED"
        path = f"tests/{chance.choice(_WORDS)}/test_{chance.choice(_WORDS)}.py"
        yield f"{path}::test_{_name(chance)} {word}\x1b[0m\x1b[32m [{number // 2000 % 100:3}%]\x1b[0m\r\n"


def _build(chance: random.Random) -> Iterator[str]:
    """Yield what `make` writes: long compiler lines, now and then a warning with its code frame."""
    for _ in range(10**9):
        name = _name(chance)
        folder = chance.choice(_WORDS)
        yield f"gcc -DHAVE_CONFIG_H -I. -Wall -O2 -fPIC -MT {name}.lo -MD -c {folder}/{name}.c -o {name}.o\r\n"
        if chance.random() < 0.02:
            line = chance.randrange(1, 900)
            yield f"{folder}/{name}.c: In function '{chance.choice(_WORDS)}_open':\r\n"
            yield f"{folder}/{name}.c:{line}:9: warning: unused variable 'left' [-Wunused-variable]\r\n"
            yield f"  {line} |     int left = 0;\r\n      |         ^~~~\r\n"


def _service_log(chance: random.Random) -> Iterator[str]:
    """Yield what a service writes: levels, threads, now and then an error with its stack."""
    for tick in range(10**9):
        clock = f"2026-03-01 {_clock(tick)},{chance.randrange(1000):03}"
        thread = f"[pool-{chance.randrange(4)}-thread-{chance.randrange(16)}]"
        name = _name(chance)
        roll = chance.random()
        if roll < 0.001:
            yield f"{clock} ERROR {thread} org.acme.Store - cannot write {name}: timed out\r\n"
            yield "java.net.SocketTimeoutException: Read timed out\r\n"
            yield f"\tat org.acme.Store.write(Store.java:{chance.randrange(900)})\r\n"
            yield "\tat java.lang.Thread.run(Thread.java:750)\r\n"
        elif roll < 0.01:
            yield f"{clock} WARN  {thread} org.acme.Cache - slow lookup of {name} took {chance.randrange(9000)} ms\r\n"
        else:
            count, shard = chance.randrange(200), chance.randrange(32)
            yield f"{clock} INFO  {thread} org.acme.Indexer - indexed {count} docs of {name} into shard {shard}\r\n"


def _access_log(chance: random.Random) -> Iterator[str]:
    """Yield what a web server writes."""
    for tick in range(10**9):
        status = 503 if chance.random() < 0.0005 else 404 if chance.random() < 0.01 else 200
        path = f"/{chance.choice(_WORDS)}/{chance.randrange(90_000)}"
        yield (
            f"10.0.{chance.randrange(9)}.{chance.randrange(250)} - - [03/Mar/2026:{_clock(tick)} +0000] "
            f'"GET {path} HTTP/1.1" {status} {chance.randrange(40_000)} "-" '
            '"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"\r\n'
        )


def _records(chance: random.Random) -> Iterator[str]:
    """Yield JSON, one record a line."""
    for number in range(10**9):
        price, tags = chance.randrange(10_000) / 100, chance.sample(_WORDS, 3)
        record = {"id": number, "name": _name(chance), "price": price, "tags": tags}
        yield f"{json.dumps(record)}\r\n"


def _document(chance: random.Random) -> Iterator[str]:
    """Yield the beginning of a JSON document as `jq .` shows it; a cut makes it unfinished, as a pager does."""
    yield "[\r\n"
    for number in range(10**9):
        tag = chance.choice(_WORDS)
        yield f'  {{\r\n    "id": {number},\r\n    "name": "{_name(chance)}",\r\n'
        yield f'    "tags": [\r\n      "{tag}"\r\n    ]\r\n  }},\r\n'


def _matches(chance: random.Random) -> Iterator[str]:
    """Yield what `grep -rn` writes in colours, with an erase behind each of them."""
    for _ in range(10**9):
        path = f"src/{chance.choice(_WORDS)}/{_name(chance)}.py"
        for line in sorted(chance.sample(range(900), 4)):
            colon = "\x1b[36m\x1b[K:\x1b[m\x1b[K"
            yield f"\x1b[35m\x1b[K{path}\x1b[m\x1b[K{colon}\x1b[32m\x1b[K{line}\x1b[m\x1b[K{colon}"
            yield f"    \x1b[01;31m\x1b[Kdef test_\x1b[m\x1b[K{_name(chance)}(self, {chance.choice(_WORDS)}):\r\n"


def _progress(chance: random.Random) -> Iterator[str]:
    """Yield progress bars: hundreds of states of one line."""
    for epoch in range(10**9):
        for step in range(400):
            bar, rate = "█" * (step // 10), chance.randrange(90)
            yield f"\rEpoch {epoch}: {step // 4:3}%|{bar:40}| {step}/400 [00:{step // 60:02}<00:00, {rate}.3it/s]"
        yield "\r\n"


def _cargo(chance: random.Random) -> Iterator[str]:
    """Yield what `cargo build` writes: coloured diagnostics, and a status line that is wiped again and again."""
    for number in range(10**9):
        name = _name(chance)
        yield f"{_BOLD}\x1b[92m   Compiling{_PLAIN} {name} v0.{chance.randrange(9)}.{chance.randrange(9)}\r\n"
        yield f"{_BOLD}\x1b[96m    Building{_PLAIN} [=====>      ] {number % 400}/400: {name}   \r\x1b[K"
        if chance.random() < 0.05:
            line, bar = chance.randrange(1, 900), f"{_BOLD}\x1b[94m|{_PLAIN}"
            yield f"{_BOLD}\x1b[33mwarning{_PLAIN}{_BOLD}: unused variable: `{chance.choice(_WORDS)}`{_PLAIN}\r\n"
            yield f" {_BOLD}\x1b[94m--> {_PLAIN}{chance.choice(_WORDS)}/src/lib.rs:{line}:9\r\n  {bar}\r\n"
            yield f"{_BOLD}\x1b[94m{line}{_PLAIN} {bar}     let left = 0;\r\n"
            yield f"  {bar}         {_BOLD}\x1b[33m^^^^{_PLAIN}\r\n"


def _prose(chance: random.Random) -> Iterator[str]:
    """Yield what no parser knows: a program's own words."""
    for step in range(10**9):
        words = " ".join(chance.choices(_WORDS, k=chance.randrange(4, 12)))
        yield f"step {step}: {words} -> {chance.randrange(10**6):x}\r\n"


def _changes(chance: random.Random) -> Iterator[str]:
    """Yield a diff."""
    for _ in range(10**9):
        path = f"src/{chance.choice(_WORDS)}/{_name(chance)}.py"
        yield f"diff --git a/{path} b/{path}\r\nindex 3f2a1b4..9c8d7e6 100644\r\n--- a/{path}\r\n+++ b/{path}\r\n"
        for hunk in range(4):
            yield f"@@ -{hunk * 40},7 +{hunk * 40},7 @@ def {_name(chance)}():\r\n"
            for sign in "  -+   ":
                yield f"{sign}    {_name(chance)} = {chance.choice(_WORDS)}({chance.randrange(900)})\r\n"


def _paths(chance: random.Random) -> Iterator[str]:
    """Yield what `find` writes."""
    for _ in range(10**9):
        folder = f"./{chance.choice(_WORDS)}/{chance.choice(_WORDS)}"
        yield f"{folder}/{_name(chance)}.{chance.choice(('py', 'js', 'txt'))}\r\n"


def _redraws(chance: random.Random) -> Iterator[str]:
    """Yield a block that is redrawn by moving the cursor up, as package managers do."""
    for number in range(10**9):
        lines = "".join(f"\x1b[2K {chance.choice(_WORDS)}: {chance.randrange(100)} %\r\n" for _ in range(6))
        yield f"{lines}\x1b[6A" if number % 50 else f"{lines}done with {_name(chance)}\r\n"


STREAMS: dict[str, Stream] = {
    "tests, coloured": Stream("pytest -v", 1, _tests),
    "C build": Stream("make -j4", 0, _build),
    "cargo build, coloured": Stream("cargo build", 0, _cargo),
    "service log": Stream("./service", 0, _service_log),
    "access log": Stream("cat access.log", 0, _access_log),
    "NDJSON": Stream("cat records.ndjson", 0, _records),
    "JSON, cut": Stream("curl -s https://api.test/items | jq .", 0, _document),
    "grep, coloured": Stream("grep -rn 'def test_' src", 0, _matches),
    "diff": Stream("git diff", 0, _changes),
    "find": Stream("find .", 0, _paths),
    "progress bars": Stream("python train.py", 0, _progress),
    "redrawn block": Stream("pnpm install", 0, _redraws),
    "unknown program": Stream("./migrate-everything", 1, _prose),
}
