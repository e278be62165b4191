"""Claims that go further than the policy: "all fares", "as often as you like", "without any conditions", "again"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxy.grounding.policy.alignment import Aligned, Weights, sentence_before
from proxy.grounding.policy.concepts import concepts_of

_LINES_READ = 12
_SAME_THING = 0.35  # of what policy knows of the claim that a line and the sentence before it must say
_WIDE = re.compile(
    r"\b(?:all|every|any|anyone|anybody|everyone|everybody|everything|anything|always|anytime|any\stime|whatever|whenever|wherever"
    r"|whichever|regardless|no\smatter|automatically|guaranteed?|in\s(?:all|any)\scases?|without\s(?:exception|further|conditions?|limits?)"
    r"|unlimited|no\slimit|as\s(?:often|much|many|long)\sas\syou|all\syear|year-round|round|both|each|even|including|included?|entire(?:ly)?"
    r"|completely|fully|definitely|certainly|of\scourse|never|none|too|as\swell|or)\b",
    re.IGNORECASE,
)
_ONE_TIME = re.compile(
    r"\b(?:once(?!\s(?:you|we|the|your|it|this|that|a|an|they|all|again|more|there|in|at)\b)|one-off|one-time|one\stime)\b",
    re.IGNORECASE,
)
_REPEATED = re.compile(
    r"\b(?:again|every|each\s(?:time|month|year|week|day)|repeatedly|as\smany\stimes|as\soften|any\snumber|several\stimes|unlimited|always)\b",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(
    r"\b(?:only|except|unless|excluding|not|subject\sto|limited|provided|once|if|other\sthan|however|but|must|within|until|up\sto|where|when"
    r"|while|neither|cannot|before|after)\b|n['’]t\b",
    re.IGNORECASE,
)


def _words(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(match.group().lower() for match in pattern.finditer(text))


def widening_features(claim: str, question: str, line: str, passage: str, near: str) -> dict[str, float]:
    """Words that widen the claim and stand in neither line nor passage; restrictions of the line that it leaves out.

    ``near`` are the passages of the lines closest to the claim.
    """
    wider = _words(_WIDE, claim) - _words(_WIDE, passage)
    left_out = _words(_RESTRICTED, line) - _words(_RESTRICTED, f"{claim} {question}")
    repeated = bool(_words(_REPEATED, claim) - _words(_REPEATED, line)) and bool(_ONE_TIME.search(near))
    return {
        "widened": float(min(len(wider), 3)),
        "restrictions_dropped": float(min(len(left_out), 3)),
        "widened_restriction": float(bool(wider) and bool(left_out)),
        "repeated": float(repeated and not _ONE_TIME.search(claim)),
    }


def once_only(claim: str, aligned: Sequence[Aligned], weights: Weights) -> Aligned | None:
    """The line by which something happens once that the claim repeats: "again every month", "as often as you like"."""
    if not _REPEATED.search(claim) or _ONE_TIME.search(claim):
        return None
    known = frozenset().union(*(each.line.terms for each in aligned))
    terms = frozenset(concepts_of(claim)) & known
    for each in aligned[:_LINES_READ]:
        own = each.line.terms & terms
        if not own or not _ONE_TIME.search(each.line.text) or _words(_REPEATED, each.line.text):
            continue
        around = each.line.terms | frozenset(concepts_of(sentence_before(each.line)))
        if weights.share(around, terms) >= _SAME_THING:
            return each
    return None
