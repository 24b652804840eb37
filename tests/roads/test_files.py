"""Saved and loaded: the same network, the same bytes, and one error for any other file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chargegeo import errors, roads
from chargegeo.roads.network import ARRAYS
from tests.roads.world import built, line


def network() -> roads.RoadNetwork:
    ways = {
        1: ([1, 2, 3], {"highway": "primary", "ref": "g107;S1", "maxspeed": "walk"}),
        2: ([3, 4], {"highway": "motorway_link", "oneway": "yes"}),
    }
    return built(line(4), ways).network


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    for given in (network(), roads.from_edges([113.0], [34.0], [], [])):
        roads.save(given, tmp_path / "roads.parquet")
        found = roads.load(tmp_path / "roads.parquet")
        for name in ARRAYS:
            before, after = getattr(given, name), getattr(found, name)
            assert before.dtype == after.dtype and np.array_equal(before, after), name
        assert (found.refs, found.about) == (given.refs, given.about)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 7])
def test_what_is_saved_in_many_groups_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Arrays that end within a group of rows, with one, and before the last one begins."""
    monkeypatch.setattr("chargegeo.roads.files._ROWS", rows)
    given = network()
    roads.save(given, tmp_path / "roads.parquet")
    found = roads.load(tmp_path / "roads.parquet")
    assert all(np.array_equal(getattr(given, name), getattr(found, name)) for name in ARRAYS)


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        roads.save(network(), tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_any_other_file_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "roads.parquet"
    roads.save(network(), path)
    whole = path.read_bytes()
    other = tmp_path / "other.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(other)
    for content in (
        b"",
        b"PAR1",
        b"<osm/>",
        other.read_bytes(),
        whole[: len(whole) // 2],
        whole[:-1],
    ):
        path.write_bytes(content)
        with pytest.raises(errors.FormatFault) as caught:
            roads.load(path)
        assert [fault.code for fault in caught.value.faults] == ["network_unreadable"]
    with pytest.raises(errors.MissingFile):
        roads.load(tmp_path / "none.parquet")
    with pytest.raises(errors.FormatFault):
        roads.load(tmp_path)


def test_no_flipped_byte_gives_another_network(tmp_path: Path) -> None:
    """Each thirty-first byte: refused, or exactly the same network (a byte that means nothing to the reader)."""
    path = tmp_path / "roads.parquet"
    given = network()
    roads.save(given, path)
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 31):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        try:
            found = roads.load(path)
        except errors.FormatFault:
            refused += 1
            continue
        assert all(np.array_equal(getattr(given, name), getattr(found, name)) for name in ARRAYS), at
    assert refused > 40


def test_another_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargegeo.roads.files._VERSION", 99)
    roads.save(network(), tmp_path / "roads.parquet")
    monkeypatch.undo()
    with pytest.raises(errors.FormatFault, match="version 99"):
        roads.load(tmp_path / "roads.parquet")


@pytest.mark.parametrize("name", ["net.csv", "net"])
def test_only_a_parquet_file_is_written(tmp_path, name):
    with pytest.raises(errors.OutputFault, match=r"network_suffix|saved as a Parquet file"):
        roads.save(roads.from_edges([113, 113.1], [34, 34], [0], [1]), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_somebody_elses_file_is_not_replaced(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    before = path.read_bytes()
    with pytest.raises(errors.OutputFault, match="no network that this program saved"):
        roads.save(roads.from_edges([113, 113.1], [34, 34], [0], [1]), path)
    assert path.read_bytes() == before and not roads.is_saved(path)
    ours = tmp_path / "net.parquet"
    for _ in range(2):
        roads.save(roads.from_edges([113, 113.1], [34, 34], [0], [1]), ours)
    assert roads.is_saved(ours)
