"""The committed list of divisions is what the script makes."""

import shutil
import subprocess
import sys
from pathlib import Path

from chargegeo import region

ROOT = Path(region.__file__).parents[2]


def test_script_makes_the_committed_file(tmp_path):
    assert shutil.which("npm"), (
        "npm is absent: install Node.js to check the list of divisions against its source"
    )
    output = tmp_path / "henan_divisions.csv"
    script = ROOT / "data" / "make_henan_divisions.py"
    subprocess.run([sys.executable, str(script), str(output)], check=True, timeout=300)
    assert output.read_bytes() == region.load("henan").divisions_file.read_bytes()
