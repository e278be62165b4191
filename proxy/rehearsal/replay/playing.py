"""A conversation played turn by turn: the proxy is asked as the chatbot asked, with what was said before as recorded.

Recorded customers do not react to another answer, so each request has the recorded answers before it, whatever the
customer would have got (teacher forcing). Turns after one that came out differently are marked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from proxy.ledger.desk_records import Taken
from proxy.ledger.ledger import Ledger
from proxy.ledger.lifecycle import ACTIVE, Step
from proxy.ledger.returned import is_about_account
from proxy.rehearsal.operators.operator import Scene, Trouble
from proxy.rehearsal.replay.known_then import TURN_HEADER, KnownThen
from proxy.rehearsal.replay.outcome import Answered, Outcome, is_held, outcome_of
from proxy.rehearsal.replay.recorded_model import ASKED_FOR, RecordedModel
from proxy.rehearsal.suite.model import Conversation, JsonObject, Turn

TRIES = 3
OUT_OF_TIME = "timeout", "retrieval_timeout", "context_timeout", "busy"  # why an answer is unverified
ACTOR = "cxai rehearse"
PATH = "/v1/chat/completions"
REFERENCE = "{ref}"  # in the place of a case's reference, which is another one each time


@dataclass(frozen=True, slots=True)
class Stage:
    """Where conversations are played: a proxy behind ``client``, its ledger, and what stands for its surroundings.

    ``model`` is None where a live model answers.
    """

    client: httpx.AsyncClient
    ledger: Ledger
    known: KnownThen
    model: RecordedModel | None

    async def play(self, scene: Scene, operators: tuple[str, ...] = ()) -> list[Outcome]:
        """What comes of each turn; ``operators`` are those that hit the conversation."""
        conversation = scene.conversation
        outcomes: list[Outcome] = []
        for number, (turn, messages) in enumerate(conversation.requests()):
            name = f"{quote(conversation.id)}:{number}"
            with self._expecting(name, turn, scene.troubles.get(number)):
                response, latency_ms = await self._answered(conversation, turn, messages, name)
            outcomes.append(
                outcome_of(
                    conversation.id,
                    number,
                    turn,
                    answered(response),
                    after_divergence=any(one.diverged for one in outcomes),
                    about_account=is_held(turn) and self._is_about_account(response),
                    latency_ms=round(latency_ms, 1),
                    operators=operators,
                )
            )
        return outcomes

    async def _answered(
        self, conversation: Conversation, turn: Turn, messages: list[JsonObject], name: str
    ) -> tuple[httpx.Response, float]:
        """The answer, and the milliseconds it took.

        What ran into a time limit is asked again: a machine that is busy with playing says nothing of the proxy.
        """
        for _ in range(TRIES):
            began = time.perf_counter()
            response = await self._ask(conversation, turn, messages, name)
            latency_ms = (time.perf_counter() - began) * 1000
            self._withdraw(response)
            if response.headers.get("x-cxai-unverified-reason") not in OUT_OF_TIME:
                break
        return response, latency_ms

    async def _ask(
        self, conversation: Conversation, turn: Turn, messages: list[JsonObject], name: str
    ) -> httpx.Response:
        told = {
            "customer-id": conversation.customer,
            "conversation-id": conversation.id,
            "channel": conversation.channel,
            "jurisdiction": conversation.jurisdiction,
            "audience": conversation.audience,
            "as-of": turn.at.isoformat() if turn.at else None,
        }
        headers = [(f"x-cxai-{key}".encode(), value.encode()) for key, value in told.items() if value]
        headers.append((TURN_HEADER.encode(), name.encode()))
        if self.model is not None:
            headers.append((ASKED_FOR.encode(), name.encode()))
        body = {"model": conversation.model, "messages": messages}
        return await self.client.post(PATH, json=body, headers=headers)

    @contextmanager
    def _expecting(self, name: str, turn: Turn, trouble: Trouble | None) -> Iterator[None]:
        self.known.expect(name, turn.facts)
        if self.model is not None:
            self.model.expect(name, trouble or turn.answer)
        try:
            yield
        finally:
            self.known.forget(name)
            if self.model is not None:
                self.model.forget(name)

    def _withdraw(self, response: httpx.Response) -> None:
        """Cancel the case that a turn made: the recorded customer of the next one has none but what was known then."""
        if (ref := _case(response.json())) is None:
            return
        case = self.ledger.escalation(ref)
        if case is not None and case.status in ACTIVE:
            self.ledger.desk.take(Taken(ref, Step.CANCEL, ACTOR), datetime.now(UTC))

    def _is_about_account(self, response: httpx.Response) -> bool:
        """As the proxy read the request, which its record says."""
        record = self.ledger.answer(response.headers.get("x-cxai-response-id", ""))
        return record is not None and is_about_account(record.request)


def answered(response: httpx.Response) -> Answered:
    """What an answer of the proxy says."""
    body: dict[str, Any] = response.json()
    headers = response.headers
    if response.status_code != httpx.codes.OK:
        error = body.get("error") or {}
        reason = headers.get("x-cxai-unverified-reason")
        code = str(error.get("code") or error.get("type"))
        return Answered(response.status_code, unverified_reason=reason, error=code)
    message = body["choices"][0]["message"]
    text = message.get("content") or message.get("refusal") or ""
    ref = _case(body)
    return Answered(
        status=response.status_code,
        text=text.replace(ref, REFERENCE) if ref else text,
        calls=tuple(message.get("tool_calls") or ()),
        decision=headers.get("x-cxai-decision"),
        verified=headers.get("x-cxai-verified") == "yes",
        unverified_reason=headers.get("x-cxai-unverified-reason"),
    )


def _case(body: JsonObject) -> str | None:
    """The reference of the case that an answer made."""
    ref: str | None = ((body.get("cxai") or {}).get("escalation") or {}).get("ref")
    return ref
