"""The loops: shortest ways by a queue of buckets, compiled.

A bucket holds the nodes whose cost lies within one width; buckets are emptied in order of cost. A node that is
improved after its turn comes back, so costs are exact for every width and for edges of zero cost. Inside a bucket
the last comes first, which keeps neighbours together in memory; as soon as nodes come back too often, the bucket
is emptied in rounds instead, which bounds the work. Costs are float64 and add up from the seed outwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chargegeo.roads.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Long = NDArray[np.int64]
    Int = NDArray[np.int32]
    Float = NDArray[np.float64]
    Records = NDArray[np.void]
    Bounds = tuple[float, int, float, Float]

# one record is one visit to memory
EDGE = np.dtype([("cost", "f8"), ("head", "i4"), ("edge", "i4")])
LABEL = np.dtype([("cost", "f8"), ("site", "i4"), ("edge", "i4")])
WAITING = np.dtype([("cost", "f8"), ("node", "i4"), ("site", "i4"), ("next", "i8")])


@kernel
def turn(indptr: Long, head: Int, cost: Float, start: Long, edges: Records) -> None:
    """Fill ``edges`` by the node that they lead to; ``start`` (where each node's begin) moves to the end."""
    for node in range(len(indptr) - 1):
        for j in range(indptr[node], indptr[node + 1]):
            at = start[head[j]]
            start[head[j]] = at + 1
            edges[at].head = node
            edges[at].cost = cost[j]
            edges[at].edge = j


@kernel
def _item(queue: Records, free: int, used: int) -> tuple[Records, int, int, int]:
    """An unused item of a queue, which may have to grow: the queue, the item, next free one, number used."""
    if free >= 0:
        return queue, free, queue[free].next, used
    if used == len(queue):
        wider = np.empty(2 * len(queue), WAITING)
        wider[:used] = queue
        queue = wider
    return queue, used, -1, used + 1


@kernel
def spread(
    indptr: Long, edges: Records, seeds: Records, labels: Records, bounds: Bounds, touched: Int
) -> int:
    """Shortest ways from seeds to all nodes that they improve; how many nodes were touched.

    ``seeds`` holds cost, node (``head``) and site (``edge``), by rising cost. ``labels`` is filled with cost, site
    and the edge that the way goes on by: infinite, -1 and -1 before; -1 at a seed. Of equal costs the lower site
    wins. ``bounds`` are buckets a unit of cost, number of buckets (a power of two), the cost not to be exceeded,
    and costs (n, or none) that must be beaten to go on; null there is beaten by all. ``touched`` (n) is filled
    with the nodes.
    """
    inverse, n_buckets, limit, beat = bounds
    first, mask, must_beat = np.full(n_buckets, -1), n_buckets - 1, len(beat) > 0
    queue, free, used = np.empty(1024, WAITING), -1, 0
    waiting, chain, popped, n_touched, s, now = 0, -1, 0, 0, 0, 0
    while waiting > 0 or s < len(seeds):
        if waiting == 0:
            now = int(seeds[s].cost * inverse)
        if s < len(seeds) and int(seeds[s].cost * inverse) <= now:
            node, base, by, begin, end = -1, 0.0, 0, s, s + 1
            s += 1
        else:
            if chain < 0:
                chain = first[now & mask]
                if chain < 0:
                    now += 1
                    continue
                lone = popped <= 2 * n_touched
                first[now & mask] = queue[chain].next if lone else -1
                if lone:
                    queue[chain].next = -1
            item, node, base = chain, queue[chain].node, queue[chain].cost
            chain, queue[item].next, free = queue[item].next, free, item
            waiting -= 1
            if base != labels[node].cost:
                continue
            popped += 1
            by, begin, end = labels[node].site, indptr[node], indptr[node + 1]
        for j in range(begin, end):
            if node < 0:
                other, new, by, via = seeds[j].head, seeds[j].cost, seeds[j].edge, -1
            else:
                other, new, via = edges[j].head, base + edges[j].cost, edges[j].edge
            old = labels[other]
            if new > old.cost or new > limit or (must_beat and new >= beat[other]):
                continue
            if new == old.cost and (by == old.site or (by > old.site and (via < 0 or via != old.edge))):
                continue
            if old.cost == np.inf:
                touched[n_touched] = other
                n_touched += 1
            old.cost, old.site, old.edge = new, by, via
            queue, item, free, used = _item(queue, free, used)
            slot = int(new * inverse) & mask
            queue[item].node, queue[item].cost, queue[item].next = other, new, first[slot]
            first[slot] = item
            waiting += 1
    return n_touched


@kernel
def spread_each(
    indptr: Long, edges: Records, seeds: Records, labels: Records, bounds: Bounds, nodes: tuple[Int, Int]
) -> tuple[Long, Int, Float]:
    """Ways from each seed by itself: how many places each reaches, and place and cost of each.

    ``nodes`` are room for the nodes touched (n), and the place asked for at each node (n), or -1. ``labels`` are
    left as found.
    """
    touched, place = nodes
    count = np.zeros(len(seeds), np.int64)
    found, cost, n = np.empty(4096, np.int32), np.empty(4096, np.float64), 0
    for i in range(len(seeds)):
        before = n
        for node in touched[: spread(indptr, edges, seeds[i : i + 1], labels, bounds, touched)]:
            if place[node] >= 0:
                if n == len(found):
                    found, cost = np.append(found, found), np.append(cost, cost)
                found[n], cost[n] = place[node], labels[node].cost
                n += 1
            labels[node].cost, labels[node].site, labels[node].edge = np.inf, -1, -1
        count[i] = n - before
    return count, found[:n].copy(), cost[:n].copy()


@kernel
def _enter(labels: Records, cost: float, site: int) -> bool:
    """Put a site among the nearest of a node (k, sorted by cost, then site), if it belongs there."""
    k = len(labels)
    at = k - 1
    for i in range(k):
        if labels[i].site == site:
            at = i
            break
    if (labels[at].cost, labels[at].site) <= (cost, site):
        return False
    while at > 0 and (labels[at - 1].cost, labels[at - 1].site) > (cost, site):
        labels[at].cost, labels[at].site = labels[at - 1].cost, labels[at - 1].site
        at -= 1
    labels[at].cost, labels[at].site = cost, site
    return True


@kernel
def spread_k(indptr: Long, edges: Records, seeds: Records, labels: Records, bounds: Bounds) -> None:
    """Shortest ways to the k nearest of different seeds: as :func:`spread` with ``labels`` (n, k), no edges."""
    inverse, n_buckets, limit, _ = bounds
    first, mask = np.full(n_buckets, -1), n_buckets - 1
    queue, free, used = np.empty(1024, WAITING), -1, 0
    waiting, chain, s, now = 0, -1, 0, 0
    while waiting > 0 or s < len(seeds):
        if waiting == 0:
            now = int(seeds[s].cost * inverse)
        if s < len(seeds) and int(seeds[s].cost * inverse) <= now:
            node, base, by, begin, end = -1, 0.0, seeds[s].edge, s, s + 1
            s += 1
        else:
            if chain < 0:
                chain, first[now & mask] = first[now & mask], -1
                if chain < 0:
                    now += 1
                    continue
            item, node, base, by = chain, queue[chain].node, queue[chain].cost, queue[chain].site
            chain, queue[item].next, free = queue[item].next, free, item
            waiting -= 1
            if not _holds(labels[node], base, by):
                continue
            begin, end = indptr[node], indptr[node + 1]
        for j in range(begin, end):
            if node < 0:
                other, new = seeds[j].head, seeds[j].cost
            else:
                other, new = edges[j].head, base + edges[j].cost
            if new > limit or not _enter(labels[other], new, by):
                continue
            queue, item, free, used = _item(queue, free, used)
            slot = int(new * inverse) & mask
            queue[item].node, queue[item].site, queue[item].cost = other, by, new
            queue[item].next, first[slot] = first[slot], item
            waiting += 1


@kernel
def _holds(labels: Records, cost: float, site: int) -> bool:
    """Whether a site still stands among the nearest of a node at this cost."""
    for i in range(len(labels)):
        if labels[i].site == site:
            return bool(labels[i].cost == cost)
    return False


@kernel
def retrace(edge: Int, head: Int, cost: Float, total: Float) -> None:
    """Fill ``total`` with costs along ways found: null where it is not known yet, given where ways begin.

    ``edge`` (n) is the edge that each node goes on by, -1 where its way ends; ``head`` and ``cost`` (e) are of
    the network.
    """
    stack = np.empty(1024, np.int64)
    for begin in range(len(edge)):
        node, depth = np.int64(begin), 0
        while edge[node] >= 0 and np.isnan(total[node]):
            if depth == len(stack):
                stack = np.append(stack, stack)
            stack[depth] = node
            depth += 1
            node = np.int64(head[edge[node]])
        for i in range(depth - 1, -1, -1):
            on = edge[stack[i]]
            total[stack[i]] = total[head[on]] + cost[on]
