"""All benchmarks: time and peak memory of the demo step by step, our coverage step, our reading of registers, roads,
searches, corridors and models of siting beside their peers, a sweep killed and resumed, and the reach rule against a
simulation.

``make bench`` prints one block a benchmark. Times are of this machine at this moment: quote ratios and medians.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
# the largest questions and the other worlds: by hand, with `--rows` and `--worlds`
SITING = (
    ("--rows", "max_1k", "--worlds", "uniform"),
    ("--rows", "max_1k", "set_1k", "--worlds", "roads"),
    ("--rows", "max_5k", "set_5k", "--worlds", "roads", "--who", "ours"),
    ("--rows", "median_10", "plan", "--worlds", "uniform", "--who", "ours"),
)
COMMAND = str(Path(sys.executable).parent / "chargegeo")


def timed(*command: str) -> tuple[float, float, float, str]:
    """Wall seconds, CPU seconds, peak memory in MB and standard error of a command."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        log.seek(0)
        told = log.read().decode()
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{told}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, told


def median(command: tuple[str, ...], runs: int = 5) -> str:
    """Median CPU and wall seconds of a command."""
    found = sorted((cpu, wall) for wall, cpu, _, _ in (timed(*command) for _ in range(runs)))
    cpu, wall = found[runs // 2]
    return f"{cpu:.2f} s CPU, {wall:.2f} s wall (median of {runs})"


def main() -> None:
    """Run them all."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "demo")
        wall, cpu, peak, steps = timed(COMMAND, "--lang", "en", "demo", "--out", out)
        page = Path(out, "map.html").stat().st_size / 1e6
    print(f"demo: {wall:.1f} s wall, {cpu:.1f} s CPU, peak {peak:.0f} MB, map {page:.2f} MB\n{steps}")
    for vertices in ("30", "400"):
        print(f"coverage step, 200,000 stations, 2,586 townships, about {vertices} vertices each")
        subprocess.run([sys.executable, HERE / "coverage_step.py", "--vertices", vertices], check=True)
    parts: list[tuple[str, ...]] = [
        (name,) for name in ("registers", "roads", "access", "corridors", "reach")
    ]
    for name, *options in (*parts, *(("siting", *asked) for asked in SITING), ("sweep",)):
        print(f"\n{' '.join((name, *options))}", flush=True)
        subprocess.run([sys.executable, HERE / f"{name}.py", *options], check=True)
    print(f"\nimport chargegeo: {median((sys.executable, '-c', 'import chargegeo'))}")
    print(f"bare interpreter: {median((sys.executable, '-c', 'pass'))}")
    print(f"chargegeo --help: {median((COMMAND, '--help'))}")


if __name__ == "__main__":
    main()
