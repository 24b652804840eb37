"""Charts say the numbers of their tables, what they count and where it comes from; text from data stays text."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from chargegeo import errors, labels, schema
from chargegeo.maps import charts
from chargegeo.maps.charts import paper
from chargegeo.maps.pen import Sheet
from chargegeo.schema import Caption
from tests.maps.paper_world import outside, overlaps

CAPTION = Caption(
    title="Study", author="Office", date="2026-06-30", source="register.xlsx", datum="wgs84",
    definition="A0: a public pile", denominator="towns: 10", synthetic=True, approximate=True,
)  # fmt: skip
RDF = {"RDF", "Work", "type", "creator", "Agent", "title", "format", "date"}
HOSTILE = [
    "{{7*7}}",
    "</script><b>x",
    "$\\frac{1}{2}$",
    "${x}",
    "a\\nb`",
    "=1+41",
    "<img src=x onerror=alert(1)>",
]


def made(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return schema.check(schema.conform(pd.DataFrame(rows), table), table)


def rollup(**more: Any) -> pd.DataFrame:
    row = {"rule": "r 1", "level": "province", "code": "p", "name": "P", "group": "headline", "rung": "A0",
           "n_units": 10, "n_covered": 6, "n_unknown": 1, "n_uncovered": 3, "share": 0.6}  # fmt: skip
    return made("rollup", [{**row, **more}, {**row, "group": "all", "n_units": 99}])


def register() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Piles at the edges of the bands; one station that is not public."""
    base = {"file": "f", "access": "public", "status": "in_service"}
    stations = made("stations", [
        {**base, "station_id": "a"}, {**base, "station_id": "b", "access": "dedicated"},
        {**base, "station_id": "c", "status": None},
    ])  # fmt: skip
    powers = [(7.0, 3), (7.4, 2), (60.0, 4), (119.9, 1), (480.0, 5), (None, 6)]
    piles = [{"station_id": "a", "n_piles": n, "power_kw": kw} for kw, n in powers]
    return stations, made(
        "piles", [*piles, {"station_id": "b", "n_piles": 50}, {"station_id": "c", "n_piles": 70}]
    )


def equity() -> tuple[pd.DataFrame, pd.DataFrame]:
    points = [(None, 0.0, 0.0), ("u", 0.5, 0.0), ("v", 1.0, 1.0)]
    curve = made("lorenz", [
        {"counted": "pile", "rank": i, "unit_code": code, "population": 5, "amount": 1, "people_share": x,
         "amount_share": y}
        for i, (code, x, y) in enumerate(points)
    ])  # fmt: skip
    about = {"counted": "pile", "n": 2, "n_left_out": 3, "population": 10, "amount": 2, "n_unknown": 4}
    rows = [{"index": "gini", "value": 0.5}] + [
        {"index": "theil", "grouping": by, "value": 0.8, "within": 0.6, "between": 0.2, "n_groups": 2}
        for by in ("city", "county", "settlement")
    ]
    return curve, made("inequality", [{**row, **about} for row in rows])


def curve() -> pd.DataFrame:
    rung = {"measure": "rung", "name": "A0", "of_units": 10, "n_unknown": 1}
    plan = {"measure": "plan", "name": "P1", "of_people": 100, "bound": 90}
    return made("closing_curve", [
        {**rung, "n_piles": 0, "cost": 0, "n_units": 6}, {**rung, "n_piles": 4, "cost": 80, "n_units": 9},
        {**plan, "n_piles": 0, "people": 50}, {**plan, "n_piles": 4, "people": 80},
    ])  # fmt: skip


def comparison(name: str = "P1") -> pd.DataFrame:
    done = {"scenario": name, "folder": "a", "status": "optimal", "n_piles": 1200, "covered_before": 6,
            "covered_after": 9, "n_units": 10, "served_before": 50, "served_after": 80, "people": 100}  # fmt: skip
    return made("scenario_comparison", [done, {"scenario": "P2", "folder": "b", "status": "infeasible"}])


def progress(name: str = "City") -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    unit = {"unit_code": "a", "name": name}
    milestone = {**unit, "milestone": "half", "state": "started", "by": pd.Timestamp("2026-06-30"), "share": 0.5,
                 "due": 200, "needed": 100, "count": 80, "status": "behind", "light": "amber"}  # fmt: skip
    steps = [(state, pd.Timestamp(day), n) for state, day, n in (
        ("started", "2026-03-31", 30), ("started", "2026-05-31", 80), ("finished", "2026-05-31", 25))]  # fmt: skip
    periods = [
        {**unit, "state": s, "period_end": day, "cumulative": n, "increment": n} for s, day, n in steps
    ]
    end = {**unit, "state": "started", "due": 200, "reported_on": pd.Timestamp("2026-05-31"), "count": 80,
           "projected": 180, "low": 150, "high": 260, "open_above": False, "n_curves": 5, "linear": 192}  # fmt: skip
    return made("progress", [milestone]), made("progress_periods", periods), made("projections", [end])


