"""The simulation's charts as SVG files: errors, catch rate and waits by load, each with its interval."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from proxy.review.simulation.comparing import OURS, PLAIN, Mean, Point

COLOURS = {OURS: "#1f5fa8", PLAIN: "#b8501b"}  # told apart by people who do not see red and green apart
MARKS = {OURS: "o", PLAIN: "s"}
RISK_LINES = {"high": "-", "medium": "--", "low": ":"}


def draw(points: Sequence[Point], folder: Path) -> list[Path]:
    """Write the charts into the folder; their paths. Raises OSError where it cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _chart(points, folder / "review-errors.svg", "Wrong answers that review let pass, a day", _errors),
        _chart(points, folder / "review-catches.svg", "Wrong answers that review stopped, share", _catches),
        _chart(points, folder / "review-waits.svg", "Wait for a person, median minutes", _waits),
    ]


def _chart(
    points: Sequence[Point], path: Path, title: str, fill: Callable[[Any, Sequence[Point]], None]
) -> Path:
    os.environ.setdefault("MPLBACKEND", "Agg")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "cxai", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(7, 3.8), layout="constrained")
        axes = figure.subplots()
        fill(axes, points)
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel("cases, as a multiple of an ordinary day's")
        axes.set_xticks(sorted({one.load for one in points}))
        axes.xaxis.set_major_formatter("{x:g}x")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9)
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path


def _errors(axes: Any, points: Sequence[Point]) -> None:
    for design in (PLAIN, OURS):
        _line(axes, points, design, lambda one: one.passed_wrong)
    axes.set_yscale("log")


def _catches(axes: Any, points: Sequence[Point]) -> None:
    for design in (OURS, PLAIN):
        _line(axes, points, design, lambda one: _complement(one.miss_share))
    axes.set_ylim(0, 1)


def _waits(axes: Any, points: Sequence[Point]) -> None:
    for risk, style in RISK_LINES.items():
        _line(axes, points, OURS, partial(_wait, risk), f"{OURS}, {risk} risk", style=style)
    _line(axes, points, PLAIN, partial(_wait, "medium"), "plain queue, any risk")
    axes.set_yscale("symlog", linthresh=10)
    axes.set_ylim(bottom=0)


def _wait(risk: str, one: Point) -> Mean:
    return one.wait_min[risk]


def _line(
    axes: Any,
    points: Sequence[Point],
    design: str,
    of: Callable[[Point], Mean],
    label: str = "",
    *,
    style: str = "-",
) -> None:
    own = [one for one in points if one.design == design]
    loads, told = [one.load for one in own], [of(one) for one in own]
    colour = COLOURS[design]
    axes.plot(
        loads,
        [one.value for one in told],
        color=colour,
        marker=MARKS[design],
        label=label or design,
        linestyle=style,
    )
    axes.fill_between(
        loads,
        [max(0.0, one.low) for one in told],
        [one.high for one in told],
        color=colour,
        alpha=0.15,
        linewidth=0,
    )


def _complement(one: Mean) -> Mean:
    return Mean(1 - one.value, 1 - one.high, 1 - one.low)
