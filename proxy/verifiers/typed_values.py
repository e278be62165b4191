"""Typed values (amounts, dates, durations) of a claim beside those of a quote: what no judge model overturns."""

from __future__ import annotations

from proxy.grounding.types import Claim, Label, Verdict
from proxy.grounding.values.comparing import Relation, compare
from proxy.grounding.values.finding import values_of


def states_another_value(claim: str, quote: str) -> bool:
    """Whether the claim has a value for which the quote has only different ones of the same kind."""
    theirs = values_of(quote)
    for mine in values_of(claim):
        relations = {compare(mine, other) for other in theirs}
        if Relation.CONFLICT in relations and not relations & {Relation.SAME, Relation.COMPATIBLE}:
            return True
    return False


def is_typed_conflict(claim: Claim, verdict: Verdict) -> bool:
    """A contradiction whose deciding quote states another value than the claim."""
    if verdict.label is not Label.CONTRADICTED or not verdict.evidence:
        return False
    return states_another_value(claim.reading or claim.text, verdict.evidence[0].quote)
