"""What the tests of the journal share."""

from __future__ import annotations

import os
import sys

# `numbered_stream` is shared; in importlib mode nothing else puts it on the path.
sys.path.insert(0, os.path.dirname(__file__))
