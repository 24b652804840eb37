"""The page around the data: folium's skeleton, our files set into it, a policy that lets nothing else run.

folium and branca read what they render as a template again, so they never see a word of a user's: they get
the centre and nothing else. What they ask of the network is replaced, an address not in the table below is an
error, and the data is set in last, by plain joining, after everything that reads templates is done.
"""

import base64
import hashlib
import re
from importlib.resources import files

from chargegeo import labels
from chargegeo.errors import Fault, OutputFault
from chargegeo.maps import assets

# Every address that folium 0.20 writes: what we use instead, or None for what our page does not need
ADDRESSES: dict[str, assets.Asset | None] = {
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js": assets.LEAFLET_JS,
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css": assets.LEAFLET_CSS,
    "https://code.jquery.com/jquery-3.7.1.min.js": None,
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js": None,
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js": None,
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css": None,
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css": None,
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css": None,
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css": None,
    "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/"
    "leaflet.awesome.rotate.min.css": None,
}
PAGE_SCRIPTS = (
    "data.js", "symbols.js", "fills.js", "filters.js", "labels.js", "layers.js", "points.js", "travel.js",
    "corridors.js", "sides.js", "strip.js", "scenario.js", "versus.js", "catchments.js", "twin.js", "panels.js",
    "search.js", "tools.js", "ground.js", "start.js",
)  # fmt: skip
_TAG = re.compile(
    r'<script src="(?P<script>[^"]*)"></script>|<link rel="stylesheet" href="(?P<style>[^"]*)"\s*/>', re.ASCII
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def render(bounds: list[float], data: str, *, lang: str, hosts: tuple[str, ...] = ()) -> str:
    """The page as text.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    data
        JSON, safe inside a script block.
    lang
        Language of the few words that stand in the page itself.
    hosts
        Whose pictures the page may show.

    Raises
    ------
    OutputFault
        If folium asks for an address that is not known here, or an asset is not the one we know.
    """
    carried = assets.available()
    page = _placed(_folium(bounds), carried, lang)
    page = page.replace("<head>", f"<head>\n{_policy(page, carried, hosts)}", 1)
    before, after = page.split("<!-- data -->")
    return f'{before}<script type="application/json" id="chargegeo-data">{data}</script>{after}'


def _folium(bounds: list[float]) -> str:
    """The map of folium without data, with names that are the same in every run."""
    import folium

    west, south, east, north = bounds
    made = folium.Map(
        tiles=None,
        prefer_canvas=True,
        max_zoom=18,
        zoom_control=False,
        zoom_snap=0.25,
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=7,
    )
    made.options["max_zoom"] = 18
    # No fit_bounds: Leaflet would still be moving there when our script sets the extent beside the legend
    figure = made.get_root()
    figure._id, made._id = "chargegeo_page", "chargegeo"
    return str(figure.render())


def _placed(page: str, carried: bool, lang: str) -> str:
    """The page with our files in the place of folium's addresses, and a place for the data."""
    unknown = [
        url for match in _TAG.finditer(page) if (url := match["script"] or match["style"]) not in ADDRESSES
    ]
    stray = re.findall(r"https?:[^\"'\s)]*|(?<=[\"'(])//[^\"'\s)]+", _TAG.sub("", page))
    if unknown or stray:
        raise OutputFault(*(Fault("map_address", value=url) for url in [*unknown, *stray]))

    def tag(match: re.Match[str]) -> str:
        asset = ADDRESSES[match["script"] or match["style"]]
        return "" if asset is None else _tag(asset, carried)

    page = _TAG.sub(tag, page)
    ours = files(__package__).joinpath("page")
    script = "\n".join(ours.joinpath(name).read_text("utf-8") for name in PAGE_SCRIPTS)
    style = ours.joinpath("map.css").read_text("utf-8")
    page = page.replace("<html>", f'<html lang="{"zh-CN" if lang == "zh" else "en"}">', 1)
    page = page.replace("</head>", f"<style>{style}</style>\n</head>", 1)
    notice = "" if carried else f'<p class="cg-network">{labels.text("map.page.network", lang)}</p>'
    notice += f'<noscript><p class="cg-network">{labels.text("map.page.script", lang)}</p></noscript>'
    page = page.replace("<body>", f"<body>\n{notice}", 1)
    return page.replace(
        "</html>", f"<!-- data -->\n<script>(() => {{\n'use strict';\n{script}}})();</script>\n</html>"
    )


def _tag(asset: assets.Asset, carried: bool) -> str:
    is_script = asset.path.endswith(".js")
    if not carried:
        pinned = f'integrity="sha256-{asset.sha256}" crossorigin="anonymous"'
        if is_script:
            return f'<script src="{asset.address}" {pinned}></script>'
        return f'<link rel="stylesheet" href="{asset.address}" {pinned}/>'
    text = assets.read(asset).decode("utf-8")
    if is_script:
        # Inside a string or a pattern of JavaScript the backslash changes nothing
        text = (
            re.sub(r"//# sourceMappingURL=.*", "", text)
            .replace("\r\n", "\n")
            .replace("</script", "<\\/script")
        )
        return f"<script>{text}</script>"
    return f"<style>{_with_images(text)}</style>"


def _with_images(style: str) -> str:
    """A style sheet whose pictures stand in it."""
    known = {image.path.removeprefix("dist/"): image for image in assets.IMAGES}

    def inline(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise OutputFault(Fault("map_address", value=match[1]))
        picture = base64.b64encode(assets.read(known[match[1]])).decode()
        return f"url(data:image/png;base64,{picture})"

    # '#...' is a rule for a browser of long ago, not an address
    return re.sub(r"url\(([^)#]+)\)", inline, style)


def _policy(page: str, carried: bool, hosts: tuple[str, ...]) -> str:
    """Content policy: nothing is loaded but these hosts' pictures, no script runs but those of the page."""
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"
        for script in _SCRIPT.findall(page)
    ]
    host = "" if carried else f" {assets.CDN}"
    rules = (
        "default-src 'none'",
        " ".join((f"img-src data:{host}", *hosts)),
        f"style-src 'unsafe-inline'{host}",
        f"script-src {' '.join(hashes)}{host}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'
