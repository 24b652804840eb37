"""The house: the order of the rooms, words in both languages, and what must stand in no file."""

import ast
import json
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from enum import EnumType
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import chargegeo
from chargegeo import errors, labels, schema, vocab
from tests.conftest import ROOT

PACKAGE = ROOT / "chargegeo"
ROOMS = chargegeo.__all__
NOT_OURS = {"node_modules", "vendor", "dist", "own", "__pycache__"}
HEAVY = {
    "branca", "folium", "geopandas", "matplotlib", "networkx", "numpy", "osmnx", "pandas", "pandera",
    "pyarrow", "pydantic", "pyogrio", "pyproj", "scipy", "shapely",
}  # fmt: skip
CJK = re.compile("[\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")
# written in pieces, so that this file does not name what it looks for
HOSTS = re.compile(
    "|".join(["registry" + r"\.", "py" + r"pi\.", "npm" + r"js\.", "python" + "hosted", "npm" + "mirror"])
)
MACHINE = re.compile(r"(?<![\w.])/(?:" + "work" + r"|tmp/w|root|home)(?![\w-])")


def files(root: Path = ROOT) -> Iterator[Path]:
    """Files of the repository: no environments, caches, rendered maps or files of npm."""
    for path in sorted(root.iterdir()):
        if path.is_dir():
            hidden = path.name.startswith(".") and path.name != ".ci"
            if not (
                hidden
                or path.name in NOT_OURS
                or path.suffix == ".egg-info"
                or (path / "pyvenv.cfg").exists()
            ):
                yield from files(path)
        elif not (path.parent == ROOT / "maps" and path.suffix != ".md"):
            yield path


def sources() -> dict[str, ast.Module]:
    """Syntax tree of each module of the package, by dotted name."""
    found = {}
    for path in files(PACKAGE):
        if path.suffix == ".py":
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"), str(path))
    return found


TREES = sources()


