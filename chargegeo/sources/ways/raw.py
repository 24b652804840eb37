"""What every reader of roads gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chargegeo import errors

if TYPE_CHECKING:
    import numpy

    from chargegeo.sources.raw import RawTable

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Words:
    """One tag of all ways: ``words[codes[i]]`` is its text at way ``i``, and a code of -1 says there is none."""

    codes: "Array"
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class RawRoads:
    """Roads as one file holds them: nodes, ways over nodes, and tags as text. Nothing is judged or repaired.

    Parameters
    ----------
    file
        The file as the user wrote it.
    kind
        Format by content: pbf, osm, graphml, lines, overpass.
    node_id
        int64 (n): id of each node that a way uses and the file holds, ascending.
    lon, lat
        float64 (n): degrees in the file's datum.
    way_id
        int64 (w): id of each way, in the order of the file.
    start
        int64 (w + 1): the vertices of way ``i`` are ``nodes[start[i]:start[i + 1]]``.
    nodes
        int32: position in ``node_id`` of each vertex; -1 where the file does not hold the node.
    tags
        Tags of the ways by key: highway, ref, oneway, maxspeed, junction, access, motor_vehicle, ..., each
        present in the mapping if any way has it.
    node_tags
        Tags of nodes that stop or slow a vehicle, by key (barrier, access, motor_vehicle): positions in
        ``node_id`` (int32) and the texts, one each.
    metres
        float64 (w): length that the file states for each way, NaN or None where it states none.
    datum
        Datum that the format prescribes (a word of :class:`chargegeo.vocab.Datum`), None where it has none.
    parts
        Other things of the same pass as raw tables: ``stations`` (charging stations), ``service_areas``,
        ``seats`` (places), ``boundaries``.
    findings
        Warnings of reading, such as ways over nodes that are not in the file.
    """

    file: str
    kind: str
    node_id: "Array"
    lon: "Array"
    lat: "Array"
    way_id: "Array"
    start: "Array"
    nodes: "Array"
    tags: Mapping[str, Words]
    node_tags: "Mapping[str, tuple[Array, tuple[str, ...]]]" = field(default_factory=dict)
    metres: "Array | None" = None
    datum: str | None = None
    parts: "Mapping[str, RawTable]" = field(default_factory=dict)
    findings: tuple[errors.Finding, ...] = ()
