"""Test runners of scripting languages: RSpec, Minitest, PHPUnit, Pest, ExUnit, EUnit, busted, Bats, testthat, green."""

from __future__ import annotations

import re
from typing import Final

from .failure_blocks import BlockRunner, numbers

RSPEC: Final = BlockRunner(
    "rspec",
    (" examples, ", " example, "),
    re.compile(r"\n\d+ examples?, \d+ failures?"),
    head=re.compile(r"  \d+(?:\.\d+)?\) (?P<name>\S.*)"),
    tally=re.compile(r"\d+ examples?, \d+ failures?.*"),
    counts=numbers(
        total=r"(\d+) examples?", failed=r"(\d+) failures?", skipped=r"(\d+) pending", errors=r"(\d+) errors? occurred"
    ),
    green=re.compile(r"[.F*E]+$|Run options:.*|Randomized with.*|Failed examples:|\S.* \(FAILED - \d+\)$| {2,}\S.*"),
    stop=re.compile(r"Finished in |Failed examples:|No examples found"),
    failures=re.compile(r"Failures:$"),
    others=re.compile(r"Pending:.*|Finished in .*"),
    anywhere=re.compile(
        r"An error occurred (?:while loading (?P<name>[^\s,]+?)|in (?P<path>an? .*))\.?(?: - Did .*)?$"
    ),
    place=re.compile(r"\s*# (?P<path>\./[^:]+):(?P<line>\d+)"),
    hidden=re.compile(r"\s*# |\s+rspec \./"),
    listed=re.compile(r"rspec '?(?P<path>[^\s:'\[]+)(?::(?P<line>\d+)|\[[\d:]+\]'?) # (?P<name>.+)"),
    lead=re.compile(r"\s+Failure/Error:"),
)

MINITEST: Final = BlockRunner(
    "minitest",
    (" runs, ",),
    re.compile(r"\n\d+ runs, \d+ assertions, "),
    head=re.compile(r"\s*\d+\) (?:Failure|Error):$"),
    tally=re.compile(r"\d+ runs, \d+ assertions, .*"),
    counts=numbers(total=r"(\d+) runs", failed=r"(\d+) failures", errors=r"(\d+) errors", skipped=r"(\d+) skips"),
    green=re.compile(r"[.FES]+$|# Running:|Run options:.*|\S+#.* = [\d.]+ s = [.FES]$|Finished in .*"),
    stop=re.compile(r"\s*\d+\) Skipped:$"),
    title=re.compile(r"(?P<name>\S+?)(?: \[(?P<path>[^\]]+):(?P<line>\d+)\])?:$"),
    place=re.compile(r"\s{4}(?P<path>[^:]+\.rb):(?P<line>\d+)"),
    hidden=re.compile(r"\s{4}[^:]+:\d+:in "),
    titles=2,
)

PHPUNIT: Final = BlockRunner(
    "phpunit",
    ("PHPUnit ", "ParaTest "),
    re.compile(r"\n(?:PHPUnit|ParaTest v?)\s?\d"),
    head=re.compile(r"\d+\) (?P<name>\S.*)"),
    tally=re.compile(r"Tests: \d+, Assertions: .*|OK(?: \(\d+ tests?, |, but ).*|No tests executed!"),
    counts=numbers(
        total=r"Tests: (\d+)|OK \((\d+)", errors=r"Errors: (\d+)", failed=r"Failures: (\d+)", skipped=r"Skipped: (\d+)"
    ),
    green=re.compile(
        r"[.FEWSRIDN]+(?:\s+\d+ / \d+ \(\s*\d+%\))?$| ✔ .*|\S.* \([\w\\]+\)$|PHPUnit [\d.]+ by .*|Runtime: .*"
        r"|Configuration: .*|Time: .*|(?:FAILURES|ERRORS|WARNINGS)!$|--$"
    ),
    stop=re.compile(r"--$| ✔ |\S.* \([\w\\]+\)$|(?:FAILURES|ERRORS|WARNINGS)!$|Time: "),
    failures=re.compile(r"There (?:was|were) \d+ (?:PHPUnit )?(?:errors?|failures?):$"),
    others=re.compile(r"There (?:was|were) \d+ .*:$"),
    anywhere=re.compile(r" ✘ (?P<name>.+?)(?: \[[\d.]+ ms\])?$"),
    place=re.compile(r"(?P<path>(?:/|[A-Za-z]:\\)\S+\.\w+):(?P<line>\d+)$"),
    hidden=re.compile(r"(?:\s+╵ )?(?:/|[A-Za-z]:\\)\S+:\d+$|\s+[┐┴│╷╵┊]\s*$"),
    is_place_last=True,
)

