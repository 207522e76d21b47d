"""Tools whose output is written down here, as they print it."""

from __future__ import annotations

import pytest

from ai_session_tui.parsers.model import Parsed, Severity, Verdict
from ai_session_tui.parsers.registry import best


def read(text: str, tool: str, command: str = "", exit_code: int | None = None) -> Parsed:
    lines = text.strip("\n").split("\n")
    found = {parsed.tool: parsed for parsed in best(lines, command, exit_code)}
    assert tool in found, f"read {sorted(found)}"
    return found[tool]


def shown(text: str, parsed: Parsed) -> str:
    """Return the lines that a result points at."""
    lines = text.strip("\n").split("\n")
    indices = {*parsed.summary, *parsed.keep}
    for item in (*parsed.failures, *parsed.diagnostics):
        indices.update(item.lines)
    return "\n".join(lines[index] for index in sorted(indices))


GO_VERBOSE = """
=== RUN   TestAdd
=== RUN   TestAdd/small
=== RUN   TestAdd/large
    math_test.go:21: Add(1000, 1) = 1000, want 1001
--- FAIL: TestAdd (0.00s)
    --- PASS: TestAdd/small (0.00s)
    --- FAIL: TestAdd/large (0.00s)
=== RUN   TestSkip
    math_test.go:30: no database
--- SKIP: TestSkip (0.00s)
=== RUN   TestFine
--- PASS: TestFine (0.01s)
FAIL
FAIL\texample.com/m/calc\t0.004s
ok  \texample.com/m/api\t0.011s
FAIL
"""

GO_PANIC = """
--- FAIL: TestBoom (0.00s)
panic: runtime error: index out of range [3] with length 3 [recovered]
\tpanic: runtime error: index out of range [3] with length 3

goroutine 18 [running]:
testing.tRunner.func1.2({0x50a0a0, 0xc0000b4018})
\t/usr/local/go/src/testing/testing.go:1632 +0x230
example.com/m/calc.Last(...)
\t/home/dev/m/calc/calc.go:9
example.com/m/calc.TestBoom(0xc000003a40)
\t/home/dev/m/calc/calc_test.go:14 +0x1d
FAIL\texample.com/m/calc\t0.006s
FAIL
"""


def test_go_subtests_and_packages() -> None:
    parsed = read(GO_VERBOSE, "go test", "go test -v ./...", 1)
    assert parsed.verdict is Verdict.FAILURE
    assert parsed.counts.known() == {"passed": 2, "failed": 2, "skipped": 1}
    failure = next(failure for failure in parsed.failures if failure.name == "TestAdd/large")
    assert (failure.message, failure.location and failure.location.line) == ("Add(1000, 1) = 1000, want 1001", 21)
    assert "example.com/m/calc" in shown(GO_VERBOSE, parsed)


def test_go_panic_in_a_test() -> None:
    parsed = read(GO_PANIC, "go test", "go test", 2)
    text = shown(GO_PANIC, parsed)
    assert "index out of range [3]" in text
    assert "calc.go:9" in text
    assert "testing.go:1632" not in text


SUREFIRE = """
[INFO] Scanning for projects...
[INFO] -------------------------------------------------------
[INFO]  T E S T S
[INFO] -------------------------------------------------------
[INFO] Running org.acme.CartTest
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 0.061 s <<< FAILURE! -- in org.acme.CartTest
[ERROR] org.acme.CartTest.total -- Time elapsed: 0.010 s <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <30> but was: <25>
\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)
\tat org.acme.CartTest.total(CartTest.java:18)

[INFO]
[INFO] Results:
[INFO]
[ERROR] Failures:
[ERROR]   CartTest.total:18 expected: <30> but was: <25>
[ERROR] Errors:
[ERROR]   CartTest.empty:25 » NullPointer
[INFO]
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0
[INFO]
[INFO] BUILD FAILURE
[INFO] Total time:  2.512 s
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:3.2.5:test (default-test) on project shop
[ERROR] -> [Help 1]
"""


