"""WHAT IS HANDED ON: the workbook, the briefing, the GeoPackage, and the report of a check.

In come our tables and a caption, out come an XLSX whose text is text, a paper of a few pages as PDF or DOCX and a
GeoPackage that opens styled, each with its definition, denominators, source, date and marks; or a raw table and
what was found in it, and out comes an XLSX of its own rows with the cells at fault marked. This room never judges a
unit and never changes a table.
"""

from chargegeo.report.definition import definition_rows
from chargegeo.report.index import Entry, Headline, headlines, index_page
from chargegeo.report.layers import geopackage
from chargegeo.report.marked import check_target, check_workbook, joined
from chargegeo.report.paper import briefing
from chargegeo.report.publishing import public
from chargegeo.report.sheets import tables_workbook, workbook

__all__ = [
    "Entry",
    "Headline",
    "briefing",
    "check_target",
    "check_workbook",
    "definition_rows",
    "geopackage",
    "headlines",
    "index_page",
    "joined",
    "public",
    "tables_workbook",
    "workbook",
]
