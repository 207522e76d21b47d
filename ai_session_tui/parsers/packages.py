"""Package managers: pip and uv, npm, pnpm and yarn, apt and dpkg.

What was installed, in which version, what was refused.
"""

from __future__ import annotations

import re
from typing import Final

from .rules import Role, RuleParser, rule

_ERROR, _WARNING, _NOISE, _SUMMARY, _KEEP = Role.ERROR, Role.WARNING, Role.NOISE, Role.SUMMARY, Role.KEEP

PIP: Final = RuleParser(
    "pip",
    ("pip", "pip3", "uv", "pipx", "poetry"),
    (
        "\nCollecting ",
        "Requirement already satisfied",
        "Successfully installed",
        "ERROR: Could not find a version",
        "ERROR: No matching",
        "\nProcessing /",
        "\nProcessing ./",
        "Building wheel for ",
        "Looking in indexes",
        "Failed building wheel",
        "\nResolved ",
        "\nInstalled ",
    ),
    (
        rule(
            _SUMMARY,
            r"Successfully (?:installed|uninstalled|built) .*|(?:Resolved|Prepared|Installed"
            r"|Uninstalled|Audited) \d+ packages?.*",
        ),
        rule(
            _ERROR,
            r"\s*error: subprocess-exited-with-error$(?P<message>)",
            r"\s+(?:[×╰]|exit code|note:).*"
            r"|\s*$|\s+\[\d+ lines of output\]",
        ),
        rule(_ERROR, r"(?:\s*)(?:ERROR|error): (?P<message>.*)", r"  (?:The conflict|    ).*"),
        rule(
            _ERROR,
            r"\s+(?P<path>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<message>.*)",
            r"\s+\d* \|.*",
        ),
        rule(_KEEP, r"\s+\w*(?:Error|Exception): .*|\s+error: .*|\s+× .*|\s*╰─> .*|\s+exit code: .*"),
        rule(
            _NOISE,
            r"WARNING: (?:You are using pip|Retrying|Running pip as).*|You should consider upgrading.*"
            r"|\[notice\] .*",
        ),
        rule(_WARNING, r"(?:WARNING|DEPRECATION): (?P<message>.*)"),
        rule(_KEEP, r"The conflict is caused by:|  \S.* (?:depends on|requires) .*|To fix this you could try.*"),
        rule(_KEEP, r"Requirement already satisfied: (?!.*\(from ).*"),  # those that were asked for
        rule(
            _NOISE,
            r"Requirement already satisfied: .*|\s*(?:Collecting|Downloading|Using cached|Obtaining"
            r"|Processing|Preparing|Installing|Getting|Building|Created|Stored|Attempting|Found"
            r"|Uninstalling|Looking|Running|Saved|Requirement|Discarding|Downloaded)\b.*",
        ),
        rule(
            _NOISE,
            r"\s+[━╸╺╾─ ]+.*|\s*\|█*.*|\s+(?:Successfully uninstalled|Building wheel|Stored"
            r"|Created wheel|Checking if|Preparing|Getting|Installing|Resolving|Removing).*|\s*$",
        ),
        rule(_KEEP, r" [+-~] \S+==\S+.*"),
        rule(
            _NOISE,
            r"\s+(?:copying|creating|running|writing|reading|adding|building|byte-compiling|gcc"
            r"|x86_64-\S+-gcc|warning:|\!\!|\*{5,}).*",
        ),
    ),
    proof=re.compile(
        r"\n(?:Collecting \S|Requirement already|Successfully installed|ERROR: |Processing \S"
        r"|Looking in indexes|Resolved \d+|Building wheel)"
    ),
    confidence=0.86,
)

