"""Redraws a block of lines the way Ink and log-update do: erase line, one up, …, to the left, write again."""

import sys
import time

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
STEPS = ["Reading files", "Thinking", "Editing größe.txt", "Running tests ✅", "漢字を書く 👩‍🚀"]


def block(tick: int) -> list[str]:
    """Return the lines of one frame."""
    lines = [f"\x1b[36m╭{'─' * 60}╮\x1b[39m"]
    for number, step in enumerate(STEPS[: 1 + tick // 8]):
        done = tick >= (number + 1) * 8
        sign = "\x1b[32m✔\x1b[39m" if done else f"\x1b[35m{SPINNER[tick % len(SPINNER)]}\x1b[39m"
        lines.append(f"\x1b[36m│\x1b[39m {sign} \x1b[1m{step}\x1b[22m \x1b[2m({tick} ticks)\x1b[22m")
    lines.append(f"\x1b[36m╰{'─' * 60}╯\x1b[39m")
    lines.append(f"\x1b[7m tokens {tick * 137:,} \x1b[27m \x1b[3mesc to interrupt\x1b[23m")
    return lines


sys.stdout.write("\x1b[?25l")
shown = 0
for tick in range(48):
    erase = "\x1b[2K" + "\x1b[1A\x1b[2K" * (shown - 1) + "\x1b[G" if shown else ""
    lines = block(tick)
    if tick % 12 == 11:
        # What is finished goes above the block and stays in the scrollback.
        erase += "".join(f"\x1b[90m[{tick}] finished part {n} of the work\x1b[39m\n" for n in range(9))
    sys.stdout.write("\x1b[?2026h" + erase + "\n".join(lines) + "\x1b[?2026l")
    sys.stdout.flush()
    shown = len(lines)
    time.sleep(0.01)
sys.stdout.write("\n\x1b[?25h")
