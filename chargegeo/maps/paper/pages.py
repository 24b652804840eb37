"""Pages of a printed map: size, title, marks, foot, page numbers; written as one PDF or as a picture a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo import labels, store
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps import pen, said
from chargegeo.maps.paper import looks
from chargegeo.maps.paper.frame import Rect

if TYPE_CHECKING:
    import geopandas as gpd

    from chargegeo import schema
    from chargegeo.maps.pen import Sheet

SIZES = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
MARGIN, HEAD, FOOT = 8.0, 20.5, 6.5  # mm; mm; size of the lines at the foot (pt)
TITLE, TITLE_LEAST, STUDY, MARK = 17.0, 9.0, 9.5, 9.5  # pt
LINE = pen.MM_PER_POINT * pen.LINE

PICTURE_DPI = 120  # of a sheet as a slide


@dataclass(frozen=True)
class Paper:
    """What every printed map of a study stands on.

    Parameters
    ----------
    counties
        Outlines: ``county_code, county_name, city_code, city_name, geometry``.
    crs
        Equal-area projection of the region (``Region.crs_measure``), in metres.
    caption
        What each page says of itself; without ``approval_no`` it is marked as an internal draft.
    size
        ``"A3"`` or ``"A4"``, landscape.
    """

    counties: gpd.GeoDataFrame
    crs: str
    caption: schema.Caption
    size: str = "A3"


@dataclass
class Pages:
    """The pages of one printed map, in order."""

    paper: Paper
    sheets: list[Sheet] = field(default_factory=list)
    remarks: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.paper.size not in SIZES:
            params = {"known": ", ".join(SIZES)}
            raise OutputFault(Fault("paper_size", value=self.paper.size, params=params))

    @property
    def ruler(self) -> Sheet:
        """A sheet of this size that is not one of the pages."""
        return pen.Sheet(*SIZES[self.paper.size])

    def add(self, title: str) -> tuple[Sheet, Rect]:
        """A new page with its head and foot; what is free between them."""
        sheet = self.ruler
        self.sheets.append(sheet)
        self.remarks.append([])
        _head(sheet, title, self.paper.caption)
        lines = said.foot(sheet, self.paper.caption, FOOT, sheet.width - 2 * MARGIN)
        bottom = MARGIN + (len(lines) + 2) * FOOT * LINE + 1.0 - sheet.height
        sheet.line((MARGIN, sheet.width - MARGIN), (bottom - 0.6,) * 2, color=looks.GREY, linewidth=0.4)
        sheet.lines(MARGIN, bottom - 1.0, lines, size=FOOT)
        return sheet, Rect(MARGIN, bottom + 1.0, sheet.width - MARGIN, -MARGIN - HEAD)

    def remark(self, words: str) -> None:
        """Say below the foot of the last page what it could not show."""
        self.remarks[-1].append(words)

    def write(self, path: str | Path, *, picture: Path | None = None) -> list[Path]:
        """Write the pages: all into one PDF, or one SVG or PNG a page (``x.png``, ``x-2.png``, ...).

        ``picture`` gets the first page, as SVG or PNG.

        Raises
        ------
        OutputFault
            ``chart_suffix`` for another suffix, ``cannot_write``.
        """
        target = Path(path)
        self._finish()
        if picture is not None:
            pen.save(picture, self.sheets[0].figure, dpi=PICTURE_DPI)
        if target.suffix.lower() != ".pdf":
            names = [
                target,
                *(target.with_stem(f"{target.stem}-{n}") for n in range(2, len(self.sheets) + 1)),
            ]
            for name, sheet in zip(names, self.sheets, strict=True):
                pen.save(name, sheet.figure)
            return names
        from matplotlib.backends.backend_pdf import PdfPages

        about = {**pen.METADATA[".pdf"], "Title": self.sheets[0].shown(self.paper.caption.title)}
        with store.atomic(target) as part, PdfPages(part, metadata=about) as book:
            for sheet in self.sheets:
                book.savefig(sheet.figure)
        return [target]

    def first(self) -> bytes:
        """The first page as a PNG."""
        self._finish()
        return pen.png(self.sheets[0].figure, dpi=PICTURE_DPI)

    def _finish(self) -> None:
        """Page numbers and remarks, which are known last."""
        lang = self.paper.caption.lang
        for number, (sheet, remarks) in enumerate(zip(self.sheets, self.remarks, strict=True), 1):
            page = labels.text("paper.page", lang, n=number, of=len(self.sheets))
            y = MARGIN - sheet.height
            sheet.say(sheet.width - MARGIN, y, page, size=FOOT, ha="right")
            found = list(remarks)
            if sheet.lacking:
                found.append(labels.text("strips.lacking", lang, codes=pen.named(sheet.lacking)))
            room = sheet.width - 2 * MARGIN - sheet.room(page, FOOT) - 4
            lines = sheet.wrapped(labels.text("strips.gap", lang).join(found), FOOT, room, lines=2)
            sheet.lines(MARGIN, y + (len(lines) - 0.5) * FOOT * LINE, lines, size=FOOT, color=looks.GAP)


def shrunk(
    ruler: Sheet, words: str, sizes: tuple[float, float], room: float, *, lines: int
) -> tuple[float, list[str]]:
    """Size between two and lines in which a text takes at most so many lines of ``room`` mm."""
    size, least = sizes[0], sizes[1]
    while True:
        found = ruler.wrapped(words, size, room, lines=lines + 1)
        if len(found) <= lines or size <= least:
            return size, found[:lines] if len(found) <= lines else ruler.wrapped(
                words, size, room, lines=lines
            )
        size = max(size - 1, least)


def _head(sheet: Sheet, title: str, caption: schema.Caption) -> None:
    """Title and study at the left, the marks that must be seen first at the right."""
    width = max(sheet.room(words, MARK) for words in said.marks(caption)) + 4
    y = -MARGIN
    for words in said.marks(caption):
        ground = {**said.GROUND, "linewidth": 1.1}
        x = sheet.width - MARGIN - width / 2
        sheet.say(x, y - 2.6, words, size=MARK, color=looks.GAP, ha="center", bbox=ground)
        y -= 6.3
    room = sheet.width - 2 * MARGIN - width - 6
    size, lines = shrunk(sheet, title, (TITLE, TITLE_LEAST), room, lines=1)
    y = sheet.lines(MARGIN, -MARGIN + 0.5, lines, size=size)
    size, lines = shrunk(sheet, caption.title, (STUDY, 6.0), room, lines=2)
    sheet.lines(MARGIN, y - 0.3, lines, size=size, color=looks.GREY)
