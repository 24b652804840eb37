"""Roads of other people's files.

In comes the path of an OpenStreetMap extract, of a GraphML of osmnx or networkx, or of a file of road lines;
out goes :class:`chargegeo.sources.ways.raw.RawRoads`, nodes and ways as found. Nothing is judged or repaired
here, and no address is asked but by :mod:`chargegeo.sources.ways.overpass`.
"""
