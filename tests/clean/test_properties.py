"""What holds for any register: from the bytes of a file to the clean tables, and back into a file."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from chargegeo import errors, sources, store
from chargegeo.clean import Cleaned
from chargegeo.clean.register import stations
from chargegeo.vocab import Severity
from tests.clean.stations_help import CODES, COLUMNS, HENAN, H, W, frame, units

N = 6
QUIET = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
UNITS = units()
_ODD = [
    "", " ", "0", "-1", "8", "3.5", "\uff11\uff12\uff10", "7kW", "2x60kW", "999999", "NaN", "#N/A", "1,200", "1e400",
    "2024-02-30", "45352", "113.041237", "34.05", "113\u00b002\u203230\u2033E", "4.1011E+11", CODES[0], "S001", "s001 ",
    W["eight"], W["three_piles"], W["not_known"], W["test"], W["dc"], "\u202e", "=1+1", "'=1", '"', "a\nb", "a\r\nb",
]  # fmt: skip
CELL = st.sampled_from(_ODD) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6
)
PLACE = st.tuples(st.integers(0, N - 1), st.sampled_from(sorted(COLUMNS)))
DIRT = st.dictionaries(PLACE, CELL, max_size=10)
REPEATED = st.lists(st.integers(0, N - 1), max_size=3)


def register(dirt: dict[tuple[int, str], str], repeated: list[int]) -> pd.DataFrame:
    """A sound register with other cells here and there, and with rows that stand twice."""
    table = frame(N)
    for (row, column), text in dirt.items():
        table.loc[row, COLUMNS[column]] = text
    return pd.concat([table, table.iloc[repeated]], ignore_index=True)


def written(table: pd.DataFrame, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """The register as a CSV in which every cell is quoted."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    rows.writerow(table.columns)
    rows.writerows(table.to_numpy().tolist())
    return text.getvalue().encode(encoding)


def cleaned(path: Path, data: bytes) -> Cleaned | None:
    """Tables of a file, None for one that is refused in words of ours."""
    path.write_bytes(data)
    try:
        return stations(sources.read(path), HENAN, datum="wgs84", units=UNITS)
    except errors.InputError as error:
        assert error.text("zh") and path.name in str(error)
        return None


def facts(found: Cleaned) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[str, str]], int]:
    """All of a result that does not hang on where a row stands."""
    kept = pd.DataFrame(found.table.drop(columns=["line", "geometry"]))
    kept = kept.assign(x=found.table.geometry.x, y=found.table.geometry.y)
    aside = found.quarantine[["station_id", "problem", "n_piles"]].sort_values(["station_id", "problem"])
    problems = sorted((str(f.severity), f.fault.code) for f in found.findings)
    return (
        kept.sort_values("station_id", ignore_index=True),
        aside.reset_index(drop=True),
        problems,
        found.piles_in,
    )


@QUIET
@given(DIRT, REPEATED, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), st.sampled_from(",;\t"))
def test_rows_and_piles_reconcile_from_bytes_to_tables(
    tmp_path: Path, dirt: dict[tuple[int, str], str], repeated: list[int], encoding: str, separator: str
) -> None:
    table = register(dirt, repeated)
    found = cleaned(tmp_path / "r.csv", written(table, encoding, separator))
    if found is None:
        return
    assert found.rows == len(found.table) + len(found.quarantine) <= len(table)
    lines = sorted([*found.table["line"], *found.quarantine["line"]])
    assert len(set(lines)) == found.rows, "no record is in both tables, or twice in one"
    assert found.piles_in == found.piles["n_piles"].sum() + found.quarantine["n_piles"].fillna(0).sum()
    assert found.table["n_piles"].fillna(1).sum() == found.piles["n_piles"].sum()
    assert set(found.piles["station_id"]) <= set(found.table["station_id"])


@QUIET
@given(DIRT)
def test_what_was_written_comes_back(tmp_path: Path, dirt: dict[tuple[int, str], str]) -> None:
    found = cleaned(tmp_path / "r.csv", written(register(dirt, [])))
    if found is None:
        return
    for suffix in (".parquet", ".csv"):
        for name, table in (
            ("stations", found.table),
            ("piles", found.piles),
            ("quarantine", found.quarantine),
        ):
            store.write_table(table, tmp_path / f"{name}{suffix}", name)
            back = store.read_table(tmp_path / f"{name}{suffix}", name)
            # a CSV of ours has no line ends inside a cell
            flat = table if suffix == ".parquet" else table.replace(r"[\r\n]", " ", regex=True)
            assert_frame_equal(pd.DataFrame(back), pd.DataFrame(flat), check_dtype=False)


@QUIET
@given(DIRT)
def test_cells_are_read_as_they_were_written(tmp_path: Path, dirt: dict[tuple[int, str], str]) -> None:
    table = register(dirt, [])
    (tmp_path / "r.csv").write_bytes(written(table))
    try:
        raw = sources.read(tmp_path / "r.csv")
    except errors.InputError:
        return
    kept = [row for row in table.to_numpy().tolist() if any(text and not text.isspace() for text in row)]
    wanted = [[text if text and not text.isspace() else None for text in row] for row in kept]
    assert raw.frame.to_numpy().tolist() == wanted


@QUIET
@given(DIRT, st.permutations(range(N)))
def test_the_order_of_rows_changes_nothing(
    tmp_path: Path, dirt: dict[tuple[int, str], str], order: list[int]
) -> None:
    table = register(dirt, [])
    # which of two records with one id stays, and the id of one without, hang on the line, and must
    one = cleaned(tmp_path / "r.csv", written(table))
    other = cleaned(tmp_path / "r.csv", written(table.iloc[order]))
    assert (one is None) == (other is None)
    if one is None or other is None or {"duplicate_id", "id_made"} & {f.fault.code for f in one.findings}:
        return
    for left, right in zip(facts(one), facts(other), strict=True):
        if isinstance(left, pd.DataFrame):
            assert_frame_equal(left, right)
        else:
            assert left == right


def swapped(table: pd.DataFrame, rows: list[int]) -> pd.DataFrame:
    """Longitude and latitude exchanged in some rows."""
    lon, lat = H["lon"], H["lat"]
    other = table.copy()
    other.loc[rows, [lon, lat]] = table.loc[rows, [lat, lon]].to_numpy()
    return other


@QUIET
@given(st.sets(st.integers(0, N - 1)).map(sorted))
def test_one_swap_is_flagged_and_two_are_none(tmp_path: Path, rows: list[int]) -> None:
    table = frame(N)
    twice = swapped(swapped(table, rows), rows)
    assert written(twice) == written(table)
    found = cleaned(tmp_path / "r.csv", written(swapped(table, rows)))
    if found is None:
        with pytest.raises(errors.SchemaFault, match="swapped"):
            stations(sources.read(tmp_path / "r.csv"), HENAN, datum="wgs84", units=UNITS)
        assert len(rows) * 2 > N
        return
    flagged = {f.fault.row for f in found.findings if f.fault.code == "swapped"}
    assert flagged == set(rows) and len(found.quarantine) == len(rows)
    assert {f.severity for f in found.findings if f.fault.code == "swapped"} <= {Severity.QUARANTINE}
