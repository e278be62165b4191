"""A provider on loopback that answers each turn as its model did when it was recorded."""

from __future__ import annotations

import json
from typing import Any

from proxy.rehearsal.operators.operator import Trouble
from proxy.rehearsal.suite.model import Answer, JsonObject

ASKED_FOR = "x-rehearsal-turn"  # names the turn whose answer is asked for; passes the proxy
NOT_EXPECTED = "This provider only knows answers that were recorded, and none of this turn."
TRY_LATER = "Please try again later."


class RecordedModel:
    """An ASGI application that takes ``POST /v1/chat/completions``, whole; asked again, it says the same again."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer | Trouble] = {}

    def expect(self, turn: str, answer: Answer | Trouble) -> None:
        self._answers[turn] = answer

    def forget(self, turn: str) -> None:
        del self._answers[turn]

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        turn = dict(scope["headers"]).get(ASKED_FOR.encode(), b"").decode()
        answer = self._answers.get(turn)
        status, body = _reply(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _reply(answer: Answer | Trouble | None) -> tuple[int, bytes]:
    if isinstance(answer, Answer):
        return 200, _completion(answer)
    if answer is None:
        return 404, _error("not_recorded", NOT_EXPECTED)
    return answer.status, _error("busy", TRY_LATER)


def _completion(answer: Answer) -> bytes:
    finish = "tool_calls" if answer.tool_calls else "stop"
    choice = {"index": 0, "message": answer.message(), "finish_reason": finish}
    head = {"id": "chatcmpl-recorded", "object": "chat.completion", "created": 1, "model": "recorded"}
    return json.dumps({**head, "choices": [choice]}).encode()


def _error(code: str, message: str) -> bytes:
    error = {"message": message, "type": "invalid_request_error", "code": code}
    return json.dumps({"error": error}).encode()
