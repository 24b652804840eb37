"""Scenarios and sweeps into folders that are complete or not there, and several of them side by side."""

from __future__ import annotations

import json
import math
import os
import platform
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import asdict, replace
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from pathlib import Path
from shutil import copytree, rmtree
from threading import Thread
from typing import TYPE_CHECKING, Any

from chargegeo import labels, maps, schema, store, targets
from chargegeo.errors import ChargegeoError, Fault, OutputFault, StudyFault
from chargegeo.siting import scenarios as files
from chargegeo.study import outputs, scenarios, side_by_side, siting_world, stored
from chargegeo.study.config import load
from chargegeo.study.solving import silent, solve
from chargegeo.vocab import Level, SolveStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from chargegeo.siting.scenarios import Scenario
    from chargegeo.siting.worlds import World
    from chargegeo.study.scenarios import Planned
    from chargegeo.study.solving import Results, Step

_PACKAGES = ("chargegeo", "highspy", "numba", "numpy", "pandas", "pyarrow", "pyproj", "scipy", "shapely")


def site(
    path: str | Path, out: str | Path, *, step: Step = silent, scheduler: str | None = None
) -> list[Planned]:
    """Solve a scenario, or every scenario of a sweep, and put the results into a folder.

    A sweep is solved on all cores, or on a Dask cluster; what is done of it when it is stopped is kept beside the
    folder and taken up by the next run of the same question.

    Parameters
    ----------
    path
        The scenario file.
    out
        Folder; earlier results of ours in it are replaced as a whole.
    step
        See :func:`chargegeo.study.solve`.
    scheduler
        Address of a Dask scheduler for the scenarios of a sweep.

    Returns
    -------
    What became of each scenario; a scenario without a plan has no tables.

    Raises
    ------
    InputError, StudyFault, RegionFault
        If a file cannot be used; nothing is written.
    OutputFault
        If the folder cannot be written or holds other people's files; what was there stays.
    """
    path, out = Path(path), Path(out).resolve()
    given = files.scenario(path)
    asked = files.variants(given)
    if faults := scenarios.contradictions(*asked):
        raise StudyFault(*(replace(fault, file=str(path)) for fault in faults))
    if scheduler is not None and not given.sweep:
        raise StudyFault(Fault("scheduler_without_sweep", file=str(path), value=scheduler))
    if given.study is None:
        raise StudyFault(Fault("scenario_no_study", file=str(path), column="study"))
    study = load(given.study)
    inputs = [path, given.study, *study.files(), *(item.file for item in given.candidates.files)]
    if given.quotas is not None and given.quotas.target is not None:
        target = given.quotas.target
        inputs += [target, *targets.load(target).files()]
    for file in inputs:
        if file.resolve().is_relative_to(out):
            raise StudyFault(Fault("input_in_output", file=str(file), params={"out": str(out)}))
    results = solve(study, step=step)
    with step("world"):
        world, findings = siting_world.world(results, asked)
        by = [scenarios.shares(results, item) for item in asked]
    rests_on = [
        {"file": item.name, "sha256": store.sha256(item), "bytes": item.stat().st_size} for item in inputs
    ]
    if given.sweep:
        found = _sweep(out, asked, (world, by, results, rests_on), step=step, scheduler=scheduler)
        return [replace(item, findings=tuple(findings)) for item in found]
    with step("plan"):
        planned = replace(scenarios.plan(world, given, by[0], results.caption.lang), findings=tuple(findings))
    if planned.tables:
        more = scenarios.explain(world, planned, by[0], step=step)
        findings += scenarios.unexplained(more["scenario_limits"])
        planned = replace(planned, tables={**planned.tables, **more}, findings=tuple(findings))
    with store.atomic_folder(out) as folder, step("tables"):
        _write(planned, results, folder, rests_on)
    return [planned]


