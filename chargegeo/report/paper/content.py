"""What a paper consists of, before it becomes a PDF or a Word file: plain text, never markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chargegeo.schema import Caption


@dataclass(frozen=True)
class Heading:
    """A heading; ``new_page`` starts it on a page of its own."""

    text: str
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``kind`` is plain, point (of a list) or note (small, below a table)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Table:
    """A table: header, rows of texts, relative widths, and which columns hold numbers.

    One whose rows all stand in a ``sheet`` of the workbook may be cut to its ``least`` rows where the paper would be
    too long; ``left`` are those that it does not show.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numbers: tuple[bool, ...]
    sheet: str = ""
    least: int = 0
    left: int = 0

    def first(self, n: int) -> Table:
        """With its first ``n`` rows, the others left."""
        return replace(self, rows=self.rows[:n], left=self.left + max(len(self.rows) - n, 0))


@dataclass(frozen=True)
class Picture:
    """A picture of 170 mm (PNG), ``ratio`` times as high, with what it says in words.

    ``spare`` is 0 where it must stand; of the others those of the lowest rank go first where the paper would be too
    long. The ``sheet`` of the workbook that holds its numbers is named in its place; without one, nothing is.
    """

    png: bytes
    alt: str
    ratio: float
    spare: int = 0
    sheet: str = ""


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True)
class Paper:
    """Title, what stands on every page, and the blocks in order."""

    caption: Caption
    title: str
    byline: str
    marks: tuple[str, ...]
    blocks: tuple[Block, ...]

    def texts(self) -> Iterator[str]:
        """Every text of the paper, the alternative texts of pictures apart."""
        yield from (self.title, self.byline, *self.marks)
        for block in self.blocks:
            if isinstance(block, Table):
                yield from block.header
                for row in block.rows:
                    yield from row
            elif not isinstance(block, Picture):
                yield block.text
