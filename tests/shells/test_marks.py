"""The mark scanner: forged marks are text, and how the stream is cut changes nothing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.limits import MAX_MARK_BYTES
from ai_session_tui.shells import Mark, MarkKind, MarkScanner, NonceMasker, mask_nonce

NONCE = "0123456789abcdef" * 2
OTHER = "f" * 32


def mark(kind: str, rest: str = "", nonce: str = NONCE) -> bytes:
    return f"\x1b]133;{kind};n={nonce}{rest}\x1b\\".encode()


pieces = st.sampled_from(
    [
        *(mark(kind) for kind in "ABPKRCZDW"),
        mark("C", ";pad=1;cwd=/tmp"),
        mark("D", ";code=3;cwd=/a%3Bb;x=e1"),
        mark("W", ";raw=/a;b%41=c"),
        mark("K", ";x=e1;lines=2"),
        mark("D", ";code=0", OTHER),
        mark("D", "x"),
        mark("A")[:-1],
        mark("A")[:20],
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[?25;47h",
        b"\x1b[?2004l",
        b"\x1b[?2004l\r",
        b"\x1b[?2004h",
        b"\x1b[?25l",
        b"\x1b]0;title\x07",
        b"\x1b[30m\x1b(B\x1b[m\r",
        b"\x1b]133;A\x07",
        b"\x1b]133;",
        b"\x1b[?",
        b"\x1b",
        b"\r\n",
        b"\n",
        b"^C",
        b"text",
        b"\x1b[31m",
        b"\x00\xff",
    ]
)
streams = st.lists(pieces | st.binary(max_size=4), max_size=25).map(b"".join)


def scan(chunks: list[bytes], offset: int = 0) -> list[Mark]:
    scanner = MarkScanner(NONCE, offset)
    return [found for chunk in chunks for found in scanner.feed(chunk)]


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(streams, st.lists(st.integers(0, 10_000), max_size=8))
def test_cuts_change_nothing(data: bytes, cuts: list[int]) -> None:
    data += b"\n."  # what is unfinished stays unfinished in both
    whole = scan([data])
    assert scan(cut(data, cuts)) == whole
    assert scan([data[i : i + 1] for i in range(len(data))]) == whole


@given(streams, st.integers(0, 2**60))
def test_offsets_name_the_bytes_of_the_mark(data: bytes, offset: int) -> None:
    for found in scan([data], offset):
        taken = data[found.offset - offset : found.end - offset]
        if len(found.kind.value) == 1:
            assert taken.startswith(b"\x1b]133;" + found.kind.value.encode() + b";n=" + NONCE.encode())
            assert taken.endswith(b"\x1b\\")
        elif found.kind is MarkKind.LINE:
            assert taken == b"\n"


@given(st.binary(max_size=200) | streams)
def test_without_the_nonce_nothing_is_a_shell_mark(data: bytes) -> None:
    scanner = MarkScanner("e" * 31 + "1")
    assert all(len(found.kind.value) > 1 for found in scanner.feed(data))


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=40))
def test_fields_come_through(value: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in value.encode())
    (found,) = scan([mark("D", f";code=7;cwd={encoded}")])
    assert found.fields == {"code": "7", "cwd": value}


def test_an_endless_mark_costs_no_memory_and_hides_no_later_one() -> None:
    scanner = MarkScanner(NONCE)
    assert scanner.feed(mark("C", ";cmd=")[:-2]) == []
    for _ in range(64):
        scanner.feed(b"x" * 65536)
        assert len(scanner._pending) <= MAX_MARK_BYTES + 65536 + 64
    assert [found.kind for found in scanner.feed(mark("D"))] == [MarkKind.ENDED]


def test_a_foreign_mark_is_let_go_at_once() -> None:
    scanner = MarkScanner(NONCE)
    scanner.feed(b"\x1b]133;A;n=" + OTHER.encode())
    assert scanner._pending == b""


@given(streams)
def test_masked_bytes_keep_their_length_and_forge_nothing(data: bytes) -> None:
    masked = mask_nonce(data, NONCE.encode())
    assert len(masked) == len(data)
    assert all(len(found.kind.value) > 1 for found in scan([masked]))


@given(streams, st.lists(st.integers(0, 10_000), max_size=8))
def test_masking_a_stream_is_masking_the_whole(data: bytes, cuts: list[int]) -> None:
    masker = NonceMasker(NONCE)
    out = b"".join(masker.feed(chunk) for chunk in cut(data, cuts)) + masker.flush()
    assert out == mask_nonce(data, NONCE.encode())


def test_an_echoed_key_never_waits_for_the_next_byte() -> None:
    masker = NonceMasker(NONCE)
    for byte in range(256):
        if byte != 0x1B:  # alone it shows nothing: it is the beginning of something
            assert masker.feed(bytes([byte])) == bytes([byte])
