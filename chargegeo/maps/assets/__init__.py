"""Front-end files that a map carries inside itself: which ones, from where, and whether they are here.

``npm ci`` puts the packages of ``package-lock.json`` beside this file, ``python -m chargegeo.maps.assets``
copies the few files a map needs into ``vendor/`` (not committed, but in the wheel). A file with another
hash than is written here is refused, and the hash pins the address used when a map is made without the files.
"""

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from chargegeo.errors import Fault, OutputFault

CDN = "https://cdn.jsdelivr.net/npm/"


@dataclass(frozen=True)
class Asset:
    """One file of an npm package.

    Parameters
    ----------
    package, version
        As in ``package.json``.
    path
        Inside the package.
    sha256
        Of the file's bytes, base64: as browsers write it.
    """

    package: str
    version: str
    path: str
    sha256: str

    @property
    def name(self) -> str:
        """Name in ``vendor/``: package and file, so that two licences do not meet."""
        return f"{self.package}-{Path(self.path).name}"

    @property
    def address(self) -> str:
        """Where a page finds the file when it does not carry it."""
        return f"{CDN}{self.package}@{self.version}/{self.path}"


LEAFLET_JS = Asset("leaflet", "1.9.4", "dist/leaflet.js", "20nQCchB9co0qIjJZRGuk2/Z9VM+kNiyxNV1lvTlZBo=")
LEAFLET_CSS = Asset("leaflet", "1.9.4", "dist/leaflet.css", "p4NxAoJBhIIN+hmNHrzRCf9tD/miZyoHS5obTRR9BMY=")
IMAGES = (
    Asset("leaflet", "1.9.4", "dist/images/layers.png", "Hbvp0CjikvNvy6j4s6KNXokydU/CIVuaxp5M3s9RB8Y="),
    Asset("leaflet", "1.9.4", "dist/images/layers-2x.png", "Bm2sqFDY/77wB68AsG6sABVyje4nnFHzy2xxbffELt8="),
    Asset("leaflet", "1.9.4", "dist/images/marker-icon.png", "V0w6XMqF9BFAhbaEFZbWLwDXyJLHsD8oy/owHesdxDc="),
)
LICENCES = (Asset("leaflet", "1.9.4", "LICENSE", "U+jcJYYgFOQyR0HKGPvjYR4R1C72n1n4bqjFOJZH1Ms="),)
ALL = (LEAFLET_JS, LEAFLET_CSS, *IMAGES, *LICENCES)


def available() -> bool:
    """Whether every file is here, so that a map can carry them and opens without network."""
    vendor = files(__package__).joinpath("vendor")
    return all(vendor.joinpath(asset.name).is_file() for asset in ALL)


def read(asset: Asset) -> bytes:
    """Bytes of a file.

    Raises
    ------
    OutputFault
        If the file is not here, or is not the one we know.
    """
    return _known(Path(str(files(__package__).joinpath("vendor", asset.name))), asset)


def collect(root: Path) -> None:
    """Copy the files from ``root/node_modules`` into ``root/vendor``.

    Raises
    ------
    OutputFault
        With every file that is missing or not the one we know.
    """
    found: dict[str, bytes] = {}
    faults: list[Fault] = []
    for asset in ALL:
        try:
            found[asset.name] = _known(root / "node_modules" / asset.package / asset.path, asset)
        except OutputFault as error:
            faults.extend(error.faults)
    if faults:
        raise OutputFault(*faults)
    (root / "vendor").mkdir(exist_ok=True)
    for name, content in found.items():
        (root / "vendor" / name).write_bytes(content)


def _known(path: Path, asset: Asset) -> bytes:
    if not path.is_file():
        raise OutputFault(Fault("map_asset_missing", file=str(path)))
    content = path.read_bytes()
    if base64.b64encode(hashlib.sha256(content).digest()).decode() != asset.sha256:
        raise OutputFault(Fault("map_asset_changed", file=str(path)))
    return content
