"""The notebooks run from a clone, are thin, and say what is true."""

import ast
import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from chargegeo import labels
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    names = ["01_township_gaps.ipynb", "02_corridors.ipynb", "03_siting_20000.ipynb"]
    assert [path.name for path in NOTEBOOKS] == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_thin_and_committed_without_outputs(path: Path) -> None:
    text = path.read_text("utf-8")
    book = json.loads(text)
    nbformat.validate(book)
    assert len(book["cells"]) <= 12
    assert set(book["metadata"]) == {"kernelspec", "language_info"}
    # no version of a machine, no order of keys of an editor
    assert text == json.dumps(book, ensure_ascii=False, indent=1) + "\n"
    for cell in book["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            tree = ast.parse("".join(cell["source"]))
            assert not any(
                isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda) for node in ast.walk(tree)
            )
        else:
            assert re.search("[\u4e00-\u9fff]", "".join(cell["source"]))


def outputs(book: Any) -> str:
    """All that the cells show, as text and as HTML."""
    shown = [out for cell in book.cells for out in cell.get("outputs", [])]
    assert not [out for out in shown if out.output_type == "error" or out.get("name") == "stderr"]
    texts = [out.get("text", "") for out in shown]
    return "\n".join(texts + [text for out in shown for text in out.get("data", {}).values()])


def executed(path: Path, folder: Path) -> Any:
    """The notebook, executed in a copy of its folder."""
    shutil.copytree(path.parent, folder / "notebooks")
    book = nbformat.read(folder / "notebooks" / path.name, as_version=4)
    client = NotebookClient(book, timeout=900, resources={"metadata": {"path": str(folder / "notebooks")}})
    return client.execute()


def test_the_walk_of_the_planner(tmp_path: Path) -> None:
    book = executed(ROOT / "notebooks" / "01_township_gaps.ipynb", tmp_path)
    said = outputs(book)
    truth = json.loads((tmp_path / "data" / "own" / "sample" / "truth.json").read_text("utf-8"))
    assert f"{truth['rows']} = {truth['stations_accepted']} + {truth['rows_set_aside']}" in said
    headline = [
        truth["headline_units"],
        *(truth["headline_states"][s] for s in ("covered", "unknown", "uncovered")),
    ]
    cells = [labels.text("report.group.headline"), *map(str, headline)]
    assert re.search(r"</td>\s*<td>".join(cells), said)
    page = (tmp_path / "maps" / "01_township_gaps.html").read_bytes().decode("utf-8")
    assert "<html" in page and escape(page) in said
    shown = {cell["id"]: cell.outputs[-1]["data"] for cell in book.cells if cell.get("outputs")}
    assert {"text/html", "image/png"} <= set(shown["map"]) and "image/png" in shown["chart"]
    assert len(shown["map"]["text/html"]) + len(shown["map"]["image/png"]) < 5_000_000


def test_the_walk_along_the_roads(tmp_path: Path) -> None:
    said = outputs(executed(ROOT / "notebooks" / "02_corridors.ipynb", tmp_path))
    truth = json.loads((tmp_path / "data" / "own" / "sample" / "truth.json").read_text("utf-8"))
    faults = truth["service_areas"]["faults"]
    counted = {"one": len(faults["one_sided"]), "shared": len(faults["shared"])}
    for word, n in counted.items():
        assert re.search(rf"{re.escape(labels.word('sidecoverage', word))}\s+{n}\b", said)
    # the longest gap of the sample's expressways is on S31, in either direction
    assert "S31" in said and (tmp_path / "maps" / "02_g4.svg").read_text("utf-8").startswith("<?xml")


def test_the_walk_to_twenty_thousand(tmp_path: Path) -> None:
    said = outputs(executed(ROOT / "notebooks" / "03_siting_20000.ipynb", tmp_path))
    told = json.loads((tmp_path / "maps" / "03_plan" / "manifest.json").read_text("utf-8"))["counts"]
    assert (
        "n_piles 20,000 " in said
        and f"A3: {told['covered_before']:,} -> {told['covered_after']:,} / 2,586" in said
    )
    # every township that is not covered for certain gets its pile, and the proof is within the gap asked for
    assert told["covered_after"] + told["n_unknown"] == told["n_units"] and told["gap"] <= 0.01
    table = pd.read_csv(tmp_path / "maps" / "03_compared" / "tables" / "scenario_comparison.csv")
    assert table["n_piles"].tolist() == [3000, 3000, 6000, 6000]
    served = table["served_after"].to_numpy()
    assert (served[2:] >= served[:2] * 0.99).all(), "twice as many piles serve no fewer, within the gap"
