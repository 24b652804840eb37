"""The public version of tables: what is private goes or is masked, points become coarse, and all of it is listed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chargegeo import labels, schema
from chargegeo.errors import Fault, StudyFault
from chargegeo.report import private
from chargegeo.vocab import Access, Private, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from chargegeo.schema import Caption, Column

DECIMALS = 3
"""Decimals of a degree that points keep: about 100 m, so that a place can be found and no installation singled out."""
_MOST = 5
# Letters, year and serial number, as on every approved map
_APPROVAL = re.compile(r"S.{0,4}?[(\[\u3014]?(?:19|20)[0-9]{2}\u5e74?[)\]\u3015]?.{0,3}?[0-9]{2,}")
_AS_FOUND = ("value", "old", "new")  # columns that hold what stood in somebody's file
_RECORD = "record"
_HALF = 0.5
_AXES = {"lon", "lng", "long", "longitude", "lat", "latitude", "\u7ecf\u5ea6", "\u7eac\u5ea6"}


@dataclass
class _Mask:
    """What stands in the place of something private; the same key keeps the same number everywhere."""

    lang: str
    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, kind: Private) -> str:
        return labels.text(f"public.mask.{kind}", self.lang)

    def key(self, kind: Private, value: str) -> str:
        return f"{self.of(kind)}{self.numbers.setdefault(value, len(self.numbers) + 1)}"


def public(
    tables: Mapping[str, pd.DataFrame], caption: Caption, *, decimals: int = DECIMALS
) -> tuple[dict[str, pd.DataFrame], Caption]:
    """Tables and caption as they may be shown to everybody.

    Columns beyond the contract that hold phone numbers, identity numbers or names of persons (by header, or by what
    at least half of their cells are) are dropped; the same in other cells is masked; rows of files as found are
    emptied; points, longitudes and latitudes are rounded. Public hotlines stay. Polygons and lines stay as they are.

    Parameters
    ----------
    tables
        By contract, with further columns or without.
    caption
        With ``approval_no`` and ``source``.
    decimals
        Of a degree, 0 to 5.

    Returns
    -------
    The tables, with ``withheld`` (contract) among them, which names every column and cell that was changed, and the
    caption, whose datum line says how coarse the points are.

    Raises
    ------
    StudyFault
        With all reasons: ``public_approval``, ``public_source``, ``public_synthetic``, ``public_decimals``.
    """
    _refuse(tables, caption, decimals)
    mask, listed, made = _Mask(caption.lang), _List(), {}
    for name in sorted(tables):
        made[name] = _Table(name, tables[name], mask, listed, decimals).public()
    made["withheld"] = listed.table()
    masks = {kind: _always(mask.of(kind)) for kind in Private}

    def plain(text: str) -> str:
        return private.masked(text, masks)[0]

    note = labels.text("public.rounded", caption.lang, n=decimals, metres=f"{111_000 / 10**decimals:,.0f}")
    gap = labels.text("public.gap", caption.lang) if caption.datum else ""
    return made, replace(
        caption, title=plain(caption.title), author=plain(caption.author), source=plain(caption.source),
        datum=plain(caption.datum) + gap + note,
    )  # fmt: skip


def _always(text: str) -> Callable[[str], str]:
    return lambda _found: text


def _refuse(tables: Mapping[str, pd.DataFrame], caption: Caption, decimals: int) -> None:
    faults = []
    number = unicodedata.normalize("NFKC", caption.approval_no or "")
    if not _APPROVAL.search(number):
        faults.append(Fault("public_approval", value=caption.approval_no))
    if not caption.source.strip():
        faults.append(Fault("public_source"))
    if caption.synthetic or any(
        "synthetic" in table and table["synthetic"].any() for table in tables.values()
    ):
        faults.append(Fault("public_synthetic"))
    if not 0 <= decimals <= _MOST:
        faults.append(Fault("public_decimals", value=decimals, params={"most": _MOST}))
    if faults:
        raise StudyFault(*faults)


class _List:
    """What was withheld."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def add(self, place: tuple[str, str], done: Withheld, what: Private, n: int, **cell: object) -> None:
        self._rows.append(
            dict(zip(("table", "column"), place, strict=True), done=done, what=what, n_rows=n, **cell)
        )

    def table(self) -> pd.DataFrame:
        import pandas as pd

        return (
            schema.conform(pd.DataFrame(self._rows), "withheld") if self._rows else schema.empty("withheld")
        )


