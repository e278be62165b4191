"""How good a verifier's probabilities are: ranking, catches at a fixed false-alarm rate, calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from proxy.models.labelled_claims import LabelledClaim

FALSE_ALARMS = 0.05
BINS = 15


def auroc(good: NDArray[np.float64], bad: NDArray[np.float64]) -> float:
    """The probability that a good one scores above a bad one; ties count half."""
    order = np.sort(bad)
    below = np.searchsorted(order, good, side="left")
    ties = np.searchsorted(order, good, side="right") - below
    return float((below + ties / 2).mean() / len(bad)) if len(good) and len(bad) else float("nan")


def calibration_error(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Expected calibration error over bins of equal width."""
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    parts = [(places == place) for place in range(BINS)]
    return float(
        sum(part.mean() * abs(scores[part].mean() - labels[part].mean()) for part in parts if part.any())
    )


def report(rows: Sequence[LabelledClaim], scores: Sequence[float], threshold: float = 0.5) -> str:
    """A table with one line for each source of claims."""
    lines = [
        f"{'set':<10}{'n':>6}  {'AUROC rest':>10}  {'contradicted':>12}  {'caught at 5%':>12}  {'true accepted':>13}"
        f"  {'bad stopped':>11}  {'ECE':>5}"
    ]
    for source in sorted({row.source for row in rows}):
        chosen = [number for number, row in enumerate(rows) if row.source == source]
        lines.append(
            _line(source, [rows[n] for n in chosen], np.array([scores[n] for n in chosen]), threshold)
        )
    return "\n".join(lines)


def _line(source: str, rows: Sequence[LabelledClaim], scores: NDArray[np.float64], threshold: float) -> str:
    labels = np.array([row.supported for row in rows])
    contradicted = np.array([row.label == "contradicted" for row in rows])
    good, bad = scores[labels], scores[~labels]
    if not len(good):
        return f"{source:<10}{len(rows):>6}  bad stopped {np.mean(bad < threshold):.3f}"
    caught = float(np.mean(bad < np.quantile(good, FALSE_ALARMS)))
    return (
        f"{source:<10}{len(rows):>6}  {auroc(good, bad):>10.3f}  {auroc(good, scores[contradicted]):>12.3f}"
        f"  {caught:>12.3f}  {np.mean(good >= threshold):>13.3f}  {np.mean(bad < threshold):>11.3f}"
        f"  {calibration_error(scores, labels):>5.3f}"
    )
