"""The vocabulary that ships with the package, and those that tiktoken has fetched before.

`cl100k_base.pack` is tiktoken's published `cl100k_base.tiktoken` (MIT) without what can be worked out: the length of
every token in one byte, then the tokens themselves, both in the order of their ranks, compressed with zstd.
Invariant: no vocabulary is used whose checksum is not the published one, and nothing here touches the network.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from importlib.resources import files

import zstandard

from ai_session_tui.errors import AiSessionError

SHIPPED = "cl100k_base"
PUBLISHED = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"  # of cl100k_base.tiktoken
_PACKED = "82c3dc10e2c8dd8623cdd41ef00a4c9781f9c3b0661a01771c03d241ebed662d"  # of cl100k_base.pack
_TOKENS = 100_256
_LARGEST = 16 * 1024 * 1024

CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
    r"|\s+(?!\S)|\s"
)

# Where tiktoken fetches the others from (the name of its cache file is the SHA-1 of that), and their checksums.
_FETCHED = {
    "o200k_base": (
        "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}


def pack(published: bytes) -> bytes:
    """Return the packed form of a `.tiktoken` file whose ranks count up from 0."""
    tokens = [base64.b64decode(line.split()[0]) for line in published.splitlines()]
    return zstandard.compress(bytes(map(len, tokens)) + b"".join(tokens), 19)


def unpack(packed: bytes, count: int = _TOKENS) -> dict[bytes, int]:
    """Return the tokens with their ranks."""
    data = zstandard.decompress(packed, max_output_size=_LARGEST)
    ranks, start = {}, count
    for rank, length in enumerate(data[:count]):
        ranks[data[start : start + length]] = rank
        start += length
    return ranks


def shipped() -> dict[bytes, int]:
    """Return the vocabulary of the package; raise `AiSessionError` when the file was damaged."""
    packed = files(__package__).joinpath(f"{SHIPPED}.pack").read_bytes()
    if hashlib.sha256(packed).hexdigest() != _PACKED:
        raise AiSessionError(f"the vocabulary {SHIPPED}.pack is damaged", "install ai-session-tui again.")
    return unpack(packed)


def is_cached(name: str) -> bool:
    """Return whether tiktoken's own cache holds that vocabulary whole, so that asking for it stays off the network."""
    if name not in _FETCHED:
        return False
    source, checksum = _FETCHED[name]
    path = os.path.join(_cache_folder(), hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(_LARGEST)).hexdigest() == checksum
    except OSError:
        return False


def _cache_folder() -> str:
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):  # tiktoken.load looks in this order
        if variable in os.environ:
            return os.environ[variable] or os.devnull  # empty: tiktoken does not cache
    return os.path.join(tempfile.gettempdir(), "data-gym-cache")
