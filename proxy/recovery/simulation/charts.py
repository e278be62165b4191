"""The simulation's chart as an SVG file: what the dashboard showed, above what customers lived through."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from proxy.recovery.simulation.run import Simulated

# Told apart by people who do not see red and green apart, as in the charts of review.
USUAL, LIVED, FOUND = "#1f5fa8", "#b8501b", "#444444"


def draw(found: Simulated, folder: Path) -> Path:
    """Write the chart into the folder. Raises OSError where it cannot be written."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recovery-days.svg"
    with mpl.rc_context({"svg.hashsalt": "cxai", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(7, 5.2), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        _usual(above, found)
        _lived(below, found)
        below.set_xlabel("day (simulated)")
        for axes in (above, below):
            axes.axvline(found.story.injected_on, color="#888888", linewidth=0.8, linestyle=":")
            axes.grid(axis="y", color="#dddddd", linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False, fontsize=9)
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path


def _usual(axes: Any, found: Simulated) -> None:
    days = [one.day for one in found.dashboard]
    for label, style, shares in (
        ("delivered unchanged", "-", [one.approved for one in found.dashboard]),
        ("answered by automation", "--", [one.automated for one in found.dashboard]),
    ):
        axes.plot(days, [one.share or 0.0 for one in shares], style, color=USUAL, label=label)
        axes.fill_between(
            days,
            [one.low for one in shares],
            [one.high for one in shares],
            color=USUAL,
            alpha=0.12,
            linewidth=0,
        )
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set_title("The usual numbers, last 7 days", loc="left", fontsize=11)


def _lived(axes: Any, found: Simulated) -> None:
    days = [one.day for one in found.lived]
    axes.step(
        days,
        [one.happened for one in found.lived],
        where="post",
        color=FOUND,
        linestyle=":",
        label="happened",
    )
    axes.step(days, [one.known for one in found.lived], where="post", color=LIVED, label="known by then")
    axes.step(
        days,
        [one.open for one in found.lived],
        where="post",
        color=LIVED,
        linestyle="--",
        label="not yet put right",
    )
    axes.annotate(
        "rule injected", (found.story.injected_on, 0), (4, 4), textcoords="offset points", fontsize=9
    )
    axes.set_title("Answers in spite of an open complaint", loc="left", fontsize=11)
