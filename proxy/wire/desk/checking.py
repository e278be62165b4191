"""A person's text to a customer is held to the same standard as a model's: judged before it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from proxy.context.customer import HEADER_PREFIX
from proxy.ledger.desk.records import DeskCase, NewAnswer
from proxy.ledger.records import DecisionRecord
from proxy.telemetry.tracing import RequestTrace
from proxy.wire.check import CheckRequest, check_inquiry
from proxy.wire.cxai_object import checked_object
from proxy.wire.errors import InvalidRequest, error_object
from proxy.wire.services import Services

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a text found: the ``cxai`` object, and those of its claims that would not be delivered."""

    text: str
    found: JsonObject

    @property
    def unsupported(self) -> list[JsonObject]:
        return [claim for claim in self.found["claims"] if claim["action"] != "deliver"]

    @property
    def may_leave(self) -> bool:
        """Whether all of it was judged, and all that says something checkable is supported."""
        return bool(self.found["verified"]) and not self.unsupported

    def answer(self, override_reason: str | None) -> NewAnswer:
        """What is kept of it; a reason counts only where there is something to override."""
        reason = None if self.may_leave else override_reason
        return NewAnswer(self.text, self.may_leave, self.found["claims"], reason)


class NotSupported(InvalidRequest):
    """With the ``cxai`` object beside the error, so that who wrote the text sees which sentence it is, and why."""

    status = 409
    code = "not_supported"

    def __init__(self, checked: Checked) -> None:
        sentences = "; ".join(f"“{claim['text']}” ({claim['reason']})" for claim in checked.unsupported)
        why = sentences or f"it could not be checked ({checked.found['unverified_reason']})"
        super().__init__(
            f"This answer is not sent: {why}. Correct it, or send it over this warning with `override_reason`.",
            param="text",
        )
        self.checked = checked

    def body(self) -> bytes:
        error = error_object(self.message, self.type, self.param, self.code)
        return msgspec.json.encode({**error, "cxai": self.checked.found})


async def checked_text(
    services: Services,
    case: DeskCase,
    decision: DecisionRecord | None,
    text: str,
    trace: RequestTrace,
    headers: Mapping[str, str],
    tool_results: Sequence[str] = (),
) -> Checked:
    """Judge a text that answers a case, as ``POST /v1/guard/check`` does with ``author: "human"``.

    ``headers`` are the request's, in lower case; who the customer is says the case, and not who writes to them. They
    are answered as they asked, which ``decision`` tells, the record of the answer that the case came from: by the same
    route, for their market, of the policy date that their question named.
    """
    own = {name: value for name, value in headers.items() if not name.startswith(HEADER_PREFIX)}
    own |= _as_asked(decision)
    asked = CheckRequest(
        answer=text,
        question=case.question,
        customer_id=case.customer_id,
        model=decision.model if decision else "",
        tool_results=[*_tool_results(decision), *tool_results],
        author="human",
    )
    policies = services.policies.current
    inquiry = check_inquiry(services, policies, asked, own, trace)
    known = await services.ahead.looked_at(inquiry, policies.context, own, trace)
    answer = services.guard.open(known, trace)
    judged = await answer.check(text)
    return Checked(text, checked_object(answer, text, judged))


def _as_asked(decision: DecisionRecord | None) -> dict[str, str]:
    """The headers that the customer's question came with, as far as its record has them."""
    if decision is None:
        return {}
    request = decision.request or {}
    told = {
        "channel": request.get("channel"),
        "audience": request.get("audience"),
        "jurisdiction": request.get("market"),
    }
    date = decision.policy_date
    # Of a question that names no date the record has its day; it is answered of today.
    if date is not None and date != decision.created_at:
        told["as-of"] = date.isoformat()
    return {HEADER_PREFIX + name: str(value) for name, value in told.items() if value}


def _tool_results(decision: DecisionRecord | None) -> list[str]:
    """What tools had said when the model answered; what failed shows nothing."""
    facts = decision.facts if decision else []
    return [str(fact["text"]) for fact in facts if fact.get("succeeded", True) and fact.get("text")]
