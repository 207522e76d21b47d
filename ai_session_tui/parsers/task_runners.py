"""Programs that run others and tell how each ended: tox, nox, pre-commit; ping and dig, of which the end matters."""

from __future__ import annotations

import re
from typing import Final

from .rules import Role, RuleParser, rule

TOX: Final = RuleParser(
    "tox",
    ("tox",),
    ("evaluation failed :(", "congratulations :)"),
    (
        rule(Role.FAILURE, r"  (?P<name>\S+): (?P<message>FAIL\b.*)"),
        rule(Role.SUMMARY, r"  \S+: (?:OK|SKIP)\b.*|  (?:evaluation failed :\(|congratulations :\)).*"),
        rule(Role.KEEP, r"\S+: (?:exit -?\d+ .*|FAIL .*|failed with .*)"),
        rule(Role.NOISE, r"\S+: OK .*"),
    ),
    proof=re.compile(r"\n  (?:evaluation failed :\(|congratulations :\))"),
    confidence=0.9,
)
NOX: Final = RuleParser(
    "nox",
    ("nox",),
    ("nox > ",),
    (
        rule(Role.FAILURE, r"nox > \* (?P<name>.+?): (?P<message>failed|aborted)$"),
        rule(Role.ERROR, r"nox > (?P<message>Command .* failed with exit code .*|Error: .*|.* raised .*)"),
        rule(Role.SUMMARY, r"nox > \* .*: .*|nox > Ran multiple sessions:"),
        rule(Role.KEEP, r"nox > Session .* (?:failed|was aborted|skipped).*"),
    ),
    proof=re.compile(r"\nnox > "),
    confidence=0.9,
)
PRE_COMMIT: Final = RuleParser(
    "pre-commit",
    ("pre-commit", "git commit"),
    ("- hook id: ", ")Skipped\n", "....Passed\n"),
    (
        rule(
            Role.FAILURE,
            r"(?P<name>\S.{0,99}?)\.{3,99}(?P<message>Failed)$",
            r"- (?:hook id|exit code|files were modified|duration).*",
        ),
        rule(Role.NOISE, r"\S.{0,99}?\.{3,99}(?:Passed|(?:\(no files to check\))?Skipped)$"),
    ),
    proof=re.compile(r"\n\S.{0,99}?\.{3,99}(?:Passed|Failed|(?:\(no files to check\))?Skipped)\n"),
    confidence=0.86,
)
PING: Final = RuleParser(
    "ping",
    ("ping", "ping6"),
    (" packets transmitted, ",),
    (
        rule(Role.SUMMARY, r"\d+ packets transmitted, .*|(?:rtt|round-trip) min/avg/.*|--- \S+ ping statistics ---"),
        rule(Role.KEEP, r"PING .*|From \S+ .*|Request timeout .*"),
        rule(Role.NOISE, r"\d+ bytes from .*"),
    ),
    proof=re.compile(r"\n\d+ packets transmitted, "),
    confidence=0.86,
)

DIG: Final = RuleParser(
    "dig",
    ("dig",),
    ("->>HEADER<<-", ";; no servers could be reached"),
    (
        rule(Role.SUMMARY, r";; ->>HEADER<<- .*|;; (?:no servers could be reached|connection timed out).*"),
        rule(Role.KEEP, r";; ANSWER SECTION:", r"[^;\s].*"),
        rule(
            Role.NOISE,
            r";; (?:global options|flags|OPT|QUESTION|AUTHORITY|Got answer|Query time|SERVER|WHEN|MSG SIZE).*"
            r"|; .*|;\S.*|;; *$",
        ),
    ),
    proof=re.compile(r"\n;; (?:->>HEADER<<- |no servers could be reached)"),
    confidence=0.86,
)

PARSERS: Final = (TOX, NOX, PRE_COMMIT, PING, DIG)
