"""From features to a calibrated probability: boosted trees, read from JSON, with a logistic (Platt) step after them.

Fitted by ``proxy/models/training/fit_confidence.py``; nothing here but arithmetic, so that serving needs no
scikit-learn.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tree:
    """A regression tree as arrays over its nodes; a leaf has no feature (-1). ``x <= threshold`` goes left."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def __call__(self, row: Sequence[float]) -> float:
        node = 0
        while (feature := self.feature[node]) >= 0:
            node = self.left[node] if row[feature] <= self.threshold[node] else self.right[node]
        return self.value[node]


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """``probability`` maps named features (missing ones are 0) to P(supported), 0..1."""

    version: str
    features: tuple[str, ...]
    base: float
    trees: tuple[Tree, ...]
    slope: float
    intercept: float

    def probability(self, features: Mapping[str, float]) -> float:
        row = [features.get(name, 0.0) for name in self.features]
        score = self.base + sum(tree(row) for tree in self.trees)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.slope * score + self.intercept))))


def model_from_json(text: str) -> ConfidenceModel:
    """Read what the fitting script wrote.

    Raises:
        ValueError: the text is not such a model.
    """
    try:
        stored: dict[str, Any] = json.loads(text)
        trees = tuple(
            Tree(*(tuple(tree[part]) for part in ("feature", "threshold", "left", "right", "value")))
            for tree in stored["trees"]
        )
        return ConfidenceModel(
            version=hashlib.sha256(text.encode()).hexdigest()[:12],
            features=tuple(stored["features"]),
            base=float(stored["base"]),
            trees=trees,
            slope=float(stored["slope"]),
            intercept=float(stored["intercept"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"the confidence model cannot be read ({error!r}); write it anew with `make model`"
        ) from error
