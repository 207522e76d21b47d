"""What a digest saves and what it keeps, over a folder of captured outputs; beside what agent hosts do today.

    python -m benchmarks.tokens CORPUS [--only GLOB] [--lost] [--command]

A capture is a folder with `raw.bin` (the bytes of a terminal), `plain.txt` (what it showed) and `meta.json` with the
command, its exit code, a category, and strings that a reader must still find: `facts`, among them the `critical` ones,
and `signals` (`signals_kind`: `diag`, every failing test and error location; `bulk`, an even sample of data). A string
is kept when it stands in the digest, white space aside. Tokens are cl100k_base. The rivals: the raw bytes, the plain
text, and a cut to the first and last 15,000 or 5,000 characters. No row is timed; `--speed` prints megabytes a second.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_session_tui.digest import digest_output
from ai_session_tui.journal import JournalReader, JournalWriter
from ai_session_tui.text import read_lines
from ai_session_tui.tokens import tokenizer

_SHORT = 200  # tokens
_ALLOWANCE = 24  # tokens of the line with the exit code


@dataclass(frozen=True, slots=True)
class Capture:
    """A captured output, and what must survive."""

    name: str
    category: str
    command: str
    exit_code: int
    raw: bytes
    plain: str
    facts: tuple[str, ...]
    critical: tuple[str, ...]
    diagnostics: tuple[str, ...]
    bulk: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One digest of one capture: tokens, and kept strings of how many by kind."""

    capture: Capture
    raw: int
    plain: int
    delivered: int
    facts: tuple[int, int]
    critical: tuple[int, int]
    diagnostics: tuple[int, int]
    bulk: tuple[int, int]
    is_exit_told: bool
    lost: tuple[str, ...]


Program = Callable[[Capture], str]


def load(corpus: Path, pattern: str) -> list[Capture]:
    """Return the captures of a folder, or of its folder `captures`."""
    folder = corpus / "captures" if (corpus / "captures").is_dir() else corpus
    return [
        _load(path.parent) for path in sorted(folder.glob("*/meta.json")) if fnmatch.fnmatch(path.parent.name, pattern)
    ]


def _load(folder: Path) -> Capture:
    meta: dict[str, object] = json.loads((folder / "meta.json").read_text())
    signals = _strings(meta.get("signals"))
    is_bulk = meta.get("signals_kind") == "bulk"
    return Capture(
        folder.name,
        str(meta["category"]),
        str(meta["command"]),
        int(str(meta["exit_code"])),
        (folder / "raw.bin").read_bytes(),
        (folder / "plain.txt").read_text(),
        _strings(meta["facts"]),
        _strings(meta.get("critical")),
        () if is_bulk else signals,
        signals if is_bulk else (),
    )


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def score(program: Program, capture: Capture) -> Score:
    """Return what a program makes of a capture."""
    count = tokenizer().tokens
    text = program(capture)
    found = _normal(text)

    def kept(strings: Sequence[str]) -> tuple[int, int]:
        return sum(_normal(string) in found for string in strings), len(strings)

    told = re.search(rf"(?i)(exit(ed)?(\s*(code|status))?|rc|status)\s*[:=(]?\s*{capture.exit_code}\b", found)
    return Score(
        capture,
        count(capture.raw.decode("utf-8", "replace")),
        count(capture.plain),
        count(text),
        kept(capture.facts),
        kept(capture.critical),
        kept(capture.diagnostics),
        kept(capture.bulk),
        told is not None,
        tuple(fact for fact in (*capture.facts, *capture.diagnostics) if _normal(fact) not in found),
    )


def _normal(text: str) -> str:
    return (
        " ".join("\n".join(read_lines([text.encode("utf-8", "replace")])).split())
        if "\x1b" in text
        else " ".join(text.split())
    )


def cut_to(limit: int) -> Program:
    """Return the program that keeps so many characters, half of them at either end."""

    def ends(capture: Capture) -> str:
        text = capture.plain
        if len(text) <= limit:
            return text
        return f"{text[: limit // 2]}\n... [{len(text) - limit} characters omitted] ...\n{text[-limit // 2 :]}"

    return ends


def ours(capture: Capture) -> str:
    """Return our digest."""
    return digest_output([capture.raw], capture.command, capture.exit_code).text


PROGRAMS: dict[str, Program] = {
    "raw": lambda capture: capture.raw.decode("utf-8", "replace"),
    "plain": lambda capture: capture.plain,
    "ends 30k": cut_to(30_000),
    "ends 10k": cut_to(10_000),
    "digest": ours,
}
COLUMNS = (
    "",
    "n",
    "tokens",
    "saved/raw",
    "saved/plain",
    "median/plain",
    "facts",
    "critical",
    "all critical",
    "diag",
    "bulk",
    "exit told",
    "larger",
)


