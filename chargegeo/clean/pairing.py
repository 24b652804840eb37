"""Outlines or points of service areas into pairs and sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo import datum as datums
from chargegeo import schema
from chargegeo.clean import ids, lexicon, opposite, roadside
from chargegeo.clean.result import Cleaned, fault, quarantine, repairs
from chargegeo.errors import CrsFault, Finding, SchemaFault
from chargegeo.vocab import Certainty, Datum, Direction, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

# what each text is worth: the address ends with the place around the point, another text names one near by
WEIGHTS = {"name": 3.0, "address": 2.0, "nearby": 1.0}
# texts of both sides together that are worth this much are plain
PLAIN = 2.0


@dataclass(frozen=True)
class _Side:
    """One outline: what its texts say."""

    row: int
    side_id: str
    name: str | None
    cores: frozenset[str]
    road: roadside.Road
    said: Mapping[str, roadside.Heading]
    building: bool


@dataclass(frozen=True)
class _Judged:
    """What is made of one side."""

    pair_id: str
    direction: Direction | None
    towards: str | None
    certainty: Certainty
    basis: tuple[str, ...]


def pair_service_areas(
    raw: RawTable,
    region: Region,
    *,
    datum: Datum | str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Cleaned:
    """Pairs and sides from outlines or points as a map holds them, one record a side.

    Two outlines are a pair if each is the other's nearest, at most 600 m apart (1,500 m if both bear one name),
    and neither names nor road numbers differ. Which of the two serves which direction is judged by the texts
    (own name, end of the address, place near by: 3, 2 and 1) and by position: where traffic keeps right, a side
    lies on the right of the direction that it serves. "Forward" follows the practice that chainage begins at
    the place that the road's name says first, which is probable, not certain, without the road's own chainage;
    ``basis`` says so.

    Parameters
    ----------
    raw
        Table with shapes, and name, road or number, address, place near by as far as there are any.
    region
        Its projection measures; traffic keeps to its side.
    datum
        What the coordinates are, where the file does not say it rightly.
    mapping
        Column to header, before the lexicon.

    Returns
    -------
    ``table`` keeps contract ``service_areas``, in the order of the file. ``certainty`` is about pair, side and
    ``towards``: *certain* where texts and position agree, *probable* where only one speaks or one outweighs the
    other, *unknown* where neither does or a side stands alone with texts that contradict each other. A record
    without a shape is set aside; a side without an opposite one stays and is warned of.

    Raises
    ------
    SchemaFault
        If there is no shape at all.
    CrsFault
        If the file states no coordinate reference.
    """
    columns = lexicon.columns(
        [str(name) for name in raw.frame.columns],
        "service_areas",
        mapping=mapping,
        file=raw.file,
        sheet=raw.sheet,
    )
    degrees, findings = _shapes(raw, datum)
    sides = [_side(raw, columns, row) for row in range(len(raw.frame)) if degrees[row] is not None]
    placed = [degrees[side.row] for side in sides]
    outlines = opposite.measured(_plane(placed, region))
    pairs = opposite.facing(outlines.middle, lambda a, b: _kin(sides, a, b))
    lonlat = _middles(placed)
    judged, more = _judge(raw, sides, pairs, outlines, lonlat, region)
    findings += [*_name_findings(raw, columns, sides), *more]
    return _cleaned(raw, sides, judged, lonlat, findings)


def _shapes(raw: RawTable, datum: Datum | str | None) -> tuple[list[Any], list[Finding]]:
    """Shapes in WGS-84 degrees, None where there is none."""
    import geopandas as gpd
    import shapely

    if raw.geometry is None or raw.geometry.isna().all():
        raise SchemaFault(fault(raw, "no_shapes", columns=", ".join(map(str, raw.frame.columns)) or "-"))
    if raw.crs is None:
        raise CrsFault(fault(raw, "crs_unstated"))
    given = gpd.GeoSeries(raw.geometry.to_numpy(), crs=raw.crs).to_crs(schema.STORAGE_CRS).to_numpy()
    there = ~(shapely.is_missing(given) | shapely.is_empty(given))
    findings = [
        Finding(Severity.QUARANTINE, fault(raw, "area_no_place", int(row))) for row in np.flatnonzero(~there)
    ]
    stated = datums.parse(datum) if datum is not None else Datum.CGCS2000
    if stated in {Datum.GCJ02, Datum.BD09}:
        given = shapely.transform(
            given, lambda xy: np.column_stack(datums.to_wgs84(xy[:, 0], xy[:, 1], stated))
        )
        moved = fault(raw, "datum_converted", value=stated.value)
        findings.append(Finding(Severity.REPAIR, moved, Datum.CGCS2000.value, int(there.sum())))
    return [shape if ok else None for shape, ok in zip(given, there, strict=True)], findings


def _plane(shapes: list[Any], region: Region) -> Any:
    import geopandas as gpd

    return gpd.GeoSeries(shapes, crs=schema.STORAGE_CRS).to_crs(region.crs_measure).to_numpy()


def _middles(shapes: list[Any]) -> Any:
    import shapely

    return shapely.get_coordinates(shapely.centroid(np.array(shapes, dtype=object)))


def _side(raw: RawTable, columns: Mapping[str, str], row: int) -> _Side:
    """What the texts of one record say."""

    def text(column: str) -> str | None:
        value = raw.frame[columns[column]].iloc[row] if column in columns else None
        return None if value is None or value != value else str(value)

    said = {key: roadside.heading(text(key)) for key in WEIGHTS}
    if (stated := roadside.heading(text("direction"), cell=True)).known:
        said["name"] = stated
    name, nearby = text("name"), text("nearby")
    own = roadside.core(name)
    shown = roadside.shown(name, nearby) if own else roadside.shown(nearby)
    return _Side(
        row,
        text("side_id") or ids.made(raw)[row],
        shown,
        frozenset(filter(None, (own, roadside.core(nearby)))),
        roadside.road(text("road"), text("roads"), nearby, text("address")),
        said,
        any(map(roadside.under_construction, (name, nearby))),
    )


def alike(one: str, other: str) -> bool:
    """Whether two names are the same but for one letter of at least three, or two neighbours changed about."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) == len(long) and short[at : at + 2] == long[at : at + 2][::-1]:
        return short[at + 2 :] == long[at + 2 :]
    if len(long) < 3 or len(long) - len(short) > 1:
        return False
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


