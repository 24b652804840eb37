"""A paper as PDF: HTML in which every text is escaped, laid out by WeasyPrint without any network.

Nothing but our own font and pictures is served to the layout; any other address is an error. Characters that the font
lacks become a box and are named at the end, so that the pages are the same on every machine.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from html import escape
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargegeo import labels
from chargegeo.errors import Fault, OutputFault, shorten
from chargegeo.maps import pen
from chargegeo.report.paper.content import Heading, Paper, Paragraph, Picture, Table
from chargegeo.report.words import cell_text, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Text = Callable[[str], str]

_OWN = "chargegeo:"
WHOLE = 6  # rows of a table that is not broken over pages


def rendered(paper: Paper) -> bytes:
    """The PDF of a paper; the same paper gives the same bytes.

    Raises
    ------
    OutputFault
        ``no_pango`` where the library that lays out text is not installed.
    """
    made: bytes = _laid(paper).write_pdf(**_options(paper))
    return made


def pages(paper: Paper) -> int:
    """How many pages the PDF of a paper has; raises as :func:`rendered` does."""
    return len(_laid(paper).pages)


def _options(paper: Paper) -> dict[str, Any]:
    return {"pdf_identifier": f"{zlib.crc32(document(paper).encode()):08x}".encode(), "pdf_tags": True}


@lru_cache(maxsize=1)
def _laid(paper: Paper) -> Any:
    """The pages of a paper; the last one asked for is kept, as it is counted before it is written."""
    try:
        from weasyprint import HTML
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:  # no package of Python's brings it
        raise OutputFault(Fault("no_pango", params={"detail": shorten(error)})) from error

    package, name = pen.FONT
    font = Path(str(distribution(package).locate_file(name))).read_bytes()
    pictures = [block.png for block in paper.blocks if isinstance(block, Picture)]
    served = {f"{_OWN}font": (font, "font/ttf")}
    served |= {f"{_OWN}{place}": (png, "image/png") for place, png in enumerate(pictures)}
    page = HTML(string=document(paper), url_fetcher=_fetcher(served))
    return page.render(font_config=FontConfiguration(), **_options(paper))


def _fetcher(served: Mapping[str, tuple[bytes, str]]) -> Any:
    """Serves our own font and pictures; every other address stops the layout."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Own(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002
            """What stands for an address of ours."""
            data, kind = served[url]
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    return Own(fail_on_errors=True)


def document(paper: Paper) -> str:
    """The HTML of a paper; every text of it is escaped."""
    lang, font = paper.caption.lang, pen.Sheet(1, 1)

    def text(value: str) -> str:
        return escape(font.shown(cell_text(value, lang)))

    body = [f"<h1>{text(paper.title)}</h1><p class=byline>{text(paper.byline)}</p>"]
    pictures = 0
    for block in paper.blocks:
        if isinstance(block, Picture):
            body.append(f'<img src="{_OWN}{pictures}" alt="{text(block.alt)}">')
            pictures += 1
        else:
            body.append(_block(block, text))
    if font.lacking:
        codes = labels.text("strips.lacking", lang, codes=pen.named(font.lacking))
        body.append(f"<p class=note>{escape(codes)}</p>")
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    running = labels.text("report.gap", lang).join(paper.marks)
    day = moment(paper.caption).date().isoformat()
    return (
        f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8"><title>{text(paper.title)}</title>'
        f'<meta name="author" content="{text(paper.caption.author)}">'
        f'<meta name="dcterms.created" content="{day}"><meta name="dcterms.modified" content="{day}">'
        f"<style>{style}</style></head><body>"
        f"<div class=marks>{text(running)}</div><div class=short>{text(paper.title)}</div>"
        f"{''.join(body)}</body></html>"
    )


def _block(block: Heading | Paragraph | Table, text: Text) -> str:
    if isinstance(block, Heading):
        return f"<h2{' class=new' if block.new_page else ''}>{text(block.text)}</h2>"
    if isinstance(block, Paragraph):
        return f"<p class={block.kind}>{text(block.text)}</p>"
    kinds = [" class=number" if number else "" for number in block.numbers]
    whole = sum(block.widths)
    columns = "".join(f'<col style="width:{width / whole:.4%}">' for width in block.widths)
    head = "".join(f"<th{kind}>{text(cell)}</th>" for cell, kind in zip(block.header, kinds, strict=True))
    rows = (
        "".join(f"<td{kind}>{text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        for row in block.rows
    )
    lines = "".join(f"<tr>{row}</tr>" for row in rows)
    kind = "whole" if len(block.rows) <= WHOLE else "long"
    top = f"<colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
    return f"<table class={kind}>{top}<tbody>{lines}</tbody></table>"
