"""What the tests share: the real paintings and weights where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real paintings and weights; tests that use it carry the mark ``shared``."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the paintings and weights in {SHARED}")
    return SHARED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With REQUIRE_SHARED set, fail the run when tests on the real paintings were skipped or left out."""
    if not os.environ.get("REQUIRE_SHARED"):
        return
    ran = [report for report in terminalreporter.stats.get("passed", []) if "shared" in report.keywords]
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "shared" in report.keywords]
    terminalreporter.write_line(
        f"on the real paintings and weights: {len(ran)} passed, {len(skipped)} skipped"
    )
    if skipped or not ran:
        terminalreporter.write_line(
            "the tests marked 'shared' did not run, though REQUIRE_SHARED is set", red=True
        )
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
