"""A vehicle and how it is driven: what carries it how far."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from chargegeo.errors import Fault, StudyFault


@dataclass(frozen=True)
class Vehicle:
    """A vehicle and how it is driven; shares are of the full battery.

    Parameters
    ----------
    range_km
        How far a full battery carries (km), down to nothing.
    start
        Charge at the start of a journey, share.
    reserve
        Charge that is kept at all times, share.
    charge_to
        Charge that a stop on the way ends with, share.
    confirmed
        Whether a public source gives these values.
    note
        What they rest on.

    Raises
    ------
    StudyFault
        ``vehicle_impossible``, with every value that cannot be: a range that is not positive, a share outside
        0 to 1, a start below the reserve, a stop that ends at or below it.
    """

    range_km: float
    start: float = 1.0
    reserve: float = 0.1
    charge_to: float = 1.0
    confirmed: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what no vehicle can be, all at once."""
        wrong = {
            "range_km": not 0 < self.range_km < math.inf,
            "start": not max(self.reserve, 0) <= self.start <= 1,
            "reserve": not 0 <= self.reserve < 1,
            "charge_to": not max(self.reserve, 0) < self.charge_to <= 1,
        }
        if faults := [
            Fault("vehicle_impossible", column=name, value=getattr(self, name))
            for name, bad in wrong.items()
            if bad
        ]:
            raise StudyFault(*faults)

    @classmethod
    def of_battery(
        cls, battery_kwh: float, kwh_per_km: float, *, start: float = 1.0, reserve: float = 0.1,
        charge_to: float = 1.0,
    ) -> Vehicle:  # fmt: skip
        """A vehicle by the energy of its full battery (kWh) and its consumption (kWh/km)."""
        range_km = battery_kwh / kwh_per_km if kwh_per_km > 0 else math.nan
        return cls(range_km, start, reserve, charge_to)

    @property
    def start_km(self) -> float:
        """How far the start charge carries before the reserve is touched (km)."""
        return self.range_km * (self.start - self.reserve)

    @property
    def usable_km(self) -> float:
        """How far a stop carries before the reserve is touched (km)."""
        return self.range_km * (self.charge_to - self.reserve)


def vehicles() -> Mapping[str, Vehicle]:
    """The presets by name: car, coach, truck. Their values are ours and say so."""
    tree = tomllib.loads(files(__package__).joinpath("vehicles.toml").read_text("utf-8"))
    return MappingProxyType({name: _preset(entry) for name, entry in tree.items()})


def _preset(entry: dict[str, float | str | bool]) -> Vehicle:
    values = dict(entry)
    battery, use = float(values.pop("battery_kwh")), float(values.pop("kwh_per_km"))
    return Vehicle(range_km=battery / use, **values)  # type: ignore[arg-type]
