"""A planner's table of service areas, one row a side, into the contract table ``service_areas``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.clean import cells, ids, lexicon, places, positions, roadside, text
from chargegeo.clean.assemble import accepted
from chargegeo.clean.result import Cleaned, fault, issue_findings, missing_columns, quarantine, repairs
from chargegeo.errors import ContractFault, Fault, Finding, SchemaFault
from chargegeo.vocab import Certainty, Datum, Direction, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

_TEXT = ("side_id", "pair_id", "name", "road", "direction", "towards")
COUNTS = ("n_car_bays", "n_bays", "n_piles", "n_guns", "n_ultra_fast")
_FLAGS = {"linked": "linked", "swap_station": "yes_no"}
_POST = re.compile(r"[A-Za-z]{0,2}\s*([0-9]{1,4})\s*\+\s*([0-9]{1,3}(?:\.[0-9]+)?)\s*m?")
_METRES = re.compile(r"([0-9]{1,7}(?:\.[0-9]+)?)\s*[Mm]")
_KM = re.compile(r"[Kk]([0-9]{1,4}(?:\.[0-9]+)?)(?:km)?|([0-9]{1,4}(?:\.[0-9]+)?)(?:km|\u516c\u91cc)")
# more kilometres than any numbered road has
_KM_MAX = 10_000.0
# sides of one name on one road that lie further apart are two service areas of one name
PAIR_KM = 10.0


def service_areas(
    raw: RawTable,
    region: Region,
    *,
    datum: Datum | str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Cleaned:
    """Clean a table of service areas, one row a side.

    Parameters
    ----------
    raw
        The table as found. It needs names; everything else may be lacking, positions too.
    region
        Bounds, limits of power, side of traffic.
    datum
        What the coordinates are; needed if there are any and no row says it itself.
    mapping
        Column of the contract (``road`` for the number or name of the road) to header, before the lexicon.

    Returns
    -------
    ``table`` keeps contract ``service_areas``, in the order of the file; ``piles_in`` adds the piles of all
    records, accepted and set aside, as far as known. Two sides are a pair by the table's own number for it, else
    by road and name. *Certain* is a direction said outright or by an end of the road, *probable* one that follows
    from left or right, from the compass or from the other side, *unknown* none.

    Raises
    ------
    SchemaFault
        If there is no column of names, two headers mean one column, only one coordinate is there, positions look
        swapped or lie elsewhere, or no record can be used.
    CrsFault
        If there are coordinates whose datum is not stated.
    """
    columns = _columns(raw, mapping)
    values, findings = _values(raw, columns, region)
    values["side_id"], made = ids.complete(raw, columns.get("side_id"), values["side_id"])
    findings += [item for item in made if item.fault.code != "no_station_id"]
    if "side_id" in columns:
        findings += ids.duplicates(raw, columns["side_id"], values["side_id"])
    lon, lat, placed = _positions(raw, columns, region, datum)
    values = values.assign(lon=lon, lat=lat)
    findings += placed
    findings += _texts(raw, columns, values, region)
    good = accepted(raw, findings)
    if not good.any():
        raise SchemaFault(fault(raw, "nothing_usable", n=len(good)))
    sides = _paired(values[good].copy())
    findings += _pair_findings(raw, columns, sides)
    findings += _count_findings(raw, columns, sides)
    return _cleaned(raw, values, sides, findings)


def _columns(raw: RawTable, mapping: Mapping[str, str] | None) -> dict[str, str]:
    headers = [str(name) for name in raw.frame.columns]
    columns = lexicon.columns(headers, "service_areas", mapping=mapping, file=raw.file, sheet=raw.sheet)
    axes = {"lon", "lat"} & set(columns)
    wanted = ["name"] if "name" not in columns else []
    wanted += sorted({"lon", "lat"} - axes) if len(axes) == 1 else []
    if wanted:
        raise missing_columns(raw, wanted, "service_areas", headers)
    return columns


def _values(raw: RawTable, columns: Mapping[str, str], region: Region) -> tuple[pd.DataFrame, list[Finding]]:
    """Values of all columns, null where there is none, and findings."""
    import pandas as pd

    values = pd.DataFrame(index=raw.frame.index)
    findings: list[Finding] = []
    for name in (*_TEXT, *COUNTS, "max_kw", "total_kw", "utilisation", "chainage_km", *_FLAGS):
        values[name] = pd.Series(None, index=raw.frame.index, dtype="object")
        if name in columns:
            column = _column(raw, name, columns[name], region)
            values[name] = column.values
            findings += issue_findings(raw, columns[name], column.issues)
    return values, findings


def _column(raw: RawTable, name: str, header: str, region: Region) -> cells.Column:
    found, sheet = cells.texts(raw.frame[header]), raw.positions is not None
    if name in _TEXT:
        return text.read(found, worksheet=sheet)
    if name in COUNTS:
        return cells.counts(found, worksheet=sheet)
    if name in _FLAGS:
        column = cells.words(found, _FLAGS[name], worksheet=sheet)
        known = column.values.map({"yes": True, "no": False}, na_action="ignore")
        return cells.Column(known.astype("object").where(known.notna(), None), column.issues)
    if name == "chainage_km":
        return cells.numbers(found, worksheet=sheet, check=_kilometres, odd=_post, low=0, high=_KM_MAX)
    if name == "utilisation":
        return cells.shares(found, header=header, worksheet=sheet)
    factor = cells.header_factor(header)
    if name == "total_kw":
        return cells.numbers(
            found, worksheet=sheet, check=lambda value: _total(value, factor), low=0, high=-1
        )
    return cells.powers(found, limits=region.limits, factor=factor, worksheet=sheet)


def _total(value: float, factor: float) -> cells.Reading:
    return cells.Reading(round(value * factor, 9)) if value >= 0 else cells.bad("power_not_positive")


def _kilometres(value: float) -> cells.Reading:
    if 0 <= value <= _KM_MAX:
        return cells.Reading(value)
    return cells.Reading(None, "chainage_unread", Severity.WARNING)


def _post(found: str) -> cells.Reading:
    """Chainage as written on posts: K123+450, with blanks or not, is 123.45 km, as is 123450m; else null."""
    if match := _POST.fullmatch(found):
        # three figures behind the sign are metres
        return cells.Reading(round(int(match[1]) + float(match[2]) / 1000, 6))
    if match := _KM.fullmatch(found):
        return cells.Reading(float(match[1] or match[2]))
    if match := _METRES.fullmatch(found):
        return _kilometres(round(float(match[1]) / 1000, 6))
    return cells.Reading(None, "chainage_unread", Severity.WARNING)


def _positions(
    raw: RawTable, columns: Mapping[str, str], region: Region, datum: Datum | str | None
) -> tuple[Any, Any, list[Finding]]:
    """Degrees in CGCS2000; a side without a position stays."""
    import numpy as np
    import pandas as pd

    if raw.geometry is None and "lon" not in columns:
        nothing = np.full(len(raw.frame), np.nan)
        return nothing, nothing, []
    found = positions.read(raw, columns, region, None if datum is None else datums.parse(datum))
    outside = places.outside(
        raw, columns, region, found, pd.Series(None, index=raw.frame.index, dtype="object"), None
    )
    kept = [item for item in found.findings if item.fault.code != "no_coordinates"]
    return found.lon, found.lat, [*kept, *outside]


def _texts(raw: RawTable, columns: Mapping[str, str], values: pd.DataFrame, region: Region) -> list[Finding]:
    """Put road, direction, towards and name into ``values`` as far as the texts say them; what they do not."""
    right_hand = region.roads.drive_side == "right"
    findings: list[Finding] = []
    made: dict[str, list[Any]] = {name: [] for name in ("road_ref", "way", "to", "sure", "basis", "core")}
    known = values.astype("object").where(values.notna(), None)
    records: list[dict[str, Any]] = [dict(zip(map(str, known), row, strict=True)) for row in known.to_numpy()]
    for row, record in zip(values.index, records, strict=True):
        road = roadside.road(record["road"], record["name"])
        said = _heading(record)
        sign, sure, basis = _direction(record, road, said, right_hand)
        made["road_ref"].append(road.ref or record["road"])
        made["way"].append(None if not sign else Direction.FORWARD if sign > 0 else Direction.BACKWARD)
        made["to"].append(said.towards or record["towards"] or _end(road, sign))
        made["sure"].append(sure)
        made["basis"].append(basis)
        made["core"].append(roadside.core(record["name"]))
        for code, column in _doubts(record, road, said):
            place = fault(raw, code, int(row), columns.get(column), record[column])
            findings.append(Finding(Severity.WARNING, place))
        for code, column, new in _mended(record, road):
            place = fault(raw, code, int(row), columns.get(column), record[column])
            findings.append(Finding(Severity.REPAIR, place, new))
    for name, listed in made.items():
        values[name] = listed
    return findings


def _heading(record: Mapping[str, Any]) -> roadside.Heading:
    """What direction, place and name say; the column of directions goes before the name."""
    stated = roadside.heading(record["direction"], cell=True)
    if not stated.known:
        stated = roadside.heading(record["name"])
    towards = roadside.heading(record["towards"], cell=True).towards
    return stated._replace(towards=towards or stated.towards)


def _direction(
    record: Mapping[str, Any], road: roadside.Road, said: roadside.Heading, right_hand: bool
) -> tuple[int, Certainty, str]:
    """Sign (1 forward), certainty and evidence of a row's direction."""
    if said.both:
        return 0, Certainty.UNKNOWN, "both_sides"
    if said.direction is not None:
        sign = 1 if said.direction is Direction.FORWARD else -1
        return (
            (sign, Certainty.PROBABLE, "left_right") if said.by_side else (sign, Certainty.CERTAIN, "stated")
        )
    if sign := roadside.side_of(said.towards, road.names):
        return sign, Certainty.CERTAIN, "stated;chainage_convention"
    between = roadside.ends(road.names, ())
    lon, lat = record["lon"], record["lat"]
    if lon is not None:
        along = roadside.runs((lon, lat), between, road.ref)
        if sign := roadside.compass(said, along, right_hand=right_hand):
            return sign, Certainty.PROBABLE, "compass;chainage_convention"
    return 0, Certainty.UNKNOWN, "stated" if said.towards else ""


