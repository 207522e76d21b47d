"""`python -m ai_session_tui.analyst --home DIR`: started by the server, spoken to over stdin and stdout."""

from __future__ import annotations

import argparse
import os
import sys

from ai_session_tui import limits
from ai_session_tui.analyst.service import serve, settle_in
from ai_session_tui.paths import HOME_VARIABLE


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m ai_session_tui.analyst", description=__doc__)
    parser.add_argument("--home", required=True, help="the home folder")
    os.environ[HOME_VARIABLE] = parser.parse_args().home  # the user's own rules for parsers lie there
    serve(sys.stdin.buffer, settle_in(limits.ANALYST_MEMORY_BYTES))


if __name__ == "__main__":
    main()
