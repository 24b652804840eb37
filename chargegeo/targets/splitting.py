"""Quotas of one level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from chargegeo import schema
from chargegeo.errors import StudyFault
from chargegeo.targets.apportioning import apportion
from chargegeo.targets.asked import Node, checked, clashes, exact

if TYPE_CHECKING:
    import pandas as pd

LEVEL = "unit"


def quotas(
    units: pd.DataFrame,
    total: int,
    shares: Mapping[str, float],
    *,
    floors: Mapping[str, int] | None = None,
    caps: Mapping[str, int] | None = None,
    carry: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Split a headline number over units in whole numbers that add up, with the reason for each.

    The share of a unit is the weighted mean of its shares of each column. Parts outside a floor or a cap are set
    to it and the rest is shared anew (:func:`chargegeo.targets.apportioning.apportion`); then the largest
    remainders get one more each, ties to the lower code. All of it is exact arithmetic on the numbers as written, so
    the order of the rows changes nothing. Note that a larger total can give a unit one pile fewer, as with any
    split by largest remainder; it never gives it less before rounding.

    Parameters
    ----------
    units
        ``unit_code``, ``name`` and the columns that ``shares`` names (vehicles, people, uncovered townships, last
        year's quota: numbers of zero or more, never null).
    total
        Piles to be split.
    shares
        Weight by column; weights are relative to their sum.
    floors, caps
        Piles by unit code that the quota does not fall below or exceed.
    carry
        Piles by unit code that a unit still owes from last year (positive) or has built ahead (negative). They
        come on top: ``quota`` adds up to ``total``, ``due`` is ``quota + carry`` where that is not below zero, and
        ``carry_left`` what a unit is still ahead: ``sum(due + carry_left) = total + sum(carry)``.

    Returns
    -------
    Contract ``quotas``, sorted by code.

    Raises
    ------
    StudyFault
        With every column, share, weight or bound that cannot be used, or with the floors or caps that clash and
        by how much.
    """
    bounds = {"floors": floors, "caps": caps, "carry": carry}
    checked(units, total, shares, ["unit_code"], bounds)
    nodes = _nodes(units, shares, floors or {}, caps or {})
    if faults := clashes(nodes, total, total, ""):
        raise StudyFault(*faults)
    rows = split(nodes, total, shares, {"level": LEVEL, "parent_code": None})
    return table(rows, carry or {})


def quota_parts(units: pd.DataFrame, total: int, shares: Mapping[str, float]) -> pd.DataFrame:
    """What each share alone gives to each unit, before floors, caps and rounding.

    Parameters
    ----------
    units, total, shares
        As for :func:`quotas`.

    Returns
    -------
    Contract ``quota_parts``, by unit code, then in the order of ``shares``. The parts of a unit add up to its
    ``raw`` in :func:`quotas`.

    Raises
    ------
    StudyFault
        As for :func:`quotas`.
    """
    import pandas as pd

    checked(units, total, shares, ["unit_code"], {})
    nodes = _nodes(units, shares, {}, {})
    weights, sums = mixture(nodes, shares), _sums(nodes)
    rows = [
        {"unit_code": node.code, "name": node.name, "share": name, "weight": float(weight),
         "amount": float(amount), "amount_all": float(all_), "part": float(total * weight * amount / all_)}
        for node in nodes
        for name, weight, amount, all_ in zip(shares, weights, node.amounts, sums, strict=True)
    ]  # fmt: skip
    return schema.conform(pd.DataFrame(rows), "quota_parts")


def _nodes(
    units: pd.DataFrame, shares: Mapping[str, float], floors: Mapping[str, int], caps: Mapping[str, int]
) -> list[Node]:
    """Units by code."""
    columns = zip(*(units[name] for name in shares), strict=True)
    names = units["name"] if "name" in units else units["unit_code"]
    found = [
        Node(str(code), str(name), tuple(map(exact, amounts)),
             floors.get(str(code), 0), caps.get(str(code)), floors.get(str(code)), caps.get(str(code)))
        for code, name, amounts in zip(units["unit_code"], names, columns, strict=True)
    ]  # fmt: skip
    return sorted(found, key=lambda node: node.code)


def _sums(nodes: Sequence[Node]) -> list[Fraction]:
    return [sum(amounts, Fraction(0)) for amounts in zip(*(node.amounts for node in nodes), strict=True)]


def mixture(nodes: Sequence[Node], shares: Mapping[str, float]) -> list[Fraction]:
    """Weights that add up to 1, without the shares of which no unit of this group has anything."""
    weights = [
        exact(weight) if all_ else Fraction(0)
        for weight, all_ in zip(shares.values(), _sums(nodes), strict=True)
    ]
    return [weight / (sum(weights) or 1) for weight in weights]


def split(
    nodes: Sequence[Node], total: int, shares: Mapping[str, float], place: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Rows of contract ``quotas`` for units that can take the total together; ``place`` goes into each."""
    weights, sums = mixture(nodes, shares), _sums(nodes)
    parts = [
        [
            weight * amount / (all_ or 1)
            for weight, amount, all_ in zip(weights, node.amounts, sums, strict=True)
        ]
        for node in nodes
    ]
    combined = [sum(part, Fraction(0)) for part in parts]
    high = [total if node.most is None else node.most for node in nodes]
    done = apportion(combined, total, [node.low for node in nodes], high)
    return [
        {
            **place, "unit_code": node.code, "name": node.name, "of_total": total,
            "parts": " + ".join(
                f"{name} {float(total * p):.2f}" for name, p in zip(shares, parts[i], strict=True)
            ),
            "share": float(combined[i]), "raw": float(total * combined[i]),
            "rounded": floor(total * combined[i] + Fraction(1, 2)),
            "floor": node.low or None, "cap": node.high, "bound": done.bound[i], "fair": float(done.fair[i]),
            "remainder": float(done.remainder[i]), "extra": done.extra[i], "quota": done.part[i],
        }
        for i, node in enumerate(nodes)
    ]  # fmt: skip


def table(rows: list[dict[str, Any]], carry: Mapping[str, int]) -> pd.DataFrame:
    """Contract ``quotas`` from rows, with what was carried over."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    owed = [carry.get(code, 0) for code in frame["unit_code"]]
    net = frame["quota"] + pd.Series(owed, dtype="int64")
    frame = frame.assign(carry=owed, due=net.clip(lower=0), carry_left=net.clip(upper=0))
    return schema.conform(frame, "quotas")
