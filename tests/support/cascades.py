"""What the tests of a cascade have in common, and what one counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families
from support.judge_answers import SUPPORTS

from proxy.grounding.types import Evidence, Label, Verdict
from proxy.verifiers.cascade import CascadeVerifier

CLAIM = "You get your money back within 30 days."
MARCH = datetime(2026, 3, 31, 12, tzinfo=UTC)
NEAREST = (Evidence("document-0", "Refunds", SUPPORTS),)
UNSURE = Verdict(Label.UNSUPPORTED, 0.5, "the passages do not say so", NEAREST)


OpenCascade = Callable[..., CascadeVerifier]


def counted(cascade: CascadeVerifier) -> dict[str, float]:
    """The cascade's metrics: outcomes by name, and ``tokens``, ``cost`` and ``timed``."""
    page, _ = cascade.metrics.render()
    samples = [
        one for family in text_string_to_metric_families(page.decode()) for one in family.samples if one.value
    ]
    found = {one.labels["outcome"]: one.value for one in samples if one.name == "cxai_cascade_claims_total"}
    found |= {one.labels["type"]: one.value for one in samples if one.name == "cxai_cascade_tokens_total"}
    names = {"cxai_cascade_cost_total": "cost", "cxai_cascade_seconds_count": "timed"}
    return found | {names[one.name]: one.value for one in samples if one.name in names}
