"""Responses: the dialect of ``POST /v1/responses``.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxy.guard import AnswerGuard, Messages
from proxy.ledger.records import Turn
from proxy.rules.policies import Route
from proxy.wire.dialects.dialect import Asked, Observed
from proxy.wire.dialects.responses_request import (
    asking_whole,
    going_on,
    instructed,
    parse_responses_request,
)
from proxy.wire.dialects.responses_shape import ResponsesAnswer, echoed, empty_response, response_of
from proxy.wire.dialects.responses_stream import ResponsesStream, observed_stream, told_as_stream

JsonObject = dict[str, Any]


class Responses:
    paths = ("/v1/responses",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        return parse_responses_request(raw)

    def going_on(self, asked: Asked, turns: Sequence[Turn], route: Route, *, keeps: bool) -> Asked:
        return going_on(asked, turns, route, keeps=keeps)

    def asking_whole(self, asked: Asked, messages: Messages | None = None) -> bytes:
        return asking_whole(asked, messages)

    def instructed(self, asked: Asked, text: str) -> Asked:
        return instructed(asked, text)

    def whole(self, content: bytes) -> ResponsesAnswer:
        return response_of(content)

    def unasked(self, asked: Asked, response_id: str, created_at: int) -> bytes:
        return empty_response(asked, response_id, created_at)

    def leaving(self, body: JsonObject, asked: Asked) -> JsonObject:
        return echoed(body, asked, body["cxai"]["response_id"])

    def told(self, body: JsonObject, asked: Asked) -> Iterable[bytes]:
        return told_as_stream(body)

    def stream_guard(self, answer: AnswerGuard, asked: Asked) -> ResponsesStream:
        return ResponsesStream(answer, asked)

    def observed(self, events: Iterable[str]) -> Observed:
        return observed_stream(events)
