"""Builders that run compilers: make, cmake, ninja, ctest, configure scripts, meson.

Their progress is noise, their complaints are not.
"""

from __future__ import annotations

import re

from .rules import Role, RuleParser, rule

_ERROR, _WARNING, _FAILURE = Role.ERROR, Role.WARNING, Role.FAILURE
_NOISE, _SUMMARY, _KEEP = Role.NOISE, Role.SUMMARY, Role.KEEP

# What begins like a word of prose (as, test, for, if) is a command by what follows only.
_COMPILING = (
    r"\s*(?:@?echo .*|libtool: (?:compile|link|install|relink) .*"
    r"|(?:\S*[-/])?(?:gcc|g\+\+|clang(?:\+\+)?|cc|c\+\+|ranlib)(?:-\d+)? .*"
    r"|(?:\S*[-/])?(?:ld|ar|as|nm|strip)(?:-\d+)? (?:-|[a-zA-Z]+ \S+\.a|\S+\.(?:o|a|so)).*"
    r"|(?:mv|rm|cp|mkdir|ln|touch|cd|sed|/bin/(?:bash|sh)) .*|(?:test|install|cat) [-/.\"'$].*"
    r"|if (?:test|\[|!|\$) .*|for \w+ in .*"
    r"|(?:CC|CXX|LD|AR|AS|CCLD|CXXLD|CPPAS|GEN|RANLIB|LINK|MOC|HOSTCC|HOSTLD|DEPMOD|INSTALL|UPD|OBJCOPY|YACC"
    r"|LEX|SYMLINK)\s+\S.*)"
)

# A program or a library is made, of objects or archives: what a build was for.
_LINKING = (
    r"\s*(?:\S*[-/])?(?:gcc|g\+\+|clang(?:\+\+)?|cc|c\+\+|ld)(?:-\d+)? "
    r"(?!(?:.* )?-(?:c|S|E|MM?)(?: |$))(?=(?:.* )?-o )"
    r"(?=.*\S\.(?:o|lo|a|obj)(?: |$)).*"
    r"|\s*(?:\S*[-/])?ar(?:-\d+)? [a-zA-Z]+ \S+\.a .*"
)

MAKE = RuleParser(
    "make",
    ("make", "gmake", "cmake", "ninja", "bmake"),
    (
        "make: ",
        "make[",
        "gmake",
        "[100%]",
        "Built target",
        "Building C",
        "ninja: ",
        "libtool: ",
        "Linking C",
        "\nFAILED: ",
        "\n  CC ",
        "\ngcc -",
        "\ng++ -",
        "\ncc -",
        "\nclang",
    ),
    (
        rule(_ERROR, r"g?make(?:\[\d+\])?: \*\*\* (?!Waiting|Deleting)(?P<message>.*)"),
        rule(_ERROR, r"ninja: (?:error|fatal): (?P<message>.*)"),
        rule(_SUMMARY, r"ninja: (?:build stopped|no work to do).*"),
        rule(_FAILURE, r"FAILED: (?P<name>(?:\[code=\d+\] )?\S+)"),
        rule(_SUMMARY, r"g?make: (?:Nothing to be done|.* is up to date|Target .* not remade).*"),
        rule(
            _WARNING,
            r"g?make(?:\[\d+\])?: (?:warning: )?(?P<message>(?:warning|Warning|Circular|.*overriding recipe"
            r"|.*ignoring old).*)",
        ),
        rule(_WARNING, r"(?P<path>\S+):(?P<line>\d+): warning: (?P<message>(?:overriding|ignoring old) recipe.*)"),
        rule(Role.FEW, r"Making \w+ in \S+$"),
        rule(_NOISE, r"g?make(?:\[\d+\])?: .*|make  \S.*"),
        rule(_SUMMARY, r"\[100%\] Built target .*"),
        rule(Role.FEW, r"\[\s*\d+%\] Built target .*"),
        rule(
            _NOISE,
            r"\[\s*\d+%\] .*|\[\d+/\d+\] .*|Scanning dependencies of target .*"
            r"|Consolidate compiler generated.*",
        ),
        rule(_KEEP, _LINKING),
        rule(_NOISE, _COMPILING),
        rule(_NOISE, r"libtool: .*|(?:config\.status|checking) .*"),
    ),
    proof=re.compile(
        r"\n(?:g?make(?:\[\d+\])?: |\[\s*\d+%\] |ninja: |\[\d+/\d+\] |libtool: |  CC |(?:gcc|g\+\+|cc"
        r"|clang\S*) .*-[co] )"
    ),
    confidence=0.82,
)

