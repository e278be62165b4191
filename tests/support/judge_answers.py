"""What a judge model answers, for the tests of judge and cascade."""

from __future__ import annotations

import json
from typing import Any

from support.policy import HITS

SUPPORTS = "Refunds are paid within 30 days of the return."
PASSAGE = next(number for number, hit in enumerate(HITS, start=1) if SUPPORTS in hit.passage.text)


def opinion(verdict: str = "supported", **fields: Any) -> str:
    """The text of a well-formed answer."""
    given = {"verdict": verdict, "confidence": 0.9, "quote": SUPPORTS, "passage": PASSAGE, **fields}
    return json.dumps(given)