def _kin(sides: list[_Side], a: Any, b: Any) -> Any:
    """Whether pairs of sides belong together: 2 by name, 1 if nothing is against it, 0 if something is."""
    found = np.ones(len(a), dtype=np.int64)
    for place, (i, j) in enumerate(zip(a, b, strict=True)):
        one, other = sides[i], sides[j]
        same = any(alike(x, y) for x in one.cores for y in other.cores)
        roads = (one.road.ref, other.road.ref)
        if (one.cores and other.cores and not same) or (all(roads) and roads[0] != roads[1]):
            found[place] = 0
        elif same:
            found[place] = 2
    return found


def _judge(
    raw: RawTable,
    sides: list[_Side],
    pairs: list[tuple[int, int]],
    outlines: opposite.Outlines,
    lonlat: Any,
    region: Region,
) -> tuple[list[_Judged], list[Finding]]:
    """What is made of every side, pairs first, and what had to be warned of."""
    right_hand = region.roads.drive_side == "right"
    seen = _seen(sides)
    judged: dict[int, _Judged] = {}
    findings: list[Finding] = []
    for pair in pairs:
        one = sides[pair[0]]
        road = one.road if one.road.names else sides[pair[1]].road
        between = roadside.ends(road.names, seen.get(road.names[:1], ()))
        forward = roadside.runs(lonlat[pair[0]], between, road.ref)
        position = opposite.serves(outlines, pair, forward, right_hand=right_hand)
        metres = float(np.hypot(*(outlines.middle[pair[0]] - outlines.middle[pair[1]])))
        made, warned = _pair(raw, (sides[pair[0]], sides[pair[1]]), between, position, metres)
        judged |= dict(zip(pair, made, strict=True))
        findings += warned
    for row in sorted(set(range(len(sides))) - set(judged)):
        between = roadside.ends(sides[row].road.names, seen.get(sides[row].road.names[:1], ()))
        judged[row], warned = _alone(raw, sides[row], between)
        findings += warned
    findings.sort(key=lambda item: (item.fault.row if item.fault.row is not None else -1, item.fault.code))
    return [judged[row] for row in range(len(sides))], findings