def drawn(caption: Caption = CAPTION, name: str = "P1") -> dict[str, Sheet]:
    return {
        "rungs": charts.rungs(rollup(), caption=caption, asked={"A0": name}),
        "power": charts.power(*register(), caption=caption),
        "lorenz": charts.lorenz(*equity(), caption=caption),
        "closing": charts.closing(curve(), caption=caption, asked={"A0": name}),
        "scenarios": charts.scenarios(comparison(name), caption=caption),
        "progress": charts.progress(*progress(name), caption=caption),
    }


def said(sheet: Sheet) -> list[str]:
    return [text.get_text() for text in sheet.axes.texts]


def widths(sheet: Sheet, look: dict[str, Any], height: float) -> list[float]:
    """Widths of the bars of a look; boxes of the legend have another height."""
    boxes = [item for item in sheet.axes.artists + sheet.axes.patches if isinstance(item, Rectangle)]
    chosen = [b for b in boxes if b.get_hatch() == look["hatch"] and b.get_height() == pytest.approx(height)]
    return [b.get_width() for b in chosen]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_chart_says_what_it_must(lang: str) -> None:
    approved = drawn(replace(CAPTION, lang=lang, approval_no="GS(2026)1"))
    for name, sheet in drawn(replace(CAPTION, lang=lang)).items():
        texts = said(sheet)
        whole = "".join(texts)
        for key in ("draft", "synthetic"):
            assert labels.text(f"report.{key}", lang) in texts, name
        assert "register.xlsx" in whole and "2026-06-30" in whole and "Office" in whole, name
        assert not sheet.lacking, name
        marks = said(approved[name])[1:4]
        assert marks == [
            labels.text("report.approved", lang, number="GS(2026)1"),
            labels.text("report.synthetic", lang),
            labels.text("report.approximate", lang),
        ]


def test_every_text_stays_on_the_sheet() -> None:
    long = "Ab" * 60
    for name, sheet in drawn(name=long).items():
        renderer = FigureCanvasAgg(sheet.figure).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in sheet.axes.texts]
        page = sheet.figure.bbox
        assert all(
            page.x0 <= b.x0 and b.x1 <= page.x1 and page.y0 <= b.y0 and b.y1 <= page.y1 for b in boxes
        ), name


def test_rungs_show_numerator_and_denominator() -> None:
    sheet = charts.rungs(rollup(), caption=replace(CAPTION, lang="en"))
    assert "6/10 = 60.0%, unknown 1" in said(sheet)
    # covered, unknown and uncovered side by side fill the scale of 60 mm
    assert widths(sheet, paper.SOLID, 3.2) == [
        pytest.approx(36),
        pytest.approx(18),
    ]  # 6/10, and 3/10 left white
    assert widths(sheet, paper.UNKNOWN, 3.2) == [pytest.approx(6)]


def test_a_band_holds_its_lower_edge_and_the_unknown_stands_beside() -> None:
    texts = said(charts.power(*register(), caption=replace(CAPTION, lang="en")))
    shares = [text for text in texts if "/15" in text]
    assert shares == [
        "3/15 = 20.0%",
        "2/15 = 13.3%",
        "0/15 = 0.0%",
        "5/15 = 33.3%",
        "0/15 = 0.0%",
        "0/15 = 0.0%",
        "5/15 = 33.3%",
    ]
    assert "6, not in the denominator" in texts


def test_no_public_pile_is_an_answer() -> None:
    stations, piles = register()
    none = stations.assign(access="private")
    texts = said(charts.power(none, piles, caption=replace(CAPTION, lang="en")))
    assert texts.count("0/0") == 7 and "0, not in the denominator" in texts


def test_indices_and_their_split() -> None:
    sheet = charts.lorenz(*equity(), caption=replace(CAPTION, lang="en"))
    texts = " ".join(said(sheet))
    assert "Gini index 0.500" in texts and "between 0.200, 25.0% of 0.800" in texts
    assert "2 units take part" in texts and "3 units are left out" in texts
    between, within = widths(sheet, paper.SOLID, 3.4), widths(sheet, paper.STRIPED, 3.4)
    assert [3 * b for b in between] == pytest.approx(within) and len(within) == 3


def test_a_curve_begins_now_and_ends_with_its_piles() -> None:
    texts = " ".join(said(charts.closing(curve(), caption=replace(CAPTION, lang="en"))))
    assert "6/10 = 60.0% \u2192 9/10 = 90.0% (4 new piles, cost 80)" in texts
    assert "Scenario P1: people served" in texts and "50/100 = 50.0% \u2192 80/100 = 80.0%" in texts


