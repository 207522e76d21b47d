"""docker and podman builds (BuildKit and the older builder), compose; terraform, ansible and kubectl rollouts."""

from __future__ import annotations

import re
from typing import Final

from .rules import Role, RuleParser, rule

_ERROR, _WARNING, _NOISE, _SUMMARY, _KEEP = Role.ERROR, Role.WARNING, Role.NOISE, Role.SUMMARY, Role.KEEP

DOCKER: Final = RuleParser(
    "docker",
    ("docker", "podman", "docker-compose", "buildx", "nerdctl"),
    (
        "#1 [internal]",
        "[+] Building",
        "Sending build context",
        "Step 1/",
        "=> [internal]",
        "Successfully built",
        "Cannot connect to the Docker daemon",
        "Error response from daemon",
        "failed to solve",
        "[+] Running",
        "Pull complete",
    ),
    (
        rule(_ERROR, r"(?:ERROR|error): (?P<message>.*)"),
        rule(
            _ERROR,
            r"(?P<message>Error response from daemon.*|Cannot connect to the Docker daemon.*"
            r"|failed to solve.*|The command '.*' returned a non-zero code.*)",
        ),
        rule(_ERROR, r"#\d+ ERROR:? (?P<message>.*)"),
        rule(_ERROR, r"=> ERROR (?P<message>.*)"),
        rule(_KEEP, r"-{4,}$|(?: > \[.*|\d+\.\d+ .*)"),
        rule(_KEEP, r"(?P<path>\S*Dockerfile\S*):(?P<line>\d+)", r"-{4,}|\s*\d+ \|.*"),
        rule(_WARNING, r"(?P<message> - \w+: .*\(line \d+\)|WARN(?:ING)?.*)"),
        rule(
            _SUMMARY,
            r"\[\+\] (?:Building|Running) [\d.]+.*|Successfully (?:built|tagged) .*"
            r"|#\d+ (?:naming to|writing image) .*(?:done)?|(?:=> )+(?:naming to|writing image) .*"
            r"|.*: digest: sha256:.*|Status: .*",
        ),
        rule(
            _NOISE,
            r"#\d+ (?:\[internal\]|CACHED|DONE|sha256:|transferring|resolve|extracting|exporting"
            r"|preparing|sending|\d+\.\d+ (?:Get|Hit|Selecting|Preparing|Unpacking|Setting up"
            r"|Collecting|Downloading|Reading|Building|\(Reading)).*",
        ),
        rule(_KEEP, r"#\d+ \[.*\d+/\d+\] .*|Step \d+/\d+ : .*"),
        rule(
            _NOISE,
            r"#\d+\s.*|#\d+$| =>.*|\s+=> .*| ---> .*|Removing intermediate.*|Sending build context.*"
            r"|[0-9a-f]{12}: .*|\s*$|(?:Pulling|Digest|Waiting).*",
        ),
    ),
    proof=re.compile(
        r"\n(?:#1 |\[\+\] (?:Building|Running)|Step 1/\d+|Sending build context|ERROR: failed to"
        r"|Cannot connect to the Docker|(?:docker: )?Error response)"
    ),
    confidence=0.85,
)

ANSIBLE: Final = RuleParser(
    "ansible",
    ("ansible-playbook", "ansible"),
    ("\nPLAY RECAP ***", "\nTASK [", "\nPLAY ["),
    (
        rule(
            _ERROR,
            r"(?:fatal|failed): \[(?P<code>[^\]]*)\](?:.*)(?:: FAILED! "
            r"|: UNREACHABLE! )?=> (?P<message>.*)",
            r"\s+\S.*|\}$",
        ),
        rule(_ERROR, r"ERROR! (?P<message>.*)", r"(?!PLAY|TASK)\S.*|\s+.*"),
        rule(_KEEP, r"Origin: \S+"),
        rule(_WARNING, r"\[(?:WARNING|DEPRECATION WARNING)\]: (?P<message>.*)"),
        rule(_SUMMARY, r"PLAY RECAP \*+"),
        rule(_SUMMARY, r"\S+\s+: ok=\d+.*\bfailed=(?P<failed>\d+).*"),
        rule(_KEEP, r"(?:TASK|PLAY|RUNNING HANDLER) \[.*|\.\.\.ignoring|changed: .*"),
        rule(_NOISE, r"(?:ok|skipping|included|changed): .*|\s*$"),
    ),
    confidence=0.93,
    is_failed_by_errors=False,
)