def imported(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that is imported anywhere in a tree, in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            yield from (f"{node.module}.{item.name}" for item in node.names)


def room(dotted: str) -> str | None:
    """Room that a dotted name belongs to; none for the package itself and what is not ours."""
    first, _, rest = dotted.partition(".")
    return rest.partition(".")[0] if first == "chargegeo" and rest else None


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of the function's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def places(text: str) -> set[str]:
    """Names of the values that a text takes."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def fault_texts(lang: str) -> dict[str, str]:
    return {
        key.removeprefix("fault."): labels._words(lang)[key]
        for key in labels.keys(lang)
        if key.startswith("fault.")
    }


# ---- order


def test_the_list_of_rooms_is_the_package() -> None:
    assert chargegeo.__dir__() == ROOMS
    on_disk = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert on_disk - {"__init__"} == set(ROOMS)
    with pytest.raises(AttributeError, match="cellar"):
        chargegeo.cellar  # noqa: B018


def test_a_room_imports_only_rooms_before_it() -> None:
    wrong = [
        (module, name)
        for module, tree in TREES.items()
        for name in imported(tree)
        if room(name) is not None and room(module) is not None
        if ROOMS.index(room(name) or "") > ROOMS.index(room(module) or "")
    ]
    assert wrong == []


def test_there_is_no_circle_of_modules() -> None:
    """Types apart, which are not imported at run time."""
    graph: dict[str, set[str]] = {}
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                node.body = []
        names = {name if name in TREES else name.rpartition(".")[0] for name in imported(tree)}
        graph[module] = names & set(TREES) - {"chargegeo"}
    assert set(TopologicalSorter(graph).static_order()) >= set(ROOMS_AS_MODULES)


ROOMS_AS_MODULES = [f"chargegeo.{name}" for name in ROOMS]


def test_only_maps_knows_folium() -> None:
    users = {
        room(m)
        for m, tree in TREES.items()
        for n in imported(tree)
        if n.partition(".")[0] in {"folium", "branca"}
    }
    assert users == {"maps"}


def test_every_room_says_what_it_is() -> None:
    for name in ROOMS_AS_MODULES:
        text = ast.get_docstring(TREES[name])
        assert text is not None and text.count(".") >= 2, name


# ---- weight


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["chargegeo", "chargegeo.cli"])
def test_the_door_is_light(name: str) -> None:
    loaded = run(f"import sys, {name}; print(*{{name.partition('.')[0] for name in sys.modules}})").split()
    assert "chargegeo" in loaded
    assert not HEAVY & set(loaded)


def test_importing_takes_less_than_a_tenth_of_a_second() -> None:
    code = "import time; start = time.process_time(); import chargegeo; print(time.process_time() - start)"
    assert min(float(run(code)) for _ in range(3)) < 0.1


# ---- words


def test_no_chinese_in_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        if path.suffix in {".py", ".js", ".css"}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CJK.search(line)
    ]
    assert found == []


def test_both_languages_say_the_same() -> None:
    assert labels.keys("zh") == labels.keys("en")
    differing = [
        key
        for key in sorted(labels.keys("zh"))
        if places(labels._words("zh")[key]) != places(labels._words("en")[key])
    ]
    assert differing == []
    for lang in labels.LANGUAGES:
        assert {path.name for path in (PACKAGE / "labels" / lang).iterdir()} == {
            path.name for path in (PACKAGE / "labels" / "en").iterdir()
        }
    assert not any(CJK.search(text) for text in labels._words("en").values())


def test_no_key_stands_in_two_files() -> None:
    for lang in labels.LANGUAGES:
        keys: list[str] = []
        for path in sorted((PACKAGE / "labels" / lang).glob("*.toml")):
            words: dict[str, str] = {}
            labels._flatten(labels.tomllib.loads(path.read_text("utf-8")), "", words)
            keys += words
        assert len(keys) == len(set(keys)), {key for key in keys if keys.count(key) > 1}


def codes_used() -> Iterator[tuple[str, str, ast.Call]]:
    """Place, code and call of every fault that names its code in the call."""
    for module, tree in TREES.items():
        for name, call in calls(tree):
            at = {"Fault": 0, "fault": 0, "refuse": 0, "_fault": 0, "finding": 1}.get(name)
            if at is None:
                continue
            # fault(raw, code) of the cleaners, source.fault(code) of the readers
            at += name == "fault" and isinstance(call.func, ast.Name)
            for node in ast.walk(call.args[at]) if len(call.args) > at else ():
                if isinstance(node, ast.Constant) and re.fullmatch("[a-z][a-z0-9_]+", str(node.value)):
                    yield f"{module}:{call.lineno}", str(node.value), call


def test_every_fault_has_a_text() -> None:
    known = set(fault_texts("en"))
    # profile._fault(path, place, detail) takes no code
    used = {
        (place, code) for place, code, _ in codes_used() if not place.startswith("chargegeo.region.profile:")
    }
    assert len(used) > 100
    assert {(place, code) for place, code in used if code not in known} == set()
    assert {"region_broken", "unknown_region"} <= known


def test_every_text_of_a_fault_is_used() -> None:
    said = {
        node.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(fault_texts("en")) - said == set()


def test_every_fault_brings_the_values_of_its_text() -> None:
    """As far as the call says them all; a text that lacks a value is an error of its own."""
    texts, own = fault_texts("en"), {"file", "sheet", "line", "row", "column", "feature", "value"}
    checked, wrong = 0, []
    for place, code, call in codes_used():
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        params = given.get("params")
        if code not in texts or None in given or not (params is None or isinstance(params, ast.Dict)):
            continue
        keys = params.keys if isinstance(params, ast.Dict) else []
        if not all(isinstance(key, ast.Constant) for key in keys):
            continue
        named = {key.value for key in keys if isinstance(key, ast.Constant)} | set(given) | own
        checked += 1
        if lacking := places(texts[code]) - named - {"cell"}:
            wrong.append((place, code, lacking))
    assert checked > 60
    assert wrong == []


def test_every_fault_says_what_is_wrong_in_a_sentence() -> None:
    for lang in labels.LANGUAGES:
        for code in fault_texts(lang):
            names = dict.fromkeys(places(fault_texts(lang)[code]), 0)
            assert len(errors.Fault(code, params=names).text(lang)) > 8, (lang, code)


def test_every_word_has_a_label() -> None:
    lists = [
        item
        for item in vars(vocab).values()
        if isinstance(item, EnumType) and item.__module__ == vocab.__name__
    ]
    assert len(lists) >= 13
    lacking = [
        (lang, f"{words.__name__.lower()}.{word}")
        for lang in labels.LANGUAGES
        for words in lists
        for word in words
        if f"{words.__name__.lower()}.{word}" not in labels.keys(lang)
    ]
    assert lacking == []


def test_every_column_has_a_label_and_a_meaning() -> None:
    for table in schema.tables():
        names = [item.name for item in schema.contract(table)]
        assert len(names) == len(set(names)), table
        for item in schema.contract(table):
            for lang in labels.LANGUAGES:
                assert item.label[lang] and item.meaning[lang], (table, item.name, lang)
            assert CJK.search(item.label["zh"]) and not CJK.search(item.label["en"] + item.meaning["en"])


def test_the_page_of_tables_is_made_from_the_contracts() -> None:
    assert (ROOT / "data" / "tables.md").read_text("utf-8") == schema.documentation(), "run: make docs"


# ---- what must stand nowhere


def test_no_registry_and_no_path_of_a_machine() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}: {hit[0]}" for hit in (HOSTS.search(text), MACHINE.search(text)) if hit
        ]
    assert found == []


def test_versions_are_pinned_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 30
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line)] == []
    names = [line.partition("==")[0].lower().replace("_", "-") for line in pins]
    assert len(names) == len(set(names)) and "chargegeo" not in names


def test_front_end_files_are_pinned_by_integrity_without_addresses() -> None:
    packages = json.loads((PACKAGE / "maps" / "assets" / "package-lock.json").read_text("utf-8"))["packages"]
    ours = {name: entry for name, entry in packages.items() if name}
    assert ours
    for name, entry in ours.items():
        assert "resolved" not in entry, name
        assert entry["integrity"].startswith("sha512-") and re.fullmatch(r"[\d.]+", entry["version"]), name