def row(name: str, scores: Sequence[Score]) -> list[str]:
    """Return one line of the table; shares are in percent."""
    raw, plain, delivered = (
        sum(values) for values in zip(*((s.raw, s.plain, s.delivered) for s in scores), strict=True)
    )
    failing = [(int(s.is_exit_told), 1) for s in scores if s.capture.exit_code]
    return [
        name,
        str(len(scores)),
        f"{delivered:,}",
        _percent(1 - delivered / max(1, raw)),
        _percent(1 - delivered / max(1, plain)),
        _percent(statistics.median(1 - s.delivered / max(1, s.plain) for s in scores)),
        _share(s.facts for s in scores),
        _share(s.critical for s in scores),
        _share((int(s.critical[0] == s.critical[1]), 1) for s in scores),
        _mean_share(s.diagnostics for s in scores),
        _mean_share(s.bulk for s in scores),
        _share(failing),
        str(sum(s.delivered > s.plain + _ALLOWANCE for s in scores)),
    ]


def _percent(part: float) -> str:
    return f"{100 * part:.1f}"


def _share(pairs: Iterable[tuple[int, int]]) -> str:
    kept, total = 0, 0
    for one, of in pairs:
        kept, total = kept + one, total + of
    return _percent(kept / total) if total else "-"


def _mean_share(pairs: Iterable[tuple[int, int]]) -> str:
    shares = [one / of for one, of in pairs if of]
    return _percent(statistics.mean(shares)) if shares else "-"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


def _print_promises(captures: Sequence[Capture]) -> None:
    """Print what is promised of every output: short ones whole, and all bytes to be had again from a journal."""
    count = tokenizer().tokens
    short = [capture for capture in captures if count(capture.plain) < _SHORT]
    whole = sum(_normal(capture.plain) in _normal(ours(capture)) for capture in short)
    print(f"\n{whole} of {len(short)} outputs of fewer than {_SHORT} tokens are shown whole")
    with tempfile.TemporaryDirectory() as folder:
        writer, spans = JournalWriter.open(folder), []
        for capture in captures:
            start = writer.end
            writer.append(capture.raw)
            spans.append((start, writer.end, capture.raw))
        writer.close()
        reader = JournalReader(folder)
        same = sum(b"".join(reader.read(start, end)) == raw for start, end, raw in spans)
    print(f"{same} of {len(captures)} outputs are had again byte for byte from a journal")


def _print_speed(captures: Sequence[Capture]) -> None:
    for capture in captures:
        ours(capture)
    seconds = []
    for capture in captures:
        began = time.process_time()
        ours(capture)
        seconds.append(time.process_time() - began)
    size = sum(len(capture.raw) for capture in captures)
    print(f"\n{size / 1e6 / sum(seconds):.1f} MB/s of output through text, parsers, digest and token counts")
    for spent, capture in sorted(zip(seconds, captures, strict=True), key=lambda pair: -pair[0])[:8]:
        print(f"  {1000 * spent:7.1f} ms  {len(capture.raw):9,} bytes  {capture.name}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--only", default="*", metavar="GLOB")
    parser.add_argument("--lost", action="store_true", help="list the strings that the digest lost")
    parser.add_argument("--speed", action="store_true")
    arguments = parser.parse_args()
    captures = load(arguments.corpus, arguments.only)
    if not captures:
        parser.error(f"no captures in {arguments.corpus}")
    scores = {name: [score(program, capture) for capture in captures] for name, program in PROGRAMS.items()}
    print(f"{len(captures)} captures, {sum(len(capture.raw) for capture in captures):,} bytes\n")
    _print_table([row(name, found) for name, found in scores.items()])
    print("\nThe digest by category\n")
    categories = sorted({capture.category for capture in captures})
    mine = scores["digest"]
    _print_table([row(category, [s for s in mine if s.capture.category == category]) for category in categories])
    _print_promises(captures)
    if arguments.lost:
        print()
        for found in sorted(mine, key=lambda s: -s.delivered):
            print(
                f"{found.capture.name:30} {found.plain:7,} -> {found.delivered:6,}  lost {len(found.lost)}: "
                f"{str(list(found.lost))[:300] if found.lost else ''}"
            )
    if arguments.speed:
        _print_speed(captures)


if __name__ == "__main__":
    main()
