"""The first page names every file of a package, opens offline, and shows texts as they are."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from chargegeo import errors, labels, report
from chargegeo.maps.said import marks
from chargegeo.report import Entry, Headline
from tests.maps.test_panels import poppler
from tests.report import world

PAYLOADS = [
    "<script>window.hit = 1</script>", "</style><img src=x onerror='window.hit=1'>", "{{ 7 * 7 }}", "${7*7}",
    "&amp; \" '",
    "javascript:window.hit=1", "\u5357\u5f70\u9547 \u7f3a\u53e3", "=1+41",
]  # fmt: skip
NAMES = [
    "map.html",
    "a b&c.csv",
    "\u5730\u56fe.pdf",
    "sub/x#y?z%41.txt",
    'it\'s"q".txt',
    "javascript:alert(1).txt",
]
FIGURES = (Headline("x", 1285, 1772, 21), Headline("y", 0, 0))


def make(folder: Path, lang: str = "zh", text: str = "x", **changes: object) -> Path:
    (folder / "sub").mkdir(exist_ok=True)
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(b"x" * (number * 700_000 + 1))
    picture = folder.parent / "picture.png"
    Image.linear_gradient("L").resize((1600, 1200)).save(picture)
    entries = [Entry(name, text, text, picture if name == "map.html" else None) for name in NAMES]
    caption = replace(world.CAPTION, lang=lang, title=text, synthetic=True, **changes)
    report.index_page(folder / "index.html", entries, caption, figures=FIGURES)
    return folder / "index.html"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def opened(browser: Browser, path: Path, width: int = 1280) -> tuple[Page, list[str]]:
    """The page offline; requests beside it, errors and messages."""
    seen: list[str] = []
    page = browser.new_context(offline=True, viewport={"width": width, "height": 800}).new_page()
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.goto(path.as_uri())
    return page, [item for item in seen if item != path.as_uri() and not item.startswith("data:image/png")]


def test_every_link_leads_to_a_file_beside_it(out: Path) -> None:
    hrefs = re.findall(r'href="([^"]*)"', make(out).read_text("utf-8"))
    assert len(hrefs) == len(NAMES)
    for href, name in zip(hrefs, NAMES, strict=True):
        assert href.startswith("./") and (out / unquote(href)).resolve() == (out / name).resolve()
        assert (out / unquote(href)).is_file()


def test_every_file_stands_with_size_and_hash(out: Path) -> None:
    text = make(out).read_text("utf-8")
    for name in NAMES:
        assert hashlib.sha256((out / name).read_bytes()).hexdigest()[:12] in text
    assert "0.1 kB" in text and "700.0 kB" in text and "1.4 MB" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_numbers_stand_with_numerator_and_denominator(out: Path, lang: str) -> None:
    text = make(out, lang).read_text("utf-8")
    assert "72.5%" in text and "1,285 / 1,772" in text and "0 / 0" in text
    assert labels.text("index.none", lang) in text and labels.text("index.unknown", lang, n="21") in text
    for mark in ("draft", "synthetic"):
        assert labels.text(f"report.{mark}", lang) in text


def test_headlines_come_from_the_roll_up() -> None:
    found = report.headlines(world.rollup().assign(n_unknown=2), "en")
    assert found == (Headline("Henan: share covered at A0", 1, 3, 2),)
    asked = report.headlines(world.rollup().assign(n_unknown=2), "en", words={"A0": "a public pile"})
    assert asked == (replace(found[0], about="a public pile"),)


def test_every_printed_page_bears_the_marks_and_nothing_is_cut(out: Path, browser: Browser) -> None:
    """Two languages, many outputs with previews: the marks at the edge of each page, headings with what follows."""
    picture = out.parent / "picture.png"
    Image.linear_gradient("L").resize((1600, 1200)).save(picture)
    for number in range(24):
        (out / f"{number:02}.png").write_bytes(b"x")
    entries = [Entry(f"{number:02}.png", f"entry {number:02}", "about", picture) for number in range(24)]
    figures = tuple(Headline(f"figure {number}", number, 9, 1, "what is asked") for number in range(10))
    for number in (None, 'S(2026) 012"; } body { display: none } /*'):
        caption = replace(world.CAPTION, approval_no=number, synthetic=True)
        report.index_page(out / "index.html", entries, caption, figures=figures)
        page, seen = opened(browser, out / "index.html")
        sheet = str(out.parent / "index.pdf")
        page.pdf(path=sheet, prefer_css_page_size=True)
        page.context.close()
        pages = poppler("pdftotext", "-layout", sheet, "-").split("\f")[:-1]
        assert len(pages) in (3, 4) and seen == []
        for at, text in enumerate(pages, 1):
            plain = "".join(text.split())
            for mark in marks(caption):
                assert "".join(mark.split()) in plain, (at, mark)
            assert f"{at}/{len(pages)}" in plain
            assert not text.rstrip().endswith(labels.text("index.entries", caption.lang)), "a heading alone"
        assert all(f"entry {n:02}" in "".join(pages) for n in range(24))


def test_an_approval_number_takes_the_place_of_the_draft_mark(out: Path) -> None:
    text = make(out, approval_no="S(2026)012").read_text("utf-8")
    assert "S(2026)012" in text and labels.text("report.draft") not in text


@pytest.mark.parametrize("name", ["lacking.pdf", "../picture.png", "sub"])
def test_what_is_not_there_or_elsewhere_is_refused(out: Path, name: str) -> None:
    make(out)
    before = (out / "index.html").read_bytes()
    with pytest.raises(errors.OutputFault) as caught:
        report.index_page(out / "index.html", [Entry(name, "x"), Entry("gone", "y")], world.ZH)
    assert [fault.value for fault in caught.value.faults] == [name, "gone"]
    assert (out / "index.html").read_bytes() == before


def test_the_same_package_gives_the_same_page(out: Path) -> None:
    first = make(out).read_bytes()
    assert make(out).read_bytes() == first
    assert len(first) < 400_000, "previews are small"


def test_texts_are_shown_as_they_are_and_nothing_runs(out: Path, browser: Browser) -> None:
    for text in PAYLOADS:
        page, seen = opened(browser, make(out, text=text))
        assert seen == [] and page.evaluate("window.hit") is None
        assert page.title() == text and page.locator("h1").inner_text() == text
        assert page.locator(".entries a").all_inner_texts() == [text] * len(NAMES)
        assert page.locator("script").count() == 0
        page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_a_phone_and_a_projector(out: Path, browser: Browser, width: int) -> None:
    page, seen = opened(browser, make(out, text="\u8986\u76d6" * 20 + "x" * 80), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width and seen == []
    assert page.locator("img").evaluate("image => image.naturalWidth") == 560
    assert page.evaluate("getComputedStyle(document.querySelector('.marks li')).borderTopWidth") == "2px", (
        "style applies"
    )
    for number in range(len(NAMES)):
        page.keyboard.press("Tab")
        focused = "[...document.querySelectorAll('a')].indexOf(document.activeElement)"
        assert page.evaluate(focused) == number
    page.context.close()


def test_a_link_opens_its_file(out: Path, browser: Browser) -> None:
    page, _ = opened(browser, make(out))
    (out / NAMES[3]).write_text("here")
    page.locator(".entries a").nth(3).click()
    page.wait_for_load_state()
    assert page.locator("body").inner_text() == "here"
    page.context.close()
