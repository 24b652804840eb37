"""Fixtures of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CHARGEGEO_SHARED", ROOT.parent / "shared"))


# A loaded machine is no fault: what is slow is said by benchmarks, never by a test
settings.register_profile("chargegeo", deadline=None)
settings.load_profile("chargegeo")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and faulty files; tests that need it skip when it is absent."""
    if not SHARED.is_dir():
        pytest.skip("shared data absent: set CHARGEGEO_SHARED or put it beside the checkout as ../shared")
    return SHARED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say whether the shared data was there, and how many tests did not run."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(
        f"shared: {'found' if SHARED.is_dir() else 'absent'}, {skipped} tests skipped"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what reads the shared folder."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
