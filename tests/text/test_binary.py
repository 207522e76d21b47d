"""Binary data costs nothing but a line that tells how much there was, and never the text around it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.text import TextReader, read_lines

_PROGRAM = Path(sys.executable).resolve().read_bytes()[:300_000]


def _random(size: int, seed: int = 3) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("data", [_PROGRAM, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + _random(50_000), bytes(20_000)])
def test_binary_data_is_told_in_a_line_and_the_text_around_it_stays(data: bytes) -> None:
    shown = data.replace(b"\n", b"\r\n")
    lines = list(read_lines([b"before\r\n" + shown + b"\nafter\r\nend"]))
    told = [line for line in lines if "bytes of binary data]" in line]
    assert lines[0] == "before" and lines[-2:] == ["after", "end"]
    assert len(told) == 1 and len(lines) < 12
    size = int(told[0].split("[")[-1].split()[0].replace(",", ""))
    assert size > 0.97 * len(shown)


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b\n" * 3000,
        "".join(f"{number}: naïve 漢字 \x1b[31mred\x1b[0m\r\n" for number in range(2000)),
        "progress \x00\r" * 2000 + "\n",
    ],
)
def test_text_is_never_binary(text: str) -> None:
    assert not any("binary data" in line for line in read_lines([text.encode()]))


def test_text_of_two_bytes_a_sign_is_text() -> None:
    text = "".join(f"Distribution {number} is running\n" for number in range(400))
    assert list(read_lines([text.encode("utf-16-le")])) == text.split("\n")[:-1]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9000), max_size=8), st.integers(0, 5))
def test_the_lines_do_not_depend_on_how_the_bytes_were_cut(cuts: list[int], seed: int) -> None:
    text = b"".join(b"line %d\r\n" % number for number in range(700))
    data = text + _random(20_000, seed) + text + b"\x00" + text
    reader, lines, at = TextReader(), [], 0
    for size in cuts:
        lines += reader.feed(data[at : at + size])
        at += size
    lines += [*reader.feed(data[at:]), *reader.finish()]
    assert lines == list(read_lines([data]))


_DIGEST = """
import resource, sys, time
from ai_session_tui.digest import digest_output
piece = open(sys.argv[1], "rb").read().replace(b"\\n", b"\\r\\n")[:4_000_000]
digest_output([b"warm\\n"], "cat", 0)
began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
digest = digest_output([piece] * 15, "cat it", 0)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.process_time() - began, after - before, digest.delivered.tokens)
"""


def test_sixty_megabytes_of_it_take_little_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes((_PROGRAM * 14)[:4_000_000])
    done = subprocess.run([sys.executable, "-c", _DIGEST, str(path)], capture_output=True, text=True, check=True)
    seconds, kilobytes, tokens = done.stdout.split()
    kilobytes_to_bytes = 1 if sys.platform == "darwin" else 1024
    assert float(seconds) < 30  # a minute and more when it was read as text; a second or two on a quiet machine
    assert int(kilobytes) * kilobytes_to_bytes < 60_000_000
    assert int(tokens) < 400
