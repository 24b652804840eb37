"""LOAD: other people's files into raw tables and raw roads.

In comes the path of one file (CSV, XLSX, GeoJSON, GeoPackage, FlatGeobuf, zipped shapefile, Parquet, KML, an
exchange format of charging networks), told by its content; out goes a :class:`RawTable` of texts as found, with
shapes and coordinate reference where the file has them, and the line of each record. This room never changes a
value, never guesses a coordinate reference, and never opens another file than the one named; only
:func:`download_roads` asks an address.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from chargegeo import errors
from chargegeo.sources.opening import regular
from chargegeo.sources.raw import MAX_BYTES, RawTable, Source, too_long
from chargegeo.sources.ways.raw import RawRoads
from chargegeo.vocab import PlaceKind, Severity

__all__ = ["RawRoads", "RawTable", "download_roads", "read", "read_places", "read_roads"]


def read(path: str | Path, *, sheet: str | None = None, layer: str | None = None) -> RawTable:
    """One table of one file.

    Parameters
    ----------
    path
        The file, as the user wrote it.
    sheet
        Sheet of a workbook; needed where several have cells.
    layer
        Layer of a GeoPackage, or shapefile of an archive with several.

    Returns
    -------
    RawTable
        At least one record.

    Raises
    ------
    MissingFile
        If there is no such file.
    FormatFault
        If it is empty, cut off, damaged, unsafe, too large or of a format not read here; never another error,
        whatever the bytes are.
    CrsFault
        If a GeoJSON names a coordinate reference that nobody knows.
    """
    source = Source(_shown(path), _bytes(path))
    try:
        return _read(source, sheet=sheet, layer=layer)
    except (errors.ChargegeoError, KeyboardInterrupt, SystemExit, GeneratorExit, ImportError):
        raise
    except MemoryError:
        raise source.refuse("too_large", params={"limit": MAX_BYTES // 1_000_000}) from None
    # a panic of a native reader derives from BaseException alone
    except BaseException as error:
        reason = errors.shorten(f"{type(error).__name__}: {error}")
        raise source.refuse("unreadable", params={"reason": reason}) from error


def read_roads(
    path: str | Path,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    crossings: bool = False,
) -> RawRoads:
    """Roads of one file.

    Parameters
    ----------
    path
        An OpenStreetMap extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``), a GraphML, or a file of
        road lines that :func:`chargegeo.sources.read` knows. What it is, its content says.
    layer
        Layer of road lines, where the file has several.
    columns
        Headers of road lines by what they mean, as in ``{"highway": "class", "ref": "number"}``; usual headers
        are known without.
    crossings
        Whether road lines that cross also meet there, unless columns of the file (layer, bridge, tunnel) put
        them on different levels; without it lines meet only where they share a point.

    Returns
    -------
    RawRoads
        At least one way.

    Raises
    ------
    MissingFile
        If there is no such file.
    FormatFault
        If it is empty, cut off, damaged, unsafe or of a format not read here.
    SchemaFault
        If it holds no road, a header that was named is not there, or an option is given that says nothing of
        a file of this kind.
    CrsFault
        If road lines or a graph state no coordinate reference, or one that their numbers contradict.
    """
    place = regular(path)
    source = Source(_shown(path), b"")
    with _only_ours(source):
        return _roads(source, place, layer=layer, columns=columns or {}, crossings=crossings)


def read_places(path: str | Path, kinds: Collection[PlaceKind | str] = tuple(PlaceKind)) -> RawTable:
    """Places of an OpenStreetMap file that may be candidate sites, as points.

    Parameters
    ----------
    path
        An extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``); its content says which.
    kinds
        Words of :class:`~chargegeo.vocab.PlaceKind`. *parking*: ``amenity=parking``, unless ``access`` keeps the
        public out, which a warning counts. *service*: ``amenity=fuel``, ``highway=services`` and ``rest_area``.
        *scenic*: ``tourism=attraction``, ``theme_park``, ``museum``, ``viewpoint``, and ``leisure=park``.
        *residential*: ``landuse=residential`` that has a name.

    Returns
    -------
    RawTable
        At least one record, nodes before ways before relations: ``id`` (``way/12``), ``name``, ``kind`` (of several
        the first in the order of the closed list), ``capacity`` as tagged; a point on or inside each, in WGS-84,
        None (with a warning) where the file does not hold the outline. :func:`chargegeo.clean.candidates` takes it.

    Raises
    ------
    MissingFile
        If there is no such file.
    FormatFault
        If it is no OpenStreetMap file, cut off, damaged, unsafe, or a history.
    SchemaFault
        If a kind is unknown, or the file holds no place of these kinds.
    """
    place = regular(path)
    source = Source(_shown(path), b"")
    with _only_ours(source):
        from chargegeo.sources.ways import guard

        form = guard.form(source, place)
        if form not in guard.OSM_FORMS:
            raise source.refuse("places_not_osm")
        deletions = guard.check(source, place, form)
        from chargegeo.sources.ways import amenities

        return amenities.read(source, place, form, kinds, deletions=deletions)


@contextmanager
def _only_ours(source: Source) -> Iterator[None]:
    """Make of whatever else a reader raises one fault of the file."""
    try:
        yield
    except (errors.ChargegeoError, KeyboardInterrupt, SystemExit, GeneratorExit, ImportError):
        raise
    except BaseException as error:
        reason = errors.shorten(f"{type(error).__name__}: {error}")
        raise source.refuse("unreadable", params={"reason": reason}) from error


def _roads(
    source: Source, place: Path, *, layer: str | None, columns: Mapping[str, str], crossings: bool
) -> RawRoads:
    from chargegeo.sources.ways import guard

    form = guard.form(source, place)
    if form == "lines":
        from chargegeo.sources.ways import lines

        return lines.roads(read(place, layer=layer), columns=columns, crossings=crossings)
    given = {"layer": layer is not None, "columns": bool(columns), "crossings": crossings}
    if any(given.values()):
        params: dict[str, object] = {"kind": {"graphml": "GraphML"}.get(form, "OpenStreetMap")}
        idle = [source.fault("road_option", value=name, params=params) for name in given if given[name]]
        raise errors.SchemaFault(*idle)
    deletions = guard.check(source, place, form)
    if form == "graphml":
        from chargegeo.sources.ways import graphml

        return graphml.read(source, place)
    from chargegeo.sources.ways import osm

    return osm.read(source, place, form, deletions=deletions)


def download_roads(bounds: tuple[float, float, float, float], *, folder: str | Path) -> RawRoads:
    """Roads inside bounds from an Overpass service, for users with a network; a province is too large for it.

    Parameters
    ----------
    bounds
        West, south, east, north in WGS-84 degrees.
    folder
        Where the answers are kept, so that the same bounds are not asked for twice, and ``roads.graphml``,
        which :func:`read_roads` reads without a network. It is made if it is not there.

    Returns
    -------
    RawRoads
        Of the kind ``overpass``: each direction of a road is a way of its own.

    Raises
    ------
    FormatFault
        If the service does not answer, or has no road there.

    Notes
    -----
    The service is the one of ``osmnx.settings``; its other settings are as before when this is done.
    """
    from chargegeo.sources.ways import overpass

    graph = overpass.download(bounds, Path(folder))
    return replace(read_roads(graph), kind="overpass")


def _shown(path: str | Path) -> str:
    """A name for messages; one that is no text (bytes of another encoding) is shown by its escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _read(source: Source, *, sheet: str | None, layer: str | None) -> RawTable:
    from chargegeo.sources import exchange, sniff

    found = sniff.kind(source)
    table = _reader(found)(source, sheet=sheet, layer=layer)
    if found == "csv":
        table = exchange.adapt(source, table)
    faults = [fault for each in (table, *table.parts.values()) for fault in too_long(source, each)]
    if faults:
        raise errors.FormatFault(*faults)
    if sniff.other_name(source, found):
        note = source.finding(Severity.WARNING, "other_name", n_rows=len(table.frame), params={"kind": found})
        table = replace(table, findings=(note, *table.findings))
    return table


def _reader(kind: str) -> Callable[..., RawTable]:
    from chargegeo.sources import columns, features, kml, layers, sheet, text

    return {
        "csv": text.read,
        "xlsx": sheet.read,
        "geojson": features.read,
        "parquet": columns.read,
        "gpkg": layers.geopackage,
        "fgb": layers.flatgeobuf,
        "shp": layers.shapefile_zip,
        "kml": kml.read,
    }[kind]


def _bytes(path: str | Path) -> bytes:
    """Content of a regular file, its whole size checked before it is read."""
    place = regular(path)
    try:
        if place.stat().st_size > MAX_BYTES:
            limit = {"limit": MAX_BYTES // 1_000_000}
            raise errors.FormatFault(errors.Fault("too_large", file=str(path), params=limit))
        return place.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise errors.FormatFault(
            errors.Fault("unreadable", file=str(path), params={"reason": reason})
        ) from None
