"""Cities, townships, sites and stretches by the names that a planner knows them by, with their codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chargegeo.errors import Fault, shorten
from chargegeo.siting import clashing
from chargegeo.vocab import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chargegeo.siting.asking import Question
    from chargegeo.siting.worlds import World

LONGEST = 60  # characters of a name; a message never loses the code behind it


@dataclass(frozen=True)
class Named:
    """What a row of a limit speaks of; ``name`` is None where nothing but the code is known."""

    code: str
    name: str | None

    def __str__(self) -> str:
        return self.code if self.name is None else f"{shorten(self.name, LONGEST)} ({self.code})"


def of_row(world: World, asked: Question, limit: str, row: int) -> Named | None:
    """The city, county, product, stretch, township or site of a row of a limit; none of a limit of all.

    The number of a township is that in ``asked.lacking``.
    """
    match limit:
        case Limit.PILES | Limit.BUDGET | Limit.SITES:
            return None
        case Limit.CITY_QUOTA:
            return area(world, "city", asked.cities[row])
        case Limit.COUNTY_QUOTA:
            return area(world, "county", asked.counties[row])
        case Limit.PRODUCT_LEAST | Limit.PRODUCT_MOST:
            return Named(asked.products[row].name, None)
        case Limit.STRETCH:
            return _stretch(world, asked, row)
        case Limit.TOWNSHIPS:
            return unit(world, int(asked.lacking[row]))
    return _site(world, row)


def area(world: World, level: str, code: str) -> Named:
    """A city or county."""
    units = world.register.units
    names = units.loc[units[f"{level}_code"] == code, f"{level}_name"].dropna()
    return Named(code, None if names.empty else str(names.iloc[0]))


def unit(world: World, row: int) -> Named:
    """A unit after its county, for many townships share a name."""
    table = world.register.units
    return Named(str(table["unit_code"].iloc[row]), _said(table[["county_name", "name"]].iloc[row]))


def _site(world: World, row: int) -> Named:
    """A site after the unit that it lies in; a seat bears the name of its unit."""
    site = world.sites.iloc[row]
    at = int(site["unit"])
    units = world.register.units
    parts = list(units[["county_name", "name"]].iloc[at]) if at >= 0 else []
    return Named(str(site["site_id"]), _said([*parts, site["name"]]))


def _stretch(world: World, asked: Question, row: int) -> Named:
    """A stretch of a road between the ends of its corridor, which say the direction."""
    stretch = asked.stretches.iloc[row]
    code = f"{stretch['corridor_id']} {stretch['from_km']:.1f}-{stretch['to_km']:.1f} km"
    ends = {} if world.roadside is None else world.roadside.ends
    return Named(code, ends.get(stretch["corridor_id"]))


def _said(parts: Iterable[object]) -> str | None:
    """Names one after the other, each once."""
    known = dict.fromkeys(str(part) for part in parts if isinstance(part, str) and part)
    return " ".join(known) or None


def told(clash: Sequence[Fault], world: World, asked: Question) -> list[Fault]:
    """What cannot hold together, by names and codes instead of numbers; the code alone is the ``feature``."""
    limits = {code: limit for limit, code in clashing.CODES.items()}
    return [
        _told(fault, of_row(world, asked, limits[fault.code], fault.row))
        if fault.code in limits and fault.row is not None else fault
        for fault in clash
    ]  # fmt: skip


def _told(fault: Fault, named: Named | None) -> Fault:
    if named is None:
        return replace(fault, row=None, value=None)
    return replace(fault, row=None, value=str(named), feature=named.code)
