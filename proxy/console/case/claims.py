"""An answer claim by claim as the page shows it: each beside the text that was found for it.

What the machine thought comes from ``proxy.review`` only once the reviewer has judged for themselves, and what is made
of it here (the typed differences) is made then. A template that is given none of it cannot leak it.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxy.console.case.differences import Difference, differences
from proxy.console.case.passages import DocumentsThen, Shown, shown
from proxy.grounding.types import Label
from proxy.review.answers import MachineVerdict, Quote, ReviewedAnswer
from proxy.review.views import Given

EVIDENCE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim as the page shows it; ``number`` is its place in the answer's record, ``place`` the one on the page.

    ``first`` is what this reviewer said blind, ``last`` what stands. ``machine`` and ``differences`` are empty
    until they have judged all that they are asked to.
    """

    number: int
    place: int
    text: str
    evidence: tuple[Shown, ...]
    required: bool = False
    first: str | None = None
    last: str | None = None
    agrees: bool | None = None
    machine: MachineVerdict | None = None
    differences: tuple[Difference, ...] = ()


def given_claims(given: Given, documents: DocumentsThen) -> tuple[ShownClaim, ...]:
    """The claims of a review, as its reviewer may see them now."""
    return tuple(
        ShownClaim(
            number=claim.number,
            place=place,
            text=claim.text,
            evidence=_evidence(claim.evidence, documents),
            required=claim.required,
            first=claim.first,
            last=claim.last,
            agrees=claim.agrees,
            machine=claim.machine,
            differences=_differences(claim.text, given.question, claim.evidence, claim.machine),
        )
        for place, claim in enumerate(given.claims, start=1)
    )


def unjudged_claims(
    answer: ReviewedAnswer, documents: DocumentsThen, *, settled: bool = False
) -> tuple[ShownClaim, ...]:
    """The claims as those see them who do not review them; with the machine's verdicts once the case is ``settled``."""
    return tuple(
        ShownClaim(
            number=claim.number,
            place=place,
            text=claim.text,
            evidence=_evidence(claim.evidence, documents),
            machine=claim.machine if settled else None,
            differences=_differences(
                claim.text, answer.question, claim.evidence, claim.machine if settled else None
            ),
        )
        for place, claim in enumerate(answer.claims, start=1)
    )


def _evidence(quotes: tuple[Quote, ...], documents: DocumentsThen) -> tuple[Shown, ...]:
    return tuple(shown(one, documents) for one in quotes[:EVIDENCE_SHOWN])


def _differences(
    text: str, question: str | None, evidence: tuple[Quote, ...], machine: MachineVerdict | None
) -> tuple[Difference, ...]:
    quote = next((one.quote for one in evidence if one.quote), None)
    if machine is None or quote is None or machine.verdict == Label.SUPPORTED:
        return ()
    return differences(text, question, quote)
