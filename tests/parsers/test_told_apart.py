"""What looks alike and is not: each is told."""

from __future__ import annotations

from ai_session_tui.digest import digest_output
from ai_session_tui.parsers.registry import best

JAVAC = """\
src/Invoice.java:27: error: cannot find symbol
        if (amount > total()) throw new Overpaid(number);
                                        ^
  symbol:   class Overpaid
  location: class Invoice
src/Invoice.java:28: error: cannot find symbol
        status = Status.SETTLED;
                       ^
  symbol:   variable SETTLED
  location: class Status
src/Invoice.java:33: error: cannot find symbol
        payer.plan().bill(this);
             ^
  symbol:   method plan()
  location: class Payer
3 errors
"""

WEBPACK = """\
ERROR in ./src/map.ts 1:0-27
Module not found: Error: Can't resolve 'leaflet-gl' in '/srv/fleet/src'
 @ ./src/index.ts 1:0-34 5:4-13

ERROR in /srv/fleet/src/index.ts
6:33-38
[tsl] ERROR in /srv/fleet/src/index.ts(6,34)
      TS2339: Property 'speed' does not exist on type 'Truck'.

ERROR in /srv/fleet/src/map.ts
./src/map.ts 1:14-26
[tsl] ERROR in /srv/fleet/src/map.ts(1,15)
      TS2307: Cannot find module 'leaflet-gl' or its corresponding type declarations.

webpack 5.112.2 compiled with 3 errors in 2901 ms
"""


def test_each_symbol_that_is_not_found() -> None:
    (parsed,) = best(JAVAC.splitlines(), "javac src/*.java", 1)
    assert [one.message for one in parsed.diagnostics] == [
        "cannot find symbol: class Overpaid",
        "cannot find symbol: variable SETTLED",
        "cannot find symbol: method plan()",
    ]
    text = digest_output([JAVAC.encode()] * 3, "javac src/*.java", 1).text
    for symbol in ("class Overpaid", "variable SETTLED", "method plan()"):
        assert symbol in text


def test_each_message_below_its_place() -> None:
    (parsed,) = best(WEBPACK.splitlines(), "npx webpack", 1)
    assert [one.message for one in parsed.diagnostics] == [
        "Module not found: Error: Can't resolve 'leaflet-gl' in '/srv/fleet/src'",
        "TS2339: Property 'speed' does not exist on type 'Truck'.",
        "TS2307: Cannot find module 'leaflet-gl' or its corresponding type declarations.",
    ]


def test_who_made_how_many_commits() -> None:
    lines: list[str] = []
    for author, count in (("Ada", 1), ("Bob", 120), ("bot[bot]", 40)):
        lines += [f"{author} ({count}):", *(f"      change {n}" for n in range(count)), ""]
    (parsed,) = best(lines, "git shortlog HEAD", 0)
    assert parsed.bulk is not None and (parsed.bulk.kind, parsed.bulk.rows) == ("commits", 161)
    text = digest_output(["\n".join(lines).encode()], "git shortlog HEAD", 0).text
    for head in ("Ada (1):", "Bob (120):", "bot[bot] (40):"):
        assert head in text


def test_why_tests_of_unittest_were_skipped() -> None:
    lines = [f"test_{n} (t.T.test_{n}) ... ok" for n in range(60)]
    lines += ["test_lora (t.T.test_lora) ... skipped 'needs a LoRa radio'", "", "-" * 70, "Ran 61 tests in 0.1s", ""]
    text = digest_output(["\n".join([*lines, "OK (skipped=1)"]).encode()], "python -m unittest -v", 0).text
    assert "needs a LoRa radio" in text
    assert "... ok" not in text


def test_prose_in_a_build_is_no_compilers_command_line() -> None:
    said = (
        "could not deploy to eu-7: bind: address already in use",
        "was never reached: stage 3",
        "test 17 failed: wanted 4 parts, got 3",
        "install failed: no space on /srv",
        "for the record: 3 targets were skipped",
        "if this fails again, the cache is broken",
    )
    build = [f"gcc -O2 -c src/m{n}.c -o m{n}.o" for n in range(60)]
    build += [
        "if test -d obj; then true; fi",
        "for f in a b; do :; done",
        "install -m 644 a.h /usr/include",
        "as -o x.o x.s",
    ]
    for line in said:
        text = digest_output(
            ["\n".join([*build, line, "make: *** [Makefile:3: all] Error 1"]).encode()], "make", 2
        ).text
        assert line in text
        assert "src/m30.c" not in text and "install -m" not in text


def test_what_is_told_where_there_is_little_of_it() -> None:
    for count in (3, 300):
        passed = [f"PASS: test_{n}" for n in range(count)]
        tally = [f"# TOTAL: {count}", f"# PASS:  {count}", "# FAIL:  0", "# ERROR: 0"]
        text = digest_output(
            ["\n".join([*passed, "=" * 60, "Testsuite summary for x", *tally] * 2).encode()], "make check", 0
        ).text
        assert ("PASS: test_1" in text) is (count == 3)
        assert f"# TOTAL: {count}" in text


def test_the_process_that_top_lists_first() -> None:
    head = ["top - 04:40:50 up 10:54,  0 user,  load average: 1.89, 2.71, 3.91", "Tasks:   9 total,   2 running"]
    head += ["%Cpu(s):  0.0 us,  2.5 sy, 96.9 ni", "MiB Mem :  24105.6 total,  15154.6 free", ""]
    head += ["    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND"]
    rows = [f"{n:7} root      30  10    2920   1756   1648 S   0.0   0.0   0:00.00 sleep" for n in range(10, 60)]
    busy = "      9 root      30  10  211128 208084   6664 R  98.8   0.8   0:03.63 fraud-scorer"
    for command in ("top -b -n 1", "bash watch.sh"):
        text = digest_output(["\n".join([*head, busy, *rows]).encode()], command, 0).text
        for line in (*head[:4], head[5], busy):
            assert line in text
