"""Codes of another year: the seven counties of Henan that changed, and townships of two lists."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargegeo import errors, region

XIANG, ZHEN, JIEDAO, OFFICE = "\u4e61", "\u9547", "\u8857\u9053", "\u529e\u4e8b\u5904"
MENGJIN = region.CountyChange("410322", "old", "410308", "new", 2021, "a list")


@pytest.fixture(scope="module")
def henan():
    return region.load("henan")


def matched(old: dict[str, str], new: dict[str, str], changes=(MENGJIN,)) -> pd.DataFrame:
    lists = [
        pd.DataFrame({"code": list(each), "name": list(each.values())}, dtype="str") for each in (old, new)
    ]
    return region.crosswalk_townships(*lists, county_changes=changes)


def pairs(table: pd.DataFrame) -> set[tuple[object, ...]]:
    table = table[["old_code", "new_code", "how"]].astype("object")
    return set(table.where(table.notna(), None).itertuples(index=False, name=None))


def test_the_seven_changes_of_henan(henan):
    codes = ["411023", "410211", "410728", "411626", "410322", "410306", "410381"]
    found = region.crosswalk_counties(henan, codes)
    assert list(found["code"]) == codes
    assert list(found["new_code"]) == ["411003", "410202", "410783", "411603", "410308", "410308", "410307"]
    assert list(found["year"]) == [2016, 2014, 2019, 2019, 2021, 2021, 2021]
    today = region.divisions(henan).set_index("code")["name"]
    assert list(found["new_name"]) == list(today[found["new_code"]])
    assert found["source"].notna().all() and not set(codes) & set(today.index)
    assert {change.code for change in henan.county_changes} == set(codes)


def test_codes_of_today_stay_and_unknown_ones_are_null(henan):
    found = region.crosswalk_counties(henan, ["410171", "999999", "410102", "410102"])
    assert list(found["new_code"].fillna("")) == ["410171", "", "410102", "410102"]
    assert found["year"].isna().all() and found["source"].isna().all()
    assert found["new_name"].isna().tolist() == [False, True, False, False]


def test_every_county_of_2016_and_2020_has_one_of_2024(henan, shared):
    folder = shared / "data/henan_admin"
    today = set(pd.read_csv(folder / "districts_2024_gary.csv", dtype="str").iloc[:, 0])
    towns = pd.read_csv(folder / "towns_2016_gcj02.csv", dtype="str")["adcode"].unique()
    found = region.crosswalk_counties(henan, towns)
    assert set(found["new_code"]) == today and len(today) == 157
    table = pd.read_csv(folder / "county_code_crosswalk_to_2024.csv", dtype="str")
    ours = region.crosswalk_counties(henan, table["old_adcode"])
    assert list(ours["new_code"]) == list(table["new_adcode"]) and list(ours["name"]) == list(
        table["old_name"]
    )


def test_a_region_without_a_list_or_changes_knows_no_code():
    assert region.crosswalk_counties(region.load("shenzhen"), ["440304"])["new_code"].isna().all()
    assert region.crosswalk_counties(region.load("shenzhen"), []).empty


def test_changes_lead_straight_to_today(henan, tmp_path):
    folder = henan.divisions_file.parent
    text = (folder / "henan.toml").read_text("utf-8").replace('new_code = "410202"', 'new_code = "410322"')
    (tmp_path / "own.toml").write_text(text, "utf-8")
    (tmp_path / "henan_divisions.csv").write_bytes(henan.divisions_file.read_bytes())
    with pytest.raises(errors.RegionFault, match="straight to the code of today"):
        region.load(tmp_path / "own.toml")


def test_by_code_then_by_county_and_name():
    table = matched(
        {"410322001000": "A" + XIANG, "410322002000": "B" + ZHEN, "410308009": "C" + XIANG, "410308010": "D"},
        {"410308101": "A" + JIEDAO, "410308102": "B", "410308009": "E" + ZHEN, "410308103": "F" + ZHEN},
    )
    assert pairs(table) == {
        ("410322001", "410308101", "county_name"),
        ("410322002", "410308102", "county_name"),
        ("410308009", "410308009", "code"),
        ("410308010", None, "unmatched"),
        (None, "410308103", "unmatched"),
    }
    assert list(table.loc[table["how"] == "code", "same_name"]) == [False]


def test_only_the_word_for_the_kind_is_left_out():
    table = matched(
        {"410308001": "A" + JIEDAO + OFFICE, "410308002": ZHEN, "410308003": "B" + XIANG + ZHEN},
        {"410308011": "A", "410308012": XIANG, "410308013": "B"},
    )
    assert set(table.loc[table["how"] == "county_name", "old_code"]) == {"410308001"}


def test_names_that_stand_twice_are_never_matched():
    old = {
        "410308001": "A" + JIEDAO,
        "410308101": "A" + ZHEN,
        "410322001": "B" + ZHEN,
        "410308002": "B" + XIANG,
    }
    table = matched(old, {"410308009": "A" + XIANG, "410308008": "B" + JIEDAO})
    assert set(table["how"]) == {"unmatched"} and table["ambiguous"].all() and len(table) == 6


def test_the_same_name_in_another_county_is_another_township():
    assert set(matched({"410102001": "A" + ZHEN}, {"410103001": "A" + ZHEN})["how"]) == {"unmatched"}


def test_faults_are_named():
    with pytest.raises(errors.SchemaFault, match="410102001"):
        matched({"410102001": "A", "410102001000": "B"}, {})
    with pytest.raises(errors.SchemaFault, match="name"):
        region.crosswalk_townships(pd.DataFrame({"code": []}), pd.DataFrame({"code": []}), county_changes=())


units = st.dictionaries(
    st.sampled_from([f"{county}{n:03}" for county in ("410322", "410308", "410102") for n in range(5)]),
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["", XIANG, ZHEN, JIEDAO])).map("".join),
)


@given(units, units, st.randoms())
def test_every_unit_stands_once_and_order_changes_nothing(old, new, random):
    table = matched(old, new)
    assert sorted(table["old_code"].dropna()) == sorted(old)
    assert sorted(table["new_code"].dropna()) == sorted(new)
    assert set(table.loc[table["how"] == "code", "old_code"]) == set(old) & set(new)
    shuffled = [dict(random.sample(list(each.items()), len(each))) for each in (old, new)]
    pd.testing.assert_frame_equal(table, matched(*shuffled))


def test_2016_to_2023(henan, shared):
    folder = shared / "data/henan_admin"
    old = pd.read_csv(folder / "towns_2016_gcj02.csv", dtype="str")[["code", "name"]]
    new = pd.read_csv(folder / "streets_2023_modood.csv", dtype="str")[["code", "name"]]
    table = region.crosswalk_townships(old, new, county_changes=henan.county_changes)
    assert (len(old), len(new), len(table)) == (2477, 2586, 2651)
    assert table["how"].value_counts().to_dict() == {"code": 2220, "unmatched": 239, "county_name": 192}
    unmatched = table[table["how"] == "unmatched"]
    assert (unmatched["old_code"].notna().sum(), unmatched["new_code"].notna().sum()) == (65, 174)
    assert (table["ambiguous"].sum(), (table["same_name"] == False).sum()) == (3, 62)  # noqa: E712
    # with the units of zones in the county that hosts them, four more find their old place
    hosted = region.townships(henan)[["code", "name", "county_code"]]
    table = region.crosswalk_townships(old, hosted, county_changes=henan.county_changes)
    assert table["how"].value_counts().to_dict() == {"code": 2220, "unmatched": 231, "county_name": 196}
