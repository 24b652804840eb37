"""The sample, solved once for all tests of this folder."""

import json
from typing import Any, NamedTuple

import pandas as pd
import pytest

from chargegeo import sample, study


class Sampled(NamedTuple):
    """Results of the sample, the truth of its townships and of its sides of service areas, and its totals."""

    results: study.Results
    truth: pd.DataFrame
    sides: pd.DataFrame
    totals: dict[str, Any]


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    """The sample of the default seed."""
    paths = sample.write(tmp_path_factory.mktemp("sample"))
    truth = pd.read_csv(paths["truth"], dtype={"unit_code": str}, keep_default_na=False)
    sides = pd.read_csv(paths["sides"], dtype={"unit_code": str}, keep_default_na=False)
    totals = json.loads(paths["totals"].read_text("utf-8"))
    return Sampled(study.solve(study.load(paths["study"])), truth, sides, totals)