class _Table:
    """One table on its way to the public."""

    def __init__(self, name: str, frame: pd.DataFrame, mask: _Mask, listed: _List, decimals: int) -> None:
        contract = "coverage" if name.endswith("_coverage") else name
        self._items: dict[str, Column] = (
            {item.name: item for item in schema.contract(contract)} if contract in schema.tables() else {}
        )
        self._name, self._mask, self._listed, self._decimals = name, mask, listed, decimals
        self._frame = frame.copy()

    def public(self) -> pd.DataFrame:
        for column in list(self._frame.columns):
            self._column(column)
        return self._frame

    def _column(self, column: str) -> None:
        item, values = self._items.get(column), self._frame[column]
        if values.dtype == "geometry":
            self._points(column)
        elif item is None and (kind := _of_column(column, values)):
            self._frame = self._frame.drop(columns=column)
            self._listed.add((self._name, column), Withheld.DROPPED, kind, int(values.notna().sum()))
        elif column == _RECORD and item is not None:
            self._frame[column] = values.where(values.isna(), "{}")
            self._listed.add(
                (self._name, column), Withheld.EMPTIED, Private.RECORD, int(values.notna().sum())
            )
        elif values.dtype.kind == "f" and (item.unit == "degree" if item else _is_axis(column)):
            self._frame[column] = values.round(self._decimals)
            self._listed.add(
                (self._name, column), Withheld.ROUNDED, Private.POSITION, int(values.notna().sum())
            )
        elif _is_text(values) and not (item and item.values):
            self._texts(column, values, found=item is None or column in _AS_FOUND)

    def _points(self, column: str) -> None:
        import geopandas as gpd
        import shapely

        values = gpd.GeoSeries(self._frame[column])
        points = (values.geom_type == "Point") & ~values.is_empty
        if points.any():
            shapes = values.to_numpy().copy()
            at = points.to_numpy()
            shapes[at] = shapely.transform(shapes[at], lambda ends: ends.round(self._decimals))
            self._frame[column] = gpd.GeoSeries(shapes, index=values.index, crs=values.crs)
            self._listed.add((self._name, column), Withheld.ROUNDED, Private.POSITION, int(points.sum()))

    def _texts(self, column: str, values: pd.Series, *, found: bool) -> None:
        """Mask what is private in cells, each of them listed; ``found`` for texts that may hold exact positions."""
        import pandas as pd

        owners = self._owners(column)
        key = column.endswith(("_id", "_code"))
        changed: dict[int, str] = {}
        for place, text in enumerate(values.astype("object")):
            if not isinstance(text, str):
                continue
            new, kinds = self._keyed(text) if key else self._masked(text, owner=bool(owners[place]))
            if (
                found
                and not key
                and (plain := private.coarse(new, self._decimals, self._mask.of(Private.POSITION))) != new
            ):
                new, kinds = plain, [*kinds, Private.POSITION]
            if kinds:
                changed[place] = new
                self._cell(column, place, kinds)
        if changed:
            texts = values.astype("object").to_numpy(copy=True)
            for place, text in changed.items():
                texts[place] = text
            self._frame[column] = pd.Series(texts, index=values.index, dtype=values.dtype)

    def _masked(self, text: str, *, owner: bool) -> tuple[str, list[Private]]:
        return private.masked(text, {kind: _always(self._mask.of(kind)) for kind in Private}, owner=owner)

    def _keyed(self, text: str) -> tuple[str, list[Private]]:
        """An id that is a number of a phone or a person as a whole: a number in its place, the same in all tables."""
        kinds = [kind for start, end, kind in private.spans(text) if (start, end) == (0, len(text))]
        return (self._mask.key(kinds[0], text), kinds) if kinds else (text, kinds)

    def _owners(self, column: str) -> Any:
        """Rows where a text may be nothing but a person: operators, and names of what is private."""
        import numpy as np

        if column == "name" and "access" in self._frame:
            return (self._frame["access"] == Access.PRIVATE).fillna(value=False).to_numpy(dtype=bool)
        return np.full(len(self._frame), column == "operator")

    def _cell(self, column: str, place: int, kinds: list[Private]) -> None:
        first = self._frame.iloc[place, 0]
        key = self._keyed(first)[0] if isinstance(first, str) else None
        for kind, n in Counter(kinds).items():
            self._listed.add((self._name, column), Withheld.MASKED, kind, n, row=place, key=key)


def _is_text(values: pd.Series) -> bool:
    return values.dtype.kind == "O" or str(values.dtype) in ("str", "string")


def _is_axis(header: str) -> bool:
    return bool(_AXES & set(re.split(r"[\s_(\uff08]+", unicodedata.normalize("NFKC", header).casefold())))


def _of_column(header: str, values: pd.Series) -> Private | None:
    """What kind of private column this is, by its header or by at least half of its cells."""
    cells = [_cell_text(value) for value in values.dropna()]
    named = private.by_header(header)
    if named is Private.PERSON and not _is_text(values):
        named = None
    if named is Private.PHONE and cells and all(private.is_hotline(cell) for cell in cells):
        return None
    if named is not None or not cells:
        return named
    whole = Counter(kind for cell in cells for kind in _whole(cell))
    kind, n = max(whole.items(), key=lambda pair: pair[1], default=(None, 0))
    return kind if n >= _HALF * len(cells) else None


def _cell_text(value: object) -> str:
    """A cell as text; a number as it was written."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()


def _whole(cell: str) -> set[Private]:
    """What a cell is as a whole."""
    found = {kind for start, end, kind in private.spans(cell) if (start, end) == (0, len(cell))}
    return found | ({Private.PERSON} if private.is_person(cell) else set())
