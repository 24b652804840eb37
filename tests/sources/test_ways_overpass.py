"""Roads from an Overpass service: a server of our own gives an answer of our own making."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import osmnx
import pytest

from chargegeo import errors, sources
from tests.sources.ways import told

BOUNDS = (112.9, 33.9, 113.3, 34.2)
PLACES = {1: (113.0, 34.0), 2: (113.1, 34.0), 3: (113.2, 34.0), 4: (113.1, 34.1)}
WAYS: list[tuple[int, list[int], dict[str, str]]] = [
    (10, [1, 2, 3], {"highway": "primary", "ref": "G107", "maxspeed": "60"}),
    (11, [2, 4], {"highway": "service", "oneway": "yes"}),
]


def answer(ways: list[tuple[int, list[int], dict[str, str]]]) -> dict[str, Any]:
    nodes = [
        {
            "type": "node",
            "id": number,
            "lon": lon,
            "lat": lat,
            **({"tags": {"barrier": "gate"}} if number == 4 else {}),
        }
        for number, (lon, lat) in PLACES.items()
    ]
    lines = [{"type": "way", "id": number, "nodes": refs, "tags": tags} for number, refs, tags in ways]
    return {"version": 0.6, "elements": [*nodes, *lines] if ways else []}


@contextmanager
def service(body: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Address of a server that gives one answer, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(unquote_plus(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Settings of osmnx, as they were before; the service has no queue to be asked for."""
    for name, value in list(vars(osmnx.settings).items()):
        if name.islower() and not name.startswith("_"):
            monkeypatch.setattr(osmnx.settings, name, value)
    monkeypatch.setattr(osmnx.settings, "overpass_rate_limit", False)
    yield osmnx.settings


def state() -> dict[str, Any]:
    return {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("_")}


def test_an_answer_becomes_roads_and_is_asked_for_once(tmp_path: Path, settings: Any) -> None:
    with service(answer(WAYS)) as (address, asked):
        settings.overpass_url = address
        before = dict(state())
        roads = sources.download_roads(BOUNDS, folder=tmp_path / "new")
        assert state() == before
    words = set("".join(asked).replace(chr(34), " ").replace("(", " ").replace("|", " ").split())
    assert {"motorway", "route", "ferry"} <= words and len(asked) == 2
    one, two, three, four = (PLACES[i] for i in (1, 2, 3, 4))
    ways = sorted((places, tags["highway"]) for _, places, tags in told(roads))
    assert ways == sorted(
        [
            *(([a, b], "primary") for a, b in ((one, two), (two, three))),
            ([two, four], "service"),
        ]
    )
    assert roads.kind == "overpass" and set(roads.tags["oneway"].words) == {"yes", "no"}
    assert (roads.node_tags["barrier"][0].tolist(), roads.node_tags["barrier"][1]) == ([3], ("gate",))
    # the server is gone: the second time it is the kept answer
    again = sources.download_roads(BOUNDS, folder=tmp_path / "new")
    assert told(again) == told(roads)
    assert told(sources.read_roads(tmp_path / "new" / "roads.graphml")) == told(roads)


def test_no_answer_and_an_empty_one_are_said(tmp_path: Path, settings: Any) -> None:
    before = dict(state())
    with service(answer([])) as (address, _):
        settings.overpass_url = before["overpass_url"] = address
        with pytest.raises(errors.FormatFault, match="gave no roads"):
            sources.download_roads(BOUNDS, folder=tmp_path)
    with pytest.raises(errors.FormatFault) as caught:
        sources.download_roads((112.8, 33.9, 113.3, 34.2), folder=tmp_path)
    assert caught.value.faults[0].code == "overpass_failed"
    assert state() == before


def test_names_are_not_looked_up_abroad(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def graph(*_: Any, **__: Any) -> Any:
        seen.append((settings.doh_url_template, settings.use_cache, settings.cache_folder))
        raise ValueError("stop")

    monkeypatch.setattr(osmnx, "graph_from_bbox", graph)
    with pytest.raises(errors.FormatFault, match="stop"):
        sources.download_roads(BOUNDS, folder=tmp_path)
    assert seen == [(None, True, str(tmp_path / "answers"))]
