"""The reliability diagram: what the confidence said against how often it was true, before and after, as SVG."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import binomtest

from proxy.calibration.measures import BINS, equal_width_bins
from proxy.calibration.sample import Bools, Floats

INK, LINE, FILL = "#1f2937", "#9ca3af", "#2563eb"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and needs no font in the file
    "svg.hashsalt": "cxai",  # the same picture, the same bytes
    "font.family": "sans-serif",
    "font.size": 9,
}


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows of one bin: ``low`` and ``high`` are the exact (Clopper-Pearson) 95% interval of the share ``true``."""

    n: int
    said: float
    true: float
    low: float
    high: float


def bins_of(scores: Floats, true: Bools) -> list[Bin]:
    """The bins of equal width that have rows, lowest first."""
    places = equal_width_bins(scores)
    found = []
    for place in np.unique(places):
        rows = places == place
        count, right = int(rows.sum()), int(true[rows].sum())
        interval = binomtest(right, count).proportion_ci(0.95, method="exact")
        found.append(Bin(count, float(scores[rows].mean()), right / count, interval.low, interval.high))
    return found


def reliability_diagram(before: list[Bin], after: list[Bin]) -> str:
    """Both diagrams as one ``<svg>`` element for a page: without scripts, addresses or fonts."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.4, 5.2), layout="constrained")
        axes = figure.subplots(2, 2, sharex=True, gridspec_kw={"height_ratios": [3.2, 1]})
        for column, (title, bins) in enumerate((("before", before), ("after (out of fold)", after))):
            _draw_shares(axes[0, column], title, bins)
            _draw_counts(axes[1, column], bins)
        axes[0, 0].set_ylabel("share that is supported")
        axes[1, 0].set_ylabel("claims")
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return _for_a_page(written.getvalue())


def _draw_shares(axes: Axes, title: str, bins: list[Bin]) -> None:
    said = [each.said for each in bins]
    shares = [each.true for each in bins]
    errors = [[max(0.0, b.true - b.low) for b in bins], [max(0.0, b.high - b.true) for b in bins]]
    axes.plot([0, 1], [0, 1], color=LINE, linestyle="--", linewidth=1)
    axes.errorbar(said, shares, errors, color=FILL, marker="o", markersize=4, linewidth=1.2, capsize=2)
    axes.set(title=title, xlim=(0, 1), ylim=(0, 1))
    axes.grid(color=LINE, alpha=0.25)


def _draw_counts(axes: Axes, bins: list[Bin]) -> None:
    middles = [(min(int(each.said * BINS), BINS - 1) + 0.5) / BINS for each in bins]
    axes.bar(middles, [each.n for each in bins], width=0.9 / BINS, color=FILL, alpha=0.6)
    axes.set_xlabel("confidence")
    axes.grid(color=LINE, alpha=0.25, axis="y")


def _for_a_page(svg: str) -> str:
    """What a page needs of an SVG file: its element, without metadata and namespace addresses."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    element = re.sub(r'\sxmlns(?::\w+)?="[^"]*"', "", element)
    label = "Reliability diagrams before and after calibration; the table below has the same numbers"
    return element.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
