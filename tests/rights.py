"""What this machine lets a test do that no package can give: to mount, and to be somebody else."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.plugins.no_skips import NOT_ALLOWED


def _may_mount() -> bool:
    if os.name != "posix" or os.getuid() != 0:
        return False
    words = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


needs_mount = pytest.mark.skipif(not _may_mount(), reason=f"{NOT_ALLOWED}to mount a small disk")
needs_root = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason=f"{NOT_ALLOWED}to be somebody else")
