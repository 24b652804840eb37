"""A paper as DOCX: real styles, heading levels, repeated table heads, alternative texts; for Word and WPS to edit."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.report.paper.content import Heading, Paper, Paragraph, Picture, Table
from chargegeo.report.words import cell_text, moment

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph as DocxParagraph

# Fonts of every Windows: LibreOffice and WPS put their own in their place
LATIN, EAST = "Arial", "Microsoft YaHei"
PAGE, MARGINS, TEXT_WIDTH = (210, 297), (20, 18, 20, 20), 170  # mm; margins are top, bottom, left, right
INK, BLUE, GREY, RED = "222222", "08306B", "555555", "B3400E"
HEAD, RULE = "DDE6F0", "9AA7B5"
WHOLE = 6  # rows of a table that is not broken over pages
STAMP = (1980, 1, 1, 0, 0, 0)
# Name of the style, size (pt), colour, space before and after (pt)
STYLES = {
    "Normal": (9.5, INK, 0, 5), "Title": (19, BLUE, 0, 3), "Subtitle": (9.5, GREY, 0, 8),
    "Heading 1": (13, BLUE, 12, 5),
    "List Bullet": (9.5, INK, 0, 3), "Caption": (8, GREY, 2, 6), "Header": (8, RED, 0, 0), "Footer": (7.5, GREY, 0, 0),
}  # fmt: skip
KINDS = {"plain": "Normal", "point": "List Bullet", "note": "Caption"}


def rendered(paper: Paper) -> bytes:
    """The DOCX of a paper; the same paper gives the same bytes."""
    import docx

    book = docx.Document()
    _properties(book, paper)
    _styles(book, paper.caption.lang)
    _page(book, paper)
    lang = paper.caption.lang
    book.add_paragraph(cell_text(paper.title, lang), "Title")
    book.add_paragraph(cell_text(paper.byline, lang), "Subtitle")
    for place, block in enumerate(paper.blocks):
        following = paper.blocks[place + 1] if place + 1 < len(paper.blocks) else None
        _block(book, block, lang, tied=isinstance(following, Table | Picture))
    made = BytesIO()
    book.save(made)
    return _dated(made)


def _dated(made: BytesIO) -> bytes:
    """The same file with fixed dates in its ZIP."""
    fixed = BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, STAMP)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return fixed.getvalue()


def _properties(book: Document, paper: Paper) -> None:
    caption, about = paper.caption, book.core_properties
    day = moment(caption)
    about.created = about.modified = day
    about.title, about.author = (
        cell_text(value, caption.lang)[:255] for value in (caption.title, caption.author)
    )
    about.last_modified_by, about.revision, about.language = "chargegeo", 1, caption.lang
    about.comments = cell_text(" ".join(paper.marks), caption.lang)[:255]


def _styles(book: Document, lang: str) -> None:
    """Sizes, colours and fonts; the East-Asian font by its own name, or Word shows Chinese in another one."""
    from docx.shared import Pt, RGBColor

    for name, (size, colour, before, after) in STYLES.items():
        style: ParagraphStyle = book.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), RGBColor.from_string(colour)
        style.font.bold = style.font.italic = False
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.attrib.clear()
        for script in ("ascii", "hAnsi", "cs"):
            fonts.set(_name(f"w:{script}"), LATIN)
        fonts.set(_name("w:eastAsia"), EAST)
    for name in ("Title", "Heading 1"):
        book.styles[name].paragraph_format.keep_with_next = True
    for edge in book.styles["Table Grid"].element.findall(".//" + _name("w:tblBorders") + "/*"):
        edge.set(_name("w:color"), RULE)
    spoken = book.styles.element.find(".//" + _name("w:lang"))
    if spoken is not None:
        spoken.set(_name("w:eastAsia"), "zh-CN")
        spoken.set(_name("w:val"), "zh-CN" if lang == "zh" else "en-GB")


def _page(book: Document, paper: Paper) -> None:
    """A4, the marks above every page, title and page numbers below."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm

    section, lang = book.sections[0], paper.caption.lang
    section.page_width, section.page_height = map(Mm, PAGE)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(Mm, MARGINS)
    section.header_distance = section.footer_distance = Mm(9)
    section.header.paragraphs[0].text = cell_text(labels.text("report.gap", lang).join(paper.marks), lang)
    foot = section.footer.paragraphs[0]
    stops = foot.paragraph_format.tab_stops
    stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    foot.add_run(cell_text(paper.title, lang)[:60].replace("\n", " ").replace("\t", " "))
    foot.add_run("\t")
    _field(foot, "PAGE")
    foot.add_run(" / ")
    _field(foot, "NUMPAGES")
    for stop in book.styles["Footer"].element.findall(".//" + _name("w:tabs")):
        stop.getparent().remove(stop)


def _field(paragraph: DocxParagraph, name: str) -> None:
    """A field that Word counts itself."""
    field = _made("w:fldSimple", instr=name)
    run = paragraph.add_run("1")
    field.append(run._r)
    paragraph._p.append(field)


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return qn(tag)


def _made(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(_name(f"w:{name}"), value)
    return element


def _block(book: Document, block: Any, lang: str, *, tied: bool) -> None:
    """One block; text before a table or picture is tied to it."""
    from docx.shared import Mm

    if isinstance(block, Heading):
        book.add_heading(cell_text(block.text, lang), 1).paragraph_format.page_break_before = (
            block.new_page or None
        )
    elif isinstance(block, Paragraph):
        book.add_paragraph(
            cell_text(block.text, lang), KINDS[block.kind]
        ).paragraph_format.keep_with_next = tied
    elif isinstance(block, Picture):
        book.add_picture(BytesIO(block.png), width=Mm(TEXT_WIDTH))
        shape = book.inline_shapes[-1]._inline.docPr
        shape.set("descr", cell_text(block.alt, lang))
    else:
        _table(book, block, lang)


def _table(book: Document, block: Table, lang: str) -> None:
    """A table of fixed widths whose head is repeated and whose rows stay whole."""
    from docx.shared import Mm, Pt

    made = book.add_table(rows=0, cols=len(block.header), style="Table Grid")
    made.autofit = False
    whole, short = sum(block.widths), len(block.rows) <= WHOLE
    widths = [Mm(TEXT_WIDTH * width / whole) for width in block.widths]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for place, texts in enumerate((block.header, *block.rows)):
        row = made.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(_made("w:cantSplit"))
        if not place:
            properties.append(_made("w:tblHeader"))
        for cell, words, width, number in zip(row.cells, texts, widths, block.numbers, strict=True):
            cell.width = width
            tied = place < len(block.rows) and (short or not place)
            _cell(cell, cell_text(words, lang), number=number, head=not place, tied=tied)
    after = book.add_paragraph()
    after.paragraph_format.space_after = after.paragraph_format.space_before = Pt(0)
    after.paragraph_format.line_spacing = Pt(5)


def _cell(cell: _Cell, words: str, *, number: bool, head: bool, tied: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    # the head stays with the first row, a short table on one page
    paragraph.paragraph_format.keep_with_next = tied
    if number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(words).font.size = Pt(8)
    if head:
        cell._tc.get_or_add_tcPr().append(_made("w:shd", val="clear", color="auto", fill=HEAD))
