"""What runs in a pane of the tmux oracle: writes what it is told to, and reports once tmux has read it all.

Started as `python -S tmux_pane.py SOCKET`. Every message is a length of four bytes and as many bytes. After each one
it asks tmux for its version (XTVERSION): the answer comes when everything before the question has been worked off.
The answer to the message is what tmux replied to the bytes themselves.
"""

import os
import re
import socket
import sys
import termios
import tty

QUESTION = b"\x1b[>q"
_ASKED = re.compile(rb"\x1b\[>0?q")
_ANSWER = re.compile(rb"\x1bP>\|[^\x1b]*\x1b\\")


def main() -> None:
    """Serve one connection until it ends."""
    tty.setraw(0, termios.TCSANOW)
    link = socket.socket(socket.AF_UNIX)
    link.connect(sys.argv[1])
    link.sendall(os.ttyname(0).encode().ljust(64))
    with link.makefile("rb") as source:
        while header := source.read(4):
            data = source.read(int.from_bytes(header, "big"))
            replies = _show(data)
            link.sendall(len(replies).to_bytes(4, "big") + replies)


def _show(data: bytes) -> bytes:
    expected = len(_ASKED.findall(data)) + 1
    _write(data)
    _write(QUESTION)
    replies = b""
    while len(found := list(_ANSWER.finditer(replies))) < expected:
        piece = os.read(0, 65536)
        if not piece:
            raise SystemExit
        replies += piece
    return replies[: found[-1].start()] + replies[found[-1].end() :]


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


main()
