"""A briefing of an overfull study keeps to six pages, and says what it leaves out and where that stands."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chargegeo import labels, report, targets
from chargegeo.report import paper
from chargegeo.report.paper import fitting, page
from chargegeo.report.paper.content import Heading, Paper, Paragraph, Picture, Table
from chargegeo.schema import Caption
from tests.maps import test_charted
from tests.report import test_briefing
from tests.report.test_briefing import CAPTION, RULES, made, opened, pages, solved

__all__ = ["solved"]
LONG = {
    "zh": "\u540d\u79f0\u5f88\u957f\u7684\u529f\u80fd\u533a\u57df\u7ba1\u7406\u59d4\u5458\u4f1a\u8f96\u533a"
    * 4,
    "en": "Management committee of the economic zone whose name is very long " * 4,
}


def overfull(tables: dict[str, pd.DataFrame], text: str) -> dict[str, pd.DataFrame]:
    """Forty of everything that has no end, all with long names."""
    tables = {**tables, **test_briefing.more(text)}

    def many(of: str, n: int, **columns: Any) -> pd.DataFrame:
        table = pd.concat([tables[of].head(1)] * n, ignore_index=True)
        return table.assign(**{key: [value(i) for i in range(n)] for key, value in columns.items()})

    def named(i: int) -> str:
        return f"{i} {text}"

    rollup = tables["rollup"]
    city = rollup[(rollup["level"] == "province") & (rollup["rung"] == "A0")].assign(level="city")
    clash = {"kind": "sources", "about": text, "against": text, "unit": "pile", "stated": 1, "computed": 2, "low": 3,
             "high": 4, "verdict": "contradiction", "source": "s", "source_against": "s"}  # fmt: skip
    returns = pd.DataFrame(
        [(f"u{i:02}", "2026-05-31", 80, i, None) for i in range(40)],
        columns=["unit_code", "period_end", "started", "finished", "received_on"],
    )
    half = targets.Milestone(id="half", state="started", share="0.5", by=dt.date(2026, 6, 30))
    quotas = pd.DataFrame(
        {"unit_code": returns["unit_code"], "name": list(map(named, range(40))), "due": 200}
    )
    held = targets.progress(returns, quotas, milestones=(half,), as_of=dt.date(2026, 6, 5))
    roads = test_charted.roads("G1")
    sites = many("sites", 40, name=named).assign(county_name=text, city_name=text)
    return {
        **tables,
        "progress": held.milestones, "progress_periods": held.periods, "projections": held.projections,
        "rollup": pd.concat([rollup, *(city.assign(code=f"{i}", name=named(i)) for i in range(40))]),
        "gaps": many("gaps", 40, rank=lambda i: i + 1, name=named).assign(county_name=text, city_name=text),
        "scenario_comparison": many("scenario_comparison", 40, scenario=named),
        "scenario_areas": many("scenario_areas", 40, name=named, code=str),
        "sites": sites,
        "contradictions": pd.concat([made("contradictions", [clash])] * 40, ignore_index=True),
        "corridors": roads[0], "corridor_sites": roads[2],
        "corridor_gaps": many("corridor_gaps", 40, rank=lambda i: i + 1, from_name=named).assign(
            ref="G1", to_name=text, corridor_id="G1G4-forward-1"
        ),
        "corridor_rules": test_charted.rules("G1"),
    }  # fmt: skip


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_overfull_study_keeps_to_six_pages(
    solved: dict[str, pd.DataFrame], tmp_path: Path, lang: str
) -> None:
    about = replace(CAPTION, lang=lang, title=LONG[lang], source=LONG[lang] * 3, denominator=LONG[lang])
    both = [tmp_path / "b.pdf", tmp_path / "b.docx"]
    report.briefing(both, overfull(solved, LONG[lang]), caption=about, rules=RULES)
    for path in (both[0], opened(both[1])):
        texts = pages(path)
        assert 2 <= len(texts) <= 6, path
        whole = "".join(texts)
        # 40 contradictions: 3 are the least; 24 cities and 6 scenarios are shown at most
        for key, shown, sheet in (
            ("rows", 3, "contradictions"), ("rows", 24, "rollup"),
            ("rows", 24, "scenario_areas"), ("rows", 6, "scenario_comparison"),
        ):  # fmt: skip
            name = labels.text(f"report.sheet.{sheet}", lang)
            of = 41 if sheet == "rollup" else 40  # the county's own city
            said = labels.text(f"briefing.fit.{key}", lang, shown=shown, n=of - shown, sheet=name)
            assert squeezed(said) in whole, (path, sheet)
        for key in (
            "covered",
            "gaps",
            "along",
            "progress",
            "scenarios",
            "contradictions",
            "method",
            "definitions",
        ):
            assert squeezed(labels.text(f"briefing.heading.{key}", lang)) in whole, key


def blank(*blocks: Any) -> Paper:
    return Paper(Caption(**{**CAPTION.__dict__, "lang": "en"}), "T", "by", (), blocks)


def table(n: int, **more: Any) -> Table:
    return Table(("a", "b"), tuple((f"{i}", "x") for i in range(n)), (1.0, 1.0), (False, False), **more)


def picture(spare: int = 0, sheet: str = "") -> Picture:
    return Picture(b"", "", 0.5, spare, sheet)


def test_what_fits_is_left_as_it_is() -> None:
    held = blank(Heading("h", new_page=True), Paragraph("p"), table(9, sheet="gaps"), picture(1))
    assert fitting.fitted(held) == held


def test_what_gives_way_gives_way_in_its_order() -> None:
    """A count of our own: a page each picture and ten rows, and one for a page of its own."""

    def count(held: Paper) -> int:
        kinds = [block for block in held.blocks if isinstance(block, Picture)]
        rows = [len(block.rows) for block in held.blocks if isinstance(block, Table)]
        own = sum(isinstance(block, Heading) and block.new_page for block in held.blocks)
        return len(kinds) + sum(rows) // 10 + own

    parts = (
        Heading("h", new_page=True),
        table(30, sheet="gaps", least=5),
        picture(2, "stations"),
        picture(1),
        picture(),
    )

    def left(*more: Any) -> tuple[int, int, list[str]]:
        found = fitting.fitted(blank(*parts, *more), count)
        (kept,) = (block for block in found.blocks if isinstance(block, Table))
        notes = [block.text for block in found.blocks if isinstance(block, Paragraph)]
        return sum(isinstance(block, Picture) for block in found.blocks), len(kept.rows), notes

    assert left() == (2, 30, [])  # without the first picture: 1 + 3 + 2
    assert left(picture()) == (3, 30, [])  # 3 + 3, and no page of its own
    rest = "The first 29 are shown; 1 more stand in the sheet 'Gaps' of the workbook."
    assert left(picture(), picture()) == (4, 29, [rest])
    pictures, rows, notes = left(*[picture()] * 5)
    assert (pictures, rows, len(notes)) == (
        6,
        5,
        2,
    )  # 8 + 3 + 1 without both pictures, its own page and 25 rows


def test_the_estimate_is_near_the_pages(solved: dict[str, pd.DataFrame]) -> None:
    """Within a page of what is laid out, for a short and a long paper."""
    tables = {**solved, **test_briefing.more()}
    for given in (solved, tables):
        held = paper._paper(given, CAPTION, RULES, None)
        assert abs(fitting.Measure().pages(held) - page.pages(held)) <= 1
