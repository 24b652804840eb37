"""WHERE TO BUILD NEXT: sites chosen so that few of them serve many, with a proof of how good the choice is.

In come who can be served from where (a sparse relation of demand and sites) and weights; out comes a
:class:`Solution`: the sites, the objective and a bound that no other choice can pass. Every plan is counted anew by
an independent function before it is returned; this room never measures a road and never judges coverage.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargegeo.siting.capacity import capacitated_cover as capacitated_cover
    from chargegeo.siting.cover_models import gradual_cover as gradual_cover
    from chargegeo.siting.cover_models import maximal_cover as maximal_cover
    from chargegeo.siting.cover_models import set_cover as set_cover
    from chargegeo.siting.farthest import p_center as p_center
    from chargegeo.siting.flows import Flows as Flows
    from chargegeo.siting.flows import refuelled as refuelled
    from chargegeo.siting.flows import refuelling as refuelling
    from chargegeo.siting.inputs import Candidates as Candidates
    from chargegeo.siting.inputs import Demand as Demand
    from chargegeo.siting.inputs import Limits as Limits
    from chargegeo.siting.inputs import Product as Product
    from chargegeo.siting.inputs import products as products
    from chargegeo.siting.median import p_median as p_median
    from chargegeo.siting.planning import plan as plan
    from chargegeo.siting.reaching import from_pairs as from_pairs
    from chargegeo.siting.reaching import within_reach as within_reach
    from chargegeo.siting.solution import Solution as Solution
    from chargegeo.siting.verify import recheck as recheck
    from chargegeo.siting.worth import marginal_values as marginal_values
    from chargegeo.siting.years import plan_years as plan_years

# opened when first asked for: kernels and solvers load late
_AT = {
    "Solution": "solution",
    "Candidates": "inputs",
    "Demand": "inputs",
    "Flows": "flows",
    "Limits": "inputs",
    "Product": "inputs",
    "marginal_values": "worth",
    "p_center": "farthest",
    "p_median": "median",
    "plan": "planning",
    "plan_years": "years",
    "products": "inputs",
    "refuelled": "flows",
    "refuelling": "flows",
    "capacitated_cover": "capacity",
    "from_pairs": "reaching",
    "gradual_cover": "cover_models",
    "maximal_cover": "cover_models",
    "recheck": "verify",
    "set_cover": "cover_models",
    "within_reach": "reaching",
}

__all__ = [
    "Candidates",
    "Demand",
    "Flows",
    "Limits",
    "Product",
    "Solution",
    "capacitated_cover",
    "from_pairs",
    "gradual_cover",
    "marginal_values",
    "maximal_cover",
    "p_center",
    "p_median",
    "plan",
    "plan_years",
    "products",
    "recheck",
    "refuelled",
    "refuelling",
    "set_cover",
    "within_reach",
]


def __getattr__(name: str) -> object:
    if name not in _AT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_AT[name]}"), name)


def __dir__() -> list[str]:
    return __all__
