"""Relations for the models, from costs and from tables of pairs."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from chargegeo import siting
from chargegeo.errors import StudyFault


def test_a_way_of_zero_minutes_is_within_reach() -> None:
    """Village 0 has site 1 at its door and site 0 at 31 minutes, village 1 has site 0 at 30, village 2 has none."""
    minutes = csr_array(([31.0, 0.0, 30.0], [0, 1, 0], [0, 2, 3, 3]), shape=(3, 2))
    found = siting.within_reach(minutes, limit=30.0)
    assert found.toarray().tolist() == [[0, 1], [1, 0], [0, 0]]
    assert siting.within_reach(minutes).nnz == 3
    assert minutes.nnz == 3 and minutes.data.tolist() == [31, 0, 30]
    assert siting.maximal_cover(found, [5, 4, 9], p=1).objective == 5


def test_a_table_of_pairs_by_code() -> None:
    """The pair b, s2 stands twice with 7 and 3 minutes: 3 count."""
    cost, villages, sites = siting.from_pairs(
        ["b", "a", "b", "b"], np.array(["s2", "s1", "s1", "s2"]), [7.0, 0.0, 40.0, 3.0]
    )
    assert villages.tolist() == ["a", "b"] and sites.tolist() == ["s1", "s2"]
    assert cost.nnz == 3 and cost[[1]].toarray().tolist() == [[40, 3]]
    cover = siting.within_reach(cost, limit=30)
    assert cover.toarray().tolist() == [[1, 0], [0, 1]]
    assert sites[siting.maximal_cover(cover, [1, 2], p=1).sites].tolist() == ["s2"]
    assert siting.p_center(cost, p=2).objective == 3
    empty, villages, sites = siting.from_pairs([], [], [])
    assert empty.shape == (0, 0) and not len(villages) and not len(sites)


@pytest.mark.parametrize("minutes", [[1.0, np.nan], [1.0, -2.0], [1.0, np.inf], [1.0]])
def test_costs_must_be_numbers(minutes: list[float]) -> None:
    with pytest.raises(StudyFault):
        siting.from_pairs([0, 1], [0, 1], minutes)


def test_columns_of_one_length() -> None:
    with pytest.raises(StudyFault):
        siting.from_pairs([0, 1], [0, 1, 1], [1.0, 2.0])


def test_costs_of_a_relation_must_be_numbers() -> None:
    with pytest.raises(StudyFault):
        siting.within_reach(csr_array(([np.nan], [0], [0, 1]), shape=(1, 1)), limit=3)
