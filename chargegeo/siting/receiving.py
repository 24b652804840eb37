"""What callers hand to the planning model: lists and columns of tables as arrays, and every fault in them at once."""

from __future__ import annotations

from dataclasses import fields, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from chargegeo.errors import Fault, StudyFault
from chargegeo.siting import questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chargegeo.siting.inputs import Candidates, Demand, Limits, Task

    Part = TypeVar("Part", Candidates, Demand, Limits)

RELATIONS = ("reach", "townships", "stretches")
FLAGS = ("closed", "closing")
WHOLE = (
    "city", "county", "area", "standing", "decided", "piles", "city_quota", "county_quota", "product_least",
    "product_most", "max_sites", "max_site_piles",
)  # fmt: skip
ANY_SIGN = ("city", "county", "position_m", "area")
ENDLESS = ("bays", "grid_kw", "budget", "product_most")  # infinite where nothing limits them


def in_arrays(given: Part) -> Part:
    """The same with arrays for lists and columns of tables, and relations in sparse rows, each pair once.

    Nothing that the caller holds is changed by it. What is no number is left for :func:`accept` to name.

    Raises
    ------
    StudyFault
        A relation that is none.
    """
    changed: dict[str, Any] = {}
    for name in [item.name for item in fields(given)]:
        value = getattr(given, name)
        if name in ("city", "weight") and np.ndim(value) != 1:
            raise StudyFault(
                Fault("siting_shape", column=name, value=np.shape(value), params={"wanted": (-1,)})
            )
        if name == "standing_piles" or (value is None and name != "reach"):
            continue
        if name in RELATIONS:
            changed[name] = questions.pairs(name, value)
        elif np.ndim(value):
            changed[name] = _array(name, value)
    return replace(given, **changed)


def _array(name: str, value: Any) -> Any:
    try:
        numbers = np.asarray(value, dtype=bool if name in FLAGS else np.float64)
    except (TypeError, ValueError):
        raise StudyFault(
            Fault("siting_not_numbers", column=name, value=type(value).__name__, params={"n": len(value)})
        ) from None
    whole = name in WHOLE and np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all()
    return numbers.astype(np.int64) if whole else numbers


def accept(asked: Task) -> None:
    """Refuse a question with everything that is wrong with it.

    Raises
    ------
    StudyFault
        ``siting_shape`` for each array of another size than its table, ``siting_value`` for each with a number
        that cannot be, ``siting_lacking`` for each that a limit needs and that is not given.
    """
    if faults := [*_shapes(asked), *_values(asked), *_lacking(asked)]:
        raise StudyFault(*faults)


def _shapes(asked: Task) -> list[Fault]:
    (n, k), c, d, lim = asked.shape, asked.candidates, asked.demand, asked.limits
    m = len(d.weight)
    wanted: dict[str, tuple[Any, tuple[int, ...]]] = {
        "county": (c.county, (n,)),
        "bays": (c.bays, (n,)),
        "grid_kw": (c.grid_kw, (n,)),
        "standing": (c.standing, (n, k)),
        "standing_kw": (c.standing_kw, (n,)),
        "standing_guns": (c.standing_guns, (n,)),
        "pile_cost": (c.pile_cost, (n,)),
        "closed": (c.closed, (n,)),
        "closing": (d.closing, (k,)),
        "decided": (c.decided, (n, k)),
        "position_m": (c.position_m, (n, 2)),
        "area": (c.area, (n,)),
        "reach": (d.reach, (m, n)),
        "townships": (d.townships, (-1, n)),
        "product_least": (lim.product_least, (k,)),
        "product_most": (lim.product_most, (k,)),
        "stretches": (lim.stretches, (len(lim.pool_kw), n)),
        "pool_guns": (lim.pool_guns, (len(lim.pool_kw),)),
        "pool_piles": (lim.pool_piles, (len(lim.pool_kw),)),
        "pool_at_kw": (lim.pool_at_kw, (len(lim.pool_kw),)),
    }
    return [
        Fault("siting_shape", column=name, value=np.shape(given), params={"wanted": shape})
        for name, (given, shape) in wanted.items()
        if given is not None
        and (
            len(given.shape) != len(shape)
            or any(w not in (-1, g) for g, w in zip(given.shape, shape, strict=True))
        )
    ]


def _values(asked: Task) -> Iterator[Fault]:
    for part in (asked.candidates, asked.demand, asked.limits):
        for name in [item.name for item in fields(part)]:
            value = getattr(part, name)
            other = name in (*RELATIONS, *FLAGS, "standing_piles") or isinstance(value, bool)
            if not other and (value is not None or name == "piles"):
                yield from _broken(name, value)
    if not asked.products:
        yield Fault("scenario_product_none", column="products")
    for item in asked.products:
        for name in ("kw", "guns", "bays", "cost"):
            yield from _broken(name, getattr(item, name), f"{item.name}.{name}")
    if asked.candidates.standing_piles is not None:
        site = np.asarray(asked.candidates.standing_piles[0])
        yield from questions.sites("standing_piles", site, asked.candidates.n)


def _broken(name: str, value: Any, column: str | None = None) -> Iterator[Fault]:
    """The first number that cannot be."""
    if not np.ndim(value) and not isinstance(value, Real):
        yield Fault("siting_not_numbers", column=column or name, value=type(value).__name__, params={"n": 1})
        return
    numbers = np.ravel(np.asarray(value, dtype=np.float64))
    wrong = np.isnan(numbers) if name in ENDLESS else ~np.isfinite(numbers)
    if name not in ANY_SIGN:
        wrong |= numbers < 0
    if name in WHOLE:
        wrong |= numbers != np.rint(numbers)
    if wrong.any():
        yield Fault("siting_value", column=column or name, value=float(numbers[wrong][0]))


def _lacking(asked: Task) -> list[Fault]:
    c, lim = asked.candidates, asked.limits
    lacking = {
        "county": lim.county_quota is not None and c.county is None,
        "position_m": lim.least_distance_m > 0 and c.position_m is None,
    }
    few = {
        "city_quota": lim.city_quota is not None and c.city.max(initial=-1) >= len(lim.city_quota),
        "county_quota": lim.county_quota is not None
        and c.county is not None
        and c.county.max(initial=-1) >= len(lim.county_quota),
    }
    return [Fault("siting_lacking", column=name) for name, bad in {**lacking, **few}.items() if bad]
