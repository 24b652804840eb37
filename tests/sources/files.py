"""Small files of each format, made for one test."""

import io
import json
import tomllib
import zipfile
from pathlib import Path

import geopandas
import pyogrio
import shapely
import xlsxwriter

W = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))

HEADER = [W["station_id"], W["station_name"], W["lon"], W["lat"], W["town_code"], W["piles"]]
ROWS = [
    ["H00000", W["qinghe_station"], 113.068239, 34.115618, 410110100000, 8],
    ["H00001", W["shiqiao_station"], 113.265027, 34.120003, 410111100000, 6],
    ["H00002", W["liuhe_station"], 113.468392, 34.007183, 410112100000, 12],
]
TEXT = "\n".join(",".join(map(str, row)) for row in [HEADER, *ROWS]) + "\n"


def xlsx(path: Path, sheets: dict[str, list[list[object]]], merges: tuple[str, ...] = ()) -> Path:
    """A workbook; the merged ranges stand in its first sheet."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        for number, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
            for merged in merges if not number else ():
                first = merged.split(":")[0]
                column, line = ord(first[0]) - ord("A"), int(first[1:]) - 1
                sheet.merge_range(merged, rows[line][column])
    return path


def frame(crs: str | None = "EPSG:4326") -> geopandas.GeoDataFrame:
    """Three squares with a code and a name."""
    return geopandas.GeoDataFrame(
        {
            "code": ["410110100000", "410111100000", None],
            "name": [W["qinghe"], W["shiqiao"], W["liuhe"]],
            "n": [1, 2, 3],
        },
        geometry=[shapely.box(113 + i, 34, 114 + i, 35) for i in range(3)],
        crs=crs,
    )


def feature(i: int, **properties: object) -> dict[str, object]:
    """One point feature."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [113 + i / 10, 34.5]},
    }


def geojson(path: Path, features: list[dict[str, object]], **top: object) -> Path:
    """A FeatureCollection."""
    path.write_text(json.dumps({"type": "FeatureCollection", **top, "features": features}), "utf-8")
    return path


def shapefile(path: Path, *, encoding: str = "UTF-8", leave: tuple[str, ...] = (), folder: str = "") -> Path:
    """A zipped shapefile without the parts in `leave`."""
    place = path.parent / f"{path.stem}_parts"
    place.mkdir()
    pyogrio.write_dataframe(frame("EPSG:4490"), place / "st.shp", encoding=encoding)
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(place.iterdir()):
            if part.suffix not in leave:
                archive.write(part, folder + part.name)
    return path


def zipped(members: dict[str, bytes]) -> bytes:
    """Bytes of an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()