TERRAFORM: Final = RuleParser(
    "terraform",
    ("terraform", "tofu"),
    ("\nTerraform ", "\nPlan: ", "Apply complete!", "No changes. ", "│ Error: "),
    (
        rule(_ERROR, r"[│╷ ]*Error: (?P<message>.*)", r"│.*"),
        rule(_WARNING, r"[│╷ ]*Warning: (?P<message>.*)", r"│.*"),
        rule(_KEEP, r".*# forces replacement.*"),
        rule(_SUMMARY, r"Plan: .*|Apply complete!.*|Destroy complete!.*|No changes\..*"),
        rule(
            _KEEP,
            r"  # .* (?:will be|must be) .*|\S+: (?:Creation|Modifications|Destruction) complete.*"
            r"|\S+ = .*",
        ),
        rule(
            _NOISE,
            r"\S+: (?:Refreshing state|Still (?:creating|destroying)|Creating|Destroying|Modifying"
            r"|Reading).*|- (?:Reusing|Installing|Installed|Using|Finding).*|Initializing .*|\s*$"
            r"|\s+[+~-] \w+\s+=.*",
        ),
    ),
    proof=re.compile(r"\n(?:Plan: \d+|Terraform |Apply complete|No changes\. |│ Error)"),
    confidence=0.85,
)

BUNDLERS: Final = RuleParser(
    "bundler",
    ("vite", "webpack", "npm run", "next", "esbuild", "rollup", "parcel", "turbo"),
    (
        "vite v",
        "webpack compiled",
        "webpack 5",
        "✓ built in",
        "modules transformed",
        "compiled with",
        "error during build",
        "[ERROR] ",
    ),
    (
        rule(_ERROR, r"error during build:(?P<message>)", r"(?!\s+at )\S.*|\s+(?!at )\S.*"),
        rule(_ERROR, r"✗ Build failed.*(?P<message>)"),
        rule(
            _ERROR,
            r"ERROR in (?P<path>\S+?)(?: (?P<line>\d+):(?P<column>\d+)\S*)?$(?P<message>)",
            r"(?!ERROR|WARNING|webpack)\S.*|\s+.*",
        ),
        rule(
            _WARNING,
            r"WARNING in (?P<path>\S+?)(?: (?P<line>\d+):(?P<column>\d+)\S*)?$(?P<message>)",
            r"(?!ERROR|WARNING|webpack)\S.*|\s+.*",
        ),
        rule(_ERROR, r"✘ \[ERROR\] (?P<message>.*)", r"\s+\S.*|\s*$"),
        rule(_WARNING, r"▲ \[WARNING\] (?P<message>.*)", r"\s+\S.*|\s*$"),
        rule(
            _SUMMARY,
            r"✓ (?:built in|\d+ modules).*|webpack .*compiled.*"
            r"|\d+ errors? (?:and \d+ warnings? )?in .*|.* compiled (?:successfully|with).*",
        ),
        rule(_WARNING, r"\(!\) (?P<message>.*)"),
        rule(_KEEP, r"dist/\S+\s+[\d.,]+ k?B.*|asset \S+ .*"),
        rule(
            _NOISE,
            r"(?:transforming|rendering|computing|vite v).*|> .*|\s*$|\s+at .*|(?:runtime modules"
            r"|cacheable modules|modules by|orphan modules) .*|\s+(?:modules by|\./).*",
        ),
    ),
    proof=re.compile(r"\n(?:vite v\d|webpack \S+ compiled|✓ \d+ modules|error during build|ERROR in |✘ \[ERROR\])"),
    confidence=0.86,
)

PARSERS = (DOCKER, ANSIBLE, TERRAFORM, BUNDLERS)
