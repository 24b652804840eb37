"""Whether a scenario can be answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chargegeo.siting import asking, naming, planning
from chargegeo.siting import scenarios as files
from chargegeo.study import scenarios, siting_world
from chargegeo.study.config import load
from chargegeo.study.solving import solve

if TYPE_CHECKING:
    from chargegeo.errors import Fault, Finding


def scenario(path: str | Path) -> tuple[tuple[Finding, ...], list[Fault]]:
    """What was found, and what cannot hold together; a scenario without a study is only held against itself.

    Raises
    ------
    InputError, StudyFault
        If the scenario or a file that it names cannot be used.
    """
    given = files.scenario(path)
    asked = files.variants(given)
    clash = scenarios.contradictions(*asked)
    if clash or given.study is None:
        return (), [replace(fault, file=str(path)) for fault in clash]
    results = solve(load(given.study))
    world, findings = siting_world.world(results, asked)
    for item in asked:
        by = scenarios.shares(results, item)
        question = asking.ask(world, item, quotas=scenarios.quota(item, by, item.target_piles))
        parts = planning.clashes(
            question.candidates, question.demand, question.limits, products=question.products,
            time_limit=item.time_limit,
        )  # fmt: skip
        clash += [replace(fault, file=str(path)) for fault in naming.told(parts, world, question)]
    return tuple(findings), scenarios.once(clash)
