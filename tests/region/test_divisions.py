"""The list of divisions: what a planner may count on."""

import pytest

from chargegeo import errors, region


@pytest.fixture(scope="module")
def henan():
    return region.load("henan")


@pytest.fixture(scope="module")
def table(henan):
    return region.divisions(henan)


@pytest.fixture(scope="module")
def units(henan):
    return region.townships(henan)


def test_counts_are_those_of_the_published_list(henan, table):
    levels = table["level"].value_counts().to_dict()
    assert levels == {"city": 17, "county": 157, "zone": 24, "township": 2586}
    kinds = table["kind"].value_counts().to_dict()
    assert kinds == {"town": 1184, "township": 588, "subdistrict": 740, "other": 74}
    assert table["n_villages"].sum() == 52378
    headline = table["kind"].isin(henan.headline_kinds).sum()
    assert henan.expected == {"headline": headline, "townships": 2586, "counties": 157, "zones": 24}


def test_codes_are_text_unique_and_sorted(table):
    assert all(str(table[name].dtype) == "str" for name in ("code", "name", "level", "parent", "kind"))
    assert str(table["n_villages"].dtype) == "Int64"
    assert table["code"].is_unique and table["code"].is_monotonic_increasing
    lengths = table.groupby("level")["code"].agg(lambda codes: set(codes.str.len()))
    assert lengths.to_dict() == {"city": {4}, "county": {6}, "zone": {6}, "township": {9}}


def test_every_parent_exists(table):
    assert set(table["parent"]) - {"41"} <= set(table["code"])


def test_only_townships_have_a_kind_and_villages(table):
    is_unit = table["level"] == "township"
    assert (table["kind"].notna() == is_unit).all()
    assert (table["n_villages"].notna() == is_unit).all()


def test_jiyuan_is_its_own_city(table, units):
    row = table.set_index("code").loc["419001"]
    assert (row["level"], row["parent"]) == ("county", "41")
    jiyuan = units[units["county_code"] == "419001"]
    assert len(jiyuan) == (table["parent"] == "419001").sum() > 0
    assert set(jiyuan["city_code"]) == {"419001"}
    assert set(jiyuan["city_name"]) == {row["name"]}
    assert "4190" not in set(table["code"])


def test_units_of_zones_are_reported_with_their_host(henan, table, units):
    assert len(units) == 2586 and units["code"].is_monotonic_increasing
    in_zone = units["zone_code"].notna()
    assert in_zone.sum() == 92
    assert set(units.loc[in_zone, "zone_code"]) == set(henan.zones)
    assert (units.loc[in_zone, "county_code"] != units.loc[in_zone, "zone_code"]).all()
    assert (units.loc[~in_zone, "county_code"] == units.loc[~in_zone, "code"].str[:6]).all()
    assert set(units["county_code"]) == set(table.loc[table["level"] == "county", "code"])


def test_every_unit_has_county_and_city_in_its_own_prefecture(units):
    named = ["county_code", "county_name", "city_code", "city_name"]
    assert units[named].notna().all(axis=None)
    assert (units["city_code"].str[:4] == units["code"].str[:4]).all()
    assert units["city_code"].nunique() == 18


def test_hosts_are_counties_and_say_why(henan, table):
    counties = set(table.loc[table["level"] == "county", "code"])
    assert set(henan.zones) == set(table.loc[table["level"] == "zone", "code"])
    for code, zone in henan.zones.items():
        assert zone.host in counties and zone.host[:4] == code[:4]
        assert zone.note


def test_confirmed_zones_state_two_thirds_of_their_villages(henan):
    confirmed = {code: zone.note for code, zone in henan.zones.items() if zone.confirmed}
    assert set(confirmed) == {"410773", "411171", "411472"}
    for note in confirmed.values():
        found, _, total = note.removesuffix(" village-level units").split(": ")[-1].split()
        assert int(found) / int(total) >= 2 / 3


def test_a_region_without_a_list_says_so():
    shenzhen = region.load("shenzhen")
    for ask in (region.divisions, region.townships):
        with pytest.raises(errors.RegionFault) as caught:
            ask(shenzhen)
        assert caught.value.faults[0].value == "divisions.file"
