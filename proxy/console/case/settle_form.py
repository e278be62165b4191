"""What the actions of a case show, and what was sent and not taken, to be shown again with what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from proxy.access.people.roles import Person, Role, person_from
from proxy.console.case.claims import ShownClaim
from proxy.console.case.opened import OpenedCase
from proxy.console.case.page import WORDS, model_answer, told_to_customer
from proxy.console.case.policy_note import noted_texts
from proxy.console.membership import closed_queues
from proxy.ledger.records import JsonObject
from proxy.ledger.staff.people import PersonRecord
from proxy.wire.desk.checking import Checked
from proxy.wire.services import Services

APPROVE, CORRECT, REJECT, HAND_OVER = "approve", "correct", "reject", "hand-over"
NOT_CHECKED = (
    "It could not be checked just now and was not sent. Try again, or say why it is right all the same."
)
_LOOKS = {"supported": "good", "contradicted": "bad", "unsupported": "warn"}


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a draft with what checking found, and why; ``look`` is the tag's.

    ``quote`` is there where the reason does not say it already.
    """

    text: str
    words: str
    look: str
    reason: str
    document: str | None
    quote: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """An action's fields as they were sent. ``warnings`` are sentences that policy does not cover.

    ``needs_reason``: it leaves only with a reason why it is right all the same.
    """

    action: str
    text: str = ""
    reason: str = ""
    note: str = ""
    override_reason: str = ""
    problem: str = ""
    needs_reason: bool = False
    warnings: Sequence[CheckedSentence] = ()


def settling_values(
    services: Services,
    person: Person,
    opened: OpenedCase,
    claims: Sequence[ShownClaim],
    form: Form | None = None,
) -> dict[str, Any]:
    """Nothing of it is there before the answer has been judged, nor for who does not hold the case."""
    if not (opened.is_revealed and opened.lease.is_mine):
        return {"form": None}
    return {
        "form": form,
        "told": told_to_customer(opened.decision),
        "model_answer": model_answer(opened.decision),
        "rejection": rejection_of(services, opened),
        "people": colleagues(services, person, opened.case.queue),
        "documents": noted_texts(claims),
        "noted": "",
        "problem": "",
    }


def rejection_of(services: Services, opened: OpenedCase) -> str:
    """What the case's route has the customer told where an answer is rejected."""
    model = opened.decision.model if opened.decision else ""
    return services.policies.current.route_for(model=model).rejection


def colleagues(services: Services, person: Person, queue: str) -> list[PersonRecord]:
    """Who else of the tenant may hold a case of this queue."""
    others = [one for one in services.ledger.people.listed(person.tenant) if one.id != person.id]
    return [
        one
        for one in others
        if one.disabled_at is None
        and person_from(one).may(Role.REVIEWER)
        and queue not in closed_queues(services, one)
    ]


def checked_sentences(claims: Sequence[JsonObject]) -> list[CheckedSentence]:
    return [_sentence(claim) for claim in claims]


def with_warnings(form: Form, checked: Checked) -> Form:
    """The form with what stands against sending it."""
    if checked.found["verified"]:
        return replace(form, needs_reason=True, warnings=checked_sentences(checked.unsupported))
    return replace(
        form, needs_reason=True, problem=NOT_CHECKED, warnings=checked_sentences(checked.found["claims"])
    )


def _sentence(claim: JsonObject) -> CheckedSentence:
    verdict = str(claim["verdict"])
    evidence: JsonObject = next(iter(claim.get("evidence") or ()), {})
    reason = str(claim.get("reason") or "")
    quote = evidence.get("quote") if verdict != "not_checkable" and "“" not in reason else None
    return CheckedSentence(
        str(claim["text"]),
        WORDS.get(verdict, verdict),
        _LOOKS.get(verdict, ""),
        reason,
        evidence.get("document"),
        quote,
    )
