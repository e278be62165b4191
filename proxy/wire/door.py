"""The doors at which models are asked, one for each dialect: stream or not, guarded, observed or only forwarded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from proxy.access.keys import Scope
from proxy.actions.corrections import give_back
from proxy.guard import AnswerGuard, Messages
from proxy.wire.candidate.comparing import note_failure
from proxy.wire.candidate.placing import placed
from proxy.wire.cxai_object import cxai_object_of, decision_headers, pending_headers
from proxy.wire.dialects.dialect import Conversing, Dialect, JsonObject, WholeAnswer, choices_of
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import ClientLeft, ProxyError
from proxy.wire.exchange import Exchange, begin, headers_of
from proxy.wire.gated_relay import GatedRelay
from proxy.wire.observing import unguarded
from proxy.wire.services import Services
from proxy.wire.upstreams.answers import EVENT_STREAM

LONG_BODY = 200_000  # bytes
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def door(dialect: Dialect) -> HTTPRouteHandler:
    @post(list(dialect.paths), status_code=200, include_in_schema=False, opt={SCOPE: Scope.CHAT})
    async def answer(request: Request[Any, Any, State], services: NamedDependency[Services]) -> Response[Any]:
        exchange = await _begun(services, dialect, request)
        if exchange.route.mode == "enforce":
            exchange = await exchange.looked_ahead()
        try:
            return await _answered(exchange)
        except ClientLeft:
            services.background.start(_left_at_once(exchange))
            raise

    return answer


async def _answered(exchange: Exchange) -> Response[Any]:
    """The answer; where a candidate fails before any of it has left, by what runs."""
    try:
        return await _answered_by_one(exchange)
    except ClientLeft:
        raise
    except ProxyError:
        note_failure(exchange.services, exchange.inquiry)
        await asyncio.to_thread(give_back, exchange.inquiry, exchange.services.ledger)
        if exchange.instead is None:
            raise
    instead = exchange.instead
    return await _answered_by_one(
        await instead.looked_ahead() if instead.route.mode == "enforce" else instead
    )


async def _answered_by_one(exchange: Exchange) -> Response[Any]:
    if exchange.route.mode != "enforce":
        return await unguarded(exchange)
    if exchange.inquiry.stopping is not None or exchange.inquiry.only_told:
        return await unasked_answer(exchange)
    if exchange.asked.streamed and not exchange.inquiry.leaves_whole:
        return await guarded_stream(exchange)
    return await guarded_answer(exchange)


async def _left_at_once(exchange: Exchange) -> None:
    """The client hung up before its stream began: nothing was delivered, and the record says so."""
    if exchange.route.mode != "off":
        answer = exchange.guard()
        answer.mark_unverified(ClientLeft.code)
        await exchange.record(answer)


async def _begun(services: Services, dialect: Dialect, request: Request[Any, Any, State]) -> Exchange:
    """A long conversation is read in a thread, and so is the ledger: other customers' answers go on meanwhile."""
    headers, raw = headers_of(request), await request.body()

    def begun() -> Exchange:
        asked = dialect.parse(raw, {**request.query_params, **request.path_params})
        return placed(begin(services, dialect, asked, headers, request))

    in_thread = len(raw) >= LONG_BODY or isinstance(dialect, Conversing)
    return await asyncio.to_thread(begun) if in_thread else begun()


async def guarded_answer(exchange: Exchange) -> Response[Any]:
    """An answer that is whole before any of it leaves, told as a stream where the client asked for one."""
    upstream, whole = await exchange.ask()
    answer = exchange.guard()
    body = await guard_whole(exchange, answer, whole)
    return await _told_whole(exchange, answer, body, upstream.headers)


async def unasked_answer(exchange: Exchange) -> Response[Any]:
    """An answer by people, or a refusal, for which no model is asked; told as a stream where the client wants one."""
    inquiry, dialect = exchange.inquiry, exchange.dialect
    created_at = int(inquiry.received_at.timestamp())
    whole = dialect.whole(dialect.unasked(exchange.asked, inquiry.response_id, created_at))
    answer = exchange.guard()
    await answer.unasked([choice[0].index for choice in choices_of(whole.places)])
    return await _told_whole(exchange, answer, whole.delivered(answer.gates, whole.summary.usage), {})


async def _told_whole(
    exchange: Exchange, answer: AnswerGuard, body: JsonObject, headers: Mapping[str, str]
) -> Response[Any]:
    await exchange.record(answer)
    body = await exchange.left({**body, "cxai": await cxai_object_of(answer)})
    headers = {**headers, **decision_headers(answer)}
    if not exchange.asked.streamed:
        return Response(msgspec.json.encode(body), media_type="application/json", headers=headers)
    events = exchange.dialect.told(body, exchange.asked)
    return Stream(_sent(events), media_type=EVENT_STREAM, headers={**headers, **STREAM_HEADERS})


async def _sent(events: Iterable[bytes]) -> AsyncIterator[bytes]:
    for event in events:
        yield event


async def guard_whole(exchange: Exchange, answer: AnswerGuard, whole: WholeAnswer) -> JsonObject:
    """The answer's body with every place's text as it may be delivered."""
    answer.usage.update(whole.summary.usage)

    async def ask_again(messages: Messages) -> str | None:
        try:
            _, again = await exchange.ask(messages)
        except ProxyError:
            return None
        _add_usage(answer, again.summary.usage)
        return next((place.text for place in again.places), None)

    await exchange.settle(answer, whole.places, ask_again)
    usage = {key: value for key, value in answer.usage.items() if key != "reask"}
    return whole.delivered(answer.gates, usage)


def _add_usage(answer: AnswerGuard, more: JsonObject) -> None:
    """What asking again cost counts in ``usage``, and is itemised under ``reask``."""
    itemised = answer.usage.setdefault("reask", {})
    for key in ("prompt_tokens", "completion_tokens", "total_tokens"):
        counted = answer.usage.get(key, 0)
        if isinstance(more.get(key), int) and isinstance(counted, int):
            answer.usage[key] = counted + more[key]
            itemised[key] = itemised.get(key, 0) + more[key]


async def guarded_stream(exchange: Exchange) -> Response[Any]:
    """A stream in which each sentence leaves once it is judged."""
    call = exchange.calling(stream=True)
    try:
        stream = await exchange.stream(call)
        await stream.expect_events()
    except ProxyError as error:
        call.failed(error)
        call.end()
        raise
    headers = {**stream.headers, **pending_headers(exchange.inquiry), **STREAM_HEADERS}
    return Stream(GatedRelay(exchange, stream, call).events(), media_type=EVENT_STREAM, headers=headers)
