"""The year's target of the sample: its file, the units that report, their returns of two years."""

import calendar
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chargegeo import labels
from chargegeo.sample.files import DATE, township_truth
from chargegeo.sample.world import World
from chargegeo.store import atomic

if TYPE_CHECKING:
    import pandas

TOTAL = 20_000
AS_OF = datetime.date(2026, 7, 15)
# what units share by, and the weights of it
SHARES = {"vehicles": 0.4, "population": 0.3, "n_uncovered": 0.3}
# share of the year's result at the end of each month: a first quarter of 12 %, as in the bulletins
FINISHED = (0.03, 0.07, 0.12, 0.18, 0.25, 0.34, 0.44, 0.54, 0.65, 0.77, 0.89, 1.0)
STARTED = (0.06, 0.13, 0.22, 0.33, 0.44, 0.55, 0.65, 0.75, 0.84, 0.92, 0.97, 1.0)
LAST_TOTAL = 29_200
DUE_AFTER = 10  # days
# which units, by their place in the order of codes, send their return for June late, and for May not at all
LATE, MISSING = 2, 9


def write(paths: Mapping[str, Path], world: World, said: Mapping[str, Any], *, seed: int) -> dict[str, Any]:
    """Write ``target``, ``target_units``, ``returns`` and ``last_returns``, and tell what a reading must find.

    Returns
    -------
    ``target``: total, day, the late and the missing return, and the finished piles returned for June.
    """
    # a stream beside those of the world, so that nothing else changes
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(100,)))
    units = reporting_units(world, said["mark"], rng)
    words = said["target"]
    share = np.sum([weight * units[name] / units[name].sum() for name, weight in SHARES.items()], axis=0)
    this, last = (_counts(share, total, n, rng) for total, n in ((TOTAL, 6), (LAST_TOTAL, 12)))
    now, before = _returns(units, this, DATE.year), _returns(units, last, DATE.year - 1)
    june, may = DATE.date(), datetime.date(DATE.year, 5, 31)
    late, missing = units["unit_code"].iloc[[LATE, MISSING]]
    now.loc[(now["unit_code"] == late) & (now["period_end"] == june), "received_on"] = AS_OF
    now = now[~((now["unit_code"] == missing) & (now["period_end"] == may))]
    for key, table in (("target_units", units), ("returns", now), ("last_returns", before)):
        with atomic(paths[key]) as part:
            table.rename(columns=words).to_csv(part, index=False, encoding="gb18030", lineterminator="\r\n")
    with atomic(paths["target"]) as part:
        part.write_text(_programme(paths, words), encoding="utf-8", newline="\n")
    return {
        "total": TOTAL, "as_of": str(AS_OF), "units": len(units),
        "late": {"unit_code": late, "period_end": str(june)},
        "missing": {"unit_code": missing, "period_end": str(may)},
        "finished_in_june": int(now.loc[now["period_end"] == june, "finished"].sum()),
    }  # fmt: skip


def reporting_units(world: World, mark: str, rng: np.random.Generator) -> "pandas.DataFrame":
    """Cities with made-up vehicles, the people of their townships, and the towns and townships left uncovered."""
    import pandas as pd

    truth = township_truth(world)
    left = (truth["state"] == "uncovered") & truth["kind"].isin(["town", "township"])
    units = pd.DataFrame(world.units[["city_code", "city_name", "population"]]).assign(n_uncovered=left)
    found = units.groupby("city_code").agg({"city_name": "first", "population": "sum", "n_uncovered": "sum"})
    vehicles = found["population"] * 0.02 * rng.uniform(0.8, 1.3, len(found))
    return pd.DataFrame({
        "unit_code": found.index, "name": (found["city_name"] + mark).to_numpy(),
        "vehicles": vehicles.round(-2).astype("int64").to_numpy(), "population": found["population"].to_numpy(),
        "n_uncovered": found["n_uncovered"].to_numpy(),
    })  # fmt: skip


def _counts(
    share: NDArray[np.float64], total: int, n_months: int, rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Cumulative counts of units by month: each runs on the curve of all, somewhat ahead or behind."""
    result = share * total * rng.uniform(0.85, 1.15, len(share))
    bend = rng.uniform(0.9, 1.1, len(share))[:, None]
    return {
        state: np.floor(result[:, None] * np.array(curve[:n_months]) ** bend).astype("int64")
        for state, curve in (("started", STARTED), ("finished", FINISHED))
    }


def _returns(
    units: "pandas.DataFrame", counts: Mapping[str, NDArray[np.int64]], year: int
) -> "pandas.DataFrame":
    """A row a unit and month, received a few days after it."""
    import pandas as pd

    n_months = counts["started"].shape[1]
    ends = [datetime.date(year, m + 1, calendar.monthrange(year, m + 1)[1]) for m in range(n_months)]
    came = [end + datetime.timedelta(days=DUE_AFTER - 4 + m % 4) for m, end in enumerate(ends)]
    return pd.DataFrame({
        "unit_code": np.repeat(units["unit_code"].to_numpy(), n_months),
        "name": np.repeat(units["name"].to_numpy(), n_months),
        "period_end": ends * len(units), **{state: table.ravel() for state, table in counts.items()},
        "received_on": came * len(units),
    })  # fmt: skip


def _programme(paths: Mapping[str, Path], words: Mapping[str, str]) -> str:
    """The file of the target: half started by June, all by October, 70 % finished by December."""
    title, author = (
        json.dumps(labels.text(f"sample.{key}"), ensure_ascii=False) for key in ("target_title", "author")
    )
    shares = "\n".join(f"{name} = {weight}" for name, weight in SHARES.items())
    milestones = "\n".join(
        f'\n[[milestones]]\nid = "{name}"\nstate = "{state}"\nshare = {share}\nby = {DATE.year}-{day}'
        for name, state, share, day in (
            ("half_started", "started", 0.5, "06-30"), ("all_started", "started", 1, "10-31"),
            ("most_finished", "finished", 0.7, "12-31"),
        )
    )  # fmt: skip
    return f"""\
[target]
title = {title}
author = {author}
synthetic = true
year = {DATE.year}
total = {TOTAL}
as_of = {AS_OF}
units = "{paths["target_units"].name}"
reports = "{paths["returns"].name}"
last_year = "{paths["last_returns"].name}"
ledger = "{words["ledger"]}"

[shares]
{shares}
{milestones}

[reporting]
every = "month"
grace_days = {DUE_AFTER}

[ranking]
finished = 2
started = 1
in_time = 1
"""