def caption(results: Results, asked: Scenario, counts: Mapping[str, Any]) -> schema.Caption:
    """What a scenario says of itself: the study's lines, with its own question as the definition."""
    lang, by_road = results.caption.lang, "reach" in results.tables

    def say(key: str, **values: object) -> str:
        return labels.text(f"scenario.{key}", lang, **values)

    reach = (
        say("reach.road", minutes=f"{asked.minutes:g}")
        if by_road
        else say("reach.straight", km=f"{asked.km:g}")
    )
    people = counts.get("people_per_gun")
    gun = say("gun.all") if people is None else say("gun.each", people=_a_gun(people))
    definition = say(
        "definition", name=asked.name, piles=f"{asked.target_piles:,}", rung=asked.rung or results.rule.headline,
        cover=say(f"cover.{asked.cover}"), must=say(f"must.{asked.must_cover}"), reach=reach, gun=gun,
        weight=say(f"weight.{asked.weight}"),
    )  # fmt: skip
    if asked.bays_assumed:
        definition = say("more", said=definition, more=say("bays_assumed", bays=asked.bays))
    if asked.years:
        each = labels.text("study.and", lang).join(
            say("year", year=item.year, piles=f"{item.target_piles:,}") for item in asked.years
        )
        definition = say("more", said=definition, more=say("years", years=each))
    return replace(results.caption, title=f"{results.caption.title} · {asked.name}", definition=definition)


def _a_gun(people: float) -> str:
    """People of a gun; a part of one, where something else is counted, is not told as none."""
    return f"{people:,.0f}" if people >= 100 else f"{people:,.3g}"


def _write(planned: Planned, results: Results, folder: Path, rests_on: list[dict[str, Any]]) -> None:
    """Tables, workbook, map and manifest of a scenario; tables and manifest alone where it has no plan."""
    from chargegeo import report

    side_by_side.write_tables(planned.tables, folder)
    if planned.tables:
        shown = caption(results, planned.scenario, planned.counts)
        # what is told first stands first: status, gap and cost with their bounds; where it lies is nobody's answer
        in_short = side_by_side.comparison([(planned.scenario.name, "", planned.counts)])
        told = {"scenario_comparison": in_short, **planned.tables}
        report.tables_workbook(folder / "scenario.xlsx", told, caption=shown)
        plan = shown_on_map(planned.scenario.name, planned.tables, shown.lang)
        maps.write(folder / "map.html", outputs.page(results, scenarios=[plan]))
    _manifest(planned, results.caption, folder, rests_on)


def shown_on_map(name: str, tables: Mapping[str, pd.DataFrame], lang: str) -> maps.Scenario:
    """A scenario as the map draws it."""
    words = {
        product: labels.word("siting.product", product, lang)
        for product in tables["site_piles"]["product"].unique()
    }
    areas = tables["scenario_areas"]
    whole = areas[areas["level"] == Level.PROVINCE].iloc[0]
    people = float(whole["served_before"]), float(whole["served_after"]), float(whole["people"])
    return maps.Scenario(
        name, tables["sites"], tables["site_piles"], tables["scenario_units"], words,
        labels.text("scenario.money", lang), tables.get("site_units"),
        people if all(math.isfinite(n) for n in people) else None,
    )  # fmt: skip


def question(scenario: Scenario) -> dict[str, Any]:
    """What a scenario asks, without the folders of its files."""
    told: dict[str, Any] = scenario.model_dump(mode="json", exclude={"study", "sweep"})
    for item in told["candidates"]["files"]:
        item["file"] = Path(item["file"]).name
    if told["quotas"] and told["quotas"]["target"]:
        told["quotas"]["target"] = Path(told["quotas"]["target"]).name
    return told


def _manifest(planned: Planned, study: schema.Caption, folder: Path, rests_on: list[dict[str, Any]]) -> None:
    """What a scenario rests on and came to. No time and no path of this machine: the same input, the same bytes."""
    made = sorted(item for item in folder.rglob("*") if item.is_file())
    store.write_json(
        {
            **_base(rests_on),
            "scenario": question(planned.scenario),
            "caption": asdict(study),
            "counts": dict(planned.counts),
            "method": planned.solution.method,
            "clash": [fault.text("en") for fault in planned.solution.clash],
            "findings": [item.fault.text("en") for item in planned.findings],
            "outputs": {item.relative_to(folder).as_posix(): store.sha256(item) for item in made},
        },
        folder / "manifest.json",
    )


def _base(rests_on: list[dict[str, Any]]) -> dict[str, Any]:
    # the scenario file itself is told by what it asks
    return {
        "chargegeo": version("chargegeo"),
        "inputs": rests_on[1:],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }


# ---- sweeps


