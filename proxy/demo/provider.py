"""The demo provider: an OpenAI-shaped server without a model, which plays the recorded answers.

It says so itself: in its models' names, in ``system_fingerprint`` and in the header ``x-demo-provider``.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from litestar import Litestar, Response, get, post
from litestar.params import Body
from litestar.response import Stream

from proxy.demo.conversations import MODEL_PREFIX, Conversation, JsonObject, customer_turns

LABEL = {"x-demo-provider": "plays recorded answers, no model behind it"}
FINGERPRINT = "demo-recorded-answers"
UNKNOWN_QUESTION = (
    "This is a demo provider without a model: it can only play the answers that were recorded for it."
)

# Short enough that every sentence arrives in many pieces, as it does from a real provider.
_TOKEN = re.compile(r"\S{1,5}\s*|\s+")


class RecordedAnswers:
    """Finds an answer by what the customer wrote last, and by how many turns it took to get there."""

    def __init__(self, conversations: Sequence[Conversation]) -> None:
        self.models = sorted({conversation.model for conversation in conversations})
        self._by_turn = {(c.asked[-1], len(c.asked)): c.model_said for c in conversations}
        self._by_text = {c.asked[-1]: c.model_said for c in conversations}

    def find(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """The recorded answer. Turns that were not recorded (a question put again) are passed over."""
        asked = customer_turns(messages)
        for count in range(len(asked), 0, -1):
            text = asked[count - 1]
            answer = self._by_turn.get((text, count)) or self._by_text.get(text)
            if answer is not None:
                return answer
        return UNKNOWN_QUESTION


def create_provider(conversations: Sequence[Conversation], *, token_delay_s: float = 0.0) -> Litestar:
    """The provider's application; ``token_delay_s`` is the pause before each streamed piece."""
    recorded = RecordedAnswers(conversations)

    @get("/v1/models")
    async def models() -> Response[JsonObject]:
        return _json({"object": "list", "data": [_model(name) for name in recorded.models]})

    @post("/v1/chat/completions", status_code=200)
    async def chat(data: Annotated[JsonObject, Body()]) -> Response[Any]:
        model = str(data.get("model"))
        if not model.startswith(MODEL_PREFIX):
            return _json(_unknown_model(model, recorded.models), status_code=404)
        answer = recorded.find(data.get("messages") or [])
        if data.get("stream"):
            events = _events(data, answer, token_delay_s)
            return Stream(events, media_type="text/event-stream", headers=LABEL)
        return _json(_completion(data, answer))

    return Litestar([models, chat], openapi_config=None, logging_config=None)


def _json(body: JsonObject, status_code: int = 200) -> Response[JsonObject]:
    return Response(body, status_code=status_code, headers=LABEL)


def _model(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 0, "owned_by": "demo"}


def _unknown_model(model: str, known: Sequence[str]) -> JsonObject:
    message = f"The model {model!r} does not exist. This demo provider has: {', '.join(known)}."
    return {
        "error": {
            "message": message,
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


def _head(request: JsonObject, kind: str) -> JsonObject:
    return {
        "id": f"chatcmpl-demo-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": request["model"],
        "system_fingerprint": FINGERPRINT,
    }


def _usage(request: JsonObject, answer: str) -> JsonObject:
    """Tokens as a rough four characters each: nobody is billed for these."""
    prompt = len(json.dumps(request.get("messages") or [])) // 4
    completion = _choices(request) * max(1, len(answer) // 4)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _choices(request: JsonObject) -> int:
    return max(1, int(request.get("n") or 1))


def _completion(request: JsonObject, answer: str) -> JsonObject:
    message = {"role": "assistant", "content": answer, "refusal": None}
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": "stop"}
        for index in range(_choices(request))
    ]
    return {**_head(request, "chat.completion"), "choices": choices, "usage": _usage(request, answer)}


async def _events(request: JsonObject, answer: str, delay_s: float) -> AsyncIterator[str]:
    """The answer as server-sent events, https://platform.openai.com/docs/api-reference/chat-streaming."""
    head = _head(request, "chat.completion.chunk")

    def event(delta: JsonObject, finish_reason: str | None = None) -> str:
        choices = [
            {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
            for index in range(_choices(request))
        ]
        return f"data: {json.dumps({**head, 'choices': choices})}\n\n"

    yield event({"role": "assistant", "content": ""})
    for token in _TOKEN.findall(answer):
        await asyncio.sleep(delay_s)
        yield event({"content": token})
    yield event({}, "stop")
    if (request.get("stream_options") or {}).get("include_usage"):
        usage = {**head, "choices": [], "usage": _usage(request, answer)}
        yield f"data: {json.dumps(usage)}\n\n"
    yield "data: [DONE]\n\n"
