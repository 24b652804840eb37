"""The stations and piles of the made-up province as they truly are, before an office writes them down."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chargegeo.sample import designs, service
from chargegeo.sample.plan import Ints, Pool
from chargegeo.sample.roads.areas import Sites

if TYPE_CHECKING:
    import pandas

# stations beside those on expressways and ordinary roads
N_ORDINARY = 12_300
CROWD = {"subdistrict": 9.0, "town": 4.0, "township": 2.2, "other": 2.0}
POOR = 0.5
# places that stay free
LEFT_OVER = 3
# share of the pairs with ultra-fast piles that lie on the best roads, where there are enough
ULTRA_ON_BEST = 0.7


def ordinary(
    units: "pandas.DataFrame",
    design: NDArray[np.str_],
    pool: Pool,
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Stations away from main roads: ``unit``, ``rank`` in the unit, ``make``, ``x``, ``y`` (metres)."""
    import pandas as pd

    counted = _counts(units["kind"].to_numpy(), design, pool.size, rng)
    unit = np.repeat(np.arange(len(units)), counted)
    rank = np.arange(len(unit)) - np.repeat(np.cumsum(counted) - counted, counted)
    make = design[unit].copy()
    make[make == "set_aside"] = "full"
    for name, weights in designs.FILLERS.items():
        rows = np.flatnonzero((rank > 0) & (design[unit] == name))
        share = np.array(list(weights.values()), dtype=float)
        make[rows] = rng.choice(list(weights), size=len(rows), p=share / share.sum())
    x, y = pool.xy[pool.first[unit] + rank].T
    return pd.DataFrame({"unit": unit, "rank": rank, "make": make, "x": x, "y": y})


def _counts(kind: NDArray[Any], design: NDArray[np.str_], room: Ints, rng: np.random.Generator) -> Ints:
    """Stations of each unit: one that decides, and fillers by chance, as many as there is room for."""
    decided = (design != "no_station").astype(np.int64)
    weight = np.vectorize(CROWD.__getitem__)(kind) * rng.lognormal(sigma=0.5, size=len(kind))
    weight = np.where(design == "full", weight, POOR * weight) * np.isin(design, list(designs.FILLERS))
    weight = np.minimum(weight, 25)
    fillers = rng.multinomial(N_ORDINARY - decided.sum(), weight / weight.sum())
    return np.asarray(np.minimum(decided + fillers, np.maximum(room - LEFT_OVER, decided)))


def on_roads(sides: "pandas.DataFrame", facilities: Sites, taken: Ints) -> "pandas.DataFrame":
    """Stations of service areas (each side that has piles) and of facilities on ordinary roads.

    Parameters
    ----------
    sides
        Of :func:`chargegeo.sample.service.sides`.
    taken
        Places already used in each unit.

    Returns
    -------
    ``unit``, ``rank``, ``make``, ``x``, ``y``, ``side``, ``pair`` (-1 for a facility), ``site``: the name of the
    area as the register spells it, "" for a facility.
    """
    import pandas as pd

    areas = sides.assign(make="expressway", site=service.register_name(sides))
    areas = areas.loc[areas["active"], ["unit", "make", "x", "y", "side", "pair", "site"]]
    others = pd.DataFrame({
        "unit": facilities.unit, "make": "ordinary_road", "x": facilities.xy[:, 0], "y": facilities.xy[:, 1],
        "side": 0, "pair": -1, "site": "",
    })  # fmt: skip
    table = pd.concat([areas, others], ignore_index=True)
    return table.assign(rank=taken[table["unit"]] + table["side"])


