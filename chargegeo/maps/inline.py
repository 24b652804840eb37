"""A page as a notebook shows it: in a frame of its own that reaches nothing outside, with a picture to fall back on."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from html import escape

HEIGHT = 640  # pixels
# Scripts run apart from the notebook: no origin, no forms, no way to the page around
FRAME = (
    '<iframe title="{title}" srcdoc="{page}" sandbox="allow-scripts allow-modals allow-downloads" width="100%" '
    'height="{height}" style="border: 0"></iframe>'
)


@dataclass(frozen=True)
class Shown:
    """A map that a notebook draws by itself, and a picture of it for whoever runs no scripts.

    Parameters
    ----------
    title
        Of the map.
    html
        The page, as :func:`chargegeo.maps.write` takes it.
    picture
        PNG.
    """

    title: str
    html: str = field(repr=False)
    picture: bytes = field(repr=False)

    def _repr_mimebundle_(self, **_kinds: object) -> dict[str, str]:
        """What Jupyter asks for; it chooses among the kinds itself."""
        page = FRAME.format(title=escape(self.title), page=escape(self.html), height=HEIGHT)
        return {
            "text/html": page,
            "image/png": b64encode(self.picture).decode(),
            "text/plain": self.title,
        }
