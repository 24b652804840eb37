"""Roads from an Overpass service, through osmnx: the only part of the package that asks an address."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chargegeo.errors import Fault, FormatFault, shorten
from chargegeo.sources.ways.graphml import KEYS, NODE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLASSES = "motorway|trunk|primary|secondary|tertiary"
OTHERS = "unclassified|residential|living_street|service|track|road"
FILTERS = [f'["highway"~"^(({CLASSES})(_link)?|{OTHERS})$"]["area"!~"yes"]', '["route"="ferry"]']
"""What is asked for, in the language of Overpass."""


def download(bounds: tuple[float, float, float, float], folder: Path) -> Path:
    """Ask for the roads inside bounds and keep them as ``roads.graphml`` in a folder.

    Raises
    ------
    FormatFault
        If there is no answer, or none with roads.
    """
    import osmnx

    folder.mkdir(parents=True, exist_ok=True)
    with _settings(folder / "answers"):
        try:
            graph = osmnx.graph_from_bbox(
                bounds, custom_filter=FILTERS, simplify=False, retain_all=True, truncate_by_edge=True
            )
        # whatever a connection or a service can do wrong
        except (OSError, ValueError, KeyError, osmnx._errors.InsufficientResponseError) as error:
            reason = shorten(f"{type(error).__name__}: {error}", 200)
            raise FormatFault(Fault("overpass_failed", params={"reason": reason})) from error
    place = folder / "roads.graphml"
    osmnx.save_graphml(graph, place)
    return place


@contextmanager
def _settings(folder: Path) -> Iterator[None]:
    """Settings of osmnx for one download; afterwards they are as they were."""
    import osmnx

    ours: dict[str, Any] = {
        "use_cache": True,
        "cache_folder": str(folder),
        # else names are looked up at a fixed address abroad
        "doh_url_template": None,
        "useful_tags_way": sorted({*KEYS, "oneway"}),
        "useful_tags_node": sorted(NODE_KEYS),
    }
    before = {name: getattr(osmnx.settings, name) for name in ours}
    try:
        for name, value in ours.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
