"""Charts as SVG pictures: Vega-Lite, drawn by vl-convert in a thread. A table with the same figures is beside each.

A page names both of a chart's pictures, and ``<picture>`` chooses by the colour scheme: ``...svg?scheme=dark``. As a
picture a chart runs no script and loads nothing, whatever the texts in it say.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from litestar import Response

LIGHT = {"ground": "#ffffff", "text": "#1a2029", "line": "#c5ccd6"}
DARK = {"ground": "#1a2029", "text": "#e6eaf0", "line": "#39434f"}
# Told apart also by those who see few colours (Okabe and Ito, 2008), in shades that stand out from both grounds.
COLOURS = ("#3d86c6", "#d9822b", "#2f9e77", "#c0569f", "#8a8f98")
WIDTH = 720
_VEGA_LITE = "5.20"
_KEPT = 64
_LABELS = 300  # pixels that a label may fill


def room_for(labels: Iterable[str]) -> float:
    """The pixels that the longest of an axis's labels may need: browsers draw with other fonts than ``vl-convert``."""
    return min(_LABELS, 8.0 * max(map(len, labels), default=0))


async def chart(spec: Mapping[str, Any], scheme: str) -> Response[bytes]:
    """The picture of a Vega-Lite specification (data inline), in the colours of ``scheme``: ``dark``, else light."""
    drawn = await asyncio.to_thread(svg, spec, scheme)
    return Response(drawn, media_type="image/svg+xml")


def svg(spec: Mapping[str, Any], scheme: str) -> bytes:
    """The picture itself; it takes a while, so not on the event loop."""
    return _drawn(
        json.dumps({**spec, "config": _config(DARK if scheme == "dark" else LIGHT)}, sort_keys=True)
    )


def as_data(picture: bytes) -> str:
    """A picture as an address that loads nothing. As a picture it runs nothing either, whatever its texts say."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture).decode()


@lru_cache(_KEPT)
def _drawn(spec: str) -> bytes:
    import vl_convert  # starting it takes a second, and 80 MB: only where a chart is looked at

    return vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]).encode()


def _config(colours: Mapping[str, str]) -> dict[str, Any]:
    text = {"labelColor": colours["text"], "titleColor": colours["text"]}
    font = {"labelFontSize": 13, "titleFontSize": 13, "labelFont": "sans-serif", "titleFont": "sans-serif"}
    return {
        "background": colours["ground"],
        "view": {"stroke": None},
        "axis": {
            **text,
            **font,
            "gridColor": colours["line"],
            "domainColor": colours["line"],
            "labelLimit": _LABELS,
            "labelSeparation": 12,
        },
        "legend": {**text, **font, "orient": "top", "title": None, "columnPadding": 30},
        "range": {"category": list(COLOURS)},
        "text": {"color": colours["text"], "font": "sans-serif"},
        "rule": {"color": colours["text"]},
    }
