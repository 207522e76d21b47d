"""TeX and its kin: errors with the line they stand in, references and files that are missing, what was written."""

from __future__ import annotations

from typing import Final

from .rules import Role, RuleParser, rule

TEX: Final = RuleParser(
    "tex",
    ("pdflatex", "xelatex", "lualatex", "latex", "latexmk", "tex", "pdftex", "xetex", "luatex"),
    ("This is pdfTeX", "This is XeTeX", "This is LuaTeX", "This is LuaHBTeX", "This is TeX", "LaTeX Warning: "),
    (
        rule(Role.SUMMARY, r"Output written on .*|!? *==> Fatal error.*|No pages of output.*"),
        rule(Role.ERROR, r"! (?P<message>\S.*)", r"(?![!(\[]|l\.\d|See the |Type  H | \.\.\.|\s*$).+"),
        rule(Role.ERROR, r"(?P<path>\S+\.\w+):(?P<line>\d+): (?P<message>.*)"),
        rule(Role.KEEP, r"l\.\d+ .*", r"\s{2,}\S.*"),
        rule(
            Role.WARNING,
            r"(?:LaTeX|pdfTeX|Package \S+|Class \S+)(?: \w+)? [Ww]arning(?: \(.*?\))?: (?P<message>.*)",
            r"\(\w+\) {2,}\S.*",
        ),
        rule(Role.NOTE, r"(?P<code>(?:Over|Under)full \\[hv]box).* at lines? .*"),
        rule(
            Role.NOISE,
            r"\s*[()\[]+/\S+.*|.*\(/usr/\S+|\s*$|This is .*|entering extended mode| restricted .*|See the .* for expl.*"
            r"|Type  H <return>.*| \.\.\.|Document Class: .*|[\[\]\d ()]+$|.*</usr/share/\S+>.*",
        ),
    ),
    confidence=0.86,
)

PARSERS = (TEX,)
