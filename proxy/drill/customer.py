"""One question to the proxy as a chatbot sends it, and the answer as it comes: whole, or as a stream to its end."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from proxy.drill.collector import Verdict
from proxy.drill.company import QUESTION

JsonObject = dict[str, Any]
PATIENCE_S = 30.0


@dataclass(slots=True)
class Answer:
    """What came: ``cxai`` of the body or of the stream's end; ``error`` is an error's code where there is one.

    ``calls`` says whether any call of a tool came, whole or in part.
    """

    status: int
    headers: Mapping[str, str]
    streamed: bool
    text: str = ""
    cxai: JsonObject = field(default_factory=dict)
    error: str | None = None
    calls: bool = False

    @property
    def verdict(self) -> Verdict:
        """What the client is told: by the headers, which in a stream leave before anything is decided."""
        if self.streamed:
            return self.verdict_in_body
        verified = {"yes": True, "no": False}.get(self.headers.get("x-cxai-verified", ""))
        return self.headers.get("x-cxai-decision"), verified, self.headers.get("x-cxai-unverified-reason")

    @property
    def verdict_in_body(self) -> Verdict:
        return self.cxai.get("decision"), self.cxai.get("verified"), self.cxai.get("unverified_reason")


def request_body(model: str, *, streamed: bool, system: str | None = None) -> JsonObject:
    instructions = [{"role": "system", "content": system}] if system else []
    return {
        "model": model,
        "messages": [*instructions, {"role": "user", "content": QUESTION}],
        "stream": streamed,
    }


def ask(url: str, body: JsonObject, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask and read to the end. Raises httpx.HTTPError where there is no answer, or it breaks off without a word."""
    sent = {"x-cxai-conversation-id": f"drill-{secrets.token_hex(6)}", **(headers or {})}
    with (
        httpx.Client(timeout=PATIENCE_S, trust_env=False) as client,
        client.stream("POST", f"{url}/v1/chat/completions", json=body, headers=sent) as response,
    ):
        answer = Answer(response.status_code, response.headers, streamed=_has_events(response))
        objects = _events(response.iter_lines()) if answer.streamed else [json.loads(response.read())]
        for one in objects:
            _take(answer, one)
    return answer


def _has_events(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("text/event-stream")


def _events(lines: Iterator[str]) -> Iterator[JsonObject]:
    for line in lines:
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))


def _take(answer: Answer, one: JsonObject) -> None:
    """One object of the answer: all of it, or an event of its stream."""
    if one.get("error"):
        answer.error = str(one["error"].get("code") or one["error"].get("type"))
    answer.cxai = one.get("cxai") or answer.cxai
    for choice in one.get("choices") or ():
        said = choice.get("message") or choice.get("delta") or {}
        answer.text += "".join(said[key] for key in ("content", "refusal") if said.get(key))
        answer.calls = answer.calls or bool(said.get("tool_calls"))