def _seen(sides: list[_Side]) -> dict[tuple[str, ...], set[str]]:
    """Places that texts lead to, by the first name of the road."""
    seen: dict[tuple[str, ...], set[str]] = {}
    for side in sides:
        places = {said.towards for said in side.said.values() if said.towards}
        seen.setdefault(side.road.names[:1], set()).update(places)
    return seen


def _votes(side: _Side) -> dict[str, float]:
    """What each text is worth for forward (positive) or backward (negative)."""
    votes = {}
    for key, said in side.said.items():
        sign = roadside.side_of(said.towards, side.road.names)
        if not sign and said.direction is not None:
            sign = 1 if said.direction is Direction.FORWARD else -1
        if sign:
            votes[key] = sign * WEIGHTS[key]
    return votes


def _pair(
    raw: RawTable,
    pair: tuple[_Side, _Side],
    between: tuple[str | None, str | None],
    position: float,
    metres: float,
) -> tuple[tuple[_Judged, _Judged], list[Finding]]:
    """Both sides of a pair, judged together: if one is forward, the other is backward."""
    votes = [_votes(side) for side in pair]
    texts = sum(votes[0].values()) - sum(votes[1].values())
    sign, certainty = _verdict(texts, position)
    far = metres > opposite.ACROSS_M
    if far and certainty is Certainty.CERTAIN:
        certainty = Certainty.PROBABLE
    pair_id = "+".join(sorted(side.side_id for side in pair))
    made = []
    findings: list[Finding] = []
    for side, own, turn in zip(pair, votes, (1, -1), strict=True):
        against = sorted(key for key, vote in own.items() if sign * turn * vote < 0)
        basis = ("mutual_position", *(("far_apart",) if far else ()))
        basis += _basis(own, sign * turn, position * turn)
        made.append(_finished(side, pair_id, sign * turn, between, certainty, basis))
        if sign and against:
            params = {"texts": ", ".join(against), "towards": made[-1].towards or made[-1].direction}
            findings.append(
                Finding(
                    Severity.WARNING, fault(raw, "direction_disagrees", side.row, None, side.name, **params)
                )
            )
    if texts * position < 0:
        findings.append(
            Finding(Severity.WARNING, fault(raw, "position_disagrees", pair[0].row, None, pair[0].name))
        )
    if not sign and _same_said(votes):
        twice = fault(raw, "sides_say_the_same", pair[0].row, None, pair[0].name, other=pair[1].side_id)
        findings.append(Finding(Severity.WARNING, twice))
    if far:
        apart = fault(raw, "sides_far_apart", pair[0].row, None, pair[0].name, metres=f"{metres:.0f}")
        findings.append(Finding(Severity.WARNING, apart))
    return (made[0], made[1]), findings


def _same_said(votes: list[dict[str, float]]) -> bool:
    """Whether the best text of both sides leads the same way: perhaps one side is drawn twice."""
    best = [max(own.values(), key=abs, default=0.0) for own in votes]
    return best[0] * best[1] > 0


def _verdict(texts: float, position: float) -> tuple[int, Certainty]:
    """Sign for the first side (1 forward, -1 backward, 0 not known), and how sure it is."""
    if texts * position > 0:
        sure = Certainty.CERTAIN if abs(texts) >= PLAIN else Certainty.PROBABLE
        return int(np.sign(position)), sure
    if texts * position < 0:
        # one clear voice against a faint one is probable; two clear ones leave it open
        strong_texts, strong_place = abs(texts) > PLAIN, abs(position) >= 0.7
        if strong_texts is strong_place:
            return 0, Certainty.UNKNOWN
        return int(np.sign(texts if strong_texts else position)), Certainty.PROBABLE
    alone = texts or position
    return int(np.sign(alone)), Certainty.PROBABLE if alone else Certainty.UNKNOWN