NPM: Final = RuleParser(
    "npm",
    ("npm", "npx", "pnpm", "yarn", "bun"),
    (
        "\nnpm error",
        "\nnpm ERR!",
        "\nnpm warn",
        "\nnpm WARN",
        "\nadded ",
        "\nremoved ",
        "\nchanged ",
        "up to date",
        "found 0 vulnerabilities",
        " vulnerabilities (",
        "yarn install v",
        "yarn add v",
        "\n➤ YN",
        "Progress: resolved",
        "\nPackages: ",
        "Lockfile is up to date",
        "ERR_PNPM",
        "success Saved lockfile",
    ),
    (
        rule(_SUMMARY, r"(?:added|removed|changed|up to date|audited)\b.*\bpackages?.*"),
        rule(
            _SUMMARY,
            r"found \d+ vulnerabilities|\d+ (?:\w+ )*vulnerabilit.*|Done in .*|success .*"
            r"|Already up to date|Lockfile is up to date.*|info Direct dependencies"
            r"|info All dependencies",
        ),
        rule(_ERROR, r"npm (?:error|ERR!) code (?P<code>\S+)(?P<message>)"),
        rule(_NOISE, r"npm (?:error|ERR!)\s+(?:Usage:|Options:|\[?--?[a-z]|alias(?:es)?: |Run \"npm help|npm ci$).*"),
        rule(_KEEP, r"npm (?:error|ERR!) (?!A complete log|For a full|\s*$)\S?.*"),
        rule(_KEEP, r"npm (?:error|ERR!) (?:A complete log|For a full).*"),
        rule(_NOISE, r"npm (?:error|ERR!)\s*$"),
        rule(_WARNING, r"npm (?:warn|WARN) deprecated (?P<message>.*)"),
        rule(_WARNING, r"npm (?:warn|WARN)(?: (?P<code>E\w+|ERESOLVE))? (?P<message>.*)"),
        rule(_ERROR, r"(?:error|ERROR) (?P<message>.*)"),
        rule(_ERROR, r"\s*(?P<code>ERR_PNPM_\w+)\s+(?P<message>.*)", r"\s*\S.*"),
        rule(_WARNING, r"(?:warning| WARN ) (?P<message>.*)"),
        rule(_KEEP, r"info No lockfile.*"),
        rule(
            _NOISE,
            r"\[\d+/\d+\] .*|info (?:Visit|There appears|fsevents|\"|If you).*"
            r"|Progress: .*|Packages: .*|[+-]+$|\s*$|yarn (?:install|add|run) v.*|\s+Run `npm audit.*"
            r"|To address .*",
        ),
        rule(
            _KEEP,
            r"(?:├─|└─|│  [├└]─) .*|[+-] \S+ .*|(?:dependencies|devDependencies|peerDependencies"
            r"|optionalDependencies):",
        ),
        rule(_NOISE, r"\d+ packages are looking for funding|\s+run `npm fund`.*"),
        rule(_NOISE, r"➤ YN0000: [┌│└·].*"),
        rule(_WARNING, r"➤ (?P<code>YN00(?:0[2-9]|[1-9]\d)): (?P<message>.*)"),
    ),
    proof=re.compile(
        r"\n(?:npm (?:error|ERR!|warn|WARN) |(?:added|removed|changed) \d+ packages?"
        r"|up to date(?:,| in)|yarn \w+ v\d|➤ YN|Progress: resolved|Lockfile is)"
    ),
    confidence=0.86,
)

APT: Final = RuleParser(
    "apt",
    ("apt", "apt-get", "dpkg", "aptitude"),
    (
        "Reading package lists",
        "E: Unable to locate",
        "\nSetting up ",
        "\nUnpacking ",
        "\nGet:1 ",
        "\nHit:1 ",
        "\nE: ",
        "\ndpkg: error",
    ),
    (
        rule(_ERROR, r"E: (?P<message>.*)"),
        rule(_ERROR, r"dpkg: (?:error|unrecoverable).*?: (?P<message>.*)", r"\s+\S.*"),
        rule(_ERROR, r"Err:\d+ (?P<message>.*)", r"  \S.*"),
        rule(_WARNING, r"W: (?P<message>.*)"),
        rule(_WARNING, r"(?P<message>(?:debconf: |invoke-rc\.d: |update-rc\.d: |WARNING: ).*)"),
        rule(
            _SUMMARY,
            r"\d+ upgraded, (?P<changed>\d+) newly installed.*|\d+ (?:packages|newly installed).*"
            r"|All packages are up to date.*",
        ),
        rule(
            _KEEP,
            r"(?:The following (?:NEW|packages? will be (?:upgraded|REMOVED|DOWNGRADED)"
            r"|packages have unmet|held).*)",
            r"  .*",
        ),
        rule(
            _NOISE,
            r"(?:The following (?:additional|packages? were)|Suggested packages|Recommended packages).*",
            r"  .*",
        ),
        rule(
            _KEEP,
            r"Need to get .*|After this operation.*|Fetched .*|.* is already the newest version.*"
            r"|\S+ : Depends: .*| \S+ : .*",
        ),
        rule(_KEEP, r"Setting up .*"),
        rule(
            _NOISE,
            r"(?:Get|Hit|Ign):\d+ .*|(?:Reading|Building|Selecting|Preparing|Unpacking|Processing"
            r"|Removing|Purging|Scanning|Extracting|Preconfiguring|Use 'sudo apt|Created symlink"
            r"|Adding|update-alternatives|\(Reading database|Waiting for|Correcting).*|\s*$|Running .*"
            r"|\d+% \[.*",
        ),
    ),
    proof=re.compile(r"\n(?:Reading package lists|Setting up \S+ \(|Unpacking \S+ \(|(?:Get|Hit):1 |E: )"),
    confidence=0.86,
)

PARSERS = (PIP, NPM, APT)
