"""From a message's vector and cues to the chance of a sign: logistic regression, read from JSON.

Fitted by ``proxy/models/training/fit_messages.py``; nothing here but arithmetic, so that serving needs no scikit-learn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proxy.grounding.messages.cues import CUES

Floats = NDArray[np.float32]
SIGNS = ("wants_person", "is_complaint", "about_account")


@dataclass(frozen=True, slots=True)
class SignModel:
    """One sign's weights over the vector (384 numbers) and the cues; it is there from a score of ``bar`` on."""

    vector: Floats
    cues: Floats
    bias: float
    bar: float

    def score(self, vector: Floats, cues: Floats) -> float:
        """The log-odds that the message has the sign."""
        return float(vector @ self.vector + cues @ self.cues) + self.bias

    def sees(self, vector: Floats, cues: Floats) -> bool:
        return self.score(vector, cues) >= self.bar


def models_from_json(text: str) -> Mapping[str, SignModel]:
    """Read what the fitting script wrote: a model for each of SIGNS.

    Raises:
        ValueError: the text is not such models, or they were fitted on other cues.
    """
    try:
        stored: dict[str, Any] = json.loads(text)
        if stored["cues"] != list(CUES):
            raise ValueError("they were fitted on other cues")
        return {sign: _model(stored["signs"][sign]) for sign in SIGNS}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"the models of messages' signs cannot be read ({error}); "
            "write them anew with proxy/models/training/fit_messages.py"
        ) from error


def _model(stored: Mapping[str, Any]) -> SignModel:
    vector, cues = (np.array(stored[part], dtype=np.float32) for part in ("vector", "cues"))
    return SignModel(vector, cues, float(stored["bias"]), float(stored["bar"]))
