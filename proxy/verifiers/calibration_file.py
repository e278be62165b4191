"""The file that ``cxai calibrate`` writes, as serving reads it: a curve, a threshold, and whom they were fitted for.

Nothing here but arithmetic. The rest of the file (figures, steps, assumptions) is for people and is not read.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]

FORMAT = 1
# A confidence of exactly 0 or 1 has no log-odds; this is the nearest that counts.
NEAREST = 1e-6


class CalibrationError(Exception):
    """The calibration cannot be made or used; the text says why, and what to do."""


def log_odds(raw: float) -> float:
    """ln(p / (1 - p)), with p kept ``NEAREST`` away from 0 and 1."""
    kept = min(max(raw, NEAREST), 1.0 - NEAREST)
    return math.log(kept / (1.0 - kept))


class Logistic(msgspec.Struct, frozen=True, tag="logistic", tag_field="kind"):
    """Platt scaling on log-odds: ``sigmoid(slope * log_odds(raw) + intercept)``; (1, 0) changes nothing.

    Platt, "Probabilistic outputs for support vector machines" (1999).
    """

    slope: Annotated[float, msgspec.Meta(gt=0.0)]
    intercept: float

    def __call__(self, raw: float) -> float:
        """A raw confidence (0..1) as a probability (0..1)."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.slope * log_odds(raw) + self.intercept))))


class Isotonic(msgspec.Struct, frozen=True, tag="isotonic", tag_field="kind"):
    """Straight lines between knots (``x`` raw, ``y`` probability), level outside them; neither ever falls."""

    x: tuple[Probability, ...]
    y: tuple[Probability, ...]

    def __post_init__(self) -> None:
        if not self.x or len(self.x) != len(self.y) or _falls(self.x) or _falls(self.y):
            raise ValueError("the knots must be pairs that never fall")

    def __call__(self, raw: float) -> float:
        """A raw confidence (0..1) as a probability (0..1)."""
        return float(np.interp(raw, self.x, self.y))


Curve = Logistic | Isotonic


def _falls(values: Sequence[float]) -> bool:
    return any(later < earlier for earlier, later in pairwise(values))


class FittedFor(msgspec.Struct, frozen=True):
    """The verifier whose raw confidence was calibrated."""

    name: str
    version: str


class Risk(msgspec.Struct, frozen=True):
    """``threshold`` (raw confidence) holds the share of wrong ones delivered to ``risk``; None: not proven."""

    risk: Probability
    confidence: Probability
    threshold: Probability | None


class Calibration(msgspec.Struct, frozen=True):
    """What serving needs of the file; ``version`` names the file's bytes."""

    format: int
    verifier: FittedFor
    curve: Curve
    risk: Risk
    version: str = ""


def read_calibration(path: Path) -> Calibration:
    """Read a file of ``cxai calibrate``.

    Raises:
        CalibrationError: it cannot be read, or is no such file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CalibrationError(
            f"{path}: the calibration cannot be read: {error.strerror or error}; "
            "write it with `cxai calibrate`, or take away the setting `calibration`"
        ) from None
    try:
        calibration = msgspec.json.decode(content, type=Calibration)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CalibrationError(
            f"{path}: this is no calibration: {error}; write it anew with `cxai calibrate`"
        ) from None
    if calibration.format != FORMAT:
        raise CalibrationError(
            f"{path}: written in format {calibration.format}, this version reads {FORMAT}; "
            "write it anew with `cxai calibrate`"
        )
    return msgspec.structs.replace(calibration, version=hashlib.sha256(content).hexdigest()[:12])
