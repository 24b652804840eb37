"""The structure itself: from edges, its components, its checks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chargegeo import datum, errors, roads
from chargegeo.vocab import RoadClass


def small() -> roads.RoadNetwork:
    """0 - 1 both ways, 1 -> 2 one way, 3 - 4 apart."""
    return roads.from_edges(
        [113.0, 113.01, 113.02, 114.0, 114.01], [34.0] * 5, [1, 0, 1, 3, 4], [2, 1, 0, 4, 3]
    )


def test_edges_are_sorted_and_directions_share_a_line() -> None:
    network = small()
    assert network.tail.tolist() == [0, 1, 1, 3, 4]
    assert network.head.tolist() == [1, 0, 2, 4, 3]
    assert network.line[0] == network.line[1] and network.line[3] == network.line[4]
    assert network.forward.tolist() == [True, False, True, True, False]
    step = float(datum.metres_between(113.0, 34, 113.01, 34))
    assert network.metres == pytest.approx([step] * 5)
    assert network.minutes == pytest.approx([step / 1000] * 5)
    assert network.imputed_metres.tolist() == network.metres.tolist()
    assert len(network.way) == 3


def test_components_are_numbered_by_size_then_by_the_lowest_node() -> None:
    tail, head = [0, 3, 4, 5], [1, 4, 5, 6]
    network = roads.from_edges(np.linspace(113, 114, 9), [34.0] * 9, tail, head)
    assert network.component.tolist() == [1, 1, 2, 0, 0, 0, 0, 3, 4]


def test_parallel_edges_stand_by_time() -> None:
    network = roads.from_edges(
        [113, 114], [34, 34], [0, 0, 1], [1, 1, 0], metres=[9, 9, 9], minutes=[3, 2, 4]
    )
    assert network.minutes.tolist() == [2, 3, 4]
    # the first one way with the first the other way
    assert network.line.tolist() == [1, 0, 0]


def test_classes_and_numbers() -> None:
    network = roads.from_edges(
        [113, 114], [34, 34], [0, 1], [1, 0], road_class=["expressway", "village"], ref=["G4", ""]
    )
    assert [tuple(RoadClass)[i] for i in network.road_class] == ["expressway", "village"]
    assert (network.ref.tolist(), network.refs) == ([0, -1], ("G4",))
    assert roads.from_edges([1], [1], [], []).n_edges == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lon", np.array([113.0])),
        ("lon", np.full(5, np.nan)),
        ("lat", np.full(5, 91.0)),
        ("metres", np.zeros(5, dtype=np.float32)),
        ("metres", np.array([1, 1, 1, 1, -1.0])),
        ("minutes", np.zeros(5)),
        ("minutes", np.array([1, 1, 1, 1, np.inf])),
        ("minutes", np.array([1, 1, 1, 1, np.nan])),
        ("imputed_metres", np.full(5, 1e9)),
        ("head", np.array([1, 0, 2, 4, 5], dtype=np.int32)),
        ("head", np.array([1, 2, 0, 4, 3], dtype=np.int32)),
        ("indptr", np.array([0, 1, 3, 2, 4, 5])),
        ("indptr", np.array([0, 1, 3, 3, 4, 4])),
        ("road_class", np.full(5, 16, dtype=np.int8)),
        ("ref", np.zeros(5, dtype=np.int32)),
        ("line", np.full(5, -1, dtype=np.int32)),
        ("line_start", np.array([0, 1, 4, 6])),
        ("line_xy", np.zeros((6, 3))),
        ("component", np.full(5, -1, dtype=np.int32)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name: str, value: Any) -> None:
    with pytest.raises(errors.ContractFault) as caught:
        replace(small(), **{name: value})
    assert {fault.code for fault in caught.value.faults} == {"network_broken"}
    assert name in {fault.column for fault in caught.value.faults}