def test_maven_counts_each_test_once() -> None:
    parsed = read(SUREFIRE, "maven", "mvn test", 1)
    assert parsed.verdict is Verdict.FAILURE
    assert parsed.counts.known() == {"passed": 1, "failed": 1, "errors": 1}
    text = shown(SUREFIRE, parsed)
    assert "CartTest.java:18" in text and "» NullPointer" in text and "AssertionUtils" not in text


GRADLE = """
> Task :compileJava UP-TO-DATE
> Task :test FAILED

CartTest > total() FAILED
    org.opentest4j.AssertionFailedError at CartTest.java:18

12 tests completed, 1 failed

FAILURE: Build failed with an exception.

* What went wrong:
Execution failed for task ':test'.
> There were failing tests. See the report at: file:///home/dev/shop/build/reports/tests/test/index.html

* Try:
> Run with --scan to get full insights.

BUILD FAILED in 3s
2 actionable tasks: 1 executed, 1 up-to-date
"""


def test_gradle_names_task_and_test() -> None:
    parsed = read(GRADLE, "gradle", "./gradlew test", 1)
    assert (parsed.verdict, parsed.counts.failed) == (Verdict.FAILURE, 1)
    assert [failure.name for failure in parsed.failures] == [":test", "CartTest > total()"]
    assert "There were failing tests" in shown(GRADLE, parsed)
    assert "--scan" not in shown(GRADLE, parsed)


DOCKER = """
#0 building with "default" instance using docker driver
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 210B done
#1 DONE 0.0s
#4 [1/3] FROM docker.io/library/python:3.12-slim
#4 CACHED
#5 [2/3] RUN pip install -r requirements.txt
#5 1.204 ERROR: Could not find a version that satisfies the requirement nope==1 (from versions: none)
#5 ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
------
 > [2/3] RUN pip install -r requirements.txt:
1.204 ERROR: Could not find a version that satisfies the requirement nope==1 (from versions: none)
------
Dockerfile:3
--------------------
   2 |     COPY requirements.txt .
   3 | >>> RUN pip install -r requirements.txt
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
"""


def test_docker_build_keeps_the_failing_step() -> None:
    parsed = read(DOCKER, "docker", "docker build .", 1)
    assert parsed.verdict is Verdict.FAILURE
    text = shown(DOCKER, parsed)
    assert "nope==1" in text and "failed to solve" in text and "Dockerfile:3" in text
    assert "transferring" not in text


PNPM = """
Progress: resolved 1, reused 0, downloaded 0, added 0
Packages: +3
+++
Progress: resolved 3, reused 3, downloaded 0, added 3, done

dependencies:
+ express 4.19.2
+ zod 3.23.8

 WARN  deprecated glob@7.2.3: versions before 9 are no longer supported
Done in 1.1s
"""

YARN = """
yarn install v1.22.22
info No lockfile found.
[1/4] Resolving packages...
error Couldn't find package "nope@^1.0.0" required by "app@1.0.0" on the "npm" registry.
info Visit https://yarnpkg.com/en/docs/cli/install for documentation about this command.
"""

APT = """
Reading package lists...
Building dependency tree...
The following NEW packages will be installed:
  jq libjq1 libonig5
0 upgraded, 3 newly installed, 0 to remove and 7 not upgraded.
Get:1 http://deb.debian.org/debian bookworm/main amd64 libonig5 amd64 6.9.8-1 [188 kB]
Fetched 388 kB in 0s (4,210 kB/s)
Selecting previously unselected package libonig5:amd64.
(Reading database ... 9,000 files and directories currently installed.)
Unpacking libonig5:amd64 (6.9.8-1) ...
Setting up libonig5:amd64 (6.9.8-1) ...
Setting up jq (1.6-2.1) ...
Processing triggers for libc-bin (2.36-9) ...
"""