def _sweep(
    out: Path, asked: Sequence[Scenario], start: tuple[World, Any, Results, list[dict[str, Any]]], *,
    step: Step, scheduler: str | None,
) -> list[Planned]:  # fmt: skip
    """Every scenario of a sweep: those that an earlier run finished are not solved again."""
    world, by, results, rests_on = start
    work = out.with_name(f".{out.name}.chargegeo_sweep")
    folders = [work / f"{number:04d}" for number in range(len(asked))]
    lang = results.caption.lang
    jobs = [
        (item, shares, lang, results.caption, str(folder), rests_on)
        for item, shares, folder in zip(asked, by, folders, strict=True)
        if not _done(item, folder, rests_on)
    ]
    with step("sweep"):
        for _ in _solved(world, jobs, scheduler):
            pass
    with store.atomic_folder(out) as folder, step("tables"):
        for source in folders:
            copytree(source, folder / "scenarios" / source.name)
        side_by_side.write(
            side_by_side.compared([folder / "scenarios" / item.name for item in folders]),
            folder,
            results.caption,
        )
        made = sorted(item for item in folder.rglob("*") if item.is_file())
        outputs = {item.relative_to(folder).as_posix(): store.sha256(item) for item in made}
        told = {**_base(rests_on), "sweep": [question(item) for item in asked], "outputs": outputs}
        store.write_json(told, folder / "manifest.json")
    rmtree(work)
    return [_read(out / "scenarios" / item.name, one) for item, one in zip(folders, asked, strict=True)]


def _done(scenario: Scenario, folder: Path, rests_on: list[dict[str, Any]]) -> bool:
    try:
        found = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    same = {**_base(rests_on), "scenario": question(scenario)}
    return bool({key: found.get(key) for key in same} == json.loads(json.dumps(same)))


ANSWERS = 10  # seconds for a cluster to answer
_WORLD: list[World] = []  # of a worker process, which solves many scenarios of one world


def _begin(world: World) -> None:
    _WORLD[:] = [world]
    # a run that is killed takes its workers with it: they would go on holding folders that the next run needs
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _solved(world: World, jobs: list[tuple[Any, ...]], scheduler: str | None) -> Iterator[object]:
    """Solve jobs, on a cluster or on all cores; each writes its own folder."""
    if scheduler is not None:
        yield from _on_cluster(world, jobs, scheduler)
    elif jobs:
        workers = min(os.cpu_count() or 1, len(jobs))
        try:
            with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (world,)) as pool:
                yield from pool.map(_job, jobs)
        except BrokenExecutor as error:
            raise OutputFault(Fault("sweep_worker_lost", params={"detail": str(error)})) from None


def _on_cluster(world: World, jobs: list[tuple[Any, ...]], scheduler: str) -> Iterator[object]:
    """The jobs on a Dask cluster; what each worker solves comes back as bytes and is written here."""
    try:
        from distributed import Client

        client: Any = Client(scheduler, timeout=ANSWERS)  # type: ignore[no-untyped-call]
    except (ImportError, OSError, ValueError) as error:
        raise StudyFault(Fault("scheduler_failed", value=scheduler, params={"detail": str(error)})) from None
    with client:
        shared = client.scatter(world, broadcast=True)
        tasks = [client.submit(scenarios.plan, shared, job[0], job[1], job[2], pure=False) for job in jobs]
        for task, job in zip(tasks, jobs, strict=True):
            _keep(_answer(task, scheduler), job)
            yield job


def _answer(task: Any, scheduler: str) -> Planned:
    """What a worker of a cluster solved; a cluster that is lost meanwhile is one clear error."""
    from distributed import CancelledError, KilledWorker

    try:
        found: Planned = task.result()
    except ChargegeoError:
        raise
    except (OSError, CancelledError, KilledWorker) as error:
        detail = str(error) or type(error).__name__
        raise StudyFault(Fault("scheduler_failed", value=scheduler, params={"detail": detail})) from None
    return found


def _job(job: tuple[Any, ...]) -> None:
    _keep(scenarios.plan(_WORLD[0], job[0], job[1], job[2]), job)


def _keep(planned: Planned, job: tuple[Any, ...]) -> None:
    """Write one scenario of a sweep, whole or not at all."""
    *_, shown, folder, rests_on = job
    with store.atomic_folder(folder) as part:
        side_by_side.write_tables(planned.tables, part)
        _manifest(planned, shown, part, rests_on)


def _read(folder: Path, scenario: Scenario) -> Planned:
    """A scenario of a sweep as it was written."""
    from chargegeo.siting.solution import no_plan

    told = stored.manifest(folder, "scenario", "no_scenario_result")
    names = sorted(item.stem for item in (folder / "tables").glob("*.parquet")) if told["counts"] else []
    tables = {name: store.read_table(folder / "tables" / f"{name}.parquet", name) for name in names}
    solution = no_plan(SolveStatus(told["counts"]["status"]), 0.0, told["method"])
    return scenarios.Planned(scenario, solution, tables, told["counts"])
