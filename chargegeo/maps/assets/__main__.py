"""``python -m chargegeo.maps.assets``: copy what maps need out of ``node_modules``, after ``npm ci``."""

from pathlib import Path

from chargegeo.maps.assets import collect

if __name__ == "__main__":
    collect(Path(__file__).resolve().parent)