def test_package_managers() -> None:
    pnpm = read(PNPM, "npm", "pnpm install", 0)
    assert pnpm.verdict is Verdict.SUCCESS
    assert "+ zod 3.23.8" in shown(PNPM, pnpm) and "Progress" not in shown(PNPM, pnpm)
    yarn = read(YARN, "npm", "yarn", 1)
    assert yarn.verdict is Verdict.FAILURE and "nope@^1.0.0" in yarn.diagnostics[0].message
    apt = read(APT, "apt", "apt-get install -y jq", 0)
    assert (apt.verdict, apt.counts.changed) == (Verdict.SUCCESS, 3)
    assert "jq (1.6-2.1)" in shown(APT, apt) and "Unpacking" not in shown(APT, apt)


LOG = "\n".join(
    [f"2026-01-05 10:00:{second:02d},120 INFO  [main] served request {second}" for second in range(30)]
    + ["2026-01-05 10:01:00,000 INFO  [main] error budget is fine"]
    + [
        f"2026-01-05 10:01:{second:02d},500 ERROR [pool-{second}] query failed after {second}00 ms"
        for second in range(1, 4)
    ]
    + ["java.sql.SQLException: connection closed", "\tat org.acme.Db.query(Db.java:40)"]
    + ["2026-01-05 10:02:00,001 WARN  [main] slow"]
)


def test_log_levels_count_not_words() -> None:
    parsed = read(LOG, "log", "cat app.log", 0)
    assert parsed.verdict is Verdict.SUCCESS
    assert parsed.counts.known() == {"errors": 3, "warnings": 1}
    errors = [item for item in parsed.diagnostics if item.severity is Severity.ERROR]
    assert len({item.message for item in errors}) == 1  # one kind
    lines = LOG.split("\n")
    assert [lines[index][11:19] for index in errors[0].lines[:2]] == ["10:01:01", "10:01:03"]  # the first and the last
    assert "error budget" not in shown(LOG, parsed)


ACCESS = "\n".join(
    f'10.0.0.{n} - - [05/Jan/2026:10:00:{n:02d} +0000] "GET /api/orders/{n} HTTP/1.1" '
    f'{502 if n % 10 == 0 else 200} 150 "-" "curl/8"'
    for n in range(40)
)


def test_access_log_groups_server_errors_by_path() -> None:
    parsed = read(ACCESS, "log", "cat access.log", 0)
    assert parsed.counts.errors == 4
    assert {item.message for item in parsed.diagnostics} == {"/api/orders/# 502"}


CSV = "id,name,total\n" + "\n".join(f"{n},customer {n},{n * 3}.50" for n in range(20))
TABLE = "NAME      READY   STATUS    RESTARTS\n" + "\n".join(f"api-{n}     1/1     Running   0" for n in range(9))
JSON = '{"name": "app", "version": "1.0.0",\n "items": [1, 2, 3]}'
NDJSON = '{"id": 1, "ok": true}\n{"id": 2, "ok": false}\n{"id": 3, "ok": true}'
TREE = ".\n" + "\n".join(f"├── file{n}.py" for n in range(12)) + "\n\n1 directory, 12 files"
PATHS = "\n".join(f"./src/module{n}/main.py" for n in range(12)) + "\nfind: ‘./secret’: Permission denied"
GREP = "\n".join(f"src/a{n % 3}.py:{n + 1}:import os" for n in range(12))


@pytest.mark.parametrize(
    ("text", "command", "tool", "kind", "rows", "names"),
    [
        (CSV, "cat a.csv", "csv", "csv", 20, ("id", "name", "total")),
        (TABLE, "kubectl get pods", "table", "table", 9, ("NAME", "READY", "STATUS", "RESTARTS")),
        (JSON, "cat package.json", "json", "json", 3, ("name", "version", "items")),
        (NDJSON, "cat x.ndjson", "json", "ndjson", 3, ("id", "ok")),
        (TREE, "tree", "listing", "listing", 13, ()),
        (PATHS, "find .", "listing", "listing", 12, ()),
        (GREP, "grep -rn 'import os' src", "search", "search", 12, ("src/a0.py", "src/a1.py", "src/a2.py")),
    ],
)
def test_shape_of_bulk_data(text: str, command: str, tool: str, kind: str, rows: int, names: tuple[str, ...]) -> None:
    bulk = read(text, tool, command, 0).bulk
    assert bulk is not None
    assert (bulk.kind, bulk.rows, bulk.names) == (kind, rows, names)