def _end(road: roadside.Road, sign: int) -> str | None:
    """The end of the road that a direction leads to, if the road's name says it."""
    return roadside.ends(road.names, ())[sign > 0] if sign and road.names else None


def _doubts(record: Mapping[str, Any], road: roadside.Road, said: roadside.Heading) -> list[tuple[str, str]]:
    found = []
    if record["name"] is None or roadside.core(record["name"]) is None:
        found.append(("area_unnamed", "name"))
    if record["direction"] is not None and not said.known:
        found.append(("direction_unread", "direction"))
    leads = roadside.side_of(said.towards, road.names)
    if said.direction is not None and leads and (leads > 0) != (said.direction is Direction.FORWARD):
        found.append(("towards_differs", "towards" if record["towards"] else "direction"))
    if said.both:
        found.append(("both_sides_in_row", "direction"))
    if record["road"] is not None and road.ref is None and not road.names:
        found.append(("road_unread", "road"))
    return found


def _mended(record: Mapping[str, Any], road: roadside.Road) -> list[tuple[str, str, str]]:
    """Repairs of one row: code, column, new value."""
    found = []
    name = roadside.shown(record["name"])
    if name is not None and name != record["name"]:
        found.append(("name_simplified", "name", name))
    if road.named and road.ref is not None and record["road"] is not None:
        found.append(("road_from_name", "road", road.ref))
    return found


