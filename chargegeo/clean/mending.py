"""Invalid polygons made valid, each repair listed, and refused where it changes too much without consent.

In come shapes in EPSG:4490, out come as many valid ones and the repairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chargegeo.clean.shapes import km2, only, polygons_of
from chargegeo.errors import BoundaryFault, Fault, Finding
from chargegeo.vocab import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chargegeo.region import Region
    from chargegeo.sources import RawTable

    Shapes = NDArray[Any]

# a repair may change the enclosed area by this share without consent
CONSENT_SHARE = 0.01
# times that a repair is tried
MENDING_PASSES = 3

_COLLECTION = 7


def reduced(
    shapes: Shapes, problem: Shapes, raw: RawTable, names: Sequence[str]
) -> tuple[Shapes, list[Finding]]:
    """Collections reduced to their polygons."""
    import shapely

    reduced = only(shapes, problem == "")
    rows = np.flatnonzero(shapely.get_type_id(reduced) == _COLLECTION)
    findings = []
    for i in rows:
        found = reduced[i].geom_type
        reduced[i] = polygons_of(reduced[i])
        fault = Fault("boundary_reduced", file=raw.file, row=int(i), feature=names[int(i)], value=found)
        new = None if reduced[i] is None else reduced[i].geom_type
        findings.append(Finding(Severity.REPAIR, fault, new=new))
    return reduced, [finding for finding in findings if finding.new is not None]


def repaired(
    shapes: Shapes, raw: RawTable, region: Region, names: Sequence[str], *, consent: bool
) -> tuple[Shapes, list[Finding]]:
    """Valid shapes; a shape that encloses nothing becomes None."""
    import shapely

    rows = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))
    fixed = shapes.copy()
    if not len(rows):
        return fixed, []
    broken = shapes[rows]
    fixed[rows] = _mended(broken)
    drawn = shapely.make_valid(broken, method="linework")
    signed, enclosed, after = (np.nan_to_num(km2(group, region)) for group in (broken, drawn, fixed[rows]))
    findings = []
    for i, broken_one, old, between, new in zip(rows, broken, signed, enclosed, after, strict=True):
        if fixed[i] is None:
            continue
        fault = Fault(
            "boundary_repaired",
            file=raw.file,
            row=int(i),
            feature=names[int(i)],
            value=f"{old:.4f} km2",
            params={
                "before": f"{old:.4f}",
                "enclosed": f"{between:.4f}",
                "after": f"{new:.4f}",
                "change": f"{_change(between, new):.2%}",
                "method": "make_valid/structure",
                "reason": shapely.is_valid_reason(broken_one),
            },
        )
        findings.append(Finding(Severity.REPAIR, fault, new=f"{new:.4f} km2"))
    _ask(findings, rows, enclosed, after, fixed, consent=consent)
    return fixed, findings


def _mended(broken: Shapes) -> Shapes:
    """Valid shapes of the same places; None for what has no area or stays invalid."""
    import shapely

    mended = broken.copy()
    # rounding of new points can leave a result invalid again (seen in 1 of 150 county boundaries)
    for _ in range(MENDING_PASSES):
        rows = np.flatnonzero(~shapely.is_missing(mended) & ~shapely.is_valid(mended))
        valid = shapely.make_valid(mended[rows], method="structure", keep_collapsed=False)
        for i, shape in zip(rows, valid, strict=True):
            mended[i] = polygons_of(shape)
    return only(mended, np.asarray(shapely.is_valid(mended)))


def _change(enclosed: float, after: float) -> float:
    largest = max(enclosed, after)
    return abs(after - enclosed) / largest if largest > 0 else 0.0


def _ask(
    findings: list[Finding],
    rows: NDArray[Any],
    enclosed: NDArray[Any],
    after: NDArray[Any],
    fixed: Shapes,
    *,
    consent: bool,
) -> None:
    """Refuse repairs that change too much, unless somebody agreed to them."""
    large = {
        int(i)
        for i, old, new in zip(rows, enclosed, after, strict=True)
        if fixed[i] is not None and _change(old, new) > CONSENT_SHARE
    }
    if large and not consent:
        faults = [finding.fault for finding in findings if finding.fault.row in large]
        raise BoundaryFault(
            *(
                Fault(
                    "repair_needs_consent",
                    file=fault.file,
                    row=fault.row,
                    feature=fault.feature,
                    params=fault.params,
                )
                for fault in faults
            )
        )