def test_complaints_among_listed_names_are_kept() -> None:
    parsed = read(PATHS, "listing", "find .", 1)
    assert parsed.verdict is Verdict.FAILURE
    assert "Permission denied" in shown(PATHS, parsed)


def test_binary_is_recognized() -> None:
    parsed = read("\x00\x01\ufffd\ufffdELF\x02" * 30 + "\nx", "binary", "cat a.out", 0)
    assert parsed.bulk is not None and parsed.bulk.kind == "binary"


UBSAN = """
a.c:7:15: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'
result -2147483648
SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior a.c:7:15
"""


def test_undefined_behaviour_is_an_error_even_with_exit_zero() -> None:
    parsed = read(UBSAN, "sanitizer", "./a.out", 0)
    assert parsed.verdict is Verdict.FAILURE
    assert (parsed.diagnostics[0].locations[0].path, parsed.diagnostics[0].locations[0].line) == ("a.c", 7)


ISTANBUL = """
----------|---------|----------|---------|---------|-------------------
File      | % Stmts | % Branch | % Funcs | % Lines | Uncovered Line #s
----------|---------|----------|---------|---------|-------------------
All files |   86.66 |       75 |     100 |   86.66 |
 full.js  |     100 |      100 |     100 |     100 |
 half.js  |   66.66 |       50 |     100 |   66.66 | 12-15
----------|---------|----------|---------|---------|-------------------
"""


def test_coverage_keeps_the_total_and_what_is_not_covered() -> None:
    text = shown(ISTANBUL, read(ISTANBUL, "coverage", "npx jest --coverage", 0))
    assert "All files" in text and "half.js" in text and "full.js" not in text


ANSIBLE = """
PLAY [web] *********************************************************************

TASK [restart] *****************************************************************
fatal: [host-b]: FAILED! => {"changed": false, "msg": "service not found"}
...ignoring
ok: [host-a]

PLAY RECAP *********************************************************************
host-a                     : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
host-b                     : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=1
"""


def test_an_ignored_task_is_told_but_fails_nothing() -> None:
    parsed = read(ANSIBLE, "ansible", "ansible-playbook site.yml", 0)
    assert parsed.verdict is Verdict.SUCCESS
    assert "service not found" in shown(ANSIBLE, parsed)


MAKE_PYTEST = """
python -m pytest -q tests
.F                                                                       [100%]
=================================== FAILURES ===================================
____________________________________ test_b ____________________________________

    def test_b():
>       assert 1 == 2
E       assert 1 == 2

tests/test_a.py:5: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_b - assert 1 == 2
1 failed, 1 passed in 0.02s
make: *** [Makefile:2: test] Error 1
"""


def test_make_that_runs_pytest_tells_both() -> None:
    pytest_run = read(MAKE_PYTEST, "pytest", "make test", 2)
    assert pytest_run.counts.known() == {"passed": 1, "failed": 1}
    assert pytest_run.failures[0].location is not None and pytest_run.failures[0].location.line == 5
    assert read(MAKE_PYTEST, "make", "make test", 2).diagnostics[0].message == "[Makefile:2: test] Error 1"


