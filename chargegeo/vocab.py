"""Closed word lists of the field.

Every word that a table, rule or option may hold stands here once, as a ``StrEnum``: the members are plain
text in a table and an error for a wrong word can list the right ones. What people read for a word stands in
:mod:`chargegeo.labels`; this room never holds a label.
"""

from enum import StrEnum


class Datum(StrEnum):
    """Coordinate reference of raw longitude and latitude."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class UnitKind(StrEnum):
    """What is to be covered."""

    TOWNSHIP = "township"
    COUNTY = "county"
    ZONE = "zone"


class TownKind(StrEnum):
    """Kind of a township-level unit: town (zhen), township (xiang), subdistrict (jiedao), other."""

    TOWN = "town"
    TOWNSHIP = "township"
    SUBDISTRICT = "subdistrict"
    OTHER = "other"


class CountUnit(StrEnum):
    """What a number counts. Never added across."""

    STATION = "station"
    PILE = "pile"
    GUN = "gun"
    BAY = "bay"
    SIDE = "side"


class Access(StrEnum):
    """Who may charge: only ``public`` counts for the programme."""

    PUBLIC = "public"
    DEDICATED = "dedicated"
    PRIVATE = "private"


class Status(StrEnum):
    """State of operation (T/CEC 102 StationStatus; 0 unknown is null)."""

    CONSTRUCTION = "construction"
    CLOSED = "closed"
    MAINTENANCE = "maintenance"
    IN_SERVICE = "in_service"


class Current(StrEnum):
    """Kind of a pile (T/CEC 102 EquipmentType)."""

    DC = "dc"
    AC = "ac"
    ACDC = "acdc"
    WIRELESS = "wireless"
    OTHER = "other"


class Scene(StrEnum):
    """Kind of place (T/CEC 102 Construction and its provincial additions)."""

    RESIDENTIAL = "residential"
    PUBLIC_INSTITUTION = "public_institution"
    ENTERPRISE = "enterprise"
    OFFICE = "office"
    INDUSTRIAL_PARK = "industrial_park"
    TRANSPORT_HUB = "transport_hub"
    CULTURE_SPORT = "culture_sport"
    GREEN_SPACE = "green_space"
    BUILDING_PARKING = "building_parking"
    ROADSIDE = "roadside"
    EXPRESSWAY = "expressway"
    SCENIC_AREA = "scenic_area"
    BUS_DEPOT = "bus_depot"
    FUEL_STATION = "fuel_station"
    TAXI = "taxi"
    ORDINARY_ROAD = "ordinary_road"
    TOWNSHIP = "township"
    OTHER = "other"


class RoadClass(StrEnum):
    """Class of a road: by its number (expressway to village road), else by what the map says it is."""

    EXPRESSWAY = "expressway"
    RAMP = "ramp"
    NATIONAL = "national"
    PROVINCIAL = "provincial"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    TRUNK = "trunk"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"
    UNCLASSIFIED = "unclassified"
    RESIDENTIAL = "residential"
    SERVICE = "service"
    TRACK = "track"
    FERRY = "ferry"


class Purpose(StrEnum):
    """Whose way onto the network is sought: it decides which roads may be entered."""

    SEAT = "seat"
    STATION = "station"
    SERVICE_AREA = "service_area"


class Direction(StrEnum):
    """Direction of travel along a numbered road: chainage increases (forward) or decreases (backward)."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Certainty(StrEnum):
    """How sure a judgement is."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


class Snap(StrEnum):
    """Whether a place was put on a road, or why not."""

    SNAPPED = "snapped"
    BEYOND_LIMIT = "beyond_limit"
    DOUBTFUL_SIDE = "doubtful_side"
    NO_ROAD = "no_road"
    NO_POSITION = "no_position"


class Boundary(StrEnum):
    """State of a unit's boundary."""

    GIVEN = "given"
    REPAIRED = "repaired"
    APPROXIMATE = "approximate"
    MISSING = "missing"


class State(StrEnum):
    """Answer of a rule: an unknown fact that alone decides gives ``unknown``, never ``uncovered``."""

    COVERED = "covered"
    UNCOVERED = "uncovered"
    UNKNOWN = "unknown"


class BaseMap(StrEnum):
    """Whose pictures may lie under the interactive map, once whoever looks at it switches them on."""

    NONE = "none"
    TIANDITU = "tianditu"
    AMAP = "amap"
    OSM = "osm"


class Fact(StrEnum):
    """The facts that rules ask for."""

    SITE = "site"
    SET_ASIDE = "set_aside"
    BOUNDARY = "boundary"
    ACCESS = "access"
    STATUS = "status"
    CURRENT = "current"
    POWER_KW = "power_kw"
    AVAILABILITY = "availability"
    SEAT_KM = "seat_km"
    SEAT_MINUTES = "seat_minutes"
    STATION_PILES = "station_piles"
    STATION_DC_PILES = "station_dc_piles"


