"""Strip charts: what stands on the sheet, where, and how large."""

import logging
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

from chargegeo import maps, schema
from chargegeo.errors import OutputFault
from chargegeo.maps import lanes, pen, straight, strips
from tests.conftest import ROOT

CAPTION = schema.Caption(
    title="Study",
    author="Bureau",
    date="2025-12-31",
    source="register.xlsx",
    datum="cgcs2000",
    definition="A0",
    denominator="towns",
    synthetic=True,
    lang="en",
)
HOSTILE = [
    "$\\frac{1}{2}$ & $x_1$",
    "{{7*7}}{% raw %}",
    "<script>alert(1)</script>",
    "`${1}`\\",
    "=1+41\u2028x",
    "]]>--><!--",
    "_a_^b^ 100 % #1",
    "line\nbreak\tend",
]
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def corridor(name: str = "G4", direction: str = "forward", km: float = 100.0, **more: Any) -> dict[str, Any]:
    return {
        "corridor_id": f"{name}-{direction}-1", "ref": name, "road_class": "expressway", "direction": direction,
        "part": 1, "from_name": "North", "to_name": "South", "km": km, "n_sites": 2, "n_unknown": 0, "n_piles": 12,
        "n_ultra_fast": 3, "longest_gap_km": 60.0, "within_km": 50.0, **more,
    }  # fmt: skip


def site(km: float, piles: int | None = 4, *, of: str = "G4-forward-1", **more: Any) -> dict[str, Any]:
    return {
        "corridor_id": of, "km": km, "site_id": f"{of} {km:g}", "name": f"Area {km:g}", "is_side": True,
        "across": False, "n_piles": piles, "max_kw": 120.0, **more,
    }  # fmt: skip


def gap(start: float, end: float, rank: int, *, of: str = "G4-forward-1", **more: Any) -> dict[str, Any]:
    return {
        "rank": rank, "corridor_id": of, "from_km": start, "to_km": end, "km": end - start, "n_unknown": 0,
        "from_name": f"Town {start:g}", "to_name": f"Town {end:g}", **more,
    }  # fmt: skip


def rule(name: str, start: float, end: float, verdict: str, **more: Any) -> dict[str, Any]:
    return {
        "rule": name, "corridor_id": "G4-forward-1", "from_km": start, "to_km": end, "verdict": verdict,
        "site_id": None, **more,
    }  # fmt: skip


def tables(
    corridors: list[Any],
    sites: Sequence[Any] = (),
    gaps: Sequence[Any] = (),
    rules: Sequence[Any] = (),
) -> Tables:
    blank = site(0), gap(0, 0, 1), rule("", 0, 0, "met")
    told = [
        pd.DataFrame(list(rows), columns=list(example))
        for rows, example in zip((sites, gaps, rules), blank, strict=True)
    ]
    return pd.DataFrame(corridors), *told  # type: ignore[return-value]


# one service area at 10 and a station at 70 of a hundred kilometres
PLAIN = tables(
    [corridor()],
    [site(10, 4), site(70, 8, is_side=False, max_kw=None)],
    [gap(10, 70, 1), gap(70, 100, 2), gap(0, 10, 3)],
    [
        rule("afir_core_2025", 0, 10, "met"),
        rule("afir_core_2025", 10, 70, "not_met", site_id="x"),
        rule("afir_core_2025", 70, 100, "unknown"),
        rule("henan_2022", 10, 10, "met", site_id="G4-forward-1 10"),
    ],
)
BOTH = tables(
    [corridor(), corridor(direction="backward", from_name="South", to_name="North")],
    [site(10), site(20, of="G4-backward-1")],
    [gap(10, 100, 1), gap(20, 100, 2, of="G4-backward-1")],
)


def sheet(given: Tables, **more: Any) -> pen.Sheet:
    with pen.settings():
        return strips.draw(*given, **{"ref": "G4", "caption": CAPTION, **more})


def texts(page: pen.Sheet) -> list[str]:
    return [item.get_text() for item in page.axes.texts]


def boxes(page: pen.Sheet, start: str) -> dict[str, Rectangle]:
    found = page.figure.findobj(
        lambda item: isinstance(item, Rectangle) and str(item.get_gid()).startswith(start)
    )
    return {str(item.get_gid()): item for item in found}  # type: ignore[misc]


def at(km: float, length: float = 100.0) -> float:
    """Millimetres from the left edge of a kilometre that counts from the left."""
    return strips.LEFT + km / length * (strips.RIGHT - strips.LEFT)


