"""The gallery: the sample's hearing package as pictures small enough to send, and a page that lists them.

``make gallery`` runs it. Everything in it is synthetic and says so.
"""

import argparse
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from chargegeo import labels, report, sample, schema, store, study
from tests import get_tools

LARGEST = 300_000  # bytes of a picture
SIZES = {"map.html": (1400, 900), "index.html": (1280, 1500)}  # pixels of a screen


def package(out: Path) -> Path:
    """The hearing package of the sample."""
    files = sample.write(out / "sample")
    study.hearing(files["study"], out / "hearing", study.Asked(scenarios=(files["scenario"],)))
    return out / "hearing"


def pictures(package: Path, out: Path) -> list[Path]:
    """Its slides and the first look of its two pages, none above the limit."""
    out.mkdir(parents=True, exist_ok=True)
    found = [small(path, out / path.name) for path in sorted((package / "slides").glob("*.png"))]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_tools.browser(), args=["--no-sandbox"])
        for name, (width, height) in SIZES.items():
            page = browser.new_context(offline=True, viewport={"width": width, "height": height}).new_page()
            page.goto((package / name).resolve().as_uri())
            page.wait_for_timeout(3000)
            target = out / f"{Path(name).stem}_page.png"
            page.screenshot(path=target)
            found.append(small(target, target))
        browser.close()
    return found


def small(source: Path, target: Path) -> Path:
    """A picture in few colours, and as wide as the limit allows."""
    with Image.open(source) as found:
        whole = found.convert("RGB")
    for width in (1600, 1400, 1200, 1000, 800, 600):
        made = whole.copy()
        made.thumbnail((width, 4 * width))
        made.quantize(96).save(target, optimize=True)
        if target.stat().st_size < LARGEST:
            break
    return target


def page(made: list[Path], out: Path) -> None:
    """The page that lists the pictures."""
    caption = schema.Caption(
        title=labels.text("sample.title"), author=labels.text("sample.author"), date="2026-06-30",
        source=labels.text("sample.source"), datum="", definition="", denominator="", synthetic=True,
    )  # fmt: skip
    entries = [
        report.Entry(
            path.relative_to(out).as_posix(), labels.text(f"hearing.slide.{path.stem}"), picture=path
        )
        for path in made
    ]
    report.index_page(out / "index.html", entries, caption)


def main() -> None:
    """Build it; an earlier one is replaced once the new one is whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "gallery")
    with store.atomic_folder(parser.parse_args().out) as out:
        page(pictures(package(out), out / "pictures"), out)
        made = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
        store.write_json({"outputs": made}, out / "manifest.json")


if __name__ == "__main__":
    main()
