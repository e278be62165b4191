"""The answer that an item is about: its claims as a reviewer judges them, and what the machine said of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, models_sentence
from proxy.ledger.reviews.records import CASE, ReviewItem
from proxy.review.dwell import floor_ms, honest_ms
from proxy.review.errors import ReviewError, Why

_NOT_CHECKABLE = "not_checkable"
_ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of policy that the machine found for a claim; ``url`` is its document's address."""

    document: str
    section: str | None = None
    quote: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class MachineVerdict:
    """``verdict``, ``confidence`` (that the claim is supported), why, and what was done (``action``)."""

    verdict: str
    confidence: float | None
    reason: str | None
    action: str


@dataclass(frozen=True, slots=True)
class AnswerClaim:
    """A claim of an answer, counted over all its choices; ``flagged`` where the machine did not deliver it."""

    number: int
    text: str
    kind: str | None
    evidence: tuple[Quote, ...]
    machine: MachineVerdict

    @property
    def flagged(self) -> bool:
        return self.machine.action != "deliver"

    @property
    def floor_ms(self) -> int:
        """The least time that reading the claim and the passage beside it takes."""
        return floor_ms(*self._read)

    @property
    def honest_ms(self) -> int:
        """The time to plan with for judging it."""
        return honest_ms(*self._read)

    @property
    def _read(self) -> tuple[str, str | None]:
        return self.text, self.evidence[0].quote if self.evidence else None


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """An answer under review. ``text`` is the whole of it, as the customer got it or would have."""

    question: str | None
    text: str
    claims: tuple[AnswerClaim, ...]
    corpus_version: str | None = None
    policy_date: datetime | None = None

    def claim(self, number: int) -> AnswerClaim:
        for one in self.claims:
            if one.number == number:
                return one
        numbers = ", ".join(str(one.number) for one in self.claims)
        raise ReviewError(Why.NO_CLAIM, f"this answer has no claim {number}; it has {numbers}")


def answer_of(ledger: Ledger, item: ReviewItem) -> ReviewedAnswer:
    """The answer of an item. Raises ReviewError where its text is not kept (any more)."""
    record = ledger.answer(item.response_id) if item.response_id else None
    if item.content is not None:
        return made_up_answer(item.content, record)
    answer = answer_of_record(record, as_model_wrote=item.kind == CASE) if record else None
    if answer is None or not answer.claims:
        raise ReviewError(Why.NO_TEXT, "the text of this answer is not kept (any more)")
    return answer


def answer_of_record(record: DecisionRecord, *, as_model_wrote: bool = False) -> ReviewedAnswer:
    """A recorded answer as the customer read it, or with the model's own sentences where those were not delivered.

    Where the proxy only watches, the customer read the model's own anyway. Only claims that can be checked and whose
    text is kept are there.
    """
    as_model_wrote = as_model_wrote or record.mode != _ENFORCE
    claims = [
        _claim(number, claim, models_sentence(claim) if as_model_wrote else claim.get("text"))
        for number, claim in enumerate(record.claims)
        if claim.get("kind") != _NOT_CHECKABLE
    ]
    which = "model_text" if as_model_wrote else "delivered_text"
    return ReviewedAnswer(
        question=record.question,
        text="\n\n".join(choice.get(which) or "" for choice in record.choices).strip(),
        claims=tuple(claim for claim in claims if claim.text),
        corpus_version=record.versions.get("corpus"),
        policy_date=record.policy_date,
    )


def made_up_answer(content: Mapping[str, Any], frame: DecisionRecord | None = None) -> ReviewedAnswer:
    """The answer of a made-up item; with a ``frame`` it stands in that recorded answer's place.

    Then question, corpus and the sentences that say nothing checkable are the recorded ones, and the claims have the
    numbers of those in whose place they stand.
    """
    claims = tuple(
        _claim(claim.get("number", place), claim, claim["text"])
        for place, claim in enumerate(content["claims"])
    )
    if frame is not None:
        return replace(
            answer_of_record(frame),
            text=_framed(frame, {one.number: one.text for one in claims}),
            claims=claims,
        )
    date = content.get("policy_date")
    return ReviewedAnswer(
        question=content.get("question"),
        text=" ".join(claim.text for claim in claims),
        claims=claims,
        corpus_version=content.get("corpus_version"),
        policy_date=datetime.fromisoformat(date) if date else None,
    )


def _framed(frame: DecisionRecord, texts: Mapping[int, str]) -> str:
    """The recorded answer's text with the sentences of these numbers in the place of its own.

    They are looked for by their words: where a text is kept masked, offsets no longer fit.
    """
    told, rest = "", str(frame.choices[0].get("delivered_text") or "")
    for number, claim in enumerate(frame.choices[0].get("claims") or ()):
        own = claim.get("text")
        if own and own in rest:
            before, _, rest = rest.partition(own)
            told += before + texts.get(number, own)
    return f"{told}{rest}".strip()


def _claim(number: int, claim: Mapping[str, Any], text: str | None) -> AnswerClaim:
    machine = MachineVerdict(
        claim.get("verdict") or "unverified",
        claim.get("confidence"),
        claim.get("reason"),
        claim.get("action") or "deliver",
    )
    return AnswerClaim(number, text or "", claim.get("kind"), _quotes(claim.get("evidence") or ()), machine)


def _quotes(evidence: Iterable[Mapping[str, Any]]) -> tuple[Quote, ...]:
    return tuple(
        Quote(str(one.get("document")), one.get("section"), one.get("quote"), one.get("url"))
        for one in evidence
    )
