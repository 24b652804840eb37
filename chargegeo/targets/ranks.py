"""The units in the order of their progress."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chargegeo import schema
from chargegeo.errors import Fault, StudyFault

if TYPE_CHECKING:
    import pandas as pd

    from chargegeo.targets.monitoring import Progress

MEASURES = ("started", "finished", "in_time", "consistent")


def ranking(progress: Progress, plan: pd.DataFrame, *, weights: Mapping[str, float]) -> pd.DataFrame:
    """Units by a score with stated weights.

    Parameters
    ----------
    progress
        What :func:`chargegeo.targets.progress` found.
    plan
        The same plan.
    weights
        Weights relative to their sum, of ``started`` and ``finished`` (count of the last return over the piles due,
        which can exceed 1), ``in_time`` (1 less a tenth for each late or missing return, not below 0) and
        ``consistent`` (1 less a tenth for each contradiction, not below 0; a correction is none).

    Returns
    -------
    Contract ``ranking``. Equal scores share a rank and stand by code; a unit of which a measure with a weight is
    unknown has no score and no rank, and stands last.

    Raises
    ------
    StudyFault
        If a measure is unknown, a weight is below zero, or all are zero.
    """
    import numpy as np
    import pandas as pd

    _check(weights)
    codes = plan["unit_code"].astype("str")
    frame = pd.DataFrame({"unit_code": codes, "name": plan["name"], "due": plan["due"]}).sort_values(
        "unit_code"
    )
    for state in ("started", "finished"):
        own = progress.projections[progress.projections["state"] == state].set_index("unit_code")["count"]
        due = frame["due"].astype("float64").where(frame["due"] > 0)
        frame[f"n_{state}"] = frame["unit_code"].map(own.astype("float64"))
        frame[state] = frame[f"n_{state}"] / due
    wrong = progress.contradictions[progress.contradictions["kind"] != "corrected"]
    for name, listed in (("in_time", progress.late), ("consistent", wrong)):
        n = frame["unit_code"].map(listed["unit_code"].value_counts()).fillna(0).astype("float64")
        frame[name] = np.maximum(0.0, (10 - n) / 10)
    used = {name: weight for name, weight in weights.items() if weight}
    frame["score"] = sum(frame[name] * weight for name, weight in used.items()) / math.fsum(used.values())
    frame["rank"] = frame["score"].rank(method="min", ascending=False)
    frame["weights"] = ", ".join(f"{name} {weight:g}" for name, weight in used.items())
    frame = frame.sort_values(["rank", "unit_code"], na_position="last", kind="stable")
    return schema.conform(frame.reset_index(drop=True), "ranking")


def _check(weights: Mapping[str, float]) -> None:
    faults = [
        Fault("ranking_measure", value=name, params={"known": ", ".join(MEASURES)})
        for name in weights
        if name not in MEASURES
    ]
    faults += [
        Fault("ranking_weight", column=name, value=weight)
        for name, weight in weights.items()
        if not (math.isfinite(weight) and weight >= 0)
    ]
    if not faults and not any(weights.values()):
        faults = [Fault("ranking_weight", value="")]
    if faults:
        raise StudyFault(*faults)
