"""Which lines a reader looks for in output that nobody has a parser for: errors first, then warnings.

Invariant: a word alone is never enough. "error" within a path, an identifier, a quoted name or a negation ("0 errors",
"no errors") does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Final

from ai_session_tui.parsers.output import as_output

GRAVE: Final = 3  # has the form of an error report
ERROR: Final = 2  # tells of something that went wrong
WARNING: Final = 1
CALM: Final = 0
_BY_VALUE: Final = -1

_LONGEST: Final = 1000  # characters of a line that are looked at

# A cheap look first: most lines hold none of these. Each is searched on its own, at the speed of `str.find`.
_HINTS: Final = (
    *(
        "err",
        "fail",
        "fatal",
        "panic",
        "except",
        "traceback",
        "warn",
        "denied",
        "refused",
        "cannot",
        "can't",
        "could not",
    ),
    *("couldn", "unable", "undefined", "unresolved", "not found", "no such", "timed out", "timeout", "abort", "kill"),
    *("core dump", "fault", "conflict", "reject", "invalid", "illegal", "unexpected", "unknown", "missing", "critical"),
    *("emerg", "alert", "severe", "exhaust", "corrupt", "unreach", "unhealthy", "unsuccess", "disconnect", "exceeded"),
    *("not ok", "not permitted", "deprecat", "violat", "crash", "out of memory", "oom", "[crit", " stop.", "***"),
    *(
        "✗",
        "✖",
        "✘",
        "❌",
        "×",
        "●",
        "⚠",
        '" 4',
        '" 5',
        "uncaught",
        "unhandled",
        "interrupt",
        "mismatch",
        "diverged",
        "stale",
        "leak",
        "overflow",
        "deadlock",
        "expected:",
        "received:",
        "actual:",
        "backoff",
        "back-off",
        "evicted",
        "broken",
        " line ",
        "out of ",
    ),
)

# What a line that reports an error begins with, behind the name of a program or a place.
_OPENING = re.compile(
    r"[\s│|>]*(?:[\w./+-]+:\s+)?(?:fatal|error|panic|traceback|unhandled|uncaught|segmentation fault)"
    r"(?:\s(?-i:[A-Z0-9({])|[:[!]|\s*$)"
    r"|npm (?:ERR!|error)\s"
    r"|\s*(?:[✗✖✘×●]\s|not ok\b)|thread '.*panicked",
    re.IGNORECASE,
)
# No lookbehind stands in front: `re` then skips to where one of the alternatives may begin. `_stands_alone` looks.
_GRAVE = re.compile(
    r"""(?:fatal|error|Fatal|Error)(?:\[\w+\])?:\s
      | (?:Error|Exception|Panic|Failure|Fault|Interrupt)(?::\s|$)
      | (?:ERROR|FATAL|CRITICAL|SEVERE|EMERG|PANIC|ALERT|FAILED|FAIL|FAILURE)\b(?![=/.\w-])
      | \[(?:error|crit|emerg|alert|fatal)\] | \((?:error|fatal)\):\s
      | level=(?:error|fatal|critical|panic)\b | "level":\s*"(?:error|fatal|critical)"
      | Permission\ denied | No\ such\ file | command\ not\ found | core\ dumped | undefined\ reference
      | Segmentation\ fault | [Oo]ut\ of\ memory\b | OOM\b
      | \*\*\*\ .*(?:\ Error|\ Stop|\ Killed|\ Segmentation)
      | "\s5\d\d\s
      | \ at\ \S+\ line\ \d+(?:,\ <\w+>\ \w+\ \d+)?\.$
    """,
    re.VERBOSE,
)
_ERROR = re.compile(
    r"""(?:errors?|failed|failures?|failing|fails|exceptions?|aborted|aborting|killed|panicked|rejected|refused|denied
      |unreachable|corrupt(?:ed)?|crash(?:ed)?|conflicts?|exhausted|disconnected|violat(?:ed|ion|es)|unhealthy
      |unsuccessful|timeout|exceeded|mismatch(?:ed)?|diverged|deadlock(?:ed|s)?|overflow(?:ed)?|leak(?:ed|s)?|broken)\b(?![/.(='"`-]\w)
      | (?:cannot|can't|could\ not|couldn't|unable\ to|not\ found|no\ such|timed\ out|not\ permitted)\b
      | (?:undefined|unresolved|unexpected|invalid|missing|illegal|unknown)\ [a-z`'"]
      | "\s4\d\d\s
      | out\ of\ (?:range|bounds|space)\b
      | [✗✘✖❌]\ \S
      | CrashLoopBackOff|ImagePullBackOff|Back-off\ |OOMKilled|Evicted\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WARNING = re.compile(
    r"(?:warnings?|Warning)(?:\[[\w-]+\])?:\s|\(warning\):\s|WARN(?:ING)?\b(?![=/.\w-])|\[warn(?:ing)?\]|level=warn"
    r"|\"level\":\s*\"warn|deprecated\b|⚠"
)
_COMPARED = re.compile(r"\s*(?:Expected|Received|Actual|expected|received|actual): *\S")  # both sides of an assertion
_NEGATED = re.compile(
    r"(?:\b(?:0|no|zero|without(?: any)?)\s+(?:new\s)?)"
    r"(?:errors?|failures?|failed|failing|warnings?|problems?|conflicts?|issues)\b"
    r"|\b(?:errors?|failures?|failed|warnings?|fail)\s*[:=]?\s*(?:0|none|no|false|null)\b",
    re.IGNORECASE,
)
_JOINED = "/._-'\"`"  # a word behind one of these is a part of a name


def weigh(line: str) -> int:
    """Return how much a line asks to be read: `GRAVE`, `ERROR`, `WARNING` or `CALM`."""
    low = line.lower()
    return _weigh(line) if any(hint in low for hint in _HINTS) else CALM


def weights(lines: Sequence[str], skipped: Set[int] = frozenset()) -> dict[int, int]:
    """Return the weight of every line that is not calm, by its index."""
    output = as_output(lines)
    hinted = sorted(output.hinted(_HINTS) - skipped)
    skeletons, known, found = output.skeletons, _Known(), {}
    for index in hinted:
        weight = known[skeletons[index]]
        if weight == _BY_VALUE:
            weight = _weigh(output[index])
        if weight:
            found[index] = weight
    return found


class _Known(dict[str, int]):
    """Weights of lines whose digits are 0; `_BY_VALUE` where the digits decide."""

    def __missing__(self, skeleton: str) -> int:
        weight = _BY_VALUE if '" 0' in skeleton or _NEGATED.search(skeleton) else _weigh(skeleton)
        self[skeleton] = weight
        return weight


def _weigh(line: str) -> int:
    line = line[:_LONGEST]
    if _NEGATED.search(line):
        line = _NEGATED.sub("", line)
    if _OPENING.match(line) or _stands_alone(_GRAVE, line):
        return GRAVE
    if _COMPARED.match(line):
        return ERROR
    if _stands_alone(_WARNING, line):
        return WARNING
    return ERROR if _stands_alone(_ERROR, line) else CALM


def _stands_alone(pattern: re.Pattern[str], line: str) -> bool:
    """Return whether a pattern is found that is not the end of a longer word or name."""
    for found in pattern.finditer(line):
        start = found.start()
        before = line[start - 1] if start else " "
        if not (before.isalnum() or before in _JOINED):
            return True
        if found[0][0].isupper() and (before.islower() or (before.isupper() and found[0][1:2].islower())):
            return True  # ValueError, OSError
        if found[0][0] in '"*[(':
            return True
    return False
