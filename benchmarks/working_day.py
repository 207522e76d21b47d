"""A working day of 200 commands, really run: what its reader pays for digests, what for a cut, and what each finds.

    python benchmarks/working_day.py [--steps 200] [--retrievals]

Each command runs in a terminal of 120x40. `plain` is the text of everything; a `cut` is what a plain shell tool of an
agent gives, the first and last characters of a text; `digest` are ours, told as the difference from the last run of the
same command, once with files that are only read passing whole. What a reader goes on with and does not find has to be
fetched: the call and the lines around it are debited. `found` is the share of such strings that were there at first.
Nothing is credited that the cut would have saved as well: read the last column.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import struct
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from day_script import Project, Step, steps

from ai_session_tui.digest import Outcome, digest_output
from ai_session_tui.text import read_lines
from ai_session_tui.tokens import tokenizer

COLUMNS, ROWS = 120, 40
_CALL = 30  # tokens of asking for lines: the call and what frames its answer
_AROUND = 6  # lines fetched on either side of what is looked for
_SECONDS = 300
_ENVIRONMENT = {
    "TERM": "xterm-256color",
    "LC_ALL": "C.UTF-8",
    "GIT_PAGER": "cat",
    "PAGER": "cat",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # whatever is installed beside pytest would slow each of its runs
}


@dataclass(frozen=True, slots=True)
class Output:
    """What one command wrote."""

    step: Step
    number: int
    raw: bytes
    lines: tuple[str, ...]
    exit_code: int


@dataclass(slots=True)
class Reader:
    """Reads the outputs of a day in one way, and pays for them."""

    name: str
    read: Callable[[Output], str]
    tokens: int = 0
    fetched_tokens: int = 0
    fetches: int = 0
    found: int = 0
    needed: int = 0
    missed: list[str] = field(default_factory=list)

    def take(self, output: Output) -> None:
        """Read an output, and fetch what is needed and was not in it."""
        count = tokenizer().tokens
        text = self.read(output)
        self.tokens += count(text)
        for need in output.step.needs:
            if not any(need in line for line in output.lines):
                continue
            self.needed += 1
            if need in text:
                self.found += 1
                continue
            at = next(index for index, line in enumerate(output.lines) if need in line)
            fetched = "\n".join(output.lines[max(0, at - _AROUND) : at + _AROUND + 1])
            self.fetches += 1
            self.fetched_tokens += _CALL + count(fetched)
            self.missed.append(f"{output.number} {output.step.command[-60:]}: {need}")


def run(command: str, folder: Path) -> tuple[bytes, int]:
    """Run a command in a terminal; return what it wrote and its exit code."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe("sh", ["sh", "-c", command], os.environ | _ENVIRONMENT)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    pieces, end = [], time.monotonic() + _SECONDS
    while select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0]:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # how a terminal tells that its other side is closed
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(descriptor)
    return b"".join(pieces), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def cut_to(limit: int) -> Callable[[Output], str]:
    """Return the way of reading that keeps so many characters, half of them at either end."""

    def read(output: Output) -> str:
        text = "\n".join(output.lines)
        if len(text) <= limit:
            return text
        return f"{text[: limit // 2]}\n... [{len(text) - limit} characters omitted] ...\n{text[-limit // 2 :]}"

    return read


def digests(*, whole_files: bool) -> Callable[[Output], str]:
    """Return the way of reading digests, which remembers the last run of every command."""
    last: dict[str, Outcome] = {}

    def read(output: Output) -> str:
        command = output.step.command
        digest = digest_output(
            [output.raw],
            command,
            output.exit_code,
            previous=last.get(command),
            reference=f"ai-session output day#{output.number}",
            columns=COLUMNS,
            rows=ROWS,
            whole_files=whole_files,
        )
        last[command] = digest.outcome
        return digest.text

    return read


def live(folder: Path, most: int, readers: Sequence[Reader]) -> int:
    """Run the day, everybody reading; return how many commands there were."""
    project = Project(folder)
    project.create()
    number = 0
    for number, step in enumerate(steps(project), 1):
        if number > most:
            return most
        if step.edit:
            step.edit()
        raw, exit_code = run(step.command, folder)
        output = Output(step, number, raw, tuple(read_lines([raw], COLUMNS, ROWS)), exit_code)
        for reader in readers:
            reader.take(output)
    return number


def table(readers: Sequence[Reader]) -> str:
    """Return the figures of the day."""
    paid = {reader.name: reader.tokens + reader.fetched_tokens for reader in readers}
    plain, host = paid["plain"], paid["cut 30,000"]
    heads = "read as|tokens|fetched|fetches|paid|saved/plain|found at first|saved/cut 30,000"
    rows = [f"| {' | '.join(heads.split('|'))} |", "|---" * 8 + "|"]
    for reader in readers:
        total = paid[reader.name]
        shares = (1 - total / plain, reader.found / max(1, reader.needed), 1 - total / host)
        numbers = [f"{reader.tokens:,}", f"{reader.fetched_tokens:,}", str(reader.fetches), f"{total:,}"]
        rows.append(f"| {' | '.join([reader.name, *numbers, *(f'{100 * share:.1f}' for share in shares)])} |")
    return "\n".join(rows)


def main() -> None:
    """Live the day and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--retrievals", action="store_true", help="list what was not found at first")
    arguments = parser.parse_args()
    readers = [
        Reader("plain", lambda output: "\n".join(output.lines)),
        Reader("cut 30,000", cut_to(30_000)),
        Reader("cut 10,000", cut_to(10_000)),
        Reader("digest", digests(whole_files=False)),
        Reader("digest, files whole", digests(whole_files=True)),
    ]
    with tempfile.TemporaryDirectory(prefix="working-day-") as folder:
        count = live(Path(folder), arguments.steps, readers)
    print(f"{count} commands, {readers[0].needed} strings that their reader goes on with; shares in percent\n")
    print(table(readers))
    if arguments.retrievals:
        for reader in readers[1:]:
            print(f"\n{reader.name} did not show\n  " + "\n  ".join(reader.missed))


if __name__ == "__main__":
    main()