@pytest.mark.parametrize("sign", ["⎯", " ", "=", "a", "(", "1 ", "at ", "{", "\\", "|", ":1", "x:1:1: "])
def test_very_long_lines_are_read_like_any_other(sign: str) -> None:
    line = sign * (1_000_000 // len(sign))
    for text in (line, f"Tests: {line}", f"FAIL {line}", f"error: {line}"):
        best(
            [text, "", "1 passed in 0.1s", "Test Suites: 1 passed", " Test Files  1 passed (1)", "test result: ok."],
            "",
            1,
        )


TIMEOUT = """
============================= test session starts ==============================
collected 2 items

tests/test_slow.py +++++++++++++++++++++++++++ Timeout +++++++++++++++++++++++++++
~~~~~~~~~~~~~~~~~~~~~ Stack of payment-worker (139945652827840) ~~~~~~~~~~~~~~~~~~~~~
  File "/usr/lib/python3.11/threading.py", line 1002, in _bootstrap
    self._bootstrap_inner()
  File "/home/dev/app/tests/test_slow.py", line 3, in worker
    while True: time.sleep(1)
~~~~~~~~~~~~~~~~~~~~~~~ Stack of MainThread (139945693997952) ~~~~~~~~~~~~~~~~~~~~~~~
  File "/usr/lib/python3.11/site-packages/pytest/__main__.py", line 9, in <module>
    raise SystemExit(main())
  File "/home/dev/app/tests/test_slow.py", line 8, in test_deadlock
    lock.acquire()
+++++++++++++++++++++++++++++++++++ Timeout ++++++++++++++++++++++++++++++++++++
"""

FAULT = """
Fatal Python error: Segmentation fault

Current thread 0x00007f0a8c (most recent call first):
  File "/home/dev/app/native.py", line 12 in call
  File "/home/dev/app/main.py", line 3 in <module>
Segmentation fault (core dumped)
"""


def test_a_timeout_names_the_threads_and_where_they_hung() -> None:
    parsed = read(TIMEOUT, "stack dump", "pytest", 1)
    assert parsed.verdict is Verdict.FAILURE
    places = [(failure.name, failure.location and failure.location.line) for failure in parsed.failures]
    assert places == [("payment-worker", 3), ("MainThread", 8)]
    assert "lock.acquire()" in shown(TIMEOUT, parsed)


def test_a_crash_of_the_interpreter_has_its_innermost_frame() -> None:
    parsed = read(FAULT, "stack dump", "python main.py", 139)
    assert parsed.failures[0].location is not None and parsed.failures[0].location.path == "/home/dev/app/native.py"


LONG_DIFFERENCE = "\n".join(
    [
        "=================================== FAILURES ===================================",
        "_ test_report[a parameter that is so long that the heading has no room for dashes] _",
        "",
        ">       assert a == b",
        "E       AssertionError: assert ['line 0', 'line 1'] == ['line 0', 'line 1']",
        "E         At index 23 diff: 'line 23 of one' != 'line 23 of the other'",
        "E         Full diff:",
        *(f"E           'line {n}'," for n in range(22)),
        "E         - 'line 23 of the other',",
        "E         + 'line 23 of one',",
        *(f"E           'line {n}'," for n in range(24, 40)),
        "",
        "tests/test_report.py:9: AssertionError",
        "1 failed in 0.02s",
    ]
)


def test_of_a_long_comparison_what_differs_is_shown() -> None:
    text = shown(LONG_DIFFERENCE, read(LONG_DIFFERENCE, "pytest", "pytest -q", 1))
    assert "- 'line 23 of the other'" in text and "+ 'line 23 of one'" in text
    assert "'line 30'" not in text


PLAIN_TAP = """
1..2
ok 1 adds
not ok 2 sum fails
  Expected values to be strictly equal:
  AssertionError: 4 !== 5
      at Context.<anonymous> (sum.js:4:30)
# tests 2
# pass 1
# fail 1
"""


def test_tap_with_plain_text_below_a_failure() -> None:
    parsed = read(PLAIN_TAP, "tap", "mocha -R tap", 1)
    assert parsed.failures[0].name == "sum fails"
    assert "4 !== 5" in shown(PLAIN_TAP, parsed)


def test_a_warning_beside_bulk_data_does_not_hide_its_shape() -> None:
    text = "npm warn config nodedir is unknown\n" + TREE
    found = best(text.split("\n"), "npm ls", 0)
    assert [parsed.tool for parsed in found] == ["npm", "listing"]
