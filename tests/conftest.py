"""Fixtures of all tests."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests import get_tools

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CHARGEGEO_SHARED", ROOT.parent / "shared"))

Convert = Callable[[Path, str], Path]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]

# A loaded machine is no fault: what is slow is said by benchmarks, never by a test
settings.register_profile("chargegeo", deadline=None)
settings.load_profile("chargegeo")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and faulty files; tests that need it skip when it is absent."""
    if not SHARED.is_dir():
        pytest.skip("shared data absent: set CHARGEGEO_SHARED or put it beside the checkout as ../shared")
    return SHARED


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; none is a failure, not a skip."""
    path = get_tools.browser()
    if path is None:
        pytest.fail("no browser: run python tests/get_tools.py, or name one in CHARGEGEO_CHROMIUM")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Open a file in LibreOffice and save it as another kind; no LibreOffice is a failure, not a skip."""
    program = get_tools.office("sc")
    if program is None:
        pytest.fail("no LibreOffice calc: run python tests/get_tools.py")
    home = tmp_path_factory.mktemp("office")

    def run(path: Path, kind: str) -> Path:
        profile = f"-env:UserInstallation={(home / 'profile').as_uri()}"
        out = home / kind
        command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
        made = out / f"{path.stem}.{kind}"
        assert made.exists(), done.stdout + done.stderr
        return made

    return run


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
