"""How much is fuzzed: `make fuzz EXAMPLES=10000` in all, and without a number as much as `make test` has time for."""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings

EXAMPLES = "CXAI_TEST_FUZZ_EXAMPLES"
FEW = 400
TALLY: Counter[str] = Counter()  # what was tried and what came of it, told at the end of `make fuzz`


def examples(share: float) -> settings:
    """A test's share of all examples. Those of `make test` are the same each time."""
    given = os.environ.get(EXAMPLES)
    return settings(
        max_examples=max(1, round(int(given or FEW) * share)),
        deadline=None,
        derandomize=given is None,
        suppress_health_check=list(HealthCheck),
    )
