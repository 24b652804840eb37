"""The first page of a package: one file that opens without network and names every output."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from chargegeo import labels, store
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps.said import marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from chargegeo.schema import Caption

_WIDE, _HIGH = 560, 420  # pixels of a preview
_ABOUT = ("definition", "denominator", "source", "date", "datum", "author")


@dataclass(frozen=True)
class Entry:
    """One output of a package.

    Parameters
    ----------
    file
        Name relative to the folder of the page, with ``/``.
    title, about
        What it is called, and what it is.
    picture
        A picture to make the preview of; none without it.
    """

    file: str
    title: str
    about: str = ""
    picture: Path | None = None


@dataclass(frozen=True)
class Headline:
    """A headline number: so many of so many, and how many nobody knows; ``about`` is what is asked of them."""

    label: str
    numerator: int
    denominator: int
    unknown: int = 0
    about: str = ""


def headlines(
    rollup: pd.DataFrame, lang: str = "zh", *, words: Mapping[str, str] | None = None
) -> tuple[Headline, ...]:
    """Every rung of the province with its headline denominator, in the order of the table.

    Parameters
    ----------
    rollup
        By contract.
    words
        What each rung asks, by its name.
    """
    rows = rollup[(rollup["level"] == "province") & (rollup["group"] == "headline")]
    cells = zip(
        rows["name"], rows["rung"], rows["n_covered"], rows["n_units"], rows["n_unknown"], strict=True
    )
    return tuple(
        Headline(
            labels.text("index.rung", lang, name=name, rung=rung),
            int(part),
            int(of),
            int(unknown),
            (words or {}).get(rung, ""),
        )
        for name, rung, part, of, unknown in cells
    )


def index_page(
    path: str | os.PathLike[str],
    entries: Sequence[Entry],
    caption: Caption,
    *,
    figures: Sequence[Headline] = (),
) -> None:
    """Write the page: marks, headline numbers, every output with size, hash and preview, and what it rests on.

    Parameters
    ----------
    path
        The target, ``.html``; the files of ``entries`` lie in its folder and are there already.
    entries
        In the order in which they are shown.
    caption
        Its language is that of the page.
    figures
        Shown with numerator and denominator.

    Raises
    ------
    OutputFault
        ``index_missing`` with every file that is not there, or not in the folder; ``cannot_write``.
    """
    folder = Path(path).parent
    lacking = [entry.file for entry in entries if not _inside(folder, entry.file)]
    if lacking:
        raise OutputFault(*(Fault("index_missing", file=str(path), value=name) for name in lacking))
    page = _page(folder, entries, caption, figures)
    with store.atomic(path) as part:
        part.write_bytes(page.encode("utf-8", "replace"))


def _inside(folder: Path, name: str) -> bool:
    path = folder / name
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _page(folder: Path, entries: Sequence[Entry], caption: Caption, figures: Sequence[Headline]) -> str:
    lang = caption.lang
    style = files(__package__).joinpath("index.css").read_text("utf-8") + _sheet(caption)
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(_body(folder, entries, caption, figures))
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(caption.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _sheet(caption: Caption) -> str:
    """What stands at the edge of every printed page: the marks, and the number of the page."""
    # every character by its number: a text that ended its string could style the page
    said = "".join(f"\\{ord(char):06x}" for char in "  ".join(marks(caption)))
    font = "font: 9pt sans-serif"
    return (
        f'@page {{ size: A4; margin: 14mm; @top-center {{ content: "{said}"; {font}; font-weight: 700 }}'
        f' @bottom-right {{ content: counter(page) " / " counter(pages); {font} }} }}\n'
    )


def _body(
    folder: Path, entries: Sequence[Entry], caption: Caption, figures: Sequence[Headline]
) -> Iterable[str]:
    def head(key: str) -> str:
        return f"<h2>{_text(labels.text(f'index.{key}', caption.lang))}</h2>"

    yield f"<header><h1>{_text(caption.title)}</h1>"
    kinds = ["approved" if caption.approval_no else "", *[""] * 2]
    shown = "".join(
        f'<li class="{kind}">{_text(mark)}</li>' for kind, mark in zip(kinds, marks(caption), strict=False)
    )
    yield f'<ul class="marks">{shown}</ul></header>\n<main>'
    if figures:
        yield head("figures")
        yield f'<ul class="figures">{"".join(_figure(item, caption.lang) for item in figures)}</ul>'
        if any(item.about for item in figures):
            yield f'<p class="about">{_text(labels.text("index.asked", caption.lang))}</p>'
    yield head("entries")
    for _, group in groupby(
        entries, key=lambda item: item.picture is None
    ):  # cards of one height side by side
        yield f'<ul class="entries">{"".join(_entry(folder, item, caption.lang) for item in group)}</ul>'
    yield head("about")
    lines = [(labels.text(f"report.about.{name}", caption.lang), getattr(caption, name)) for name in _ABOUT]
    yield "<dl>"
    yield from (f"<dt>{_text(name)}</dt><dd>{_text(text)}</dd>" for name, text in lines if text)
    yield "</dl>\n</main>"


def _figure(item: Headline, lang: str) -> str:
    share = (
        f"{item.numerator / item.denominator:.1%}" if item.denominator else labels.text("index.none", lang)
    )
    parts = labels.text("index.parts", lang, part=f"{item.numerator:,}", of=f"{item.denominator:,}")
    unknown = labels.text("index.unknown", lang, n=f"{item.unknown:,}")
    small = "".join(f"<small>{_text(line)}</small>" for line in (item.about, parts, unknown) if line)
    return f"<li>{_text(item.label)}<strong>{_text(share)}</strong>{small}</li>"


def _entry(folder: Path, item: Entry, lang: str) -> str:
    path = folder / item.file
    meta = labels.text("index.meta", lang, size=_size(path.stat().st_size))
    picture = f'<img src="{_preview(item.picture)}" alt="">' if item.picture else ""
    about = f'<p class="about">{_text(item.about)}</p>' if item.about else ""
    return (
        f'<li>{picture}<p><a href="./{quote(item.file)}">{_text(item.title)}</a></p>{about}'
        f'<p class="meta">{_text(item.file)}<br>{_text(meta)} <code>{store.sha256(path)[:12]}</code></p></li>'
    )


def _size(n: int) -> str:
    """A size that people read: kB or MB of a thousand."""
    return f"{n / 1e6:.1f} MB" if n >= 1e6 else f"{max(n / 1e3, 0.1):.1f} kB"


def _preview(picture: Path) -> str:
    """A picture, small and in few colours, as an address that holds it."""
    from PIL import Image

    with Image.open(picture) as found:
        small = found.convert("RGB")
    small.thumbnail((_WIDE, _HIGH))
    held = io.BytesIO()
    small.quantize(64).save(held, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}"


def _text(text: str) -> str:
    """Text as HTML shows it: nothing in it is markup, control characters are seen."""
    return escape("".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text))
