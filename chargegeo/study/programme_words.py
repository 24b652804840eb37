"""A year's target in words: rules of the definition sheet, lines of the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo import labels, schema
from chargegeo.errors import shorten
from chargegeo.study.programme_checking import figure_findings

if TYPE_CHECKING:
    from pathlib import Path

    from chargegeo.study.programmes import Judged
    from chargegeo.targets import Programme


def caption(judged: Judged, path: Path) -> schema.Caption:
    """What stands on every sheet of the workbook of a target alone."""
    about = judged.programme.target
    lang = about.lang
    files = [path.name, *(file.name for file in judged.programme.files())]
    if isinstance(about.ledger, str):
        files.append(labels.text("programme.built_in", lang, name=about.ledger))
    return schema.Caption(
        title=about.title or labels.text("programme.title", lang, year=about.year), author=about.author,
        date=str(about.year) if about.as_of is None else about.as_of.isoformat(), source=", ".join(files), datum="",
        definition=labels.text("programme.note.method", lang), denominator="", synthetic=about.synthetic, lang=lang,
        mapped=False,
    )  # fmt: skip


def notes(judged: Judged, lang: str) -> list[tuple[str, str]]:
    """Lines of the definition sheet: what is asked, and by which rules it was judged."""
    programme, tables = judged.programme, judged.tables
    found = [*_asked(programme, lang), _line("method", lang)]
    if "progress" in tables:
        found += [*_milestones(programme, lang), *_judging(programme, lang), _line("projection", lang)]
    if "ranking" in tables:
        found.append(_line("ranking", lang, weights=_weights(programme.ranking, lang)))
    if "contradictions" in tables:
        found.append(_line("ledger", lang))
    return found


def _line(name: str, lang: str, **values: object) -> tuple[str, str]:
    return (
        labels.text(f"programme.label.{name}", lang), labels.text(f"programme.note.{name}", lang, **values)
    )  # fmt: skip


def _asked(programme: Programme, lang: str) -> list[tuple[str, str]]:
    about = programme.target
    found = [_line("total", lang, year=about.year, total=f"{about.total:,}")]
    found.append(_line("shares", lang, weights=_weights(programme.shares, lang)))
    bounds = (("floors", programme.floors), ("caps", programme.caps), ("carry", programme.carry))
    return found + [
        (
            labels.text(f"programme.label.{name}", lang),
            ", ".join(f"{code} {n:,}" for code, n in sorted(given.items())),
        )
        for name, given in bounds
        if given
    ]


def _weights(weights: dict[str, float], lang: str) -> str:
    """Weights relative to their sum, by what they weigh."""
    whole = sum(weights.values())
    return ", ".join(
        f"{labels.word('programme.share', name, lang)} {weight:g}/{whole:g}"
        for name, weight in weights.items()
    )


def _milestones(programme: Programme, lang: str) -> list[tuple[str, str]]:
    return [
        _line("milestone", lang, id=item.id, state=labels.word("buildstate", item.state, lang),
              percent=f"{100 * float(item.share):g}", by=item.by)
        for item in sorted(programme.milestones, key=lambda item: (item.by, item.id))
    ]  # fmt: skip


def _judging(programme: Programme, lang: str) -> list[tuple[str, str]]:
    rules = programme.reporting
    every = labels.text(f"programme.every.{rules.every}", lang)
    return [
        _line("as_of", lang, day=programme.target.as_of),
        _line("reporting", lang, every=every, days=rules.grace_days),
        _line("lights", lang, percent=f"{100 * float(rules.amber):g}"),
    ]


def summary(judged: Judged, lang: str, *, remarks: bool) -> list[tuple[str, str]]:
    """What is told on the screen: the split, then what returns and figures say, with or without each remark."""
    tables, programme = judged.tables, judged.programme
    top = tables["quotas"][tables["quotas"]["parent_code"].isna()]
    rows = [
        (
            labels.text("programme.sum.quotas", lang, year=programme.target.year),
            labels.text(
                "programme.sum.split", lang, total=f"{programme.target.total:,}", n=len(top),
                quota=f"{top['quota'].sum():,}", rounded=f"{top['rounded'].sum():,}",
            ),
        )
    ]  # fmt: skip
    if "progress" in tables:
        rows += _progress_rows(judged, lang)
    if "contradictions" in tables:
        rows += _figure_rows(judged, lang)[: None if remarks else 1]
    return rows


def _progress_rows(judged: Judged, lang: str) -> list[tuple[str, str]]:
    tables = judged.tables
    rows = []
    for (by, name), part in tables["progress"].groupby(["by", "milestone"]):
        n = part["light"].value_counts()
        told = ", ".join(
            f"{labels.word('light', light, lang)} {n[light]}"
            for light in ("green", "amber", "red", "grey")
            if light in n
        )
        state = labels.word("buildstate", part["state"].iloc[0], lang)
        rows.append((
            labels.text("programme.sum.milestone", lang, name=shorten(name), state=state, by=f"{by:%Y-%m-%d}"),
            labels.text("programme.sum.lights", lang, told=told, count=f"{part['count'].sum():,}",
                        due=f"{part['due'].sum():,}"),
        ))  # fmt: skip
    kinds = tables["late_returns"]["kind"].value_counts()
    rows.append((
        labels.text("programme.sum.returns", lang, day=judged.programme.target.as_of),
        labels.text("programme.sum.late", lang, late=kinds.get("late", 0), missing=kinds.get("missing", 0),
                    n=len(tables["progress_contradictions"])),
    ))  # fmt: skip
    return rows


def _figure_rows(judged: Judged, lang: str) -> list[tuple[str, str]]:
    found = [item.fault for item in figure_findings(judged.tables, "")]
    rows = [
        (
            labels.text("programme.sum.figures", lang),
            labels.text("programme.sum.contradictions", lang, n=len(found)),
        )
    ]
    return rows + [("", item.text(lang)) for item in found]
