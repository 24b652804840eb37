"""WHAT IS HANDED ON: the workbook and the GeoPackage.

In come our tables and a caption, out come an XLSX whose text is text and a GeoPackage that opens styled, each
with its definition, denominators, source, date and marks. This room never computes a figure and never changes
a table.
"""

from chargegeo.report.layers import geopackage
from chargegeo.report.sheets import definition_rows, workbook

__all__ = ["definition_rows", "geopackage", "workbook"]
