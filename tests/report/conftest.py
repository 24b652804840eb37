"""LibreOffice without a window, with a profile of its own."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import get_tools
from tests.maps.conftest import browser  # noqa: F401

Convert = Callable[[Path, str], Path]


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