PEST: Final = BlockRunner(
    "pest",
    ("  Tests: ",),
    re.compile(r"\n  Tests: +\d+ \w+.*\n  (?:Duration|Time): "),
    head=re.compile(r"\s+(?:FAILED|•)\s+(?P<name>\S.*?)\s*$"),
    tally=re.compile(r"  Tests: +\d+ .*"),
    counts=numbers(passed=r"(\d+) passed", failed=r"(\d+) failed", skipped=r"(\d+) (?:skipped|todo)"),
    green=re.compile(r"\s+(?:✓|⨯|-|…|PASS|FAIL|TODO) .*|\s+─{10,}\s*$|  (?:Duration|Time): .*|  ---$"),
    stop=re.compile(r"\s+─{10,}\s*$|\s+(?:PASS|FAIL)\s"),
    place=re.compile(r"\s+at (?P<path>\S+):(?P<line>\d+)"),
    hidden=re.compile(r"\s+(?:➜\s+)?\d+▕.*|\s+\d+\s+\S+:\d+$|\s+\+\d+ vendor frames.*"),
)

EXUNIT: Final = BlockRunner(
    "mix test",
    ("Finished in ",),
    re.compile(r"\n(?:\d+ (?:doctests?|propert\w+|features?), )*\d+ tests?, \d+ failures?(?:, \d+ \w+)*\n"),
    head=re.compile(r"  \d+\) (?P<name>(?:test|doctest|property|feature) \S.*)"),
    tally=re.compile(r"(?:\d+ (?:doctests?|propert\w+|features?), )*\d+ tests?, \d+ failures?.*"),
    counts=numbers(total=r"(\d+) tests?", failed=r"(\d+) failures?", skipped=r"(\d+) skipped", errors=r"(\d+) invalid"),
    green=re.compile(r"[.*F]+$|Randomized with seed \d+.*|Finished in .*|Running ExUnit .*|Excluding tags: .*"),
    place=re.compile(r"\s+(?P<path>[\w./-]+\.exs?):(?P<line>\d+)"),
    hidden=re.compile(r"\s+\((?:elixir|ex_unit|stdlib|erts|kernel) [^)]*\) .*|\s+stacktrace:$"),
)

EUNIT: Final = BlockRunner(
    "eunit",
    ("...*failed*", "  Failed: ", "tests passed."),
    re.compile(r"\n  Failed: \d+\.\s+Skipped: \d+\.|\n  All \d+ tests passed\."),
    head=re.compile(r"\s{0,40}(?P<name>\S.{0,200}?)\.\.\.(?:\[[^\]]*\] )?\*failed\*$"),
    tally=re.compile(r"  Failed: \d+\. .*|  All \d+ tests passed\..*"),
    counts=numbers(failed=r"Failed: (\d+)", skipped=r"Skipped: (\d+)", passed=r"(?:Passed: |All )(\d+)"),
    green=re.compile(r"\s+\S.*\.\.\.(?:\[[\d.]+ s\] )?ok$|\s+\[done in .*|={10,}$|\s+output:<<\"\">>$|.*EUnit =+$"),
    stop=re.compile(r"\s+\S.*\.\.\.(?:\[[\d.]+ s\] )?ok$|\s+\[done in |={10,}$"),
    place=re.compile(r"in (?:function|call from) \S+ \((?P<path>\S+), line (?P<line>\d+)\)"),
    hidden=re.compile(r"in call from eunit_.*"),
)