CMAKE = RuleParser(
    "cmake",
    ("cmake",),
    (
        "\nCMake Error",
        "\nCMake Warning",
        "\n-- Configuring",
        "-- Build files have been written",
        "\n-- The C compiler",
        "\n-- The CXX compiler",
        "\nCMake Deprecation",
    ),
    (
        rule(
            _ERROR,
            r"CMake Error(?: at (?P<path>[^\s:]+):(?P<line>\d+)[^:]*)?:?(?P<message>.*)",
            r"\s{2,}\S|\s*$(?=.*)|Call Stack",
        ),
        rule(
            _WARNING,
            r"CMake (?:Deprecation )?Warning(?: \(dev\))?(?: at "
            r"(?P<path>[^\s:]+):(?P<line>\d+)[^:]*)?:?(?P<message>.*)",
            r"\s{2,}\S|Call Stack",
        ),
        rule(_ERROR, r"-- Configuring incomplete, (?P<message>errors occurred!)"),
        rule(_SUMMARY, r"-- (?:Configuring done|Build files have been written).*"),
        rule(
            _KEEP,
            r"-- (?:The \w+ compiler identification is .*|Found \w+:? .*|Could NOT find .*|Could not find .*"
            r"|.*\bnot found$|Build type.*|Install configuration.*|.*version.*)",
        ),
        rule(
            _NOISE,
            r"-- (?:Installing|Up-to-date|Detecting|Check for working|Looking for|Performing Test|Checking"
            r"|Configuring done|Generating done|Check size|Check if) ?.*",
        ),
    ),
    confidence=0.86,
)

CTEST = RuleParser(
    "ctest",
    ("ctest", "make", "ninja"),
    ("% tests passed, ", "No tests were found!!!", "Errors while running CTest"),
    (
        rule(_SUMMARY, r"\d+% tests passed, (?P<failed>\d+) tests? failed out of \d+"),
        rule(
            _ERROR,
            r"(?P<message>No tests were found!!!|Unable to find executable: .*"
            r"|Could not find executable .*)",
        ),
        rule(_KEEP, r"\s+\d+ - \S+ \([^)]*\).*"),
        rule(
            _FAILURE,
            r"\s*\d+/\d+ Test\s+#\d+: (?P<name>\S+) \.*\s*(?P<message>[^*]*\*+(?:Failed|Timeout|Exception|Not Run"
            r"|Skipped|SegFault|Child).*)",
            r"(?!\s*(?:\d+/\d+ Test|Start +\d+:|\d+% tests))\s*\S.*",
        ),
        rule(
            _NOISE,
            r"\s*\d+/\d+ Test\s+#\d+: .*Passed.*|\s+Start\s+\d+: .*|Test project .*|Total Test time .*"
            r"|The following tests (?:FAILED|did not run):|Label Time Summary:.*",
        ),
        rule(_NOISE, r"Errors while running CTest|Output from these tests are in: .*|Use \"--rerun-failed .*"),
    ),
    confidence=0.93,
)

CONFIGURE = RuleParser(
    "configure",
    ("configure", "autoreconf", "meson"),
    ("\nchecking for ", "\nconfigure: ", "\nconfig.status: "),
    (
        rule(_ERROR, r"(?:configure|\S+/configure): error: (?P<message>.*)", r"(?!checking|configure)\S.*|\s+\S.*"),
        rule(_WARNING, r"configure: WARNING: (?P<message>.*)"),
        rule(
            _KEEP,
            r"checking (?:build system type|host system type|target system type|for .*version"
            r"|whether to build (?:shared|static).*|for (?:gcc|g\+\+|cc|gawk|python\S*|pkg-config))\.\.\. .*",
        ),
        rule(_KEEP, r"config\.status: creating (?:.*\.(?:h|hpp|pc)$|(?!.*/).*)|configure: (?!creating|loading).*"),
        rule(_NOISE, r"checking .*\.\.\. .*(?<!\bno)$"),
        rule(_NOISE, r"checking .*|config\.status: .*|configure: (?:creating|loading) .*"),
    ),
    confidence=0.85,
)

AUTOTEST = RuleParser(
    "make check",
    ("make",),
    ("\n# TOTAL: ", "\nTestsuite summary for"),
    (
        rule(_SUMMARY, r"# TOTAL: +\d+$"),
        rule(_SUMMARY, r"# PASS: +(?P<passed>\d+)$"),
        rule(_SUMMARY, r"# FAIL: +(?P<failed>\d+)$"),
        rule(_SUMMARY, r"# ERROR: +(?P<errors>\d+)$"),
        rule(_SUMMARY, r"# SKIP: +(?P<skipped>\d+)$"),
        rule(_SUMMARY, r"# XFAIL: +(?P<expected_failures>\d+)$"),
        rule(_SUMMARY, r"# XPASS: +(?P<unexpected_passes>\d+)$"),
        rule(_FAILURE, r"(?:FAIL|ERROR|XPASS): (?P<name>\S.*)"),
        rule(Role.FEW, r"(?:PASS|SKIP|XFAIL): .*"),
        rule(_NOISE, r"={20,}$"),
        rule(_KEEP, r"Testsuite summary for .*|See \S+test-suite\.log.*|Please report to .*"),
    ),
    confidence=0.93,
)

PARSERS = (CTEST, AUTOTEST, CMAKE, CONFIGURE, MAKE)
