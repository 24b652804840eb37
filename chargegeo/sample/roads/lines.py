"""Many lines as arrays: places along them, lines beside them, and where two sets of them cross."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Lines(NamedTuple):
    """Lines one after the other.

    The vertices of line ``i`` are ``xy[start[i]:start[i + 1]]`` (metres); ``at`` is how far along its line each
    vertex lies (metres, from 0, ascending).
    """

    start: Ints
    xy: Floats
    at: Floats

    @property
    def of(self) -> Ints:
        """Line of each vertex."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def length(self) -> Floats:
        """How long each line is."""
        return self.at[self.start[1:] - 1]


def lines_of(parts: list[Floats]) -> Lines:
    """Lines of coordinates, with ``at`` measured along each."""
    start = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    xy = np.concatenate(parts)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[start[:-1]] = 0
    run = np.cumsum(step)
    size = np.diff(start)
    return Lines(start, xy, run - np.repeat(run[start[:-1]], size))


def _joined(lines: Lines) -> tuple[Floats, Floats]:
    """``at`` of all vertices on one axis, and where each line begins on it."""
    first = np.concatenate([[0.0], np.cumsum(lines.length + 1)[:-1]])
    return lines.at + np.repeat(first, np.diff(lines.start)), first


def along(lines: Lines, line: Ints, at: Floats) -> Floats:
    """Place on each line, ``at`` metres from its beginning; before and beyond it, its ends."""
    axis, first = _joined(lines)
    asked = first[line] + np.clip(at, 0, lines.length[line])
    return np.stack([np.interp(asked, axis, column) for column in lines.xy.T], axis=1)


def heading(lines: Lines, line: Ints, at: Floats) -> Floats:
    """Unit vector of the direction of each line there, taken over 200 m."""
    step = along(lines, line, at + 100) - along(lines, line, at - 100)
    return np.asarray(step / np.hypot(*step.T)[:, None])


def right_of(direction: Floats) -> Floats:
    """Unit vector to the right of a direction."""
    return np.stack([direction[:, 1], -direction[:, 0]], axis=1)


def beside(lines: Lines, metres: float) -> Lines:
    """Lines to the right of others (left if negative), vertex by vertex, ``at`` still measured on the others."""
    out = right_of(heading(lines, lines.of, lines.at))
    return lines._replace(xy=lines.xy + metres * out)


def segments(lines: Lines) -> Ints:
    """First vertex of each segment."""
    return np.flatnonzero(np.diff(lines.of) == 0)


def gap(line: Ints, at: Floats, of: Ints, marks: Floats) -> Floats:
    """Metres along its line from each place to the nearest mark on the same line.

    Marks stand ``marks`` metres along the lines ``of``; a line without a mark gives a number beyond its length.
    """
    far = 1e7
    axis = np.sort(np.concatenate([of * far + marks, [-far, far * (max(of.max(), line.max()) + 2)]]))
    asked = line * far + at
    after = np.searchsorted(axis, asked)
    return np.asarray(np.minimum(asked - axis[after - 1], axis[after] - asked))


class Crossings(NamedTuple):
    """Where line ``a`` of one set crosses line ``b`` of the other, and how far along each that is (metres)."""

    a: Ints
    at_a: Floats
    b: Ints
    at_b: Floats


def crossings(one: Lines, other: Lines) -> Crossings:
    """All places where a line of one set crosses a line of the other, in the order of the first set."""
    import shapely

    p, q = segments(one), segments(other)
    tree = shapely.STRtree(shapely.linestrings(np.stack([other.xy[q], other.xy[q + 1]], axis=1)))
    found = tree.query(shapely.linestrings(np.stack([one.xy[p], one.xy[p + 1]], axis=1)), "intersects")
    p, q = p[found[0]], q[found[1]]
    d, e = one.xy[p + 1] - one.xy[p], other.xy[q + 1] - other.xy[q]
    gap = other.xy[q] - one.xy[p]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = _cross(gap, e) / _cross(d, e)
        u = _cross(gap, d) / _cross(d, e)
    at_a = one.at[p] + t * (one.at[p + 1] - one.at[p])
    at_b = other.at[q] + u * (other.at[q + 1] - other.at[q])
    real = np.isfinite(at_a) & np.isfinite(at_b)
    a, b = one.of[p], other.of[q]
    order = np.lexsort((at_b, b, at_a, a))
    order = order[real[order]]
    return Crossings(a[order], at_a[order], b[order], at_b[order])


def _cross(one: Floats, other: Floats) -> Floats:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


class Vertices(NamedTuple):
    """Vertices of lines with more of them put in: ``line``, ``at``, ``xy``, sorted; ``put[k]`` is the k-th put in."""

    line: Ints
    at: Floats
    xy: Floats
    put: Ints


def with_more(lines: Lines, line: Ints, at: Floats) -> Vertices:
    """Put in vertices ``at`` metres along some lines, each place once; the lines stay as they run."""
    at = np.clip(at, 0, lines.length[line])
    whole = np.concatenate([lines.of, line])
    where = np.concatenate([lines.at, at])
    order = np.lexsort((where, whole))
    whole, where = whole[order], where[order]
    new = np.r_[True, (np.diff(whole) != 0) | (np.diff(where) != 0)]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    xy = np.concatenate([lines.xy, along(lines, line, at)])[order]
    return Vertices(whole[new], where[new], xy[new], place[len(lines.at) :])


def runs(key: NDArray[Any]) -> tuple[Ints, Ints]:
    """First and last index of each run of equal rows of ``key``."""
    change = np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1
    first = np.concatenate([[0], change])
    return first, np.concatenate([change, [len(key)]]) - 1


def spot(lines: Lines, line: Ints, at: Floats, out: Floats | float) -> Floats:
    """Place ``at`` metres along each line and ``out`` metres to its right."""
    return along(lines, line, at) + np.reshape(out, (-1, 1)) * right_of(heading(lines, line, at))
