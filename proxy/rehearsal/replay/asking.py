"""One request to the proxy as a chatbot sends it, and the answer as the customer sees it come, whole or streamed."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_sse import EventSource

from proxy.rehearsal.suite.model import JsonObject

PATH = "/v1/chat/completions"
REFERENCE = "{ref}"  # in the place of a case's reference, which is another one each time
CUT = "cut"  # the error of an answer whose connection ended before it was whole
_END = "[DONE]"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back from the proxy. ``calls`` are the tools' calls that left, ``error`` is an error's code.

    ``text`` of a stream that broke off is what had left until then. ``ref`` names the case that was made.
    ``first_ms`` is when the first of it came, ``latency_ms`` when the last; both since it was asked.
    """

    status: int
    text: str = ""
    calls: tuple[JsonObject, ...] = ()
    decision: str | None = None
    verified: bool = False
    unverified_reason: str | None = None
    error: str | None = None
    response_id: str = ""
    ref: str | None = None
    first_ms: float = 0.0
    latency_ms: float = 0.0


async def ask(
    client: httpx.AsyncClient, body: JsonObject, headers: Sequence[tuple[bytes, bytes]]
) -> Answered:
    """Ask, and read to the end, however it ends."""
    heard = _Heard()
    try:
        async with client.stream("POST", PATH, json=body, headers=headers) as response:
            heard.status, heard.headers = response.status_code, response.headers
            async for one in _objects(response):
                heard.take(one)
    except httpx.HTTPError:
        heard.error = heard.error or CUT
    return heard.answered()


async def _objects(response: httpx.Response) -> AsyncIterator[JsonObject]:
    """The body, or the events of a stream."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        yield json.loads(await response.aread())
        return
    async for event in EventSource(response).aiter_sse():
        if event.data != _END:
            yield json.loads(event.data)


@dataclass(slots=True)
class _Heard:
    """An answer while it comes."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    calls: dict[int, JsonObject] = field(default_factory=dict)
    cxai: JsonObject = field(default_factory=dict)
    error: str | None = None
    began: float = field(default_factory=time.perf_counter)
    first_ms: float | None = None

    def take(self, one: JsonObject) -> None:
        if error := one.get("error"):
            self.error = str(error.get("code") or error.get("type"))
        self.cxai = one.get("cxai") or self.cxai
        for choice in one.get("choices") or ():
            self._hear(choice.get("message") or choice.get("delta") or {})

    def answered(self) -> Answered:
        latency_ms = self._since()
        ref = (self.cxai.get("escalation") or {}).get("ref")
        told = self.headers.get
        pending = told("x-cxai-decision") == "pending"
        return Answered(
            status=self.status,
            text=self.text.replace(ref, REFERENCE) if ref else self.text,
            calls=tuple(self.calls[number] for number in sorted(self.calls)),
            decision=self.cxai.get("decision") if pending else told("x-cxai-decision"),
            verified=self.cxai.get("verified") is True if pending else told("x-cxai-verified") == "yes",
            unverified_reason=self.cxai.get("unverified_reason")
            if pending
            else told("x-cxai-unverified-reason"),
            error=self.error,
            response_id=told("x-cxai-response-id", ""),
            ref=ref,
            first_ms=round(latency_ms if self.first_ms is None else self.first_ms, 1),
            latency_ms=round(latency_ms, 1),
        )

    def _hear(self, said: JsonObject) -> None:
        text, calls = said.get("content") or said.get("refusal") or "", said.get("tool_calls") or ()
        self.text += text
        for number, call in enumerate(calls):
            _join(self.calls.setdefault(call.get("index", number), {}), call)
        if self.first_ms is None and (text or calls):
            self.first_ms = self._since()

    def _since(self) -> float:
        return (time.perf_counter() - self.began) * 1000


def _join(call: JsonObject, piece: Mapping[str, Any]) -> None:
    """A call of a tool comes whole, or in pieces whose arguments follow one another."""
    function = call.setdefault("function", {"name": None, "arguments": ""})
    told = piece.get("function") or {}
    function["name"] = told.get("name") or function["name"]
    function["arguments"] += told.get("arguments") or ""
    call["id"] = piece.get("id") or call.get("id")
