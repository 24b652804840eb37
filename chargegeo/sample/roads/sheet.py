"""Nodes and ways on their way into a file: arrays first, one loop at the end."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from chargegeo.sample.roads.lines import Floats, Ints
from chargegeo.store import atomic

Tags = dict[str, str]
SOURCE: Tags = {"source": "synthetic"}
GENERATOR = "chargegeo sample: synthetic, no real road"


class Sheet:
    """Collects nodes (metres) and ways over them; ids run from 1 in the order of collecting."""

    def __init__(self) -> None:
        self._blocks: list[Floats] = []
        self._n_nodes = 0
        self._tags: dict[int, Tags] = {}
        self.ways: list[tuple[Ints, Tags]] = []

    def nodes(self, xy: Floats, tags: Tags | None = None) -> Ints:
        """Add nodes, all with the same tags, and give their ids."""
        ids = np.arange(self._n_nodes + 1, self._n_nodes + 1 + len(xy), dtype=np.int64)
        self._blocks.append(np.asarray(xy, dtype=np.float64))
        self._n_nodes += len(xy)
        if tags is not None:
            for number in ids.tolist():
                self._tags[number] = tags
        return ids

    def tag(self, node: int, tags: Tags) -> None:
        """Tag a node that is there."""
        self._tags[node] = {**self._tags.get(node, {}), **tags}

    def way(self, nodes: Iterable[int], tags: Tags) -> int:
        """Add a way and give its id."""
        self.ways.append((np.asarray(nodes, dtype=np.int64), {**tags, **SOURCE}))
        return len(self.ways)

    def links(self, columns: list[Ints], tags: Tags) -> list[int]:
        """Add a way for each row of node ids; a column is one vertex of all of them."""
        return [self.way(row, tags) for row in np.stack(columns, axis=1)]

    def places(self, nodes: Ints) -> Floats:
        """Where nodes lie (metres)."""
        return np.concatenate(self._blocks)[nodes - 1]

    def write(self, path: Path, crs: str) -> dict[str, int]:
        """Write as OpenStreetMap PBF what a way uses or a tag marks, and say how much that was.

        Coordinates are written in degrees; the header says that all of it is synthetic and holds no time.
        """
        import osmium
        from osmium.osm import mutable
        from pyproj import Transformer

        lon, lat = Transformer.from_crs(crs, "EPSG:4490", always_xy=True).transform(
            *np.concatenate(self._blocks).T
        )
        used = np.zeros(self._n_nodes + 1, dtype=bool)
        over = np.concatenate([nodes for nodes, _ in self.ways])
        used[over[over <= self._n_nodes]] = True
        used[list(self._tags)] = True
        ids = np.flatnonzero(used)
        header = osmium.io.Header()
        header.set("generator", GENERATOR)
        header.set("sorting", "Type_then_ID")
        with atomic(path) as part:
            writer = osmium.SimpleWriter(osmium.io.File(str(part), "osm.pbf"), header=header)
            try:
                places = zip(ids.tolist(), lon[ids - 1].tolist(), lat[ids - 1].tolist(), strict=True)
                for number, x, y in places:
                    tags = self._tags.get(number)
                    if tags is None:
                        writer.add_node(mutable.Node(id=number, location=(x, y)))
                    else:
                        writer.add_node(mutable.Node(id=number, location=(x, y), tags=tags))
                for number, (nodes, tags) in enumerate(self.ways, start=1):
                    writer.add_way(mutable.Way(id=number, nodes=nodes.tolist(), tags=tags))
            finally:
                writer.close()
        return {"nodes": len(ids), "ways": len(self.ways)}
