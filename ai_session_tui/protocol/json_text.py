"""JSON text to objects and back, as `json` does it, without importing `json`.

The `json` package imports `re`, and with it `enum`: half the start-up time of a headless subcommand (8 of 15 ms,
measured). Its C half does the work either way, and needs neither. Invariant: the results equal those of `json`,
which stands in where the C half is missing or has changed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


def _refuse(value: object) -> NoReturn:
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


class _Context:
    """What `json.JSONDecoder` would tell the scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_constant)


def _load() -> tuple[Callable[[object], str], Callable[[str], object]]:
    try:
        from _json import encode_basestring, make_encoder, make_scanner

        chunks = make_encoder(None, _refuse, encode_basestring, None, ":", ",", False, False, False)
        scan = make_scanner(_Context)  # type: ignore[arg-type]  # the stub knows no name for a context
    except (ImportError, TypeError, AttributeError):
        import json

        return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode, json.loads

    def encode_text(value: object) -> str:
        return "".join(chunks(value, 0))

    def decode_text(text: str) -> object:
        text = text.strip(" \t\n\r")
        try:
            value, end = scan(text, 0)
        except StopIteration as error:
            raise ValueError(f"no JSON value at {error.value}") from None
        if end != len(text):
            raise ValueError(f"more than one JSON value: the first ends at {end}")
        return value

    return encode_text, decode_text


_encode, _decode = _load()


def encode(value: object) -> str:
    """Return a value as compact JSON text; raise TypeError or ValueError for what JSON cannot say."""
    return _encode(value)


def decode(data: bytes) -> object:
    """Return the value of JSON text in UTF-8; raise ValueError (or RecursionError) for anything else."""
    return _decode(data.decode())
