"""What may be planned for a township, and what its stations are made like.

A *design* is the answer that a township is built to get from the ladder; a *make* is one kind of station. The
first station of a township decides its design, the others (the fillers) can never change it.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """What the ladder must say of a township: empty where there is nothing to say."""

    rung: str
    state: str
    next_rung: str
    next_state: str
    next_fact: str


# every single reason for which a township can stand where it stands
ANSWERS: Mapping[str, Answer] = {
    "no_station": Answer("", "uncovered", "A0", "uncovered", "site"),
    "closed_to_public": Answer("", "uncovered", "A0", "uncovered", "access"),
    "access_unknown": Answer("", "unknown", "A0", "unknown", "access"),
    "set_aside": Answer("", "unknown", "A0", "unknown", "set_aside"),
    "not_in_service": Answer("A0", "covered", "A1", "uncovered", "status"),
    "status_unknown": Answer("A0", "covered", "A1", "unknown", "status"),
    "slow": Answer("A1", "covered", "A2", "uncovered", "current"),
    "current_unknown": Answer("A1", "covered", "A2", "unknown", "current"),
    "weak": Answer("A2", "covered", "A3", "uncovered", "power_kw"),
    "power_unknown": Answer("A2", "covered", "A3", "unknown", "power_kw"),
    "medium": Answer("A3", "covered", "A4", "uncovered", "power_kw"),
    "unreliable": Answer("A3", "covered", "A4", "uncovered", "availability"),
    "far": Answer("A4", "covered", "A5", "uncovered", "seat_km"),
    "full": Answer("A5", "covered", "", "", ""),
}

# Shares of the designs, the most remote units first; the rest is "far" (some, in large cells) or "full"
RURAL = {
    "no_station": 0.09, "set_aside": 0.006, "closed_to_public": 0.03, "access_unknown": 0.006,
    "not_in_service": 0.04, "status_unknown": 0.006, "slow": 0.12, "current_unknown": 0.006, "weak": 0.08,
    "power_unknown": 0.006, "medium": 0.13, "unreliable": 0.03,
}  # fmt: skip
URBAN = {"closed_to_public": 0.008, "not_in_service": 0.008, "slow": 0.03, "weak": 0.03, "medium": 0.06}
SHARES: Mapping[str, Mapping[str, float]] = {
    "town": RURAL, "township": RURAL, "subdistrict": URBAN, "other": {**RURAL, "no_station": 0.3},
}  # fmt: skip
# of the units that are left over and large enough
FAR_SHARE = 0.2

# Fillers of each design with their weights. A filler never passes the next rung, and never fails it for
# another reason than the one planned: beside an unreliable station of 120 kW none lacks power.
_BELOW = {"closed_to_public": 1.0, "not_in_service": 0.5}
FILLERS: Mapping[str, Mapping[str, float]] = {
    "closed_to_public": {"closed_to_public": 1},
    "access_unknown": {"closed_to_public": 1, "access_unknown": 1},
    "not_in_service": {"closed_to_public": 1, "not_in_service": 1},
    "status_unknown": {**_BELOW, "status_unknown": 1},
    "slow": {**_BELOW, "slow": 4},
    "current_unknown": {**_BELOW, "slow": 2, "current_unknown": 1},
    "weak": {**_BELOW, "slow": 3, "weak": 3},
    "power_unknown": {**_BELOW, "slow": 2, "weak": 2, "power_unknown": 1},
    "medium": {**_BELOW, "slow": 3, "weak": 1, "medium": 5},
    "unreliable": {**_BELOW, "slow": 3, "weak": 1, "unreliable": 3},
    "far": {**_BELOW, "slow": 3, "weak": 1, "medium": 4},
    "full": {
        "closed_to_public": 1.6, "access_unknown": 0.1, "not_in_service": 0.5, "status_unknown": 0.1,
        "slow": 4, "current_unknown": 0.05, "weak": 0.8, "power_unknown": 0.05, "medium": 4,
        "unreliable": 0.8, "full": 6,
    },
}  # fmt: skip

# kind of current and powers (kW) of the main group of piles of each make; "" is not stated
POWERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "closed_to_public": ("dc", ("60", "120", "180")),
    "access_unknown": ("dc", ("60", "120")),
    "not_in_service": ("dc", ("60", "120", "160")),
    "status_unknown": ("dc", ("60", "120")),
    "slow": ("ac", ("7", "7", "7", "21", "40")),
    "current_unknown": ("", ("30", "60", "120")),
    "weak": ("dc", ("20", "30", "40")),
    "power_unknown": ("dc", ("",)),
    "medium": ("dc", ("60", "60", "80", "100")),
    "unreliable": ("dc", ("120", "160", "180")),
    "full": ("dc", ("120", "120", "160", "180", "240", "320")),
    "far": ("dc", ("120", "120", "160")),
}

# Rows that the cleaner must set aside, in townships that they cannot make doubtful, and how many of each
SET_ASIDE = {"zero_coordinates": 14, "blank_coordinates": 10, "swapped_coordinates": 8, "negative_count": 9}
# Rows that the cleaner must mend (or read as null), anywhere
MENDED = {
    "fullwidth_digits": 45, "blanks_around": 60, "text_date": 90, "number_code": 120, "missing_word": 160,
}  # fmt: skip
# Rows more: the same row again, and another id at the same place
DUPLICATES = 25
TWINS = 30
