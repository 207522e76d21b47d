"""Fixtures for every test."""

from __future__ import annotations

import os
import sys

# `fake_server` is shared by the tests of several packages; in importlib mode nothing else puts it on the path.
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "client"))
