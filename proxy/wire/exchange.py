"""One request on its way: what was asked, by whom, on which route, and how the provider is asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.types import Receive

from proxy.actions.ahead import happened, held_by
from proxy.actions.inquiry import Inquiry
from proxy.context.customer import HEADER_PREFIX, ContextError, Customer, customer_from
from proxy.context.tool_results import facts_from_messages
from proxy.guard import AnswerGuard, Ask, Messages
from proxy.ledger.records import Turn
from proxy.ledger.references import new_answer_id
from proxy.rules.context_options import ContextOptions
from proxy.rules.policies import Route
from proxy.telemetry.tracing import RequestTrace
from proxy.wire.candidate.comparing import note_answer
from proxy.wire.dialects.dialect import (
    Asked,
    Conversing,
    ConversingStream,
    Dialect,
    Place,
    StreamGuard,
    WholeAnswer,
    choices_of,
)
from proxy.wire.errors import InvalidRequest, UnsupportedEncoding
from proxy.wire.leaving import unless_left
from proxy.wire.provider_call import ProviderCall
from proxy.wire.services import Services
from proxy.wire.turns import keep, owner_of, recalled
from proxy.wire.upstreams.answers import UpstreamAnswer, UpstreamStream
from proxy.wire.upstreams.upstream import ModelRequest

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """``headers`` are the client's, in lower case; ``receive`` tells when it leaves.

    ``declared`` is what may be asked about its customer. ``instead`` answers where a candidate fails.
    """

    services: Services
    dialect: Dialect
    asked: Asked
    headers: Mapping[str, str]
    trace: RequestTrace
    inquiry: Inquiry
    declared: ContextOptions
    receive: Receive
    instead: Exchange | None = None

    @property
    def route(self) -> Route:
        return self.inquiry.route

    @property
    def model_s(self) -> float:
        """Seconds that the provider's answer may take; where nothing is enforced, the route changes nothing."""
        total_s = self.services.total_timeout_s
        own = self.route.model_s if self.route.mode == "enforce" else None
        return min(own or total_s, total_s)

    def guard(self) -> AnswerGuard:
        return self.services.guard.open(self.inquiry, self.trace)

    def calling(self, *, stream: bool) -> ProviderCall:
        """Begin a call of the provider."""
        place, asked = self.services.upstream.first, self.asked
        model = self.services.model or asked.model
        span = self.trace.chat(
            model=model,
            provider=place.provider,
            address=place.host,
            port=place.port,
            stream=stream,
            body={**asked.body, "messages": asked.messages},
            conversation_id=self.inquiry.customer.conversation_id,
            operation=asked.operation,
            api=asked.api,
        )
        return ProviderCall(span, self.services.metrics, model, place)

    async def whole(self, call: ProviderCall, content: bytes | None = None) -> UpstreamAnswer:
        """Ask for a whole answer, with another body than the client's where one is given. Raises ProxyError."""
        request = self._request(call, content)
        return await self.services.upstream.whole(request, call, timeout_s=self.model_s)

    async def ask(self, messages: Messages | None = None) -> tuple[UpstreamAnswer, WholeAnswer]:
        """Ask the provider for a whole answer, with other ``messages`` where they are given. Raises ProxyError."""
        asked, dialect = self.asked, self.dialect
        as_it_came = messages is None and not asked.streamed
        raw = asked.raw if as_it_came else dialect.asking_whole(asked, messages)
        with self.calling(stream=False) as call:
            upstream = await self.whole(call, raw)
            whole = dialect.whole(upstream.content)
            call.answered(whole.summary)
        return upstream, whole

    async def stream(self, call: ProviderCall) -> UpstreamStream:
        """Ask for a stream, as long as the client waits for it. Raises ProxyError."""
        stream = self.services.upstream.stream(self._request(call), call, timeout_s=self.model_s)
        return await unless_left(self.receive, stream)

    def _request(self, call: ProviderCall, content: bytes | None = None) -> ModelRequest:
        asked = self.asked
        content = asked.raw if content is None else content
        request = ModelRequest(asked.model, asked.path, content, self.headers, call.trace_headers())
        return request.of_model(self.services.model) if self.services.model else request

    def by(self, services: Services, system_prompt: str | None = None) -> Exchange:
        """The same request, answered by a candidate's services; who asks for what stays as it is."""
        asked, policies, customer = self.asked, services.policies.current, self.inquiry.customer
        asked = self.dialect.instructed(asked, system_prompt) if system_prompt else asked
        route = policies.route_for(model=asked.model, channel=customer.channel, audience=customer.audience)
        inquiry = replace(
            self.inquiry,
            route=route,
            messages=asked.messages,
            dry_run=route.mode != "enforce",
            rules=policies.rules,
            queues=policies.queues,
        )
        return replace(self, services=services, asked=asked, inquiry=inquiry, declared=policies.context)

    async def record(self, answer: AnswerGuard) -> None:
        """Make the answer's record durable, and note it for whoever compares."""
        await answer.record()
        note_answer(self.services, answer)
        self.services.candidate.copy(self, answer)

    async def looked_ahead(self) -> Exchange:
        """The same with what is known before the model is asked (actions/ahead.py)."""
        services = self.services
        seen = await services.ahead.looked_at(self.inquiry, self.declared, self.headers, self.trace)
        if (since := held_by(seen)) is not None:
            services.background.start(services.ahead.note_returned(seen, since))
        if done := happened(seen, self.declared):
            services.background.start(services.ahead.note_promises(seen, done))
        return replace(self, inquiry=seen)

    async def settle(
        self, answer: AnswerGuard, places: Sequence[Place], ask_again: Ask | None = None
    ) -> None:
        """Guard an answer that is there as a whole: each choice's texts, then the calls beside them."""
        for choice in choices_of(places):
            calls = [call for place in choice for call in place.calls]
            texts = {place.index: place.text for place in choice if place.text}
            # Calls of tools would be lost by asking again; and of several questions only one would be asked.
            again = None if self.asked.questions or calls else ask_again
            await answer.settle_whole(choice[-1].index, texts, calls, again)
            await answer.conclude(choice[-1].index, calls, first=choice[0].index)

    async def left(self, body: JsonObject) -> JsonObject:
        """A whole answer's body as it leaves, kept as a turn where the request says so."""
        if not isinstance(self.dialect, Conversing):
            return body
        body = self.dialect.leaving(body, self.asked)
        await self._keep(body)
        return body

    async def left_streamed(self, guard: StreamGuard) -> None:
        """A stream's end is about to leave: keep what it told as a turn."""
        told = guard.left if isinstance(guard, ConversingStream) else None
        if told is not None:
            await self._keep(told)

    async def _keep(self, body: JsonObject) -> None:
        asked, inquiry = self.asked, self.inquiry
        if asked.turn is None:
            return
        turn = Turn(
            response_id=inquiry.response_id,
            owner=owner_of(self.headers, inquiry.customer, inquiry.tenant),
            created_at=inquiry.received_at,
            previous_id=asked.follows,
            input=list(asked.turn),
            response=body,
        )
        await keep(self.services.ledger, turn)


