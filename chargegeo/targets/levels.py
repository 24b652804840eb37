"""Quotas of several levels that add up at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, StudyFault
from chargegeo.targets.asked import Node, checked, clashes, exact
from chargegeo.targets.splitting import split, table

if TYPE_CHECKING:
    import pandas as pd

_ROOT = ""


def breakdown(
    units: pd.DataFrame,
    total: int,
    shares: Mapping[str, float],
    *,
    levels: Sequence[str],
    floors: Mapping[str, int] | None = None,
    caps: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Split a headline number down several levels, for example over cities, then counties, then townships.

    The amounts of a city are the sums of those of its townships. The quota of each unit is split over the units
    below it as in :func:`chargegeo.targets.quotas`, so the parts add up at each level. What the floors below a unit
    need counts as its own floor, and what the caps below it leave room for as its own cap. Where no unit below
    has anything of a share, the other shares decide there.

    Parameters
    ----------
    units
        A row a unit of the lowest level: the columns of codes that ``levels`` names and the columns that
        ``shares`` names; names are taken from the column with ``_name`` in place of ``_code`` (``name`` for
        ``unit_code``).
    total, shares
        As for :func:`chargegeo.targets.quotas`.
    levels
        Columns of codes, from the highest level: ``("city_code", "county_code", "unit_code")``.
    floors, caps
        Piles by code, of units of any level.

    Returns
    -------
    Contract ``quotas``: level by level, then by the code of the unit above and the own code.

    Raises
    ------
    StudyFault
        As for :func:`chargegeo.targets.quotas`, or if a unit lies in two units of the level above.
    """
    checked(units, total, shares, levels, {"floors": floors, "caps": caps})
    groups, faults = _tree(units, shares, levels, (floors or {}, caps or {}))
    if faults := [*faults, *clashes(groups[0][_ROOT], total, total, _ROOT)]:
        raise StudyFault(*faults)
    rows: list[dict[str, Any]] = []
    totals = {_ROOT: total}
    for name, group in zip(levels, groups, strict=True):
        done = [
            row
            for parent in sorted(group)
            for row in split(
                group[parent], totals[parent], shares,
                {"level": name.removesuffix("_code"), "parent_code": parent or None},
            )
        ]  # fmt: skip
        totals = {row["unit_code"]: row["quota"] for row in done}
        rows += done
    return table(rows, {})


_Groups = dict[str, list[Node]]


def _tree(
    units: pd.DataFrame,
    shares: Mapping[str, float],
    levels: Sequence[str],
    bounds: tuple[Mapping[str, int], Mapping[str, int]],
) -> tuple[list[_Groups], list[Fault]]:
    """Units by the code of the unit above, level by level from the top, and what clashes below the top."""
    faults: list[Fault] = []
    below: _Groups = {}
    tree: list[_Groups] = []
    amounts = {
        str(code): tuple(map(exact, row))
        for code, *row in zip(units[levels[-1]], *(units[name] for name in shares), strict=True)
    }
    for i in reversed(range(len(levels))):
        column = levels[i]
        above = _above(units, levels[i - 1] if i else None, column, faults)
        names = _names(units, column)
        group: _Groups = {}
        for code in sorted(above):
            own = _own(Node(code, names[code], amounts.get(code, ())), below.get(code), bounds)
            if code in below:
                faults += clashes(below[code], own.floor or 0, own.cap, code)
            group.setdefault(above[code], []).append(own)
        tree.insert(0, group)
        below, amounts = group, {}
    return tree, faults


def _above(units: pd.DataFrame, parent: str | None, column: str, faults: list[Fault]) -> dict[str, str]:
    """Code of the unit above by code; a unit with two is a fault."""
    if parent is None:
        return {str(code): _ROOT for code in units[column]}
    pairs = units[[parent, column]].astype("str").drop_duplicates()
    faults += [
        Fault("target_two_parents", column=parent, feature=code)
        for code in sorted(pairs.loc[pairs[column].duplicated(), column].unique())
    ]
    return dict(zip(pairs[column], pairs[parent], strict=True))


def _names(units: pd.DataFrame, column: str) -> dict[str, str]:
    name = "name" if column == "unit_code" else column.removesuffix("_code") + "_name"
    shown = units[name] if name in units else units[column]
    return {str(code): str(text) for code, text in zip(units[column], shown, strict=True)}


def _own(node: Node, below: list[Node] | None, bounds: tuple[Mapping[str, int], Mapping[str, int]]) -> Node:
    """A unit with its bounds and, if there are units below it, with their amounts and what their bounds ask of it."""
    floor, cap = bounds[0].get(node.code), bounds[1].get(node.code)
    if below is None:
        return replace(node, low=floor or 0, high=cap, floor=floor, cap=cap)
    amounts = tuple(sum(item, Fraction(0)) for item in zip(*(child.amounts for child in below), strict=True))
    most = [child.most for child in below]
    room = None if None in most else sum(value for value in most if value is not None)
    high = min((value for value in (cap, room) if value is not None), default=None)
    low = max(floor or 0, sum(child.low for child in below))
    return replace(node, amounts=amounts, low=low, high=high, floor=floor, cap=cap)
