"""The planning model by trying every plan: each pile at each site, every limit in a loop of its own."""

import math
from itertools import combinations, combinations_with_replacement

import numpy as np


def every_amount(n, k, piles):
    """Every way to place some piles."""
    for chosen in combinations_with_replacement(range(n * k), piles):
        amount = np.zeros(n * k, dtype=int)
        for at in chosen:
            amount[at] += 1
        yield amount.reshape(n, k)


def holds(c, lim, products, amount):
    """Whether a plan keeps every limit."""
    n = len(amount)
    standing = np.zeros_like(amount) if c.standing is None else c.standing
    if c.decided is not None and (amount < c.decided).any():
        return False
    for j in range(n):
        bays = sum(int(x) * item.bays for x, item in zip(amount[j], products, strict=True))
        kw = sum(int(x) * item.kw for x, item in zip(amount[j], products, strict=True))
        if (c.bays is not None and bays > c.bays[j]) or (c.grid_kw is not None and kw > c.grid_kw[j]):
            return False
    for group, quota in ((c.city, lim.city_quota), (c.county, lim.county_quota)):
        for unit in range(0 if quota is None else len(quota)):
            got = sum(int(amount[j].sum()) for j in range(n) if group[j] == unit)
            if got < quota[unit] or (lim.exact and got != quota[unit]):
                return False
    for k in range(len(products)):
        got = int(amount[:, k].sum())
        if lim.product_least is not None and got < lim.product_least[k]:
            return False
        if lim.product_most is not None and got > lim.product_most[k]:
            return False
    if cost(c, products, amount) > lim.budget:
        return False
    used = [] if lim.least_distance_m == 0 else [j for j in range(n) if amount[j].any() or standing[j].any()]
    for a, b in combinations(used, 2):
        near = math.dist(c.position_m[a], c.position_m[b]) < lim.least_distance_m
        across = c.area is not None and c.area[a] >= 0 and c.area[a] == c.area[b]
        if near and not across and not (standing[a].any() and standing[b].any()):
            return False
    if lim.max_sites is not None and sum(bool(row.any()) for row in amount) > lim.max_sites:
        return False
    if lim.max_site_piles is not None and max(int(row.sum()) for row in amount) > lim.max_site_piles:
        return False
    for s in range(0 if lim.stretches is None else lim.stretches.shape[0]):
        sites = lim.stretches.indices[lim.stretches.indptr[s] : lim.stretches.indptr[s + 1]]
        if not any(is_pool(c, lim, products, standing[j], amount[j], j, s) for j in sites):
            return False
    return True


def cost(c, products, amount):
    """Money for all piles of a plan."""
    extra = [0.0] * len(amount) if c.pile_cost is None else c.pile_cost
    return sum(
        int(x) * (item.cost + more)
        for row, more in zip(amount, extra, strict=True)
        for x, item in zip(row, products, strict=True)
    )


def is_pool(c, lim, products, stands, new, site, stretch):
    """Whether a site has the power, guns and fast piles that a stretch wants at one place."""
    kw = sum(int(x) * item.kw for x, item in zip(new, products, strict=True))
    guns = sum(int(x) * item.guns for x, item in zip(new, products, strict=True))
    kw += sum(int(x) * item.kw for x, item in zip(stands, products, strict=True)) if c.standing_kw is None else (
        c.standing_kw[site]
    )  # fmt: skip
    guns += (
        sum(int(x) * item.guns for x, item in zip(stands, products, strict=True))
        if c.standing_guns is None
        else c.standing_guns[site]
    )
    fast = sum(
        int(x) for x, item in zip(stands + new, products, strict=True)
        if lim.pool_at_kw is not None and item.kw >= lim.pool_at_kw[stretch]
    )  # fmt: skip
    return (
        kw >= lim.pool_kw[stretch]
        and (lim.pool_guns is None or guns >= lim.pool_guns[stretch])
        and (lim.pool_piles is None or fast >= lim.pool_piles[stretch])
    )


def townships(d, standing, amount):
    """How many townships have a pile."""
    open_ = (amount + standing).any(axis=1) if d.closing is None else amount[:, d.closing].any(axis=1)
    return 0 if d.townships is None else sum(
        any(open_[j] for j in d.townships.indices[d.townships.indptr[t] : d.townships.indptr[t + 1]])
        for t in range(d.townships.shape[0])
    )  # fmt: skip


def people(d, products, standing, amount, standing_guns=None):
    """What is served; where guns are counted, by a largest flow."""
    import networkx as nx

    sites = [d.reach.indices[d.reach.indptr[i] : d.reach.indptr[i + 1]] for i in range(len(d.weight))]
    guns = [
        sum(int(x) * item.guns for x, item in zip(row, products, strict=True)) for row in amount + standing
    ]
    if standing_guns is not None and d.people_per_gun is not None:
        new = [sum(int(x) * item.guns for x, item in zip(row, products, strict=True)) for row in amount]
        guns = [a + b for a, b in zip(new, standing_guns, strict=True)]
    if d.people_per_gun is None:
        return sum(float(w) for w, some in zip(d.weight, sites, strict=True) if any(guns[j] for j in some))
    graph = nx.DiGraph()
    graph.add_nodes_from("st")
    for i, (w, some) in enumerate(zip(d.weight, sites, strict=True)):
        graph.add_edge("s", ("place", i), capacity=int(w))
        graph.add_edges_from((("place", i), ("site", int(j))) for j in some)
    for j, count in enumerate(guns):
        graph.add_edge(("site", j), "t", capacity=int(count * d.people_per_gun))
    return float(nx.maximum_flow_value(graph, "s", "t"))


def best(c, d, lim, products):
    """Most townships, then most people, then least money, over every plan; null if none holds."""
    n, k = len(c.city), len(products)
    standing = np.zeros((n, k), dtype=int) if c.standing is None else c.standing
    found = None
    for amount in every_amount(n, k, lim.piles):
        if holds(c, lim, products, amount):
            towns = townships(d, standing, amount)
            if lim.all_townships and d.townships is not None and towns < d.townships.shape[0]:
                continue
            if found is None or towns >= found[0]:
                served = people(d, products, standing, amount, c.standing_guns)
                value = (towns, served, -cost(c, products, amount))
                found = value if found is None else max(found, value)
    return None if found is None else (*found[:2], -found[2])