def test_the_key_of_many_curves_stays_above_what_they_mean() -> None:
    """Seven rungs with long words: the sheet grows with its key."""
    rungs = curve().query("measure == 'rung'")
    table = pd.concat([rungs.assign(name=f"A{i}", n_units=[6, 6 + i]) for i in range(7)])
    asked = {f"A{i}": f"{i} " + "long words " * 12 for i in range(7)}
    sheet = charts.closing(schema.conform(table, "closing_curve"), caption=CAPTION, asked=asked)
    assert overlaps(sheet) == [] and outside(sheet) == []


def test_only_people_have_a_bound_to_draw() -> None:
    table = curve().assign(bound=[5.0, 5.0, 90.0, 90.0])
    sheet = charts.closing(table, caption=CAPTION)
    lines = [item for item in sheet.axes.get_children() if isinstance(item, Line2D)]
    thin = [item for item in lines if item.get_linewidth() == 0.5 and item.get_color() != paper.GRID]
    assert len(thin) == 1


def test_scenarios_show_both_counts_and_what_failed() -> None:
    texts = said(charts.scenarios(comparison(), caption=replace(CAPTION, lang="en")))
    assert "6 \u2192 9 / 10" in texts and "50 \u2192 80 / 100" in texts
    assert "1,200 new piles, best possible" in texts and texts.count("no data") == 2


def test_started_and_finished_are_told_apart() -> None:
    sheet = charts.progress(*progress(), caption=replace(CAPTION, lang="en"))
    texts = said(sheet)
    assert "80/200 = 40.0%, amber (behind)" in texts and "25/200 = 12.5%" in texts
    started, finished = (widths(sheet, look, 2.1) for look in (paper.STRIPED, paper.SOLID))
    assert started[0] / finished[0] == pytest.approx(80 / 25)


@pytest.mark.parametrize("payload", HOSTILE)
def test_text_from_data_is_drawn_as_it_stands(payload: str) -> None:
    for sheet in (
        charts.scenarios(comparison(payload), caption=CAPTION),
        charts.progress(*progress(payload), caption=CAPTION),
    ):
        assert payload.replace(" ", "") in "".join(said(sheet)).replace(" ", "")
    tree = ElementTree.fromstring(charts.rendered(sheet, ".svg"))
    tags = {item.tag.rpartition("}")[2] for item in tree.iter()}
    # text is drawn as shapes
    assert tags <= {
        "svg",
        "g",
        "path",
        "defs",
        "use",
        "style",
        "clipPath",
        "rect",
        "pattern",
        "metadata",
        *RDF,
    }


def test_a_character_without_a_glyph_is_named() -> None:
    sheet = charts.scenarios(comparison("P\U0001f697"), caption=replace(CAPTION, lang="en"))
    assert any("U+1F697" in text for text in said(sheet))


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_chart_has_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = (
        {name: hashlib.sha256(charts.rendered(sheet, suffix)).hexdigest() for name, sheet in drawn().items()}
        for _ in range(2)
    )
    assert first == second and len(set(first.values())) == len(first)
    path = tmp_path / f"chart{suffix}"
    charts.write(path, drawn()["rungs"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first["rungs"]


def test_a_pdf_is_the_same_too() -> None:
    first, second = (charts.rendered(charts.rungs(rollup(), caption=CAPTION), ".pdf") for _ in range(2))
    assert first == second and first.startswith(b"%PDF")


def test_what_cannot_be_drawn_or_written_is_said(tmp_path: Path) -> None:
    empty = {
        name: schema.empty(name) for name in ("rollup", "scenario_comparison", "closing_curve", "lorenz")
    }
    for draw in (
        lambda: charts.rungs(empty["rollup"], caption=CAPTION),
        lambda: charts.scenarios(empty["scenario_comparison"], caption=CAPTION),
        lambda: charts.closing(empty["closing_curve"], caption=CAPTION),
        lambda: charts.lorenz(empty["lorenz"], equity()[1], caption=CAPTION),
    ):
        with pytest.raises(errors.OutputFault) as error:
            draw()
        assert error.value.faults[0].code == "chart_empty"
    with pytest.raises(errors.OutputFault) as error:
        charts.write(tmp_path / "chart.gif", drawn()["rungs"])
    assert error.value.faults[0].code == "chart_suffix"


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e7))
def test_ticks_are_few_and_inside(low: float, length: float) -> None:
    scale = paper.Scale(low, low + length, 0, 100)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 7
    assert all(scale.low - length * 1e-6 <= tick <= scale.high + length * 1e-6 for tick in ticks)
