"""How long `ai-session list` takes as a whole process, beside `python -c pass`. Medians, taken in turns.

python benchmarks/cli_startup.py [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

SESSIONS = 5
BUDGET = 2.5  # times `python -c pass`


def seconds(words: list[str], environ: dict[str, str]) -> float:
    """Return how long one process takes, from its start to its end."""
    begin = time.perf_counter()
    subprocess.run(words, env=environ, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def program() -> list[str]:
    """Return how `ai-session` is called: the installed script, or the same without it."""
    script = os.path.join(os.path.dirname(sys.executable), "ai-session")
    if os.path.exists(script):
        return [script]
    return [sys.executable, "-c", "import sys; from ai_session_tui.cli import main; sys.exit(main())"]


def main() -> None:
    """Print the medians side by side."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "AI_SESSION_HOME": os.path.join(home, "home")}
        ours = program()
        for number in range(SESSIONS):
            subprocess.run(
                [*ours, "create", "--name", f"s{number}"], env=environ, stdout=subprocess.DEVNULL, check=True
            )
        cases = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "ai-session version": [*ours, "version"],
            f"ai-session list ({SESSIONS} sessions)": [*ours, "list"],
            "ai-session list --json": [*ours, "list", "--json"],
        }
        try:
            taken: dict[str, list[float]] = {name: [] for name in cases}
            for _ in range(rounds):
                for name, words in cases.items():
                    taken[name].append(seconds(words, environ))
        finally:
            subprocess.run([*ours, "server", "stop", "--force"], env=environ, stdout=subprocess.DEVNULL, check=True)
    base = statistics.median(taken["python -c pass"])
    print(f"{'':<34}{'median':>10}{'of pass':>10}")
    for name, values in taken.items():
        median = statistics.median(values)
        print(f"{name:<34}{median * 1000:>7.1f} ms{median / base:>9.2f}x")
    print(f"budget of list: {BUDGET}x")


if __name__ == "__main__":
    main()
