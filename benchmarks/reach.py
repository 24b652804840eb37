"""The reach rule against driving every state of charge, on random lines, round trips, trees and networks.

At least 100,000 cases by default; prints how many of each kind, how many could be driven, and the mismatches, of
which there must be none. The same number and seed try the same cases. Ends with an error if there is a mismatch.
"""

import argparse
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

import numpy as np

SHARES = {"line": 0.4, "tour": 0.3, "tree": 0.15, "network": 0.15}


def run(kind: str, wanted: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Questions asked and the places of those answered wrong, of one kind."""
    check = getattr(import_module("tests.corridors.driven"), kind)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    number = 0
    while counts["passable"] < wanted:
        for what, ours, theirs in check(np.random.default_rng([seed, number])):
            counts[what] += 1
            counts["driven"] += what == "passable" and theirs
            if ours != theirs:
                wrong.append(f"{kind} {seed},{number}: {what} {ours}, driven {theirs}")
        number += 1
    return counts, wrong


def main() -> None:
    """Try all kinds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    mismatches, total = [], 0
    for kind, share in SHARES.items():
        start = time.perf_counter()
        counts, wrong = run(kind, int(np.ceil(share * given.cases)), given.seed)
        cases, can = counts.pop("passable"), counts.pop("driven")
        asked = ", ".join(f"{what} {n:,}" for what, n in counts.items())
        seconds = time.perf_counter() - start
        print(
            f"{kind:8} {cases:8,} cases ({can / cases:.0%} driven; {asked or 'nothing else'}) {seconds:.0f} s"
        )
        print(f"         {len(wrong)} mismatches")
        mismatches += wrong
        total += cases
    print(f"{total:,} cases, {len(mismatches)} mismatches")
    print(*mismatches[:20], sep="\n")
    sys.exit(bool(mismatches))


if __name__ == "__main__":
    main()
