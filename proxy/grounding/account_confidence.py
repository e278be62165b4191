"""How sure an account verdict is: a logistic over what was found, fitted on recorded conversations."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

INTERCEPT = 0.5
WEIGHTS = {"proven": 0.6, "said": 0.3, "summed": 0.0, "missing": -2.0, "missing_names": -1.5, "words": 1.5}
MOST = {"proven": 3.0, "said": 2.0}


def confidence_in(scores: Mapping[str, float]) -> float:
    """The probability (0..1) that a claim with these scores is supported."""
    total = INTERCEPT + sum(weight * min(scores[name], MOST.get(name, 9.0)) for name, weight in WEIGHTS.items())
    return 1 / (1 + exp(-total))
