"""Clears screen and scrollback and draws everything again, about 95 KB a time, as some agents do on each change."""

import sys

LINES = 700


def line(number: int, tick: int) -> str:
    """Return one line of a conversation with colours in it."""
    colour = 16 + (number * 7) % 216
    words = f"line {number} of the conversation, größe 漢字 and more text to fill it up to its width "
    marked = f"\x1b[38;5;{colour}m{words}\x1b[39m\x1b[1mbold\x1b[22m \x1b[48;2;10;20;{number % 256}m block \x1b[49m"
    return marked if number + 3 < LINES else f"{marked} tick {tick}"


for tick in range(4):
    body = "\r\n".join(line(number, tick) for number in range(LINES))
    sys.stdout.write(f"\x1b[2J\x1b[3J\x1b[H{body}")
    sys.stdout.flush()
sys.stdout.write("\r\n")
