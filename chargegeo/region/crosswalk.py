"""From the codes of one year to those of another: counties by the profile's table, townships by two lists."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, SchemaFault
from chargegeo.region import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from chargegeo.region.model import CountyChange, Region

COUNTIES = ("code", "new_code", "name", "new_name", "year", "source")
TOWNSHIPS = (
    "old_code", "new_code", "how", "old_name", "new_name", "old_county", "new_county", "same_name", "ambiguous",
)  # fmt: skip
_COUNTY_DIGITS = 6


def crosswalk_counties(region: Region, codes: Iterable[str]) -> pd.DataFrame:
    """See :func:`chargegeo.region.crosswalk_counties`."""
    import pandas as pd

    asked = pd.Series(list(codes), name="code", dtype="str")
    changes = pd.DataFrame(
        [vars(change) for change in region.county_changes],
        columns=["code", "name", "new_code", "new_name", "year", "source"],
    )
    known = changes[list(COUNTIES)].astype({name: "str" for name in COUNTIES if name != "year"})
    if region.divisions_file is not None:
        known = pd.concat([known, _unchanged(region, known["code"])], ignore_index=True)
    found = asked.to_frame().merge(known.astype({"year": "Int64"}), on="code", how="left", validate="m:1")
    return found[list(COUNTIES)]


def _unchanged(region: Region, changed: pd.Series) -> pd.DataFrame:
    """Counties and zones of the list of today as their own successors."""
    import pandas as pd

    table = tables.divisions(region)
    table = table[table["level"].isin(["county", "zone"]) & ~table["code"].isin(changed)]
    same = {
        "code": table["code"],
        "new_code": table["code"],
        "name": table["name"],
        "new_name": table["name"],
    }
    return pd.DataFrame(same).assign(year=None, source=None).astype({"source": "str", "year": "Int64"})


def crosswalk_townships(
    old: pd.DataFrame, new: pd.DataFrame, *, county_changes: Sequence[CountyChange]
) -> pd.DataFrame:
    """See :func:`chargegeo.region.crosswalk_townships`."""
    import pandas as pd

    successors = {change.code: change.new_code for change in county_changes}
    was, now = _listed(old, "old", successors), _listed(new, "new", {})
    by_code = was.merge(now, left_on="old_code", right_on="new_code").assign(how="code")
    was_left = was[~was["old_code"].isin(by_code["old_code"])]
    now_left = now[~now["new_code"].isin(by_code["new_code"])]
    single = [side[~side["repeats"]].drop(columns="repeats") for side in (was_left, now_left)]
    by_name = single[0].merge(single[1], on=["county", "plain"], validate="1:1").assign(how="county_name")
    was_left = was_left[~was_left["old_code"].isin(by_name["old_code"])].assign(how="unmatched")
    now_left = now_left[~now_left["new_code"].isin(by_name["new_code"])].assign(how="unmatched")
    # a repeated name stands in the way only where the other side has that name too
    was_left = was_left.assign(ambiguous=_stands_in_the_way(was_left, now_left))
    now_left = now_left.assign(ambiguous=_stands_in_the_way(now_left, was_left))
    by_code = by_code.assign(same_name=by_code["plain_x"] == by_code["plain_y"])
    parts = [by_code, by_name.assign(same_name=True), was_left, now_left]
    table = pd.concat([part.reindex(columns=list(TOWNSHIPS)) for part in parts if len(part)] or [by_code])
    table = table.reindex(columns=list(TOWNSHIPS)).astype({"same_name": "boolean"})
    table["ambiguous"] = table["ambiguous"].astype("boolean").fillna(False).astype(bool)
    return table.sort_values(["old_code", "new_code"], na_position="last", ignore_index=True)


def _listed(given: pd.DataFrame, side: str, successors: dict[str, str]) -> pd.DataFrame:
    """A list with its codes in nine digits, its counties in codes of today, and its names made plain."""
    import pandas as pd

    missing = [name for name in ("code", "name") if name not in given]
    if missing:
        listed = ", ".join(map(str, given.columns))
        raise SchemaFault(*(Fault("missing_column", column=n, params={"columns": listed}) for n in missing))
    code = given["code"].astype("str").str.replace(r"^([0-9]{9})0{3}$", r"\1", regex=True)
    if code.duplicated().any():
        repeated = str(code[code.duplicated()].iloc[0])
        raise SchemaFault(Fault("crosswalk_code_twice", value=repeated, params={"side": side}))
    county = given["county_code"].astype("str") if "county_code" in given else code.str[:_COUNTY_DIGITS]
    today = county.replace(successors)
    plain = given["name"].map(_plain)
    frame = {f"{side}_code": code, f"{side}_name": given["name"].astype("str"), f"{side}_county": county}
    return pd.DataFrame({**frame, "county": today, "plain": plain}).assign(
        repeats=lambda table: table.duplicated(["county", "plain"], keep=False)
    )


def _stands_in_the_way(left: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Names that stand several times on either side, and on both sides at least once."""
    import pandas as pd

    pairs = pd.MultiIndex.from_frame(left[["county", "plain"]])
    there = pd.MultiIndex.from_frame(other[["county", "plain"]])
    return pd.Series(pairs.isin(there), index=left.index)


def _plain(name: Any) -> str:
    """A name without the word for its kind, as it is compared."""
    text = unicodedata.normalize("NFKC", str(name)).replace(" ", "")
    for suffix in _suffixes():
        if text.endswith(suffix) and len(text) > len(suffix):
            return text.removesuffix(suffix)
    return text


@cache
def _suffixes() -> tuple[str, ...]:
    words = tomllib.loads(files("chargegeo.region").joinpath("lexicon.toml").read_text("utf-8"))
    return tuple(sorted(words["township_suffixes"], key=len, reverse=True))
