"""Supply per head: by hand, against two steps in plain Python, and that nothing is lost."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array

from chargegeo import access, errors
from tests.oracles import ways


def table(pairs, n_origins, n_sites):
    """Costs of pairs, zeros kept."""
    rows, columns = ([pair[i] for pair in pairs] for i in (0, 1))
    return coo_array((list(map(float, pairs.values())), (rows, columns)), shape=(n_origins, n_sites)).tocsr()


PAIRS = {(0, 0): 5, (1, 0): 10, (1, 1): 0}


def test_by_hand() -> None:
    """Site 0 (12 guns) serves 200 + 100 heads: 0.04; site 1 (5 guns) serves 100: 0.05. The third reaches none."""
    found = access.supply(table(PAIRS, 3, 2), [12, 5], [200, 100, 50], limit=10)
    assert found.tolist() == pytest.approx([0.04, 0.09, 0])
    assert found @ [200, 100, 50] == pytest.approx(17)


def test_the_limit_and_bands() -> None:
    """At 9 minutes the second no longer reaches site 0. In bands it counts half there: 12 / (200 + 50)."""
    costs = table(PAIRS, 2, 2)
    assert access.supply(costs, [12, 5], [200, 100], limit=9).tolist() == pytest.approx([0.06, 0.05])
    bands = [(5, 1.0), (10, 0.5)]
    found = access.supply(costs, [12, 5], [200, 100], limit=30, decay=bands)
    assert found.tolist() == pytest.approx([0.048, 0.024 + 0.05])
    assert costs.nnz == 3 and costs.data.tolist() == [5, 10, 0]


def test_gaussian_is_one_at_the_site_and_nothing_at_the_limit() -> None:
    """Half way the weight is (e^-1/8 - e^-1/2) / (1 - e^-1/2) = 0.701367."""
    found = access.supply(
        table({(0, 0): 0, (1, 0): 10, (2, 0): 5}, 3, 1), [1], [0, 1, 1], limit=10, decay="gaussian"
    )
    assert found.tolist() == pytest.approx([1 / 0.701367, 0, 1], rel=1e-5)


def test_nobody_to_share_with_is_unknown_and_nothing_in_reach_is_none() -> None:
    """Site 0 is reached by an empty village alone: per head is no number there."""
    found = access.supply(table({(0, 0): 1, (1, 1): 1}, 3, 2), [4, 4], [0, 8, 8], limit=5)
    np.testing.assert_array_equal(found, [math.nan, 0.5, 0])


WEIGHTS = {
    "none": lambda cost: float(cost <= 6),
    "gaussian": lambda cost: max(
        (math.exp(-0.5 * (cost / 6) ** 2) - math.exp(-0.5)) / (1 - math.exp(-0.5)), 0
    ),
    "bands": lambda cost: 1.0 if cost <= 2 else 0.4 if cost <= 5 else 0.0,
}


@settings(max_examples=100)
@given(
    st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 3)), st.integers(0, 8)),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
    st.lists(st.integers(0, 9), min_size=5, max_size=5),
    st.sampled_from(sorted(WEIGHTS)),
)
def test_against_plain_python_and_conserved(pairs, supply, demand, decay) -> None:
    word = [(2, 1.0), (5, 0.4)] if decay == "bands" else decay
    found = access.supply(table(pairs, 5, 4), supply, demand, limit=6, decay=word)
    np.testing.assert_allclose(found, ways.floating(pairs, supply, demand, WEIGHTS[decay]), rtol=1e-12)
    heads = [sum(demand[o] * WEIGHTS[decay](c) for (o, s), c in pairs.items() if s == j) for j in range(4)]
    shared = sum(guns for guns, head in zip(supply, heads, strict=True) if head > 0)
    assert np.nansum(found * demand) == pytest.approx(shared)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"supply": [1]}, ["amounts_do_not_fit"]),
        ({"supply": [1, -1], "demand": [1, math.nan, 1]}, ["amount_broken", "amount_broken"]),
        ({"limit": -1}, ["limit_broken"]),
        ({"decay": "linear"}, ["unknown_decay"]),
        ({"decay": [(5, 1.0), (5, 0.5)]}, ["bands_broken"]),
        ({"decay": []}, ["bands_broken"]),
        ({"decay": [(5, -1.0)]}, ["bands_broken"]),
    ],
)
def test_what_cannot_be_shared_is_refused(asked, codes) -> None:
    asked = {"supply": [1, 2], "demand": [1, 1, 1], "limit": 5} | asked
    with pytest.raises(errors.StudyFault) as refused:
        access.supply(table(PAIRS, 3, 2), **asked)
    assert [fault.code for fault in refused.value.faults] == codes
    assert refused.value.text("zh") and refused.value.text("en")