def own_settings() -> dict[str, Any]:
    """Settings of the user; asking for the backend would choose one."""
    return {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_the_same_tables_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    before = own_settings()
    for name in "ab":
        maps.strip_chart(tmp_path / f"{name}{suffix}", *BOTH, ref="G4", caption=CAPTION)
    first = (tmp_path / f"a{suffix}").read_bytes()
    assert len(first) > 10_000 and first == (tmp_path / f"b{suffix}").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {f"a{suffix}", f"b{suffix}"}
    assert own_settings() == before
    if suffix == ".svg":
        assert b"<dc:date>" not in first and b"<text" not in first
    if suffix == ".pdf":
        assert b"CreationDate" not in first and b"NotoSansSC" in first and b"DejaVu" not in first


def test_a_users_settings_change_nothing(tmp_path: Path) -> None:
    maps.strip_chart(tmp_path / "a.svg", *PLAIN, ref="G4", caption=CAPTION)
    with matplotlib.rc_context({"lines.linewidth": 9, "hatch.color": "red", "svg.fonttype": "none"}):
        maps.strip_chart(tmp_path / "b.svg", *PLAIN, ref="G4", caption=CAPTION)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_room_opens_without_matplotlib_and_drawing_without_pyplot(tmp_path: Path) -> None:
    code = (
        "import sys; from chargegeo import maps; from chargegeo.maps import pen\n"
        "print('matplotlib' in sys.modules)\n"
        "with pen.settings(): pen.save(sys.argv[1], pen.Sheet(20, 20).figure)\n"
        "print('matplotlib.pyplot' in sys.modules, 'zhplot' in sys.modules)"
    )
    run = [sys.executable, "-c", code, str(tmp_path / "x.svg")]
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", "False", "False"]


def test_the_font_may_be_handed_on_with_its_licence() -> None:
    names = {str(path) for path in distribution(pen.FONT[0]).files or ()}
    assert {pen.FONT[1], "zhplot/fonts/OFL.txt"} <= names


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheet_says_what_it_is(lang: str) -> None:
    caption = replace(CAPTION, lang=lang)
    said = texts(sheet(PLAIN, caption=caption))
    every = " ".join(said)
    for words in ("G4", "Study", "Bureau", "2025-12-31", "register.xlsx", "cgcs2000", "A0", "towns"):
        assert words in every
    from chargegeo import labels

    for key in ("report.draft", "report.synthetic"):
        assert labels.text(key, lang) in said
    assert labels.text("report.approximate", lang) not in said
    approved = texts(sheet(PLAIN, caption=replace(caption, approval_no="GS(2025)1", synthetic=False)))
    assert labels.text("report.approved", lang, number="GS(2025)1") in approved
    assert not {labels.text("report.draft", lang), labels.text("report.synthetic", lang)} & set(approved)


def test_the_longest_gap_is_named_with_its_kilometres_and_ends() -> None:
    assert "Longest gap 60.0 km (km 10.0 to 70.0): Town 10 to Town 70" in texts(sheet(PLAIN))
    unnamed = [gap(10, 70, 1, from_name=None, to_name=pd.NA)]
    said = texts(sheet(tables([corridor(from_name=None)], [site(10)], unnamed)))
    assert "Longest gap 60.0 km (km 10.0 to 70.0): (end not named) to (end not named)" in said


def test_gaps_lie_where_they_are() -> None:
    found = boxes(sheet(PLAIN), "gap-")
    where = {name: (box.get_x(), box.get_x() + box.get_width()) for name, box in found.items()}
    assert where == {
        "gap-forward-1-1-0": pytest.approx((at(10), at(70))),
        "gap-forward-1-2-0": pytest.approx((at(70), at(100))),
        "gap-forward-1-3-0": pytest.approx((at(0), at(10))),
    }


def test_the_way_back_runs_from_right_to_left_below() -> None:
    found = boxes(sheet(BOTH), "gap-")
    back, there = found["gap-backward-1-2-0"], found["gap-forward-1-1-0"]
    assert (back.get_x(), back.get_x() + back.get_width()) == pytest.approx((at(0), at(80)))
    assert back.get_y() < there.get_y()
    # the site 20 km after the south end stands 80 km after the north end
    bars = boxes(sheet(BOTH), "site-")
    middle = {name: bar.get_x() + bar.get_width() / 2 for name, bar in bars.items()}
    assert middle == {
        "site-forward-1-0": pytest.approx(at(10)), "site-backward-1-0": pytest.approx(at(80))
    }  # fmt: skip


def test_a_ring_closes_over_its_start() -> None:
    """90 to 10 over the start: ten kilometres at either end; and one site alone on a ring leaves all of it."""
    ring = tables([corridor()], [site(10), site(90)], [gap(10, 90, 1), gap(90, 10, 2, km=20.0)])
    found = boxes(sheet(ring), "gap-forward-1-2")
    assert sorted((box.get_x(), box.get_x() + box.get_width()) for box in found.values()) == [
        pytest.approx((at(0), at(10))),
        pytest.approx((at(90), at(100))),
    ]
    rules = [rule("nevi", 30, 30 + 1e-12, "not_met", site_id="x")]
    alone = sheet(tables([corridor()], [site(30)], [gap(30, 30, 1, km=100.0)], rules))
    for kind in ("gap-", "rule-"):
        widths = [box.get_width() for box in boxes(alone, kind).values()]
        assert sorted(widths) == pytest.approx(sorted([at(100) - at(30), at(30) - at(0)]))


def test_bars_are_as_high_as_there_are_piles() -> None:
    many = [site(km, piles) for km, piles in ((5, 1), (25, 7), (45, 20), (65, 0), (85, 3))]
    bars = boxes(sheet(tables([corridor()], many)), "site-")
    heights = {name: bar.get_height() for name, bar in bars.items()}
    assert set(heights) == {f"site-forward-1-{i}" for i in (0, 1, 2, 4)}
    tall = heights["site-forward-1-2"]
    assert {name: 20 * value / tall for name, value in heights.items()} == pytest.approx(
        {"site-forward-1-0": 1, "site-forward-1-1": 7, "site-forward-1-2": 20, "site-forward-1-4": 3}
    )
    assert tall >= straight.BARS
    below = boxes(sheet(BOTH), "site-")
    assert below["site-backward-1-0"].get_height() == pytest.approx(-below["site-forward-1-0"].get_height())


def test_a_site_of_unknown_piles_is_no_empty_one_and_its_gap_is_an_upper_bound() -> None:
    """Sites of 4 piles at 20 km and of unknown piles at 60 km: the gap from 20 to 100 km is 80 km at most."""
    rows = [site(20), site(60, None), site(20.0, of="G4-backward-1")]
    cuts = [gap(20, 100, 1, n_unknown=1), gap(0, 20, 2), gap(0, 100, 3, of="G4-backward-1")]
    both = [
        corridor(n_sites=1, n_unknown=1, n_piles=4),
        corridor(direction="backward", n_sites=0, n_unknown=3),
    ]
    page = sheet(tables(both, rows, cuts))
    said = texts(page)
    assert set(boxes(page, "site-forward-1")) == {"site-forward-1-0"}, "no bar for what is not known"
    assert {"4", "?", "\u226480.0", "20.0"} <= set(said)
    whole = "".join(said)
    assert "not known whether: 1" in whole and "No site that charges for certain" in whole
    assert any(words.startswith("Longest gap \u226480.0 km") for words in said)
    looks = [lanes.kind_look(site(0, piles)) for piles in (None, 0, 4)]
    assert looks[0]["markerfacecolor"] == "#ffffff" and len({str(look) for look in looks}) == 3


def test_power_is_told_by_pattern_too() -> None:
    looks = [lanes.power_look(kw) for kw in (None, 59.9, 60, 149.9, 150, 249.9, 250)]
    assert looks[2] == looks[3] and looks[4] == looks[5] and lanes.power_look(float("nan")) == looks[0]
    grey = [(look["hatch"], np.mean(matplotlib.colors.to_rgb(look["facecolor"])).round(1)) for look in looks]
    assert len(set(grey)) == 5


def test_verdicts_are_bands_and_marks_with_their_count() -> None:
    page = sheet(PLAIN)
    bands = boxes(page, "rule-forward-1-afir_core_2025")
    assert {name[-3]: (box.get_x(), box.get_hatch()) for name, box in bands.items()} == {
        "0": (pytest.approx(at(0)), lanes.VERDICTS["met"]["hatch"]),
        "1": (pytest.approx(at(10)), lanes.VERDICTS["not_met"]["hatch"]),
        "2": (pytest.approx(at(70)), lanes.VERDICTS["unknown"]["hatch"]),
    }
    assert not boxes(page, "rule-forward-1-henan_2022")
    assert {"1/3", "1/1"} <= set(texts(page))
    assert len({look["hatch"] for look in lanes.VERDICTS.values()}) == 3
    assert len({look["shape"] for look in lanes.SITE_MARKS.values()}) == 3


def test_hostile_names_stand_as_they_are(tmp_path: Path) -> None:
    rows = [site(10 * i + 5, name=name) for i, name in enumerate(HOSTILE)]
    given = tables([corridor("$G_4$", from_name=HOSTILE[0], to_name=HOSTILE[2])], rows, [gap(10, 70, 1)])
    given = tuple(table.replace({"G4-forward-1": "$G_4$-forward-1"}) for table in given)  # type: ignore[assignment]
    caption = replace(CAPTION, title="$t$ <b>{x}</b>", source="{{s}}", author="$a$")
    page = sheet(given, ref="$G_4$", caption=caption)
    said = texts(page)
    for name in HOSTILE:
        flat = " ".join(name.split())
        assert any(
            shown == flat or (shown.endswith(pen.CUT) and flat.startswith(shown[:-1])) for shown in said
        )
    assert not page.lacking
    assert not any(item.get_parse_math() or item.get_usetex() for item in page.axes.texts)
    assert "$t$ <b>{x}</b>" in said and any("{{s}}" in words and "$a$" in words for words in said)
    maps.strip_chart(tmp_path / "x.svg", *given, ref="$G_4$", caption=caption)
    svg = (tmp_path / "x.svg").read_text("utf-8")
    assert not re.search(r"<(script|foreignObject|image|a)\b", re.sub("<!--.*?-->", "", svg, flags=re.DOTALL))
    import xml.etree.ElementTree as tree

    tree.fromstring(svg)


def test_a_character_without_a_glyph_is_drawn_as_its_number_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [site(10, name="A\U0001f697B\x00C\u202eE")]
    with caplog.at_level(logging.WARNING):
        page = sheet(tables([corridor()], rows, [gap(10, 100, 1)]))
    said = texts(page)
    assert any(words.startswith("A[U+1F697]B") for words in said)  # the rest is cut for lack of room
    told = "Characters that the font lacks, drawn as their numbers: U+0000 U+202E U+1F697"
    assert any(told in words for words in said)
    assert [record.args for record in caplog.records] == [("U+0000 U+202E U+1F697",)]


@given(st.text())
def test_every_text_can_be_drawn(words: str) -> None:
    page = PAGE
    shown = page.shown(words)
    assert all(ord(char) in page._glyphs for char in shown) and "\n" not in shown
    assert page.room(page.fitted(words, 6, 20), 6) <= 20 + 1e-6
    lines = page.wrapped(words, 6, 20, lines=3)
    assert len(lines) <= 3 and all(page.room(line, 6) <= 20 + 1e-6 for line in lines)
    kept = "".join(lines).replace(" ", "")
    whole = shown.replace(" ", "")
    assert kept == whole or (kept.endswith(pen.CUT) and whole.startswith(kept[:-1]))


PAGE = pen.Sheet(100, 100)


@given(st.lists(st.floats(0, 100), max_size=60), st.data())
def test_names_and_bars_do_not_hide_each_other(wanted: list[float], data: st.DataObject) -> None:
    places = np.sort(lanes.spread(wanted, 0, 100)) if wanted else np.array([])
    assert (np.diff(places) >= min(lanes.STEP, 100 / max(len(wanted), 1)) - 1e-6).all()
    assert ((places >= -1e-6) & (places <= 100 + 1e-6)).all()
    weights = [data.draw(st.integers(0, 9)) for _ in places]
    kept = lanes.chosen(places, weights, 2.6)
    assert (np.diff(places[kept]) >= 2.6 - 1e-6).all()
    # whoever has no text stands too near to one that has
    assert all(np.abs(places[kept] - x).min() < 2.6 for i, x in enumerate(places) if i not in kept)


def test_the_larger_of_near_sites_is_named() -> None:
    assert lanes.chosen(np.arange(6.0), [1, 9, 1, 1, 9, 1], 2.6) == [1, 4]
    assert lanes.chosen(np.array([0.0, 3.0]), [1, 1], 2.6) == [0, 1]


def test_far_sites_stay_where_they_are() -> None:
    assert lanes.spread([0, 50, 100], 0, 100) == pytest.approx([0, 50, 100])
    assert lanes.spread([50, 50], 0, 100) == pytest.approx([48.5, 51.5])
    assert lanes.spread([100, 100], 0, 100) == pytest.approx([97, 100])


def test_what_has_no_room_is_counted() -> None:
    crowd = [site(i / 2, i) for i in range(1, 150)]
    towns = pd.DataFrame(
        {"corridor_id": "G4-forward-1", "km": np.arange(100.0), "name": [f"T{i}" for i in range(100)]}
    )
    page = sheet(tables([corridor()], crowd, [gap(80, 100, 1)]), places=towns)
    said = texts(page)
    named = sum(words.startswith("Area ") for words in said)
    towns_named = sum(bool(re.fullmatch(r"T\d+", words)) for words in said)
    left_out = next(words for words in said if words.startswith("For lack of room"))
    assert re.findall(r"\d+", left_out) == [str(149 - named), str(100 - towns_named)]
    assert named > 50 and towns_named > 10


def test_places_stand_along_the_road_without_collision() -> None:
    towns = pd.DataFrame({
        "corridor_id": ["G4-forward-1", "G4-forward-1", "G4-backward-1", "G9-forward-1"],
        "km": [50.0, 50.5, 75.0, 1.0], "name": ["Middle", "Hidden", "Quarter", "Elsewhere"],
    })  # fmt: skip
    found = {item.get_text(): item.get_position()[0] for item in sheet(BOTH, places=towns).axes.texts}
    assert found["Middle"] == pytest.approx(at(50)) and found["Quarter"] == pytest.approx(at(25))
    assert {"North", "South"} <= set(found) and not {"Hidden", "Elsewhere"} & set(found)


def test_a_road_without_sites_is_one_gap() -> None:
    page = sheet(tables([corridor(n_sites=0, n_piles=0, n_ultra_fast=0)], [], [gap(0, 100, 1)]))
    assert "No charging site in this direction" in texts(page)
    assert [box.get_width() for box in boxes(page, "gap-").values()] == [strips.RIGHT - strips.LEFT]
    assert "No rule was judged on this road." in texts(page)


def test_a_road_of_one_direction_has_one_lane() -> None:
    page = sheet(tables([corridor(direction="backward")], [site(20, of="G4-backward-1")]))
    assert set(boxes(page, "site-")) == {"site-backward-1-0"}
    bar = boxes(page, "site-")["site-backward-1-0"]
    assert bar.get_x() + bar.get_width() / 2 == pytest.approx(at(80))
    assert (page.width, page.height) == (297, 210)


def test_pieces_of_unlike_length_do_not_share_their_places() -> None:
    uneven = tables(
        [corridor(), corridor(direction="backward", km=60.0)], [site(10), site(6, of="G4-backward-1")]
    )
    bars = boxes(sheet(uneven), "site-")
    assert all(bar.get_height() > 0 for bar in bars.values()) and len(bars) == 2
    parts = tables([corridor(), corridor(corridor_id="G4-forward-2", part=2, km=30.0)])
    page = sheet(parts)
    assert page.height >= 210 and "Part 2" in texts(page)


def test_the_two_directions_of_a_part_share_their_places() -> None:
    """Two parts of both directions: a panel each, the lanes of a part beside each other."""
    rows = [
        {**corridor(direction=way, km=km), "corridor_id": f"G4-{way}-{part}", "part": part}
        for way in ("forward", "backward")
        for part, km in ((1, 100.0), (2, 40.0))
    ]
    together = [
        straight.together(pd.DataFrame(rows)[lambda t, n=n: t["part"] == n].to_dict("records"))
        for n in (1, 2)
    ]
    assert [[[row["corridor_id"] for row in panel] for panel in part] for part in together] == [
        [["G4-forward-1", "G4-backward-1"]],
        [["G4-forward-2", "G4-backward-2"]],
    ]


def test_what_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputFault, match=r"no corridor of road 'G5'.*it has: G4"):
        maps.strip_chart(tmp_path / "x.svg", *PLAIN, ref="G5", caption=CAPTION)
    with pytest.raises(OutputFault, match=r"not '\.jpg'"):
        maps.strip_chart(tmp_path / "x.jpg", *PLAIN, ref="G4", caption=CAPTION)
    assert not list(tmp_path.iterdir())


def test_the_tables_stay_as_they_are(tmp_path: Path) -> None:
    before = [table.copy() for table in BOTH]
    maps.strip_chart(tmp_path / "x.png", *BOTH, ref="G4", caption=CAPTION)
    for old, new in zip(before, BOTH, strict=True):
        pd.testing.assert_frame_equal(old, new)
