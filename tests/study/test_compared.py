"""A comparison derived anew, with pandas alone, from the tables that each scenario left in its folder."""

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from chargegeo import study
from chargegeo.errors import OutputFault
from tests.study.test_site import SIX, write
from tests.study.world import C, D

GUNS = {"ac_7": 1, "dc_60": 1, "dc_120": 2, "ultra_480": 2}
ONE_PILE_SERVES = "people_per_gun = 0\n"
FIRST = SIX + ONE_PILE_SERVES
OTHERS = {
    "strict": FIRST.replace('"A2"', '"A4"') + "[products.ac_7]\nmost = 0\n",
    "elsewhere": FIRST + '[candidates]\nkinds = ["seat"]\n[quotas]\ncounty = { 410222 = 4 }\nexact = false\n',
    "short": FIRST.replace("= 6\nrung", "= 2\nrung") + 'must_cover = "none"\ncover = "headline"\n',
}
# five of the piles must stand in a county that has room for two
NO_PLAN = (
    FIRST + "[candidates]\nkinds = ['seat']\nbays = 1\n[quotas]\ncounty = { 410222 = 5 }\nexact = false\n"
)


def written(folder: Path, scenario: str) -> Path:
    """The six townships, two of them (C and D) in another county of another city."""
    path = write(folder, scenario)
    for name in ("towns.geojson", "stations.csv"):
        text = (folder / name).read_text("utf-8")
        for code in (C, D):
            text = text.replace(code, code.replace("410122", "410222"))
        (folder / name).write_text(text, "utf-8")
    return path


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(
        folder / "tables" / f"{name}.csv", dtype={"code": str, "county_code": str, "city_code": str}
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The first scenario, the others, and last their comparison, which holds one without a plan too."""
    here = tmp_path_factory.mktemp("compared")
    for name, text in {"first": FIRST, **OTHERS, "none": NO_PLAN}.items():
        study.site(written(here / "in", text.replace('"six"', f'"{name}"')), here / name)
    given = [here / name for name in ("first", *OTHERS)]
    study.compare([*given, here / "none"], here / "out")
    return [*given, here / "out"]


def counted(folder: Path, units: pd.DataFrame) -> pd.DataFrame:
    """Units that a scenario judges: without subdistricts where it asks for the headline."""
    return units[units["town_kind"] != "subdistrict"] if folder.name == "short" else units


def summed(folder: Path) -> dict[str, Any]:
    """What a scenario comes to, from its units, sites and piles."""
    units, sites, piles = (table(folder, name) for name in ("scenario_units", "sites", "site_piles"))
    judged = counted(folder, units)
    return {
        "scenario": folder.name, "folder": folder.name, "n_piles": piles["n_new"].sum(),
        "n_sites": piles["site_id"].nunique(), "cost": piles["cost"].sum(),
        "new_guns": (piles["n_new"] * piles["product"].map(GUNS)).sum(),
        "new_kw": (piles["n_new"] * piles["kw"]).sum(), "covered_before": (judged["before"] == "covered").sum(),
        "covered_after": (judged["after"] == "covered").sum(), "n_units": len(judged),
        "served_before": units["served_before"].sum(), "served_after": units["served_after"].sum(),
        "people": units["people"].sum(), "rung": units["rung"].iloc[0], "n_stretches": 0,
        "n_sites_of_sites": len(sites),
    }  # fmt: skip


def test_what_each_comes_to(folders: list[Path]) -> None:
    *given, out = folders
    found = table(out, "scenario_comparison")
    assert found.iloc[-1].dropna().to_dict() == {"scenario": "none", "folder": "none", "status": "infeasible"}
    found = found.iloc[:-1]
    for (_, row), folder in zip(found.iterrows(), given, strict=True):
        expected = summed(folder)
        assert expected.pop("n_sites_of_sites") == expected["n_sites"]
        assert {name: row[name] for name in expected} == expected
        assert row["bound"] >= row["served_after"]
        assert row["gap"] == pytest.approx((row["bound"] - row["served_after"]) / row["served_after"])
    assert found["status"].eq("optimal").all() and found["people_per_gun"].isna().all()


def test_where_they_differ_by_site(folders: list[Path]) -> None:
    first, *others, out = folders
    found, mine = table(out, "scenario_changes"), table(first, "sites").set_index("site_id")["n_new"]
    assert set(found["scenario"]) == {folder.name for folder in others}, "no plan is not a plan of no piles"
    for folder in others:
        theirs = table(folder, "sites").set_index("site_id")["n_new"]
        expected = theirs.subtract(mine, fill_value=0).astype(int)
        expected = expected[expected != 0]
        told = found[found["scenario"] == folder.name].set_index("site_id")
        assert told["difference"].sort_index().to_dict() == expected.sort_index().to_dict(), folder.name
        assert told["n_first"].to_dict() == mine.reindex(told.index).fillna(0).astype(int).to_dict()
        assert told["n_other"].to_dict() == theirs.reindex(told.index).fillna(0).astype(int).to_dict()
        sizes = told["difference"].abs().tolist()
        assert sizes == sorted(sizes, reverse=True)


def by_area(folder: Path) -> pd.DataFrame:
    """New piles, units covered and cost of each county, each city and the province, from units and sites."""
    units, sites = table(folder, "scenario_units"), table(folder, "sites")
    parts = []
    for level, key in (("county", "county_code"), ("city", "city_code"), ("province", None)):
        of_unit = units[key] if key else np.full(len(units), "")
        of_site = sites[key] if key else np.full(len(sites), "")
        judged = pd.Series(units.index.isin(counted(folder, units).index), index=units.index)
        covered = (judged & (units["after"] == "covered")).groupby(of_unit).sum()
        part = pd.DataFrame({"covered": covered, "n_units": judged.groupby(of_unit).sum()})
        part["n_new"] = sites.groupby(of_site)["n_new"].sum().reindex(part.index).fillna(0).astype(int)
        part["cost"] = sites.groupby(of_site)["cost"].sum().reindex(part.index).fillna(0.0)
        parts.append(part.rename_axis("code").reset_index().assign(level=level))
    return pd.concat(parts, ignore_index=True).set_index(["level", "code"]).sort_index()


def test_where_they_differ_by_area(folders: list[Path]) -> None:
    first, *others, out = folders
    found, mine = table(out, "scenario_differences"), by_area(first)
    found["code"] = found["code"].fillna("")
    for folder in others:
        told = found[found["scenario"] == folder.name].set_index(["level", "code"]).sort_index()
        theirs = by_area(folder)
        assert told.index.equals(theirs.index) and theirs.index.equals(mine.index)
        for name in ("n_units", "n_new", "covered", "cost"):
            assert told[name].tolist() == theirs[name].tolist(), (folder.name, name)
            assert told[f"{name}_first"].tolist() == mine[name].tolist(), (folder.name, name)
        assert told["difference"].tolist() == (theirs["n_new"] - mine["n_new"]).tolist()


def test_results_of_another_version_are_refused(folders: list[Path], tmp_path: Path) -> None:
    """A table that lacks a column of today is no fault of the program."""
    old = shutil.copytree(folders[0], tmp_path / "old")
    path = old / "tables" / "sites.parquet"
    gpd.read_parquet(path).drop(columns="people_near").to_parquet(path)
    with pytest.raises(OutputFault) as error:
        study.compare([folders[0], old], tmp_path / "out")
    assert "older version" in error.value.faults[0].text("en") and not (tmp_path / "out").exists()
