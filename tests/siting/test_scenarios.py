"""The file of a scenario: what it says, what it may not say, and what cannot hold whatever the sites are."""

import json
import time
from pathlib import Path

import pytest

from chargegeo import study
from chargegeo.errors import Fault, MissingFile, StudyFault
from chargegeo.siting import scenarios
from chargegeo.study.scenarios import contradictions

LEAST = 'name = "x"\ntarget_piles = 100\n'


def read(folder: Path, text: str, suffix: str = ".toml") -> scenarios.Scenario:
    path = folder / f"scenario{suffix}"
    path.write_text(text, "utf-8")
    return scenarios.scenario(path)


def refused(folder: Path, text: str, suffix: str = ".toml") -> list[Fault]:
    with pytest.raises(StudyFault) as caught:
        read(folder, text, suffix)
    for fault in caught.value.faults:
        assert fault.file == str(folder / f"scenario{suffix}")
        assert fault.text("zh") != fault.text("en")
    return list(caught.value.faults)


def told(folder: Path, text: str, suffix: str = ".toml") -> list[tuple[str, str | None]]:
    return [(fault.code, fault.column) for fault in refused(folder, text, suffix)]


# ---- what it says


def test_all_but_name_and_number_has_a_default(tmp_path: Path) -> None:
    found = read(tmp_path, LEAST)
    assert (found.name, found.target_piles, found.study, found.quotas) == ("x", 100, None, None)
    assert (found.must_cover, found.cover, found.unknown, found.minutes) == ("as_many", "all", "leave", 15)
    assert [item.name for item in found.sold] == ["ac_7", "dc_60", "dc_120", "ultra_480"]


def test_every_format_says_the_same(tmp_path: Path) -> None:
    plain = read(
        tmp_path, LEAST + "years = [{ year = 2027, target_piles = 100 }]\n[products.dc_60]\nkw = 61\n"
    )
    tree = {
        "name": "x", "target_piles": 100, "years": [{"year": 2027, "target_piles": 100}],
        "products": {"dc_60": {"kw": 61}},
    }  # fmt: skip
    yaml = "name: x\ntarget_piles: 100\nyears:\n- {year: 2027, target_piles: 100}\nproducts:\n  dc_60: {kw: 61}\n"
    assert read(tmp_path, json.dumps(tree), ".json") == plain
    assert read(tmp_path, "\ufeff" + yaml, ".yml") == read(tmp_path, yaml, ".yaml") == plain


def test_paths_are_those_beside_the_file(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        LEAST
        + """
study = "a/study.toml"
[quotas]
target = "target.toml"
[[candidates.files]]
file = "sites.csv"
""",
    )
    assert found.study == tmp_path / "a" / "study.toml"
    assert found.quotas is not None and found.quotas.target == tmp_path / "target.toml"
    assert [item.file for item in found.candidates.files] == [tmp_path / "sites.csv"]


def test_products_are_changed_added_and_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        LEAST
        + """
[products.dc_60]
cost = 50000
[products.ac_7]
most = 0
[products.swap]
kw = 20
guns = 1
bays = 1
cost = 1
current = "ac"
""",
    ).sold
    assert [item.name for item in found] == ["dc_60", "dc_120", "ultra_480", "swap"]
    assert (found[0].kw, found[0].cost, found[0].confirmed, found[0].note) == (60, 50000, False, "")
    assert (found[1].cost, found[3].kw, found[3].current) == (80_000, 20, "ac")


# ---- what it may not say


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("hook = 1", "hook"),
        ("[products.dc_60]\nprice = 3", "products.dc_60.price"),
        ("[[decided]]\nsite = 's'\nproduct = 'dc_60'\npiles = 1\nwhy = 'x'", "decided.0.why"),
    ],
)
def test_an_unknown_entry_is_named(tmp_path: Path, entry: str, key: str) -> None:
    assert told(tmp_path, LEAST + entry) == [("entry_unknown", key)]


def test_a_misspelt_entry_is_told_with_the_one_of_its_table(tmp_path: Path) -> None:
    entries = "max_site = 3\n[candidates]\nbay = 3\n[products.dc_60]\nguns_ = 2\n[[decided]]\nsite = 's'\n"
    found = refused(tmp_path, LEAST + entries + "product = 'dc_60'\npile = 1")
    near = {fault.column: fault.params["near"] for fault in found if fault.code == "entry_misspelt"}
    assert near == {
        "max_site": "max_sites", "candidates.bay": "bays", "products.dc_60.guns_": "guns", "decided.0.pile": "piles",
    }  # fmt: skip


