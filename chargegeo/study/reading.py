"""Files of a study, under the names that results may state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chargegeo import sources

if TYPE_CHECKING:
    from chargegeo.sources import RawTable
    from chargegeo.study.config import Study, _File


def read(section: _File, study: Study) -> RawTable:
    """The file of a section, under the name that results may state."""
    raw = sources.read(section.file, sheet=section.sheet, layer=section.layer)
    return _named(raw, study.shown(section.file))


def _named(raw: RawTable, name: str) -> RawTable:
    findings = tuple(replace(item, fault=replace(item.fault, file=name)) for item in raw.findings)
    parts = {key: _named(part, name) for key, part in raw.parts.items()}
    return replace(raw, file=name, findings=findings, parts=parts)