def _basis(votes: Mapping[str, float], sign: int, position: float) -> tuple[str, ...]:
    """Evidence of one side, for and against, as codes."""
    found = []
    for key in WEIGHTS:
        if key in votes:
            found.append(key if votes[key] * sign > 0 or not sign else f"against_{key}")
    if position:
        found.append("side_of_travel" if position * sign > 0 or not sign else "against_side_of_travel")
    return tuple(found)


def _alone(
    raw: RawTable, side: _Side, between: tuple[str | None, str | None]
) -> tuple[_Judged, list[Finding]]:
    """A side without an opposite one: only its texts speak, and if they contradict each other none does."""
    votes = _votes(side)
    signs = {np.sign(vote) for vote in votes.values()}
    sign = int(signs.pop()) if len(signs) == 1 else 0
    certainty = Certainty.PROBABLE if sign else Certainty.UNKNOWN
    basis = ("alone", *_basis(votes, sign, 0.0), *(("texts_contradict",) if signs and not sign else ()))
    findings = [Finding(Severity.WARNING, fault(raw, "one_sided", side.row, None, side.name))]
    if len(votes) > 1 and not sign:
        said = ", ".join(f"{key}: {side.said[key].towards or side.said[key].direction}" for key in votes)
        findings.append(
            Finding(Severity.WARNING, fault(raw, "texts_contradict", side.row, None, side.name, texts=said))
        )
    return _finished(side, side.side_id, sign, between, certainty, basis), findings


def _finished(
    side: _Side,
    pair_id: str,
    sign: int,
    between: tuple[str | None, str | None],
    certainty: Certainty,
    basis: tuple[str, ...],
) -> _Judged:
    if side.building:
        basis = (*basis, "under_construction")
    if not sign:
        places = {said.towards for said in side.said.values() if said.towards}
        only = places.pop() if len(places) == 1 and not _votes(side) else None
        return _Judged(pair_id, None, only, Certainty.UNKNOWN, basis)
    direction = Direction.FORWARD if sign > 0 else Direction.BACKWARD
    return _Judged(pair_id, direction, between[sign > 0], certainty, (*basis, "chainage_convention"))


def _name_findings(raw: RawTable, columns: Mapping[str, str], sides: list[_Side]) -> Iterator[Finding]:
    """Names that were written in traditional letters, taken from a place near by, or are lacking."""
    header = columns.get("name")
    for side in sides:
        found = None if header is None else raw.frame[header].iloc[side.row]
        own = None if found is None or found != found else str(found)
        if side.name is None:
            yield Finding(Severity.WARNING, fault(raw, "area_unnamed", side.row, header, own))
        elif roadside.core(own) is None:
            yield Finding(Severity.REPAIR, fault(raw, "name_from_nearby", side.row, header, own), side.name)
        elif roadside.is_traditional(own):
            yield Finding(Severity.REPAIR, fault(raw, "name_simplified", side.row, header, own), side.name)


def _cleaned(
    raw: RawTable, sides: list[_Side], judged: list[_Judged], lonlat: Any, findings: list[Finding]
) -> Cleaned:
    import geopandas as gpd
    import pandas as pd

    table = pd.DataFrame(
        {
            "side_id": [side.side_id for side in sides],
            "pair_id": [item.pair_id for item in judged],
            "name": [side.name for side in sides],
            "road_ref": [side.road.ref for side in sides],
            "direction": [item.direction and item.direction.value for item in judged],
            "towards": [item.towards for item in judged],
            "certainty": [item.certainty.value for item in judged],
            "basis": [";".join(item.basis) for item in judged],
            "source": raw.file,
        }
    )
    table["geometry"] = gpd.GeoSeries.from_xy(lonlat[:, 0], lonlat[:, 1], crs=schema.STORAGE_CRS)
    every = (*raw.findings, *findings)
    return Cleaned(
        schema.check(schema.conform(table, "service_areas"), "service_areas"),
        schema.empty("piles"),
        repairs(every),
        schema.check(quarantine(raw, every), "quarantine"),
        every,
        len(raw.frame),
    )
