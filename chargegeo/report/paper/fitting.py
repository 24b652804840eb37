"""A paper kept to its pages: how many it takes, and what gives way where they would be more.

Where the PDF cannot be laid out, its pages are estimated from the letters of our own font. What gives way stands in
the workbook, and a line says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from math import ceil

from chargegeo import labels
from chargegeo.maps import pen
from chargegeo.report.paper.content import Block, Heading, Paper, Paragraph, Picture, Table

MOST = 6  # pages
# as the PDF sets them: mm of a page and of the width of the text
PAGE, WIDTH = 258.0, 170.0
# pt, and mm of a line and after a paragraph
SIZES = {"plain": (9.2, 4.71, 1.7), "point": (9.2, 4.71, 0.8), "note": (7.8, 4.0, 1.7)}
TITLE, TITLE_LINE, BYLINE = 19.0, 8.9, 8.5
HEADING = 13.2  # mm, of one line
CELL, CELL_LINE, CELL_PAD, ROW_PAD, TABLE_GAP = 8.2, 3.92, 2.5, 0.95, 2.5
PICTURE_GAP, INDENT = 2.0, 4.0
WHOLE = 6  # rows of a table that is not broken over pages
CUT = {"plain": 4, "point": 2, "note": 3, "title": 2}  # lines of a text that is cut


@dataclass(frozen=True)
class _Piece:
    """What no page break divides: its height (mm), and whether the next one must stand on the same page."""

    height: float
    tied: bool = False
    new_page: bool = False


class Measure:
    """Heights of blocks, with one ruler for all of them."""

    def __init__(self) -> None:
        self._ruler = pen.Sheet(1, 1)
        self._room: dict[str, float] = {}

    def pages(self, paper: Paper) -> int:
        """Pages that a paper takes."""
        count, used, group = 1, 0.0, 0.0
        new_page = False
        for piece in self._pieces(paper):
            new_page |= piece.new_page
            group += piece.height
            if piece.tied:
                continue
            if used and (new_page or used + group > PAGE):
                count, used = count + 1, 0.0
            count += int(group // PAGE)
            used, group, new_page = used + group % PAGE, 0.0, False
        return count

    def _pieces(self, paper: Paper) -> Iterator[_Piece]:
        yield _Piece(self._lines(paper.title, TITLE, WIDTH) * TITLE_LINE + BYLINE)
        for place, block in enumerate(paper.blocks):
            following = paper.blocks[place + 1] if place + 1 < len(paper.blocks) else None
            if isinstance(block, Heading):
                yield _Piece(HEADING, tied=True, new_page=block.new_page)
            elif isinstance(block, Picture):
                yield _Piece(WIDTH * block.ratio + PICTURE_GAP)
            elif isinstance(block, Table):
                yield from self._rows(block)
            else:
                size, step, after = SIZES[block.kind]
                room = WIDTH - (INDENT if block.kind == "point" else 0.0)
                height = self._lines(block.text, size, room) * step + after
                yield _Piece(height, tied=isinstance(following, Table | Picture))

    def _rows(self, table: Table) -> Iterator[_Piece]:
        whole = len(table.rows) <= WHOLE
        for place, row in enumerate((table.header, *table.rows)):
            lines = max(self._lines(cell, CELL, room) for cell, room in zip(row, widths(table), strict=True))
            last = place == len(table.rows)
            height = lines * CELL_LINE + ROW_PAD + (TABLE_GAP if last else 0.0)
            yield _Piece(height, tied=not last and (whole or not place))

    def _lines(self, text: str, size: float, room: float) -> int:
        # a line is seldom full to its end
        if text not in self._room:
            self._room[text] = self._ruler.room(text, 1.0)
        return max(ceil(self._room[text] * size / room * 1.04 - 0.04), 1)

    def cut(self, text: str, size: float, room: float, lines: int) -> str:
        """A text that takes at most so many lines, cut with a mark where it is longer."""
        if self._lines(text, size, room) <= lines:
            return text
        return self._ruler.fitted(text, size, room * (lines - 0.1) * 0.95)


def widths(table: Table) -> list[float]:
    """Room for text in each column (mm)."""
    whole = sum(table.widths)
    return [WIDTH * width / whole - CELL_PAD for width in table.widths]


def fitted(paper: Paper, pages: Callable[[Paper], int] | None = None) -> Paper:
    """A paper of at most ``MOST`` pages.

    In this order gives way what can be spared: pictures that only add to what is said, the page of its own of the
    definition sheet, rows of tables down to the least, further pictures, ends of long texts, the last pictures.

    Parameters
    ----------
    pages
        Counts the pages of a paper; by default they are estimated, rather too many than too few.
    """
    measure = Measure()
    count = pages or measure.pages
    versions = accumulate(_steps(paper, measure), lambda held, step: step(held), initial=paper)
    told = (replace(one, blocks=tuple(_noted(one))) for one in versions)
    whole = next(told)
    if count(whole) <= MOST:
        return whole
    shorter = list(told)  # each takes at most the room of the one before
    place = bisect_left(shorter, True, key=lambda one: count(one) <= MOST)
    return shorter[min(place, len(shorter) - 1)]


def _steps(paper: Paper, measure: Measure) -> Iterator[Callable[[Paper], Paper]]:
    ranks = sorted({block.spare for block in paper.blocks if isinstance(block, Picture) and block.spare})
    rows = [len(block.rows) for block in paper.blocks if isinstance(block, Table) and block.sheet]
    yield partial(_without, rank=1)
    yield _flowing
    yield from (partial(_fewer, most=most) for most in range(max(rows, default=1) - 1, 0, -1))
    yield partial(_without, rank=2)
    yield partial(_short, measure=measure, cell=2)
    yield partial(_without, rank=3)
    yield partial(_short, measure=measure, cell=1)
    yield from (partial(_without, rank=rank) for rank in ranks if rank > 3)


def _without(paper: Paper, *, rank: int) -> Paper:
    """Without the pictures of a rank; a line says where the numbers of those that were to be there stand."""
    lang = paper.caption.lang
    blocks: list[Block] = []
    for block in paper.blocks:
        if not (isinstance(block, Picture) and block.spare == rank):
            blocks.append(block)
        elif block.sheet:
            sheet = labels.text(f"report.sheet.{block.sheet}", lang)
            blocks.append(Paragraph(labels.text("briefing.fit.picture", lang, sheet=sheet), "note"))
    return replace(paper, blocks=tuple(blocks))


def _short(paper: Paper, *, measure: Measure, cell: int) -> Paper:
    """With the ends of long texts cut off, cells of tables to ``cell`` lines."""
    blocks: list[Block] = []
    for block in paper.blocks:
        if isinstance(block, Table):
            rooms = widths(block)
            rows = tuple(
                tuple(measure.cut(text, CELL, room, cell) for text, room in zip(row, rooms, strict=True))
                for row in block.rows
            )
            block = replace(block, rows=rows)
        elif isinstance(block, Paragraph):
            block = replace(
                block, text=measure.cut(block.text, SIZES[block.kind][0], WIDTH - INDENT, CUT[block.kind])
            )
        blocks.append(block)
    title = measure.cut(paper.title, TITLE, WIDTH, CUT["title"])
    return replace(paper, title=title, blocks=tuple(blocks))


def _fewer(paper: Paper, *, most: int) -> Paper:
    """Tables that may be cut with at most so many rows, but no fewer than their least."""
    return replace(paper, blocks=tuple(
        block.first(max(most, block.least)) if isinstance(block, Table) and block.sheet else block
        for block in paper.blocks
    ))  # fmt: skip


def _flowing(paper: Paper) -> Paper:
    """Without pages of their own for what could be handed out alone."""
    return replace(paper, blocks=tuple(
        replace(block, new_page=False) if isinstance(block, Heading) else block for block in paper.blocks
    ))  # fmt: skip


def _noted(paper: Paper) -> Iterator[Block]:
    """The blocks, with a line below each table that holds not all rows: how many more stand in which sheet."""
    lang = paper.caption.lang
    for block in paper.blocks:
        yield block
        if isinstance(block, Table) and block.left:
            sheet = labels.text(f"report.sheet.{block.sheet}", lang)
            yield Paragraph(
                labels.text(
                    "briefing.fit.rows", lang, shown=len(block.rows), n=f"{block.left:,}", sheet=sheet
                ),
                "note",
            )
