"""What was asked in the recorded traffic, and whether the documents had an answer to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxy.grounding.messages.signs import signs_of
from proxy.grounding.policy.features import Embed
from proxy.grounding.types import ClaimKind, Label
from proxy.ledger.records import DecisionRecord, models_sentence

# What a wrong or missing answer did to the customer, by the decision; what was handed over cost the company too.
HARM = {"deliver": 1, "rewrite": 2, "escalate": 3, "refuse": 3}
_POLICY = (ClaimKind.POLICY, ClaimKind.MIXED)
_ACCOUNT = (ClaimKind.ACCOUNT, ClaimKind.MIXED)
_SPOKEN_OF = (Label.SUPPORTED, Label.CONTRADICTED)
_DOES_NOT_KNOW = re.compile(
    r"\b(?:do(?:n't| not) (?:have|know|find)|can(?:'t|not) (?:find|say|tell)|not (?:sure|aware)"
    r"|no (?:information|details)|unable to (?:find|say|answer))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with policy in its answer. ``missed`` says that no document bears out or denies any of that.

    ``claim`` is the first sentence of the model's that no document spoke of, "" where it had nothing to say.
    """

    record: DecisionRecord
    question: str
    claim: str
    missed: bool

    @property
    def harm(self) -> int:
        return HARM.get(self.record.decision, 1)


def asked_in(records: Iterable[DecisionRecord], embed: Embed) -> list[Asked]:
    """The questions to policy, without those about the customer's own account and without small talk."""
    found = (
        _asked(record, record.question)
        for record in records
        if record.question and not _is_own_business(record, record.question, embed)
    )
    return [one for one in found if one is not None]


def _is_own_business(record: DecisionRecord, question: str, embed: Embed) -> bool:
    """Whether it is about the customer's account, by the question's own words and by what was looked up or told.

    Neither alone tells: "when do I get my reward" may ask how rewards work, and a booking may be open meanwhile.
    """
    told = any(claim.get("kind") in _ACCOUNT for claim in record.claims)
    return bool(record.facts or told) and signs_of(question, embed).about_account


def _asked(record: DecisionRecord, question: str) -> Asked | None:
    claims = record.claims
    policy = [claim for claim in claims if claim.get("kind") in _POLICY]
    if policy:
        unspoken = [claim for claim in policy if claim.get("verdict") == Label.UNSUPPORTED]
        spoken = any(claim.get("verdict") in _SPOKEN_OF for claim in policy)
        if not unspoken and not spoken:
            return None  # not judged at all
        first = models_sentence(unspoken[0]) if unspoken else None
        return Asked(record, question, first or "", missed=not spoken)
    checkable = any(claim.get("kind") != ClaimKind.NOT_CHECKABLE for claim in claims)
    said = " ".join(choice.get("model_text") or "" for choice in record.choices)
    if checkable or not _DOES_NOT_KNOW.search(said):
        return None
    return Asked(record, question, "", missed=True)
