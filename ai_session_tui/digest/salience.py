"""Which lines a reader looks for in output that nobody has a parser for: errors first, then warnings.

Invariant: a word alone is never enough. "error" within a path, an identifier, a quoted name or a negation ("0 errors",
"no errors") does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

GRAVE: Final = 3  # has the form of an error report
ERROR: Final = 2  # tells of something that went wrong
WARNING: Final = 1
CALM: Final = 0

# A cheap look first: most lines hold none of these.
_HINT = re.compile(
    r"err|fail|fatal|panic|except|traceback|warn|denied|refused|cannot|can't|could ?n|unable|undefined|not found|no such"
    r"|time[d ]|abort|kill|dump|conflict|reject|invalid|unexpected|missing|critical|emerg|severe|exhaust|corrupt|unreach"
    r"|not ok|deprecat|violat|leak|overflow|✗|✖|✘|×|●|\"\s[45]\d\d\s",
    re.IGNORECASE,
)

_GRAVE = re.compile(
    r"""^\s*(?:\S+:\s+)?(?:fatal|error|panic|thread\ '.*'.*panicked|traceback|unhandled|uncaught|segmentation\ fault)\b
      | (?<![\w/.-])(?:fatal|error|internal\ error|compilation\ error)(?:\[\w+\])?:\s
      | \b[\w.$]*(?:Error|Exception|Panic|Failure|Fault|Interrupt)(?::\s|$)
      | \b(?:ERROR|FATAL|CRITICAL|SEVERE|EMERG|PANIC|ALERT|FAILED|FAIL|FAILURE)\b(?![=/.\w-])
      | \[(?:error|crit|emerg|alert|fatal)\]
      | ^\s*(?:✗|✖|✘|×|●)\s
      | ^\s*not\ ok\b
      | \blevel=(?:error|fatal|critical|panic)\b | "level":\s*"(?:error|fatal|critical)"
      | \b(?:Permission\ denied|No\ such\ file|command\ not\ found|core\ dumped|undefined\ reference|Segmentation\ fault)
      | \bout\ of\ memory\b | \bOOM\b
      | \*\*\*\ .*(?:\ Error|\ Stop|\ Killed|\ Segmentation)
      | "\s5\d\d\s
    """,
    re.VERBOSE,
)
_GRAVE_LOWER = re.compile(r"^\s*(?:[\w./+-]+:\s+)?(?:fatal|error|panic|traceback)\b(?![-/.\w(])", re.IGNORECASE)

_ERROR = re.compile(
    r"""(?<![\w/.'"`-])(?:errors?|failed|failures?|failing|fails|exceptions?|aborted|aborting|killed|panicked|rejected|refused|denied
      |unreachable|corrupt(?:ed)?|crash(?:ed)?|conflicts?|exhausted|disconnected|violat(?:ed|ion|es)|unhealthy|unsuccessful)
      (?![\w/.(='"`-]\w)\b
      | \b(?:cannot|can't|could\ not|couldn't|unable\ to|not\ found|no\ such|timed\ out|timeout|not\ permitted|exceeded)\b
      | \b(?:undefined|unresolved|unexpected|invalid|missing|illegal|unknown)\ [a-z`'"]
      | "\s4\d\d\s
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WARNING = re.compile(
    r"(?<![\w/.-])(?:warn(?:ing)?s?)(?:\[[\w-]+\])?:\s|\bWARN(?:ING)?\b(?![=/.\w-])|\[warn(?:ing)?\]|^\s*(?:npm )?warn(?:ing)?\b"
    r"|\blevel=warn|\"level\":\s*\"warn|\bdeprecated\b|⚠",
)
_NEGATED = re.compile(
    r"\b(?:0|no|zero|without(?: any)?)\s+(?:new )?(?:errors?|failures?|failed|failing|warnings?|problems?|conflicts?|issues)\b"
    r"|\b(?:errors?|failures?|failed|warnings?|fail)\s*[:=]\s*(?:0|none|no|false|null)\b|(?i:\# fail:?\s+0\b)",
    re.IGNORECASE,
)


def weigh(line: str) -> int:
    """Return how much a line asks to be read: `GRAVE`, `ERROR`, `WARNING` or `CALM`."""
    if not _HINT.search(line):
        return CALM
    if len(line) > 1000:
        line = line[:1000]
    if _NEGATED.search(line):
        line = _NEGATED.sub("", line)
    if _GRAVE.search(line) or _GRAVE_LOWER.search(line):
        return GRAVE
    if _WARNING.search(line):
        return WARNING
    return ERROR if _ERROR.search(line) else CALM


def weights(lines: Sequence[str]) -> dict[int, int]:
    """Return the weight of every line that is not calm, by its index."""
    hint = _HINT.search
    found = {}
    for index, line in enumerate(lines):
        if hint(line):
            weight = weigh(line)
            if weight:
                found[index] = weight
    return found
