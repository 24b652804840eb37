"""Whether the entries of a scenario fit each other, before anything is known of its study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargegeo.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chargegeo.siting.scenarios import Scenario

NEW = ("kw", "guns", "bays", "cost", "current")  # what a product of one's own must say


def faults(given: Scenario) -> list[Fault]:
    """Every entry that makes no sense beside the others."""
    return [*_products(given), *_quotas(given), *_years(given), *_sweep(given)]


def _products(given: Scenario) -> Iterator[Fault]:
    from chargegeo.siting.inputs import products

    built_in = {item.name for item in products()}
    for name, offer in given.products.items():
        lacking = [key for key in NEW if getattr(offer, key) is None]
        if name not in built_in and lacking:
            yield Fault(
                "scenario_product_new", column=f"products.{name}", params={"keys": ", ".join(lacking)}
            )
    none_of = {name for name, offer in given.products.items() if offer.most == 0}
    sold = (built_in | set(given.products)) - none_of
    if not sold:
        yield Fault("scenario_product_none", column="products")
    for item in given.decided:
        if item.product not in sold:
            known = {"key": "decided", "known": ", ".join(sorted(sold))}
            yield Fault("entry_word", column="decided", value=item.product, params=known)


def _quotas(given: Scenario) -> Iterator[Fault]:
    quotas = given.quotas
    if quotas is not None:
        ways = [name for name in ("city", "target", "shares") if getattr(quotas, name) is not None]
        if len(ways) > 1:
            yield Fault("scenario_quota_ways", column="quotas", params={"keys": ", ".join(ways)})


def _years(given: Scenario) -> Iterator[Fault]:
    if not given.years:
        return
    years, piles = [item.year for item in given.years], sum(item.target_piles for item in given.years)
    if years != sorted(set(years)):
        yield Fault("scenario_years_order", column="years", value=", ".join(map(str, years)))
    if piles != given.target_piles:
        yield Fault("scenario_years_sum", column="years", params={"sum": piles, "piles": given.target_piles})
    if wrong := _whole_limits(given):
        yield Fault("scenario_years_limits", column="years", params={"keys": ", ".join(wrong)})


def _whole_limits(given: Scenario) -> list[str]:
    """Limits of all years together, which plans of one year after the other cannot keep."""
    wrong = [
        name for name in ("max_sites", "max_piles_per_site", "budget") if getattr(given, name) is not None
    ]
    if any(item.least is not None or item.most for item in given.products.values()):
        wrong.append("products")
    if given.quotas is not None:
        wrong += [f"quotas.{name}" for name in ("city", "county") if getattr(given.quotas, name) is not None]
    return wrong


def _sweep(given: Scenario) -> Iterator[Fault]:
    for key, values in given.sweep.items():
        if not values:
            yield Fault("scenario_sweep_empty", column=f"sweep.{key}")
