"""A paste arrives whole, stays inside its brackets and presses no keys."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ptyprocess import PtyProcess

from ai_session_tui.terminal import Terminal, encode_key
from ai_session_tui.terminal.paste import END, START, chunks, encode_paste

PLAIN = SimpleNamespace(bracketed_paste=False)
BRACKETED = SimpleNamespace(bracketed_paste=True)


def test_brackets_only_for_a_program_that_asked() -> None:
    assert encode_paste("ls", PLAIN) == b"ls"
    assert encode_paste("ls", BRACKETED) == b"\x1b[200~ls\x1b[201~"


def test_line_ends_become_what_enter_sends() -> None:
    assert encode_paste("a\nb\r\nc\rd", PLAIN) == b"a\rb\rc\rd"
    assert encode_paste("a\nb\r\nc", BRACKETED) == START + b"a\rb\rc" + END


def test_tabs_and_every_printable_character_survive() -> None:
    assert encode_paste("a\tü漢👩‍🚀", PLAIN) == "a\tü漢👩‍🚀".encode()


def test_a_paste_presses_no_keys() -> None:
    assert encode_paste("rm\x03\x04\x1b[A\x7f", PLAIN) == b"rm   [A "


hostile = st.text(st.sampled_from("\x1b[201~\x9b;0\n\ra\x00é"), max_size=60)


@given(hostile, st.booleans())
@example("x\x1b[201~rm -rf\n", True)
@example("x\x1b[20\x1b[201~1~rm", True)
@example("x\x9b201~rm", True)
@example("x\x1b[0201;~rm", True)
def test_nothing_pasted_can_end_the_paste(text: str, bracketed: bool) -> None:
    encoded = encode_paste(text, BRACKETED if bracketed else PLAIN)
    if bracketed:
        assert encoded.startswith(START)
        assert encoded.endswith(END)
        encoded = encoded[len(START) : -len(END)]
    assert b"\x1b" not in encoded
    assert "\x9b" not in encoded.decode()
    assert b"\n" not in encoded


@given(st.text(max_size=200), st.integers(0, 50), st.booleans())
def test_chunks_join_to_the_paste_and_end_between_characters(text: str, size: int, bracketed: bool) -> None:
    encoded = encode_paste(text, BRACKETED if bracketed else PLAIN)
    pieces = list(chunks(encoded, size))
    assert b"".join(pieces) == encoded
    for piece in pieces:
        assert 0 < len(piece) <= max(size, 8)
        piece.decode()
        assert piece.count(b"\x1b") == piece.count(START) + piece.count(END)


@given(st.binary(max_size=200), st.integers(0, 50))
def test_chunks_of_anything_join_to_it(data: bytes, size: int) -> None:
    pieces = list(chunks(data, size))
    assert b"".join(pieces) == data
    assert all(0 < len(piece) <= max(size, 8) for piece in pieces)


class Shell:
    """A real bash on a PTY, with our terminal before it."""

    def __init__(self, folder: Path) -> None:
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "PS1": "$ ", "LC_ALL": "C.UTF-8"}
        bash = ["bash", "--norc", "--noprofile", "-i"]
        self.process = PtyProcess.spawn(bash, cwd=str(folder), env=environment, dimensions=(24, 80))
        self.terminal = Terminal(80, 24)

    def wait_until(self, text: str, *, bracketed: bool | None = None) -> None:
        """Read until the screen shows the text, and the program asked for brackets if told."""
        deadline = time.monotonic() + 20
        while text not in self.terminal.text() or bracketed not in (None, self.terminal.modes.bracketed_paste):
            left = deadline - time.monotonic()
            assert left > 0, self.terminal.text()
            if select.select([self.process.fd], [], [], left)[0]:
                self.terminal.feed(os.read(self.process.fd, 65536))

    def write(self, data: bytes) -> None:
        for piece in chunks(data, 1000):
            os.write(self.process.fd, piece)


def test_a_hostile_paste_runs_nothing_in_a_real_shell(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    try:
        shell.wait_until("$", bracketed=True)
        hostile = "echo one\x1b[201~\ntouch stolen\n\x03touch taken\r"
        shell.write(encode_paste(hostile, shell.terminal.modes))
        shell.write(encode_key("z", shell.terminal.modes))
        # The key stands behind the whole paste: bash has read it all, and still edits the line.
        shell.wait_until("touch taken\nz")
        assert list(tmp_path.iterdir()) == []
    finally:
        shell.process.close(force=True)


@pytest.mark.parametrize("lines", [1, 400])
def test_a_paste_arrives_whole_in_a_real_program(lines: int, tmp_path: Path) -> None:
    text = "".join(f"line {number} größe 漢字\n" for number in range(lines))
    shell = Shell(tmp_path)
    try:
        shell.wait_until("$", bracketed=True)
        shell.write(b"echo ready-$((1 + 1)); cat >pasted; echo done-$?\r")
        shell.wait_until("ready-2", bracketed=False)  # the terminal is in cooked mode by now
        shell.write(encode_paste(text, shell.terminal.modes) + b"\x04")
        shell.wait_until("done-0")
        assert (tmp_path / "pasted").read_text(encoding="utf-8") == text
    finally:
        shell.process.close(force=True)
