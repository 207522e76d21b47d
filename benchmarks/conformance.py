"""The scorecard of the screen; see `tests/terminal/conformance.py`, which needs the oracles of the tests."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("tests.terminal.conformance", run_name="__main__")
