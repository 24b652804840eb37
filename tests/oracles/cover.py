"""Cover models by trying every choice of sites."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

Row = dict[int, float]


def choices(n: int, most: int, fixed: Sequence[int]) -> Iterator[set[int]]:
    """Every choice of at most ``most`` of ``n`` sites that holds the fixed ones."""
    sizes = range(min(most, n) + 1)
    for chosen in chain.from_iterable(combinations(range(n), k) for k in sizes):
        if set(fixed) <= set(chosen):
            yield set(chosen)


def most(
    rows: Sequence[Row], weight: Sequence[float], backup: Sequence[float], p: int, fixed: Sequence[int]
) -> float:
    """The most weight that at most ``p`` sites cover."""
    n = 1 + max((site for row in rows for site in row), default=-1)
    best = float("-inf")
    for chosen in choices(max([n, *(f + 1 for f in fixed)]), p, fixed):
        total = 0.0
        for row, first, second in zip(rows, weight, backup, strict=True):
            times = sum(site in chosen for site in row)
            total += (first if times else 0) + (second if times > 1 else 0)
        best = max(best, total)
    return best


def most_by_share(rows: Sequence[Row], weight: Sequence[float], p: int, fixed: Sequence[int]) -> float:
    """The most weight times the largest share served."""
    n = 1 + max((site for row in rows for site in row), default=-1)
    return max(
        sum(
            amount * max((share for site, share in row.items() if site in chosen), default=0.0)
            for row, amount in zip(rows, weight, strict=True)
        )
        for chosen in choices(max([n, *(f + 1 for f in fixed)]), p, fixed)
    )


def cheapest(rows: Sequence[Row], cost: Sequence[float], times: int, fixed: Sequence[int]) -> float | None:
    """The least cost of covering every row; none where it cannot be done."""
    totals = [
        sum(cost[site] for site in chosen)
        for chosen in choices(len(cost), len(cost), fixed)
        if all(sum(site in chosen for site in row) >= times for row in rows)
    ]
    return min(totals, default=None)


def most_within_capacity(
    rows: Sequence[Row], weight: Sequence[float], capacity: Sequence[float], p: int, fixed: Sequence[int]
) -> float:
    """The most weight served within capacities: of any set of sites, their room limits what only they serve.

    By the theorem of the least cut: a cut takes whole rows, or the room of all chosen sites that serve a row.
    """
    best = float("-inf")
    for chosen in choices(len(capacity), p, fixed):
        cuts = []
        for full in choices(len(capacity), len(capacity), []):
            if full <= chosen:
                open_rows = (
                    amount
                    for row, amount in zip(rows, weight, strict=True)
                    if any(site in chosen and site not in full for site in row)
                )
                cuts.append(sum(capacity[site] for site in full) + sum(open_rows))
        best = max(best, min(cuts))
    return best