def test_what_is_missing_is_named_all_at_once(tmp_path: Path) -> None:
    assert told(tmp_path, "minutes = -1") == [
        ("entry_missing", "name"), ("entry_missing", "target_piles"), ("entry_above", "minutes"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "key", "code"),
    [
        ("budget = nan", "budget", "entry_number"),
        ("budget = inf", "budget", "entry_number"),
        ("budget = -1", "budget", "entry_at_least"),
        ("budget = true", "budget", "entry_no_flag"),
        ("max_sites = 1.5", "max_sites", "entry_whole"),
        ("minutes = 0", "minutes", "entry_above"),
        ("year = 27", "year", "entry_at_least"),
        ("must_cover = 'all'", "must_cover", "entry_word"),
        ("people_per_gun = 'some'", "people_per_gun", "entry_number"),
        ("people_per_gun = nan", "people_per_gun", "entry_number"),
        ("people_per_gun = -1", "people_per_gun", "entry_at_least"),
        ("corridors = 'afir'", "corridors", "entry_list"),
        ("[products.dc_60]\nguns = 0", "products.dc_60.guns", "entry_at_least"),
        ("[quotas]\nshares = { population = 0 }", "quotas.shares.population", "entry_above"),
        ("[quotas]\ncity = { 4101 = -5 }", "quotas.city.4101", "entry_at_least"),
        ("[candidates]\nkinds = ['table']", "candidates.kinds.0", "entry_word"),
        ("[[years]]\nyear = 2027\ntarget_piles = -1", "years.0.target_piles", "entry_at_least"),
        ("[sweep]\ntarget_piles = 5", "sweep.target_piles", "entry_list"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_key(
    tmp_path: Path, entry: str, key: str, code: str
) -> None:
    assert told(tmp_path, LEAST + entry) == [(code, key)]


def test_a_flag_is_no_number_of_piles(tmp_path: Path) -> None:
    assert told(tmp_path, 'name = "x"\ntarget_piles = true') == [("entry_no_flag", "target_piles")]
    assert told(tmp_path, '{"name": "x", "target_piles": NaN}', ".json")[0][0] == "settings_unreadable"
    assert told(tmp_path, '{"name": "x", "target_piles": 1e999}', ".json")[0][1] == "target_piles"


@pytest.mark.parametrize(
    ("entry", "code", "column"),
    [
        ("[products.own]\nkw = 3", "scenario_product_new", "products.own"),
        ("[[decided]]\nsite = 's'\nproduct = 'dc_90'\npiles = 1", "entry_word", "decided"),
        (
            "[products.dc_60]\nmost = 0\n[[decided]]\nsite = 's'\nproduct = 'dc_60'\npiles = 1",
            "entry_word", "decided",
        ),
        (
            "[products]\nac_7.most = 0\ndc_60.most = 0\ndc_120.most = 0\nultra_480.most = 0",
            "scenario_product_none", "products",
        ),
        ("[quotas]\ncity = { 4101 = 5 }\nshares = { population = 1 }", "scenario_quota_ways", "quotas"),
        ("[[years]]\nyear = 2027\ntarget_piles = 99", "scenario_years_sum", "years"),
        (
            "years = [{ year = 2028, target_piles = 50 }, { year = 2027, target_piles = 50 }]",
            "scenario_years_order", "years",
        ),
        ("budget = 5\n[[years]]\nyear = 2027\ntarget_piles = 100", "scenario_years_limits", "years"),
        (
            "[[years]]\nyear = 2027\ntarget_piles = 100\n[quotas]\ncity = { 4101 = 100 }",
            "scenario_years_limits", "years",
        ),
        ("[sweep]\ntarget_piles = []", "scenario_sweep_empty", "sweep.target_piles"),
    ],
)  # fmt: skip
def test_entries_that_do_not_go_together_are_named(
    tmp_path: Path, entry: str, code: str, column: str
) -> None:
    assert told(tmp_path, LEAST + entry) == [(code, column)]


def test_a_json_key_stands_once(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, '{"name": "x", "target_piles": 5, "target_piles": 6}', ".json")
    assert (fault.code, fault.value) == ("scenario_key_twice", "target_piles")


@pytest.mark.parametrize(
    ("text", "code", "line", "value"),
    [
        (
            "name: x\nhook: !!python/object/apply:os.getcwd []",
            "scenario_tag",
            2,
            "tag:yaml.org,2002:python/object/apply:os.getcwd",
        ),
        ("name: x\nproducts:\n  dc_60: !thing {kw: 1}", "scenario_tag", 3, "!thing"),
        ("name: x\ntarget_piles: !!binary aGk=", "scenario_tag", 2, "tag:yaml.org,2002:binary"),
        ("name: &a x\ntarget_piles: 5", "scenario_anchor", 1, "a"),
        ("name: x\nweight: *b", "scenario_anchor", 2, "b"),
        ("name: x\ntarget_piles: 5\nname: y", "scenario_key_twice", 3, "name"),
        ("name: x\nproducts:\n  dc_60:\n    kw: 1\n    kw: 2", "scenario_key_twice", 5, "products.dc_60.kw"),
    ],
)
def test_yaml_is_plain_data(tmp_path: Path, text: str, code: str, line: int, value: str) -> None:
    (fault,) = refused(tmp_path, text, ".yaml")
    assert (fault.code, fault.line, fault.value) == (code, line, value)


def test_the_key_of_a_tag_is_named(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, "products:\n  dc_60:\n    kw: !!set {1}", ".yaml")
    assert fault.column == "products.dc_60.kw" and "products.dc_60.kw" in fault.text("zh")


@pytest.mark.parametrize(
    ("text", "suffix", "code"),
    [
        ("", ".yaml", "scenario_no_table"),
        ("[]", ".json", "scenario_no_table"),
        ("", ".json", "settings_unreadable"),
        ("[" * 100_000, ".json", "settings_unreadable"),
        ("[" * 5_000, ".yaml", "settings_unreadable"),
        ("name: [x", ".yaml", "settings_unreadable"),
        ("name: x\n---\nname: y", ".yaml", "settings_unreadable"),
        ("name = 1\nname = 2", ".toml", "settings_unreadable"),
        ("name = 1", ".ini", "scenario_format"),
    ],
)
def test_what_is_no_scenario_at_all_is_said(tmp_path: Path, text: str, suffix: str, code: str) -> None:
    assert [item for item, _ in told(tmp_path, text, suffix)] == [code]


def test_other_bytes_a_huge_file_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(LEAST.encode("utf-16"))
    with pytest.raises(StudyFault, match="UTF-8"):
        scenarios.scenario(path)
    path.write_bytes(b"#" * (scenarios.LARGEST + 1))
    with pytest.raises(StudyFault, match="1000000 bytes"):
        scenarios.scenario(path)
    with pytest.raises(MissingFile):
        scenarios.scenario(tmp_path / "absent.toml")


# ---- sweeps


def test_a_sweep_is_every_combination_the_last_key_fastest(tmp_path: Path) -> None:
    given = read(
        tmp_path,
        LEAST
        + """
[products.dc_60]
cost = 5
[sweep]
target_piles = [10, 20]
"products.dc_60.most" = [1, 2]
"quotas.shares.population" = [1]
""",
    )
    found = scenarios.variants(given)
    assert [(item.target_piles, item.products["dc_60"].most) for item in found] == [
        (10, 1),
        (10, 2),
        (20, 1),
        (20, 2),
    ]
    assert {item.products["dc_60"].cost for item in found} == {5}
    assert {item.quotas.shares["population"] for item in found if item.quotas and item.quotas.shares} == {1}
    assert found[1].name == "x target_piles = 10, products.dc_60.most = 2, quotas.shares.population = 1"
    assert not any(item.sweep for item in found)


def test_a_sweep_of_millions_is_refused_at_once(tmp_path: Path) -> None:
    many = ", ".join(map(str, range(2000)))
    with pytest.raises(StudyFault, match="4,000,000"):
        scenarios.variants(read(tmp_path, f"{LEAST}[sweep]\nbudget = [{many}]\nmax_sites = [{many}]"))


def test_a_fault_of_a_sweep_names_the_scenario(tmp_path: Path) -> None:
    with pytest.raises(StudyFault, match="budget = 7, target_piles = a"):
        scenarios.variants(read(tmp_path, f'{LEAST}[sweep]\nbudget = [7]\ntarget_piles = [5, "a"]'))


@pytest.mark.parametrize("much", [1_000_001, 10**23])
def test_more_piles_than_can_be_are_refused(tmp_path: Path, much: int) -> None:
    (fault,) = refused(tmp_path, f'name = "x"\ntarget_piles = {much}', ".toml")
    assert fault.code == "entry_at_most" and "1000000" in fault.text("en")


def test_tables_in_tables_without_end_are_refused_at_once(tmp_path: Path) -> None:
    began = time.process_time()
    (fault,) = refused(tmp_path, "[" * 20_000 + "]" * 20_000, ".yaml")
    assert "20" in fault.text("zh") and time.process_time() - began < 1


def test_without_a_sweep_there_is_one(tmp_path: Path) -> None:
    given = read(tmp_path, LEAST)
    assert scenarios.variants(given) == (given,)


@pytest.mark.parametrize(
    ("sweep", "code", "column"),
    [
        ("hook = [1]", "entry_unknown", "hook"),
        ("target_piles = [1, -1]", "entry_at_least", "target_piles"),
        ('"target_piles.most" = [1]', "scenario_sweep_key", "sweep.target_piles.most"),
        ('name = ["a"]', "scenario_sweep_key", "sweep.name"),
        ('study = ["a.toml"]', "scenario_sweep_key", "sweep.study"),
        (
            '"candidates.files" = [[{ file = "a.csv" }]]',
            "scenario_sweep_key",
            "sweep.candidates.files, quotas.target",
        ),
        ('"quotas.target" = ["t.toml"]', "scenario_sweep_key", "sweep.candidates.files, quotas.target"),
        ('"products.own.kw" = [1]', "scenario_product_new", "products.own"),
    ],
)
def test_a_sweep_of_what_cannot_be_is_refused(tmp_path: Path, sweep: str, code: str, column: str) -> None:
    given = read(tmp_path, f"{LEAST}[sweep]\n{sweep}")
    with pytest.raises(StudyFault) as caught:
        scenarios.variants(given)
    assert [(item.code, item.column) for item in caught.value.faults] == [(code, column)]


# ---- what cannot hold whatever the sites are


def clash(folder: Path, entries: str) -> list[tuple[str, dict[str, object]]]:
    found = contradictions(read(folder, LEAST + entries))
    assert all("{" not in fault.text(lang) for fault in found for lang in ("zh", "en"))
    return [(fault.code.removeprefix("scenario_clash_"), dict(fault.params)) for fault in found]


def test_sites_times_piles_is_too_few(tmp_path: Path) -> None:
    assert clash(tmp_path, "max_sites = 3\nmax_piles_per_site = 33") == [
        ("sites", {"piles": 100, "sites": 3, "each": 33, "most": 99})
    ]
    assert clash(tmp_path, "max_sites = 4\nmax_piles_per_site = 25") == []
    for nothing in ("max_sites = 0", "max_piles_per_site = 0"):
        ((code, params),) = clash(tmp_path, nothing)
        assert (code, params["most"]) == ("sites", 0)


def test_at_least_more_than_at_most_of_a_product(tmp_path: Path) -> None:
    both = "[products.dc_60]\nleast = 21\nmost = 20"
    assert clash(tmp_path, both) == [("product", {"name": "dc_60", "least": 21, "most": 20})]
    assert clash(tmp_path, both.replace("21", "20")) == []


def test_products_add_up_to_too_many_or_too_few(tmp_path: Path) -> None:
    least = "[products.dc_60]\nleast = 60\n[products.ac_7]\nleast = 41"
    assert clash(tmp_path, least) == [("least", {"piles": 100, "least": 101})]
    most = "".join(f"[products.{name}]\nmost = {n}\n" for name, n in
                   (("ac_7", 40), ("dc_60", 30), ("dc_120", 29), ("ultra_480", 0)))  # fmt: skip
    assert clash(tmp_path, most) == [("most", {"piles": 100, "most": 99})]


def test_the_cheapest_plan_costs_too_much(tmp_path: Path) -> None:
    """Ten of 480 kW at 400,000, fifty of 7 kW at 5,000 as most, the other forty of 60 kW at 45,000."""
    products = "[products.ultra_480]\nleast = 10\n[products.ac_7]\nmost = 50\n"
    needed = 10 * 400_000 + 50 * 5_000 + 40 * 45_000
    assert clash(tmp_path, f"budget = {needed - 1}\n{products}") == [
        ("budget", {"piles": 100, "budget": needed - 1, "needed": needed})
    ]
    assert clash(tmp_path, f"budget = {needed}\n{products}") == []


def test_quotas_and_the_number_of_piles(tmp_path: Path) -> None:
    assert clash(tmp_path, "[quotas]\ncity = { 410100 = 60, 410200 = 39 }") == [
        ("quotas", {"piles": 100, "sum": 99})
    ]
    assert clash(tmp_path, "[quotas]\nexact = false\ncity = { 410100 = 60, 410200 = 39 }") == []
    assert clash(tmp_path, "[quotas]\nexact = false\ncounty = { 410122 = 101 }") == [
        ("quotas", {"piles": 100, "sum": 101})
    ]


def test_more_is_decided_than_asked_for(tmp_path: Path) -> None:
    decided = "[[decided]]\nsite = 's'\nproduct = 'dc_60'\npiles = 51\n" * 2
    assert clash(tmp_path, decided) == [("decided", {"piles": 100, "decided": 102})]


# ---- the corpus


def test_the_faulty_files_are_answered_as_their_list_says(shared: Path) -> None:
    folder = shared / "badinputs" / "open"
    tagged = study.check(folder / "scenario_python_tag.yaml", kind="scenario")
    assert tagged.status == "refused" and tagged.error is not None
    assert [(fault.code, fault.column, fault.line) for fault in tagged.error.faults] == [
        ("scenario_tag", "hook", 3)
    ]
    answer = study.check(folder / "scenario_infeasible.json", kind="scenario")
    assert answer.status == "infeasible" and answer.error is not None
    (fault,) = answer.error.faults
    assert fault.column == "target_piles, max_sites, max_piles_per_site"
    assert fault.params == {"piles": 20000, "sites": 3, "each": 50, "most": 150}