def begin(
    services: Services,
    dialect: Dialect,
    asked: Asked,
    headers: Mapping[str, str],
    request: Request[Any, Any, State],
) -> Exchange:
    """Find out who asks, which route it takes, and what it goes on from. Reads the ledger; raises InvalidRequest."""
    customer = identify(services, headers, asked.body)
    policies = services.policies.current
    route = policies.route_for(model=asked.model, channel=customer.channel, audience=customer.audience)
    if isinstance(dialect, Conversing):
        owner = owner_of(headers, customer, services.tenant)
        asked = recalled(services.ledger, dialect, asked, route, owner)
    inquiry = Inquiry(
        response_id=new_answer_id(),
        route=route,
        customer=customer,
        model=asked.model,
        messages=asked.messages,
        question=asked.question,
        facts=facts_from_messages(asked.messages),
        received_at=datetime.now(UTC),
        streamed=asked.streamed,
        dry_run=route.mode != "enforce",
        questions=asked.questions,
        json_output=asked.json_output,
        choices_each=asked.choices_each,
        rules=policies.rules,
        queues=policies.queues,
        tenant=services.tenant,
    )
    trace: RequestTrace = request.scope["state"]["trace"]
    trace.answering(inquiry.response_id)
    return Exchange(services, dialect, asked, headers, trace, inquiry, policies.context, request.receive)


def headers_of(request: Request[Any, Any, State]) -> dict[str, str]:
    """The client's headers, in lower case. Raises InvalidRequest: one of ours comes twice, or the body is packed."""
    headers = one_of_each(request)
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedEncoding("The request body is compressed; send it without Content-Encoding.")
    return headers


def one_of_each(request: Request[Any, Any, State]) -> dict[str, str]:
    """The client's headers, in lower case. Raises InvalidRequest where one of ours comes twice.

    Of two ids a gateway may have set the one and a customer the other.
    """
    headers: dict[str, str] = {}
    for name, value in ((str(name).lower(), value) for name, value in request.headers.multi_items()):
        if name in headers and name.startswith(HEADER_PREFIX):
            raise InvalidRequest(f"{name} was sent twice; send it once.", param=name, code="invalid_header")
        headers[name] = value
    return headers


def identify(services: Services, headers: Mapping[str, str], body: Mapping[str, Any]) -> Customer:
    """The customer of a request. Raises InvalidRequest where a header cannot be read."""
    try:
        return customer_from(headers, body, services.shared_ids)
    except ContextError as error:
        raise InvalidRequest(str(error), param=error.header, code="invalid_header") from None
