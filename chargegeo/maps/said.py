"""What every printed sheet says of itself: marks that must be seen first, and the lines at its foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo import labels
from chargegeo.maps import lanes

if TYPE_CHECKING:
    from chargegeo import schema
    from chargegeo.maps.pen import Sheet

LINES = ("definition", "denominator", "source", "date", "datum", "author")
GROUND = {"boxstyle": "square,pad=0.3", "facecolor": "#fff3e8", "edgecolor": lanes.LONG, "linewidth": 0.7}


def marks(caption: schema.Caption) -> tuple[str, ...]:
    """What must be seen first: draft or approval number, synthetic, approximate."""
    lang = caption.lang
    number = (caption.approval_no or "").strip()
    found = []
    if number:
        found.append(labels.text("report.approved", lang, number=number))
    elif caption.mapped:
        found.append(labels.text("report.draft", lang))
    for name in ("synthetic", "approximate"):
        if getattr(caption, name):
            found.append(labels.text(f"report.{name}", lang))
    return tuple(found)


def foot(ruler: Sheet, caption: schema.Caption, size: float, room: float) -> list[str]:
    """Definition, denominator, source, date, datum and author in lines of ``room`` mm."""
    lang = caption.lang
    said = labels.text("strips.gap", lang).join(
        labels.text(
            "strips.caption", lang, name=labels.text(f"map.caption.{key}", lang), value=getattr(caption, key)
        )
        for key in LINES
    )
    return ruler.wrapped(said, size, room, lines=8)
