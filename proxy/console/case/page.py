"""What the templates of a case are given. Everything that could tell what the machine thought goes through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proxy.actions.answer_rules import NOT_ASKED
from proxy.console.case.addresses import case_address
from proxy.console.case.claims import ShownClaim, given_claims, unjudged_claims
from proxy.console.case.customer import shown_facts, told_by_tools
from proxy.console.case.due import due_in_words
from proxy.console.case.opened import OpenedCase
from proxy.console.case.passages import DocumentsThen
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord

CHOICES = (
    ("supported", "Supported", "The text says so."),
    ("contradicted", "Contradicted", "The text says otherwise."),
    ("unsupported", "Not supported", "The text does not say so."),
    (
        "unsure",
        "Cannot be checked",
        "It says nothing that a text could confirm, or the text does not settle it.",
    ),
)
WORDS = {
    **{value: label.lower() for value, label, _ in CHOICES},
    "not_checkable": "cannot be checked",
    "unverified": "not checked",
}


@dataclass(frozen=True, slots=True)
class NothingToJudge:
    """What stands where an answer's sentences would: why there are none, and what is there to do instead."""

    heading: str
    text: str


_NOT_ASKED = NothingToJudge(
    "The model gave no answer.",
    "The question came to people before the model was asked, or because of what a tool was to do. Answer it below.",
)
_NOT_KEPT = NothingToJudge("There is nothing to judge.", "The text of the answer is not kept (any more).")
_NOT_CHECKABLE = NothingToJudge(
    "There is nothing to judge.",
    "Nothing in this answer can be held against a policy. Read all of it, then decide below.",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the conversation before this one, as the customer saw it."""

    at: datetime
    question: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a judgement was not taken, and of which claim; ``verdict`` is what was chosen, if it was one of the four."""

    claim: int
    text: str
    verdict: str = ""


def case_values(opened: OpenedCase, claims: Sequence[ShownClaim], now: datetime) -> dict[str, Any]:
    """The whole page."""
    return {
        **review_values(opened, claims),
        "turns": [_turn(one) for one in opened.before],
        "facts": shown_facts(opened.decision.context if opened.decision else None),
        "tools": told_by_tools(opened.decision.facts if opened.decision else ()),
        "promises": opened.promises,
        "events": opened.events,
        "answers": opened.answers,
        "names": opened.names,
        "is_settled": opened.is_settled,
        "due_in_words": "" if opened.is_settled else due_in_words(opened.case.due_at, now),
        "is_past_due": opened.case.due_at is not None and opened.case.due_at < now,
    }


def review_values(
    opened: OpenedCase, claims: Sequence[ShownClaim], refused: Refused | None = None
) -> dict[str, Any]:
    """The part with the answer's claims (``shown_claims``) and, once they are judged, the actions."""
    return {
        **claims_values(claims, refused),
        "case": opened.case,
        "lease": opened.lease,
        "address": case_address(opened.case.ref),
        "may_judge": opened.lease.is_mine,
        "revealed": opened.is_revealed,
        "answer_text": opened.answer.text if opened.answer else model_answer(opened.decision),
        "nothing": nothing_to_judge(opened.decision),
        "ending": "case/_actions.html",
    }


def claims_values(claims: Sequence[ShownClaim], refused: Refused | None) -> dict[str, Any]:
    """The claims, and how many of them wait for a judgement."""
    required = [claim for claim in claims if claim.required]
    return {
        "claims": claims,
        "to_judge": len(required),
        "judged": sum(claim.first is not None for claim in required),
        "choices": CHOICES,
        "words": WORDS,
        "refused": refused,
    }


def shown_claims(ledger: Ledger, opened: OpenedCase) -> tuple[ShownClaim, ...]:
    """The answer's claims; their documents are read and parsed for it, so that a page asks for them once."""
    if opened.given is not None:
        return given_claims(opened.given, DocumentsThen(ledger, opened.given.corpus_version))
    if opened.answer is None:
        return ()
    documents = DocumentsThen(ledger, opened.answer.corpus_version)
    return unjudged_claims(opened.answer, documents, settled=opened.is_revealed)


def nothing_to_judge(decision: DecisionRecord | None) -> NothingToJudge:
    """Why an answer without sentences to judge has none. A text that is no longer kept is None in the record."""
    choices = decision.choices if decision else ()
    if model_answer(decision):
        return _NOT_CHECKABLE
    if decision is None:
        return _NOT_KEPT
    kept = all(choice.get("model_text") is not None for choice in choices)
    return _NOT_ASKED if kept or decision.unverified_reason == NOT_ASKED else _NOT_KEPT


def told_to_customer(decision: DecisionRecord | None) -> str | None:
    """What the customer read in place of the answer. It tells what was held back, so that it waits for the verdicts."""
    told = [choice.get("delivered_text") for choice in decision.choices] if decision else []
    return "\n\n".join(text for text in told if text) or None


def model_answer(decision: DecisionRecord | None) -> str:
    """The model's answer, word for word; "" where there is none."""
    choices = decision.choices if decision else []
    return next((choice["model_text"] for choice in choices if choice.get("model_text")), "")


def _turn(decision: DecisionRecord) -> Turn:
    return Turn(decision.created_at, decision.question, told_to_customer(decision))
