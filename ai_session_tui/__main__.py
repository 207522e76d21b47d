"""`python -m ai_session_tui` is `ai-session`."""

from __future__ import annotations

import sys

from ai_session_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
