"""git: status, merges and rebases, traffic with remotes, logs, blame. Diffs are read next door (`diffs`).

Invariant: every conflict, every rejected ref and every changed file that git names is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import runs
from .model import Bulk, Counts, Parsed
from .output import contains, ends_match
from .report import Report, clip
from .rules import Role, RuleParser, rule

_ERROR, _WARNING, _NOISE, _SUMMARY, _KEEP = Role.ERROR, Role.WARNING, Role.NOISE, Role.SUMMARY, Role.KEEP

TRAFFIC: Final = RuleParser(
    "git",
    (
        "git push",
        "git pull",
        "git fetch",
        "git clone",
        "git merge",
        "git rebase",
        "git cherry-pick",
        "git checkout",
        "git switch",
        "git commit",
        "git stash",
        "git revert",
        "git am",
        "git apply",
        "git submodule",
        "git remote",
        "git reset",
        "git gc",
    ),
    (
        "\nTo ",
        "\nFrom ",
        "Cloning into '",
        "Enumerating objects: ",
        "Already up to date",
        "Everything up-to-date",
        "\nUpdating ",
        "CONFLICT (",
        "\nerror: ",
        "\nfatal: ",
        "\nhint: ",
        "Automatic merge failed",
        "\nSwitched to ",
        "\nHEAD is now at",
        "\nMerge made by",
        "\nremote: ",
        "Successfully rebased",
        " files changed",
        " file changed",
    ),
    (
        rule(_ERROR, r"CONFLICT \((?P<code>[^)]*)\): (?P<message>.*)"),
        rule(_ERROR, r" ! (?P<message>\[.*)"),
        rule(_WARNING, r"warning: (?P<message>.*)"),
        rule(_ERROR, r"(?:error|fatal): (?P<message>.*)", r"(?:\t|        ).*|Please commit your changes.*"),
        rule(
            _ERROR,
            r"(?P<message>Automatic merge failed.*|Could not apply .*|Aborting|remote: (?:error"
            r"|fatal): .*|Recorded preimage.*)",
        ),
        rule(_ERROR, r"error: (?P<message>could not apply .*)"),
        rule(
            _KEEP,
            r"hint: (?:Resolve all conflicts|.*--(?:continue|abort|skip)|Updates were rejected"
            r"|'git pull|.*integrate).*",
        ),
        rule(
            _NOISE,
            r"hint: .*|Auto-merging .*|(?:remote: )?(?:Enumerating|Counting|Compressing"
            r"|Resolving) (?:objects|deltas): .*|Delta compression .*",
        ),
        rule(
            _NOISE,
            r"remote: Total \d+.*|remote:\s*$|Unpacking objects: .*|Updating files: .*"
            r"|Filtering content: .*|Total \d+ \(delta .*|POST git-.*",
        ),
        rule(_SUMMARY, r"(?:Receiving|Writing) objects: +100%.*"),
        rule(_NOISE, r"(?:Receiving|Writing) objects: .*"),
        rule(_SUMMARY, r"[0-9a-f]{7,40} is the first bad commit|# first bad commit: .*"),
        rule(_SUMMARY, r" ?(?P<changed>\d+) files? changed(?:, .*)?$"),
        rule(
            _SUMMARY,
            r"Already up to date.*|Everything up-to-date|Fast-forward.*|Merge made by.*"
            r"|Successfully rebased.*|Updating [0-9a-f]+\.\..*",
        ),
        rule(
            _KEEP,
            r"remote: .*|To \S+$|From \S+|Cloning into .*|Switched to .*|Your branch .*"
            r"|HEAD is now at .*|branch '.*' set up.*|Branch '.*' set up.*",
        ),
        rule(
            _KEEP,
            r"(?: [*+=t-]|   [0-9a-f]{7,}\.\.) ?.*->.*| \* \[new .*| - \[deleted\].*"
            r"|\[[\w/.-]+ (?:\(root-commit\) )?[0-9a-f]{7,}\] .*",
        ),
        rule(_KEEP, r" (?:create|delete|rename|copy|mode change|rewrite) .*| \S.* \| +(?:\d+ [+-]*|Bin .*)$"),
        rule(_KEEP, r"(?:Rebasing|Applying|Dropped|Saved working directory|Submodule) .*"),
    ),
    proof=re.compile(
        r"\n(?:Cloning into '|Enumerating objects: |CONFLICT \(|Automatic merge failed|To \S+[:/]\S+\n"
        r"|From \S+[:/]\S+\n|Updating [0-9a-f]{7,}\.\."
        r"|Everything up-to-date|hint: Updates were rejected|Successfully rebased)"
    ),
    confidence=0.84,
)

STATUS: Final = RuleParser(
    "git status",
    ("git status", "git"),
    (
        "\nOn branch ",
        "\nHEAD detached ",
        "\nChanges not staged",
        "\nChanges to be committed",
        "\nUntracked files:",
        "\nUnmerged paths:",
        "nothing to commit",
        "\nYou have unmerged paths",
    ),
    (
        rule(
            _KEEP,
            r"(?:\t|       )\s*(?:both|deleted by|added by|modified|new file|deleted|renamed|copied"
            r"|typechange)\S* ?.*",
        ),
        rule(
            _KEEP,
            r"(?:On branch|HEAD detached|Not currently on|Your branch|You have unmerged|All conflicts"
            r"|You are currently|rebase in progress|interactive rebase).*",
        ),
        rule(
            _KEEP,
            r"(?:Changes to be committed|Changes not staged for commit|Unmerged paths|Untracked files"
            r"|Ignored files):",
        ),
        rule(_SUMMARY, r"nothing (?:to commit|added to commit).*|no changes added.*"),
        rule(_NOISE, r"\s+\(use \"git.*|\s*$|\s+\(commit or discard.*|\s+\(fix conflicts.*"),
        rule(_KEEP, r"(?:\t|        )\S.*"),
    ),
    proof=re.compile(r"\n(?:On branch |HEAD detached |Untracked files:|Changes (?:not staged|to be))"),
    confidence=0.86,
)

_COMMIT: Final = re.compile(r"(?:[|\\/* ]*)commit [0-9a-f]{7,40}(?: \(.*\))?$")
_ONELINE: Final = re.compile(r"(?:[|\\/* _.-]*?)([0-9a-f]{7,40}) (\(.*?\) )?\S.*$")
_BLAME: Final = re.compile(r"\^?[0-9a-f]{7,40} (?:\S+ +)?\(.*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} +\d+\)")
_NEWEST: Final = 30


class GitLog:
    """Reads git log: of every commit its name and its subject; of a long one-line log its ends and its refs."""

    name = "git log"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if ends_match(lines, _LOG_SIGN):
            return 0.9
        if runs(command, "git log", "git reflog") and sum(bool(_ONELINE.match(line)) for line in lines[:50]) * 2 > min(
            len(lines), 50
        ):
            return 0.9
        return 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        commits = [i for i, line in enumerate(lines) if "commit " in line and _COMMIT.match(line)]
        if commits:
            self._read_full(lines, commits, report)
            rows = len(commits)
        else:
            named = [i for i, line in enumerate(lines) if _ONELINE.match(line)]
            refs = [i for i in named if (found := _ONELINE.match(lines[i])) and found[2]]
            report.keep += [*named[:_NEWEST], *refs[:40], *named[-2:]]
            report.noise.update(i for i, line in enumerate(lines) if not line.strip(" |\\/*_"))
            rows = len(named)
        return report.parsed(exit_code, False if exit_code == 0 else None, Bulk("commits", rows=rows))

    def _read_full(self, lines: Sequence[str], commits: list[int], report: Report) -> None:
        for position, commit in enumerate(commits):
            stop = commits[position + 1] if position + 1 < len(commits) else len(lines)
            subject = next((i for i in range(commit + 1, stop) if re.match(r"[|\\/* ]*\s{4}\S", lines[i])), None)
            head = [
                i
                for i in range(commit + 1, min(commit + 5, stop))
                if re.match(r"[|\\/* ]*(?:Author|Date|Merge):", lines[i])
            ]
            report.keep += [commit, *([subject] if subject is not None else [])]
            if position == 0:
                report.keep += head
            diffs = next((i for i in range(commit, stop) if lines[i].startswith("diff --git ")), stop)
            report.noise.update(
                i for i in range(commit, diffs) if not re.match(r" \S.* \| +\d+| \d+ files? changed", lines[i])
            )


_LOG_SIGN: Final = re.compile(
    r"\n(?:[|\\/* ]*)commit [0-9a-f]{40}(?: \(.*\))?\n(?:[|\\/* ]*)(?:Author|Merge|commit|tree)"
)


class GitBlame:
    """Reads git blame: how many lines, by whom."""

    name = "git blame"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        sample = [line for line in lines[:40] if line]
        return 0.92 if sample and sum(bool(_BLAME.match(line)) for line in sample) * 4 >= len(sample) * 3 else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        latest: dict[str, tuple[str, int]] = {}  # of each author the newest line
        rows = 0
        for index, line in enumerate(lines):
            if _BLAME.match(line) and (found := re.search(r"\((.*?)\s+(\d{4}-\d\d-\d\d \S+)", line)):
                rows += 1
                if found[1] not in latest or found[2] > latest[found[1]][0]:
                    latest[found[1]] = (found[2], index)
        report.keep += clip(sorted(index for _, index in latest.values()), 24, 0)
        report.counts = Counts()
        return report.parsed(exit_code, None if exit_code else False, Bulk("blame", rows=rows, names=tuple(latest)))


class GitShort:
    """Reads the short status: two letters and a path."""

    name = "git status"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        filled = [line for line in lines if line]
        is_short = bool(filled) and all(_SHORT.match(line) for line in filled[:60])
        return 0.9 if is_short and (runs(command, "git status") or contains(lines, "\n## ", "\n?? ")) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        entries = [i for i, line in enumerate(lines) if line and not line.startswith("## ")]
        unmerged = [i for i in entries if re.match(r"(?:U.|.U|AA|DD) ", lines[i])]
        report.keep += [
            *clip(entries, 60, 10),
            *unmerged,
            *(i for i, line in enumerate(lines) if line.startswith("## ")),
        ]
        report.counts = Counts(changed=len(entries))
        return report.parsed(exit_code, False if exit_code == 0 else None)


_SHORT: Final = re.compile(r"## \S|[ MADRCUT?!]{2} \S")

_AUTHOR: Final = re.compile(r"\S.* \((\d+)\):$")
_AUTHORS: Final = 24  # named, those with most commits


class GitShortlog:
    """Reads git shortlog: who made how many commits, and the last commit of those who made most."""

    name = "git shortlog"

    def matches(self, command: str, lines: Sequence[str], exit_code: int | None) -> float:
        """See `Parser`."""
        if not runs(command, "git shortlog"):
            return 0.0
        return 0.9 if any(_AUTHOR.match(line) for line in lines) else 0.0

    def parse(self, lines: Sequence[str], command: str, exit_code: int | None) -> Parsed | None:
        """See `Parser`."""
        report = Report(self.name)
        heads = {i: int(found[1]) for i, line in enumerate(lines) if (found := _AUTHOR.match(line))}
        largest = sorted(heads, key=lambda index: -heads[index])[:_AUTHORS]
        report.keep += sorted(largest)
        for head in largest[: _AUTHORS // 4]:
            last = next((i for i in range(head + 1, len(lines)) if not lines[i].strip()), len(lines)) - 1
            report.keep.append(last)
        report.noise.update(i for i, line in enumerate(lines) if line.startswith("      ") or i in heads)
        names = tuple(lines[head].partition(" (")[0] for head in largest)
        return report.parsed(
            exit_code, None if exit_code else False, Bulk("commits", rows=sum(heads.values()), names=names)
        )


PARSERS = (GitLog(), GitBlame(), GitShort(), GitShortlog(), STATUS, TRAFFIC)