class Verdict(StrEnum):
    """Whether a corridor rule is met on a stretch or at a site."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class RuleFact(StrEnum):
    """What a corridor rule asks for."""

    SPACING = "spacing"
    TOTAL_KW = "total_kw"
    PILES = "piles"
    GUNS = "guns"
    BAY_SHARE = "bay_share"
    UTILISATION = "utilisation"


class SideCoverage(StrEnum):
    """How the two sides of a service area are served."""

    BOTH = "both"
    SHARED = "shared"
    ONE = "one"
    NONE = "none"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Answer of a check of one file, from best to worst."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    INFEASIBLE = "infeasible"


class Severity(StrEnum):
    """What became of a finding."""

    REPAIR = "repair"
    QUARANTINE = "quarantine"
    WARNING = "warning"
    ERROR = "error"


class Change(StrEnum):
    """What became of a station between two registers; the first that fits."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    CHANGED = "changed"


class SolveStatus(StrEnum):
    """What became of a question for a plan."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    TIME_OUT = "time_out"
    ERROR = "error"


class Limit(StrEnum):
    """Which limit of a plan; ``of_itself`` says what the columns of the model mean and cannot be given up."""

    OF_ITSELF = "of_itself"
    PILES = "piles"
    CITY_QUOTA = "city_quota"
    COUNTY_QUOTA = "county_quota"
    DECIDED = "decided"
    PRODUCT_LEAST = "product_least"
    PRODUCT_MOST = "product_most"
    BUDGET = "budget"
    BAYS = "bays"
    GRID = "grid"
    DISTANCE = "distance"
    STRETCH = "stretch"
    SITES = "sites"
    SITE_PILES = "site_piles"
    TOWNSHIPS = "townships"


class SiteKind(StrEnum):
    """Where a candidate site comes from."""

    SEAT = "seat"
    VILLAGE = "village"
    JUNCTION = "junction"
    STATION = "station"
    SERVICE_AREA = "service_area"
    PLACE = "place"
    TABLE = "table"


class PlaceKind(StrEnum):
    """Places of a map that may be candidate sites."""

    PARKING = "parking"
    SERVICE = "service"
    SCENIC = "scenic"
    RESIDENTIAL = "residential"


class Level(StrEnum):
    """Areas that sums are taken of."""

    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"


class Measure(StrEnum):
    """What a closing curve counts: units by rung, people within a limit, or what a scenario serves."""

    RUNG = "rung"
    MINUTES = "minutes"
    PLAN = "plan"


class BuildState(StrEnum):
    """State of the piles of a year's target; the two are never one number."""

    STARTED = "started"
    FINISHED = "finished"


class QuotaBound(StrEnum):
    """Bound that decides a quota."""

    FLOOR = "floor"
    CAP = "cap"


class Light(StrEnum):
    """Judgement of a unit at a milestone by rule; grey without the return that is due."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


class Standing(StrEnum):
    """Where a unit stands before or after a milestone."""

    REACHED = "reached"
    REACHED_LATE = "reached_late"
    ON_PATH = "on_path"
    BEHIND = "behind"
    MISSED = "missed"
    NO_RETURN = "no_return"


class LateKind(StrEnum):
    """A return that came after its day, or not at all."""

    LATE = "late"
    MISSING = "missing"


class ReturnClash(StrEnum):
    """Returns of a unit that cannot all be right."""

    FALLING = "falling"
    FINISHED_ABOVE_STARTED = "finished_above_started"
    TWO_RETURNS = "two_returns"
    CORRECTED = "corrected"


class FigureClash(StrEnum):
    """Which published figures are held against each other."""

    PARTS = "parts"
    SOURCES = "sources"
    PERCENTAGE = "percentage"
    PERCENTAGES = "percentages"


class ClashVerdict(StrEnum):
    """What a difference between published figures is."""

    CONTRADICTION = "contradiction"
    WITHIN_ROUNDING = "within_rounding"
    OTHER_UNIT = "other_unit"


class Amount(StrEnum):
    """What is shared out among people; the amounts are never added across."""

    PILE = "pile"
    GUN = "gun"
    KW = "kw"


class Index(StrEnum):
    """Index of inequality: 0 when everybody has the same."""

    GINI = "gini"
    THEIL = "theil"


class Grouping(StrEnum):
    """Groups that an index is split by: cities, counties, or town and country."""

    CITY = "city"
    COUNTY = "county"
    SETTLEMENT = "settlement"


class Private(StrEnum):
    """What is not for the public."""

    PHONE = "phone"
    IDENTITY = "identity"
    PERSON = "person"
    POSITION = "position"
    RECORD = "record"


class Withheld(StrEnum):
    """What was done with something that is not for the public."""

    DROPPED = "dropped"
    MASKED = "masked"
    EMPTIED = "emptied"
    ROUNDED = "rounded"