def _paired(sides: pd.DataFrame) -> pd.DataFrame:
    """Accepted sides with ``pair``, and the direction of a side whose opposite one is known."""
    given = sides["pair_id"]
    # a side without a name is a pair of its own
    name = sides["core"].where(sides["core"].notna(), sides["side_id"])
    road = sides["road_ref"].fillna("")
    near = _stretch(sides, name, road)
    own = road + "-" + name + near.map(lambda n: f"-{n + 1}" if n else "")
    sides["pair"] = given.where(given.notna(), own.str.removeprefix("-"))
    for _, rows in sides.groupby("pair", sort=False).groups.items():
        known = sides.loc[rows, "way"].notna()
        if len(rows) == 2 and known.sum() == 1 and sides.loc[rows, "basis"].ne("both_sides").all():
            row, other = rows[~known][0], rows[known][0]
            forward = sides.loc[other, "way"] == Direction.FORWARD
            sides.loc[row, "way"] = Direction.BACKWARD if forward else Direction.FORWARD
            sides.loc[row, "sure"] = Certainty.PROBABLE
            sides.loc[row, "basis"] = "other_side"
    return sides


def _stretch(sides: pd.DataFrame, name: pd.Series, road: pd.Series) -> pd.Series:
    """Number, from 0, of the place on its road where a name stands: far along, it is another service area.

    Of a name that stands in several places, a row without chainage goes to the only one that lacks its direction,
    if no other row does; else it is a place of its own.
    """
    ordered = sides.assign(n=name, r=road).sort_values(["r", "n", "chainage_km"], kind="stable")
    step = ordered["chainage_km"].astype("float64").groupby([ordered["r"], ordered["n"]]).diff()
    far = (step > PAIR_KM).groupby([ordered["r"], ordered["n"]]).cumsum().astype("int64")
    for _, rows in ordered.groupby(["r", "n"], sort=False).groups.items():
        if far[rows].max() > 0 and ordered.loc[rows, "chainage_km"].isna().any():
            far[rows] = _joined(far[rows], ordered.loc[rows])
    return far.reindex(sides.index)


