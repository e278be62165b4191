"""The door ``POST /v1/guard/check``: the same judging without a model, for people's drafts, batch jobs and tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from pydantic import BaseModel, ConfigDict, Field

from proxy.access.keys import Scope
from proxy.actions.inquiry import Inquiry, dry_inquiry
from proxy.context.tool_results import facts_from_texts
from proxy.ledger.references import new_answer_id
from proxy.rules.policies import Policies
from proxy.telemetry.tracing import RequestTrace
from proxy.wire.cxai_object import checked_object, decision_headers
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.exchange import headers_of, identify
from proxy.wire.request_body import parse_json_object, read_request
from proxy.wire.services import Services


class CheckRequest(BaseModel):
    """``author`` says whose text it is; both are held to the same standard."""

    model_config = ConfigDict(extra="forbid", strict=True)
    answer: str = Field(min_length=1)
    question: str | None = None
    customer_id: str | None = None
    model: str = ""
    tool_results: list[str] = []
    as_of: str | None = None
    author: Literal["ai", "human"] = "ai"


@post("/v1/guard/check", status_code=200, include_in_schema=False, opt={SCOPE: Scope.CHECK})
async def guard_check(
    request: Request[Any, Any, State], services: NamedDependency[Services]
) -> Response[bytes]:
    headers = headers_of(request)
    asked = read_request(parse_json_object(await request.body()), CheckRequest)
    trace = request.scope["state"]["trace"]
    policies = services.policies.current
    inquiry = check_inquiry(services, policies, asked, headers, trace)
    known = await services.ahead.looked_at(inquiry, policies.context, headers, trace)
    answer = services.guard.open(known, trace)
    judged = await answer.check(asked.answer)
    result = checked_object(answer, asked.answer, judged)
    return Response(
        msgspec.json.encode(result), media_type="application/json", headers=decision_headers(answer)
    )


def check_inquiry(
    services: Services,
    policies: Policies,
    asked: CheckRequest,
    headers: dict[str, str],
    trace: RequestTrace,
) -> Inquiry:
    given = {"x-cxai-customer-id": asked.customer_id, "x-cxai-as-of": asked.as_of}
    customer = identify(services, {**headers, **{name: value for name, value in given.items() if value}}, {})
    route = policies.route_for(model=asked.model, channel=customer.channel, audience=customer.audience)
    inquiry = replace(
        dry_inquiry(route, customer, asked.question, facts_from_texts(asked.tool_results)),
        response_id=new_answer_id(),
        rules=policies.rules,
        tenant=services.tenant,
    )
    trace.answering(inquiry.response_id)
    return inquiry