BUSTED: Final = BlockRunner(
    "busted",
    (" successes / ", " success / "),
    re.compile(r"\n\d+ success(?:es)? / \d+ failures? / "),
    head=re.compile(r"(?:Failure|Error) → (?P<path>[^@]+?) @ (?P<line>\d+)$"),
    tally=re.compile(r"\d+ success(?:es)? / \d+ failures? / .*"),
    counts=numbers(
        passed=r"(\d+) success", failed=r"(\d+) failures?", errors=r"(\d+) errors?", skipped=r"(\d+) pending"
    ),
    green=re.compile(r"[●◼✱◌+*-]+$|Pending → .*"),
    stop=re.compile(r"Pending → "),
    titles=2,
)

BATS: Final = BlockRunner(
    "bats",
    (" ✓ ", " ✗ "),
    re.compile(r"\n\d+ tests?, \d+ failures?(?:, \d+ \w+)*(?: in [\d.]+ seconds)?\n"),
    head=re.compile(r" ✗ (?P<name>\S.*?)(?: \[\d+\])?$"),
    tally=re.compile(r"\d+ tests?, \d+ failures?.*"),
    counts=numbers(total=r"(\d+) tests?", failed=r"(\d+) failures?", skipped=r"(\d+) skipped"),
    green=re.compile(r" ✓ .*| - .*"),
    stop=re.compile(r"\S"),
    place=re.compile(r"in test file (?P<path>[^,)]+), line (?P<line>\d+)"),
)

TESTTHAT: Final = BlockRunner(
    "testthat",
    ("[ FAIL ",),
    re.compile(r"\n\[ FAIL \d+ \| WARN \d+ \| SKIP \d+ \| PASS \d+ \]"),
    head=re.compile(
        r"(?:──\s+)?(?:Failure|Error)\s+\((?P<path>[^:()]+):(?P<line>\d+)(?::(?P<column>\d+))?\): "
        r"(?P<name>.*?)(?: ─+)?$"
    ),
    tally=re.compile(r"\[ FAIL \d+ \| WARN \d+ \| SKIP \d+ \| PASS \d+ \]$"),
    counts=numbers(failed=r"FAIL (\d+)", skipped=r"SKIP (\d+)", passed=r"PASS (\d+)"),
    green=re.compile(r"[✔✖] \| .*|[─═]{5,}.*|Duration: .*|•.*"),
    stop=re.compile(r"(?:──\s+)?(?:Skipped|Warning)\b|[═]{2,}|─{30,}"),
)

GREEN: Final = BlockRunner(
    "green",
    ("\nFailure in ", "\nError in "),
    re.compile(r"\nRan \d+ tests? in [\d.]+s using \d+ process"),
    head=re.compile(r"(?:Failure|Error) in (?P<name>\S+)$"),
    tally=re.compile(r"(?:OK|FAILED) \(\w+=\d+.*\)|Ran \d+ tests? in .*"),
    counts=numbers(passed=r"passes=(\d+)", failed=r"failures=(\d+)", errors=r"errors=(\d+)", skipped=r"skips=(\d+)"),
    green=re.compile(r"[.FEsxu]+$|[.FEsxu]   \S.*|Green [\d.]+.*"),
    place=re.compile(r'\s+File "(?P<path>(?!.*(?:/lib/python|site-packages))[^"]+)", line (?P<line>\d+)'),
    hidden=re.compile(r'\s{2}File ".*|\s{4}.*'),
    confidence=0.97,  # than unittest, whose summary it imitates
)

PARSERS: Final = (RSPEC, MINITEST, PHPUNIT, PEST, EXUNIT, EUNIT, BUSTED, BATS, TESTTHAT, GREEN)
