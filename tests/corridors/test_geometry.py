"""Courses of corridors: vertices in order of travel, and the kilometres at each."""

from dataclasses import replace

import numpy as np
import pytest

from chargegeo import datum, roads
from chargegeo.corridors import measures, paths


@pytest.fixture(scope="module")
def network():
    """Three stretches southwards and back, 10, 5 and 8 km by the network; drawn with 4, 3 and 2 vertices."""
    lat = np.array([36, 35.9, 35.8, 35.7])
    tail, head = np.array([0, 1, 2, 1, 2, 3]), np.array([1, 2, 3, 0, 1, 2])
    net = roads.from_edges(
        np.full(4, 113.0),
        lat,
        tail,
        head,
        metres=[10_000, 5_000, 8_000] * 2,
        road_class="national",
        ref=["G1"] * 6,
    )
    drawn = [
        np.array([[113, 36], [113.01, 35.98], [113.01, 35.97], [113, 35.9]]),
        np.array([[113, 35.9], [113.02, 35.84], [113, 35.8]]),
        np.array([[113, 35.8], [113, 35.7]]),
    ]
    shown = []
    for line in range(len(net.way)):
        xy = net.line_xy[net.line_start[line] : net.line_start[line + 1]]
        which = next(part for part in drawn if {part[0, 1], part[-1, 1]} == set(xy[[0, -1], 1]))
        shown.append(which if which[0, 1] == xy[0, 1] else which[::-1])
    start = np.append(0, np.cumsum([len(part) for part in shown])).astype(np.int64)
    return replace(net, line_start=start, line_xy=np.concatenate(shown))


def test_courses_run_in_the_direction_of_travel(network):
    south, north = paths.build(network)
    xy, km = measures.geometry(network, south)
    assert xy[:, 1].tolist() == [36, 35.98, 35.97, 35.9, 35.9, 35.84, 35.8, 35.8, 35.7]
    assert km[[0, 3, 4, 6, 7, 8]].tolist() == [0, 10, 10, 15, 15, 23]
    back, there = measures.geometry(network, north)
    assert back.tolist() == xy[::-1].tolist() and there == pytest.approx(23 - km[::-1])


def test_between_the_nodes_kilometres_follow_the_drawn_length(network):
    """Of the first stretch by its three pieces, stretched to the 10 km that the network gives it."""
    xy, km = measures.geometry(network, paths.build(network)[0])
    piece = [float(datum.metres_between(*xy[i], *xy[i + 1])) for i in range(3)]
    assert km[1] == pytest.approx(10 * piece[0] / sum(piece)) and km[2] == pytest.approx(
        10 * (1 - piece[2] / sum(piece))
    )


def test_a_stretch_without_drawn_length_is_shared_out_evenly(network):
    flat = replace(network, line_xy=np.full_like(network.line_xy, 35.0))
    _, km = measures.geometry(flat, paths.build(network)[0])
    assert km == pytest.approx([0, 10 / 3, 20 / 3, 10, 10, 12.5, 15, 15, 23])
