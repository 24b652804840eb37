"""What every map and every table must say of itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caption:
    """The lines that stand on every output.

    Parameters
    ----------
    title, author, date
        Title, the unit that answers for the output, and the date of the data (ISO).
    source
        Where stations and boundaries come from.
    datum
        Datum of the raw coordinates and what was done with it.
    definition
        The rule, its version and thresholds, in words.
    denominator
        What the headline denominator counts.
    approval_no
        Map approval number; without one every output is marked as an internal draft.
    synthetic
        Made-up data: every output says so.
    mapped
        Whether a map belongs to the output: a map needs an approval, a table of quotas does not.
    approximate
        Boundaries derived from seats: every output says so.
    lang
        ``"zh"`` or ``"en"``.
    """

    title: str
    author: str
    date: str
    source: str
    datum: str
    definition: str
    denominator: str
    approval_no: str | None = None
    synthetic: bool = False
    approximate: bool = False
    lang: str = "zh"
    mapped: bool = True
