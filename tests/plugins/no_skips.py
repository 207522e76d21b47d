"""A pytest plugin for continuous integration: a skipped test is a failed one, because there everything is installed.

The one exception is what cannot be installed: a container that forbids to mount stays a place to test in. The summary
names such a test as skipped.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

NOT_ALLOWED = "not allowed on this machine: "


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the report of a skip into that of a failure; an expected failure stays one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and NOT_ALLOWED not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may be skipped here: {report.longrepr}"
    return report
