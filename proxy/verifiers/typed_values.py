"""Typed values (amounts, dates, durations) of a claim beside those of a quote: what no judge model overturns."""

from __future__ import annotations

from proxy.grounding.types import Claim, Label, Verdict
from proxy.grounding.values.comparing import Relation, compare, contradicts, found_in
from proxy.grounding.values.finding import values_of


def states_another_value(claim: str, quote: str) -> bool:
    """Whether the claim has a value for which the quote has only different ones of the same kind."""
    theirs = values_of(quote)
    for mine in values_of(claim):
        if mine.is_range and found_in(mine, theirs):  # "from 9 to 5" where it opens at 9 and closes at 5
            continue
        agree = any(compare(mine, other) in (Relation.SAME, Relation.COMPATIBLE) for other in theirs)
        if not agree and any(contradicts(mine, other, quote) for other in theirs):
            return True
    return False


def is_typed_conflict(claim: Claim, verdict: Verdict) -> bool:
    """A contradiction whose deciding quote states another value than the claim."""
    if verdict.label is not Label.CONTRADICTED or not verdict.evidence:
        return False
    return states_another_value(claim.reading or claim.text, verdict.evidence[0].quote)
