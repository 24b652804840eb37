"""The catalogue of quality rules, the rules that only warn, and the shares at fault of operators."""

import ast
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from chargegeo import clean, errors, labels, schema, sources
from chargegeo import region as regions
from chargegeo.clean import Cleaned
from chargegeo.clean import text as texts
from chargegeo.clean.register import BAYS_A_GUN
from chargegeo.vocab import Severity
from tests.clean.stations_help import HENAN, H, W, also, changed, codes, frame, raw
from tests.clean.stations_help import clean as cleaned_of
from tests.clean.test_stations_corpus import check, manifest, towns
from tests.test_house import TREES, calls, fault_texts

__all__ = ["towns"]

RULES = {rule.code: rule for rule in clean.quality_rules()}
# faults of ours and of options: no rule about a file
NOT_RULES = {"rows_lost", "unknown_rule"}


# ---- the catalogue


def rooms() -> Iterator[ast.Module]:
    """Modules that read and clean files of data; what users set is no data."""
    for module, tree in TREES.items():
        of_data = module.startswith(("chargegeo.clean", "chargegeo.sources", "chargegeo.datum"))
        if of_data and module != "chargegeo.sources.settings":
            yield tree


def words(tree: ast.AST) -> set[str]:
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {word for word in found if isinstance(word, str)} & set(fault_texts("en"))


def test_every_code_that_can_be_found_is_in_the_catalogue() -> None:
    used = set().union(*map(words, rooms())) - NOT_RULES
    assert len(used) > 180
    assert used == set(RULES)


def severity(call: ast.Call) -> Severity | None:
    """The one severity named in a call."""
    named = {
        node.attr
        for node in ast.walk(call)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "Severity"
    }
    return Severity[named.pop()] if len(named) == 1 else None


def test_severities_are_those_of_the_code() -> None:
    """As far as a call says code and severity both; the corpus below tries the others."""
    wrong, seen = [], set()
    for tree in rooms():
        for name, call in calls(tree):
            if name in {"bad", "_points"}:
                own: Severity | None = Severity.QUARANTINE
            elif name == "Reading" and len(call.args) == 2:
                own = Severity.REPAIR
            elif name in {"Finding", "finding", "at", "flagged", "Reading", "_replace"}:
                own = severity(call)
            elif name == "refuse":
                own = Severity.ERROR
            else:
                continue
            # the values of a refusal may bear the name of a code
            said = call.args[0] if name == "refuse" and call.args else call
            found = words(said) & set(RULES) if own else set()
            seen |= found
            wrong += [(code, own) for code in found if RULES[code].severity is not own]
    assert wrong == []
    assert len(seen) > 90


def test_ids_groups_thresholds_and_words() -> None:
    ids = [rule.id for rule in clean.quality_rules()]
    assert len(ids) == len(set(ids)) == len(RULES)
    for rule in clean.quality_rules():
        assert (
            rule.about in {"stations", "units", "service_areas", "candidates", "any"}
            and 0 <= rule.threshold <= 1
        )
        for lang in labels.LANGUAGES:
            assert {f"problem.{rule.code}", f"fault.{rule.code}"} <= labels.keys(lang), rule.code
            assert f"quality.group.{rule.id[0]}" in labels.keys(lang)


def test_parameters_have_values() -> None:
    values = {rule.code: rule.values(HENAN) for rule in clean.quality_rules() if rule.parameters}
    assert values["power_absurd"] == {"limits.power_kw_min": 1, "limits.power_kw_max": 1000}
    assert values["outside_region"] == {"bounds": HENAN.bounds}
    assert values["count_absurd"] == {"cells.COUNT_MAX": 10_000}
    assert values["bays_gt_guns"] == {"register.BAYS_A_GUN": BAYS_A_GUN}


