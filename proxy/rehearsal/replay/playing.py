"""A conversation played turn by turn: the proxy is asked as the chatbot asked, with what was said before as recorded.

Recorded customers do not react to another answer, so each request has the recorded answers before it, whatever the
customer would have got (teacher forcing). Turns after one that came out differently are marked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import httpx

from proxy.ledger.customers.returned import is_about_account
from proxy.ledger.desk.lifecycle import ACTIVE, Step
from proxy.ledger.desk.records import Taken
from proxy.ledger.ledger import Ledger
from proxy.rehearsal.operators.operator import Scene, Trouble
from proxy.rehearsal.replay.asking import Answered, ask
from proxy.rehearsal.replay.known_then import TURN_HEADER, KnownThen
from proxy.rehearsal.replay.outcome import Outcome, is_held, outcome_of
from proxy.rehearsal.replay.pace import waits_s
from proxy.rehearsal.replay.plan import Plan
from proxy.rehearsal.replay.recorded_model import ASKED_FOR, NO_TROUBLE, RecordedModel
from proxy.rehearsal.sources.ledger import known_facts
from proxy.rehearsal.suite.model import JsonObject, KnownFact, Turn
from proxy.rules.context_options import LEDGER
from proxy.threads import in_thread

AGAIN = 2  # times at most
OUT_OF_TIME = "timeout", "retrieval_timeout", "context_timeout", "busy"  # why an answer is unverified
ACTOR = "cxai rehearse"
HAS_OPEN_CASE = {"open_case": KnownFact(value=True, age_s=0.0, source=LEDGER)}
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where conversations are played: a proxy behind ``client``, its ledger, and what stands for its surroundings.

    ``model`` is None where a live model answers, ``known`` where the context's own sources are asked.
    """

    plan: Plan
    client: httpx.AsyncClient
    ledger: Ledger
    known: KnownThen | None
    model: RecordedModel | None

    async def play(self, scene: Scene, operators: tuple[str, ...] = ()) -> list[Outcome]:
        """What comes of each turn; ``operators`` are those that hit the conversation."""
        conversation, speed, loop = scene.conversation, self.plan.speed, asyncio.get_running_loop()
        waits, streams = waits_s(conversation, self.plan.seed), self.plan.streams(conversation)
        outcomes: list[Outcome] = []
        left_open: list[str] = []
        asked_at = loop.time()
        for number, (turn, messages) in enumerate(conversation.requests()):
            if left_open:
                turn = turn.model_copy(update={"facts": {**turn.facts, **HAS_OPEN_CASE}})
            if speed is not None:  # so long after the turn before was asked, or once that is answered
                await asyncio.sleep(asked_at + waits[number] / speed - loop.time())
            asked_at = loop.time()
            name = f"{quote(conversation.id)}:{number}"
            body = {"model": conversation.model, "messages": messages, "stream": streams[number]}
            headers = [*_headers(scene, number, turn), *self._names(name)]
            with self._expecting(name, turn, scene.troubles.get(number, NO_TROUBLE)):
                answered = await self._answered(body, headers)
            if scene.nobody_reviews and answered.ref:
                left_open.append(answered.ref)
            else:
                await self._withdraw(answered.ref)
            turn, about_account = self._as_recorded(turn, answered)
            outcomes.append(
                outcome_of(
                    conversation.id,
                    number,
                    turn,
                    answered,
                    after_divergence=any(one.diverged for one in outcomes),
                    about_account=about_account,
                    operators=operators,
                    streamed=streams[number],
                )
            )
        for ref in left_open:
            await self._withdraw(ref)
        return outcomes

    async def _answered(self, body: JsonObject, headers: Headers) -> Answered:
        """What ran into a time limit is asked again where conversations are played one by one: a machine that is busy
        with playing says nothing of the proxy. Under a load it does."""
        for _ in range(0 if self.plan.is_side_by_side else AGAIN):
            answered = await ask(self.client, body, headers)
            if answered.unverified_reason not in OUT_OF_TIME:
                return answered
            await self._withdraw(answered.ref)
        return await ask(self.client, body, headers)

    def _names(self, name: str) -> Headers:
        """What tells the turn to those who stand for its surroundings."""
        asked_for = [(ASKED_FOR.encode(), name.encode())] if self.model is not None else []
        return [(TURN_HEADER.encode(), name.encode()), *asked_for]

    @contextmanager
    def _expecting(self, name: str, turn: Turn, trouble: Trouble) -> Iterator[None]:
        if self.known is not None:
            self.known.expect(name, turn.facts)
        if self.model is not None:
            self.model.expect(name, turn.answer, trouble)
        try:
            yield
        finally:
            if self.known is not None:
                self.known.forget(name)
            if self.model is not None:
                self.model.forget(name)

    async def _withdraw(self, ref: str | None) -> None:
        """Cancel the case that a turn made: the recorded customer of the next one has none but what was known then."""
        if ref is not None:
            await in_thread(self._cancel, ref)

    def _cancel(self, ref: str) -> None:
        case = self.ledger.escalation(ref)
        if case is not None and case.status in ACTIVE:
            self.ledger.desk.take(Taken(ref, Step.CANCEL, ACTOR), datetime.now(UTC))

    def _as_recorded(self, turn: Turn, answered: Answered) -> tuple[Turn, bool]:
        """The turn with what was known of its customer when it was played, and whether they asked about their account.

        Both as the proxy's own record says; it is only read where the outcome depends on it.
        """
        if self.known is not None and not is_held(turn):
            return turn, False
        record = self.ledger.answer(answered.response_id)
        if record is None:
            return turn, False
        if self.known is None:
            turn = turn.model_copy(update={"facts": dict(known_facts(record))})
        return turn, is_about_account(record.request)


def _headers(scene: Scene, number: int, turn: Turn) -> Headers:
    conversation = scene.conversation
    told = {
        "customer-id": conversation.customer,
        "conversation-id": conversation.id,
        "channel": conversation.channel,
        "jurisdiction": conversation.jurisdiction,
        "audience": conversation.audience,
        "as-of": _policy_date(scene, number, turn),
    }
    return [(f"x-cxai-{key}".encode(), value.encode()) for key, value in told.items() if value]


def _policy_date(scene: Scene, number: int, turn: Turn) -> str | None:
    """When it was asked, by the customer's clock; before that where the proxy's documents are behind."""
    behind_s = scene.documents_behind_s.get(number, 0.0)
    at = turn.at or (datetime.now(UTC) if behind_s else None)
    if at is None:
        return None
    clock = timezone(timedelta(hours=scene.utc_offset_h))
    return (at - timedelta(seconds=behind_s)).astimezone(clock).isoformat()