def pile_groups(
    stations: "pandas.DataFrame",
    best: Ints,
    figures: Mapping[str, int],
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Equip the stations with groups of equal piles; most ultra-fast ones stand at the pairs ``best``.

    A row a group: ``station`` (index), ``current``, ``power_kw`` (text, "" unknown), ``n_piles``, ``n_guns``.
    The groups of service areas and ordinary roads add up to the published figures.
    """
    import pandas as pd

    make = stations["make"].to_numpy()
    plain = np.flatnonzero(~np.isin(make, ["expressway", "ordinary_road"]))
    groups = [
        _main_groups(plain, make[plain], rng),
        _second_groups(plain[rng.random(len(plain)) < 0.25], make, rng),
        _expressway_groups(stations[make == "expressway"], best, figures, rng),
        _ordinary_road_groups(np.flatnonzero(make == "ordinary_road"), figures, rng),
    ]
    return pd.concat(groups).sort_values("station", kind="stable", ignore_index=True)


def _groups(station: Ints, current: Any, power: Any, piles: Ints, guns_per_pile: Any) -> "pandas.DataFrame":
    import pandas as pd

    table = pd.DataFrame({"station": station, "current": current, "power_kw": power, "n_piles": piles})
    table["n_guns"] = piles * np.asarray(guns_per_pile)
    return table[table["n_piles"] > 0]


def _main_groups(station: Ints, make: NDArray[Any], rng: np.random.Generator) -> "pandas.DataFrame":
    current = np.empty(len(make), dtype=object)
    power = np.empty(len(make), dtype=object)
    for name, (kind, powers) in designs.POWERS.items():
        rows = np.flatnonzero(make == name)
        current[rows] = kind
        power[rows] = rng.choice(powers, size=len(rows))
    double = (rng.random(len(make)) < 0.4) & (current == "dc")
    return _groups(station, current, power, 1 + rng.poisson(3.2, size=len(make)), 1 + double)


def _second_groups(station: Ints, make: NDArray[Any], rng: np.random.Generator) -> "pandas.DataFrame":
    """Put some slow piles beside, which change no answer, and a few that do both beside the best."""
    both = (make[station] == "full") & (rng.random(len(station)) < 0.15)
    current, power = np.where(both, "acdc", "ac"), np.where(both, "60", "7")
    return _groups(station, current, power, 1 + rng.poisson(1.2, size=len(station)), 1 + both)


def _expressway_groups(
    areas: "pandas.DataFrame",
    best: Ints,
    figures: Mapping[str, int],
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    import pandas as pd

    station = areas.index.to_numpy()
    has = np.isin(areas["pair"].to_numpy(), _ultra_pairs(areas, best, figures["expressway_ultra_pairs"], rng))
    ultra = np.zeros(len(station), dtype=np.int64)
    ultra[has] = _split(figures["expressway_ultra_piles"], int(has.sum()), 1, rng)
    least = np.where(has, ultra + 2, 4)
    piles = least + _split(figures["expressway_piles"] - least.sum(), len(station), 0, rng)
    top = np.where(rng.random(len(station)) < 0.4, "600", "480")
    # the largest published pile must be there, whatever chance says
    top[np.flatnonzero(has)[0]] = str(figures["expressway_max_power"])
    rest = rng.choice(["120", "160", "180", "240"], size=len(station))
    return pd.concat([_groups(station, "dc", top, ultra, 1), _groups(station, "dc", rest, piles - ultra, 1)])


def _ultra_pairs(areas: "pandas.DataFrame", best: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Pairs with ultra-fast piles: on the best roads most of them."""
    pairs = np.unique(areas["pair"])
    on_best, others = np.intersect1d(pairs, best), np.setdiff1d(pairs, best)
    most = min(round(ULTRA_ON_BEST * count), len(on_best))
    return np.concatenate([
        rng.choice(on_best, size=most, replace=False), rng.choice(others, size=count - most, replace=False),
    ])  # fmt: skip


def _ordinary_road_groups(
    station: Ints,
    figures: Mapping[str, int],
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Double-gun piles: the published bays are exactly two a pile."""
    piles = _split(figures["ordinary_piles"], len(station), 2, rng)
    power = rng.choice(["60", "120", "160"], size=len(station))
    return _groups(station, "dc", power, piles, figures["ordinary_bays"] // figures["ordinary_piles"])


def _split(total: int, n: int, least: int, rng: np.random.Generator) -> Ints:
    """``total`` in ``n`` parts by chance, each at least ``least``."""
    return np.asarray(least + rng.multinomial(total - n * least, np.full(n, 1 / n)))


def counted(
    stations: "pandas.DataFrame",
    groups: "pandas.DataFrame",
    figures: Mapping[str, int],
    rng: np.random.Generator,
) -> "pandas.DataFrame":
    """Give the stations their ``n_piles``, ``n_guns`` and ``n_bays``."""
    sums = groups.groupby("station")[["n_piles", "n_guns"]].sum()
    table = stations.join(sums)
    bays = table["n_guns"].to_numpy() + rng.integers(0, 4, size=len(table))
    make = table["make"].to_numpy()
    area, road = make == "expressway", make == "ordinary_road"
    spare = figures["expressway_bays"] - figures["expressway_piles"]
    bays[area] = table["n_piles"].to_numpy()[area] + _split(spare, area.sum(), 0, rng)
    bays[road] = table["n_guns"].to_numpy()[road]
    return table.assign(n_bays=bays)