def test_the_corpus_finds_only_what_the_catalogue_says(shared: Path, towns: gpd.GeoDataFrame) -> None:
    seen = set()
    for row in manifest(shared):
        try:
            found = check(shared / "badinputs" / row["file"], towns)
        except errors.InputError as error:
            # an error may list what set the records aside
            assert RULES[error.faults[0].code].severity is Severity.ERROR
            continue
        for item in found.findings:
            assert item.severity is RULES[item.fault.code].severity
            seen.add(item.fault.code)
        table = clean.quality(found)
        assert dict(zip(table["code"], table["n_rows"], strict=True)).keys() >= {
            f.fault.code for f in found.findings
        }
    assert len(seen) > 25


# ---- rules that warn


def test_empty_names_and_test_stations_stay() -> None:
    table = changed(
        {(0, "name"): None, (1, "name"): " ", (2, "name"): "TEST-01", (3, "name"): W["test_name"]}
    )
    cleaned = cleaned_of(table)
    warned = codes(cleaned, Severity.WARNING)
    assert ("empty_name", 0, "name") in warned and ("empty_name", 1, "name") in warned
    assert ("test_station", 2, "name") in warned and ("test_station", 3, "name") in warned
    assert len(warned) == 4
    assert len(cleaned.table) == 12


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("demo", True),
        ("Latest Avenue", False),
        ("A_test1", True),
        ("contest", False),
        ("\uff34\uff25\uff33\uff34", True),
    ],
)
def test_words_for_testing(name: str, test: bool) -> None:
    assert texts.is_test(pd.Series([name])).tolist() == [test]


def test_places_where_cars_are_tested_are_real() -> None:
    names = pd.Series([W["test_track"], W["test_name"], W["detection_station"], None])
    assert texts.is_test(names).tolist() == [False, True, False, False]


def test_missing_power_is_one_warning_and_counts_for_each_operator() -> None:
    cleaned = cleaned_of(
        changed({(0, "power_kw_max"): None, (5, "power_kw_max"): None, (5, "operator"): "B"})
    )
    (missing,) = [f for f in cleaned.findings if f.fault.code == "power_missing"]
    assert missing.severity is Severity.WARNING and missing.n_rows == 2
    table = clean.quality(cleaned).query("code == 'power_missing'").set_index("operator", drop=False)
    assert table["n_bad"].tolist() == [2, 1, 1]
    assert table["n_rows"].tolist() == [12, 1, 11]
    assert table.loc["B", "share"] == 1 and not table.loc["B", "passed"]
    assert "power_missing" not in {
        f.fault.code for f in cleaned_of(frame().drop(columns=H["power_kw_max"])).findings
    }


def test_bays_against_guns() -> None:
    # guns are 4, 6, 8, 10, 12, 4
    bays = ["4", "5", "80", "200", None, "0"]
    warned = codes(cleaned_of(frame(6).pipe(also, n_bays=bays)), Severity.WARNING)
    assert [(code, row) for code, row, _ in warned] == [
        ("bays_lt_piles", 5),
        ("bays_lt_guns", None),
        ("bays_gt_guns", 3),
    ]


def test_codes_of_another_year_are_warned_of() -> None:
    change = HENAN.county_changes[0]
    register = (
        frame(3).drop(columns=H["town_code"]).pipe(also, either_code=[change.code, change.new_code, "410999"])
    )
    found = clean.stations(raw(register), HENAN, datum="wgs84")
    (other,) = [f for f in found.findings if f.fault.code == "code_other_year"]
    assert (other.severity, other.fault.row, other.new) == (Severity.WARNING, 0, change.new_code)
    assert found.table["county_code"].tolist() == [change.new_code, change.new_code]
    assert found.quarantine["problem"].tolist() == ["code_unknown"]


# ---- results


def register() -> Cleaned:
    """Twelve stations, four of operator B: two of them negative, one repeated; one of A without a name."""
    cells = {(row, "operator"): "B" for row in range(4)}
    cells |= {(0, "n_guns"): "-1", (1, "n_guns"): "-2", (2, "station_id"): "S009", (11, "name"): None}
    return cleaned_of(changed(cells))