def _joined(far: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Places of one name on one road, with those of the rows that have no chainage."""
    placed = rows["chainage_km"].notna()
    places, lost = rows["way"][placed].groupby(far[placed]), rows["way"][~placed].sort_index()
    found, new = far.copy(), int(far.max()) + 1
    for row, way in zip(map(int, lost.index), lost, strict=True):
        # of two sides one of unknown direction may be this one
        lacking = [
            place
            for place, there in places
            if not (there == way).any() and (there.notna().all() or len(there) < 2)
        ]
        if len(lacking) == 1 and (lost == way).sum() == 1:
            found[row] = lacking[0]
        else:
            found[row], new = new, new + 1
    return found


def _pair_findings(raw: RawTable, columns: Mapping[str, str], sides: pd.DataFrame) -> list[Finding]:
    """Pairs that have one side, more than two, or two of one direction."""
    findings = []
    for pair, rows in sides.groupby("pair", sort=False).groups.items():
        ways = sides.loc[rows, "way"].dropna()
        code = None
        if len(rows) > 2:
            code = "pair_of_many"
        elif len(rows) == 1 and sides.loc[rows[0], "basis"] != "both_sides":
            code = "one_sided"
        elif len(ways) == 2 and ways.iloc[0] == ways.iloc[1]:
            code = "pair_one_direction"
        if code is not None:
            place = fault(raw, code, int(rows[-1]), columns.get("name"), pair, n=len(rows))
            findings.append(Finding(Severity.WARNING, place))
    return findings


def _count_findings(raw: RawTable, columns: Mapping[str, str], sides: pd.DataFrame) -> list[Finding]:
    """Counts of a side that cannot both be right."""
    findings = []
    for less, more in (("n_ultra_fast", "n_piles"), ("n_bays", "n_car_bays"), ("n_piles", "n_guns")):
        few, many = sides[less].astype("float64"), sides[more].astype("float64")
        for row in sides.index[few > many]:
            place = fault(
                raw,
                "side_counts_differ",
                int(row),
                columns.get(less),
                f"{few[row]:g}",
                other=f"{many[row]:g}",
                other_column=columns.get(more, more),
            )
            findings.append(Finding(Severity.WARNING, place))
    return findings


def _cleaned(raw: RawTable, values: pd.DataFrame, sides: pd.DataFrame, findings: list[Finding]) -> Cleaned:
    import geopandas as gpd

    every = (*raw.findings, *findings)
    geometry = gpd.GeoSeries.from_xy(sides["lon"], sides["lat"], crs=schema.STORAGE_CRS)
    table = sides.assign(
        pair_id=sides["pair"],
        name=sides["name"]
        .map(roadside.shown, na_action="ignore")
        .where(sides["core"].notna(), sides["name"]),
        direction=sides["way"].map(str, na_action="ignore"),
        towards=sides["to"],
        certainty=sides["sure"].map(str),
        basis=sides["basis"].replace("", None),
        source=raw.file,
        geometry=geometry.where(sides["lon"].notna(), None),
    )
    table = schema.check(schema.conform(table.reset_index(drop=True), "service_areas"), "service_areas")
    known = {
        "station_id": values["side_id"].to_list(),
        "n_piles": values["n_piles"].astype("Int64").to_list(),
    }
    aside = schema.check(quarantine(raw, every, known), "quarantine")
    if len(table) + len(aside) != len(raw.frame):
        counts = {"rows": len(raw.frame), "kept": len(table), "aside": len(aside)}
        raise ContractFault(Fault("rows_lost", raw.file, raw.sheet, params=counts))
    piles = int(table["n_piles"].sum() + aside["n_piles"].fillna(0).sum())
    return Cleaned(table, schema.empty("piles"), repairs(every), aside, every, len(raw.frame), piles)
