"""`make bench`: every benchmark in turn, ours beside its peers. `python -m benchmarks NAME …` runs some."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What each is run with, so that all of them together stay within minutes.
SUITE: dict[str, list[str]] = {
    "cli_startup": [],
    "sessions": [],
    "shell_overhead": [],
    "latency": [],
    "dashboard": [],
    "flood": [],
    "screen_speed": [],
    "journal_size": [],
    "analysis": ["--megabytes", "4", "--huge", "100", "--rounds", "60"],
    "search": ["--megabytes", "20"],
    "context": [],
    "working_day": ["--steps", "60"],
    "digest_speed": ["--megabytes", "4", "--huge", "100"],
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return how many failed."""
    failed = 0
    for name in names or SUITE:
        if name not in SUITE:
            print(f"no benchmark is called {name!r}; there are: {', '.join(SUITE)}", file=sys.stderr)
            return 2
        print(f"\n=== {name} ===", flush=True)
        done = subprocess.run([sys.executable, str(HERE / f"{name}.py"), *SUITE[name]], cwd=HERE.parent, check=False)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