def test_findings_carry_rule_operator_and_station() -> None:
    rows = clean.quality_rows(register())
    assert schema.check(rows, "findings") is rows
    assert set(rows["rule"]) == {RULES[code].id for code in rows["code"]}
    negative = rows[rows["code"] == "count_negative"]
    assert negative["operator"].tolist() == ["B", "B"]
    assert negative["station_id"].tolist() == ["S000", "S001"]
    assert negative["line"].tolist() == [2, 3]
    assert rows[rows["code"] == "empty_name"]["operator"].tolist() == [W["grid"]]


def test_shares_by_operator_by_hand() -> None:
    table = clean.quality(register())
    assert schema.check(table, "quality") is table
    negative = table[table["code"] == "count_negative"]
    assert negative[["n_rows", "n_bad", "share", "passed"]].to_numpy().tolist() == [
        [12, 2, 2 / 12, False],
        [4, 2, 0.5, False],
        [8, 0, 0.0, True],
    ]
    assert negative["operator"].fillna("whole").tolist() == ["whole", "B", W["grid"]]
    assert len(table[table["code"] == "mojibake"]) == 1
    assert set(table["code"]).isdisjoint({"missing_file", "overlap"})


def test_thresholds_and_operators_can_be_set() -> None:
    table = clean.quality(register(), thresholds={"count_negative": 0.6, RULES["empty_name"].id: 0.0})
    assert table[table["code"] == "count_negative"]["passed"].all()
    assert table[table["code"] == "empty_name"]["passed"].tolist() == [False, True, False]
    own = pd.Series(["C"] * 12)
    assert set(clean.quality(register(), operators=own)["operator"].dropna()) == {"C"}
    with pytest.raises(errors.StudyFault, match="'nonsense' is no rule of quality"):
        clean.quality(register(), thresholds={"nonsense": 1})


def test_sums_of_operators_are_those_of_the_file() -> None:
    """For rules about records, where every record names its operator."""
    table = clean.quality(register())
    for _, rule in table[
        table["code"].isin(["count_negative", "duplicate_id", "empty_name", "id_repeated"])
    ].groupby("rule"):
        assert rule["n_bad"].iloc[0] == rule["n_bad"].iloc[1:].sum()
        assert rule["n_rows"].iloc[0] == rule["n_rows"].iloc[1:].sum()


def test_a_pile_list_has_records_of_its_own() -> None:
    listed = pd.DataFrame(
        {H["station_id"]: [f"S{i:03d}" for i in range(12)], H["quantity"]: ["0", *["2"] * 11]}, dtype=object
    )
    piles = raw(listed)
    piles = sources.RawTable(piles.frame, None, None, "piles.csv", None, "csv", piles.lines)
    rows = clean.quality_rows(cleaned_of(frame(), pile_list=piles))
    assert rows.loc[rows["code"] == "pile_count_zero", ["file", "row"]].to_numpy().tolist() == [
        ["piles.csv", 0]
    ]
    assert rows.loc[rows["code"] == "pile_count_zero", "operator"].isna().all()


def test_units_have_rules_of_their_own(shared: Path) -> None:
    found = clean.units(
        sources.read(shared / "badinputs" / "open" / "town_overlap_big.geojson"), regions.load("henan")
    )
    table = clean.quality(found)
    overlap = table[table["code"] == "overlap"]
    assert len(overlap) == 1 and not overlap["passed"].iloc[0]
    assert "count_negative" not in set(table["code"])


def test_a_clean_register_breaks_nothing(shared: Path, towns: gpd.GeoDataFrame) -> None:
    found = check(shared / "badinputs" / "clean" / "stations_cn.csv", towns)
    assert len(clean.quality_rows(found)) == 0
    table = clean.quality(found)
    assert table["passed"].all() and table["operator"].isna().all() and (table["n_rows"] == 20).all()
