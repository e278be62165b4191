"""A load on running proxies, and what became of each answer: at the client, at the provider and in the ledger."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from support.provider import Provider, Reply

from proxy.ledger.ledger import Ledger

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
ACTION = "I have refunded $450 to your credit card."
# What is said and what is then decided, in turns: so each answer's label is known beforehand.
SAID = (
    (TRUE, "deliver"),
    (f"{TRUE} {FALSE}", "rewrite"),
    (f"{TRUE} {ACTION}", "escalate"),
    ("I'm sorry for your loss. " + TRUE, "deliver"),
)
JsonObject = dict[str, Any]


def said(number: int) -> str:
    return SAID[number % len(SAID)][0]


def expected(number: int) -> str:
    return SAID[number % len(SAID)][1]


@dataclass(slots=True)
class NumberedProvider(Provider):
    """Answers question ``n`` with ``says(n)``; of what it was asked nothing is kept."""

    says: Callable[[int], str] = said
    chunk_size: int = 12
    chunk_delay_s: float = 0.0
    delay_s: float = 0.0

    def reply_to(self, request: JsonObject) -> Reply:
        for kept in (self.requests, self.headers, self.paths):
            kept.clear()
        number = int(request["messages"][-1]["content"].rpartition(" ")[2])
        return Reply(
            (self.says(number),),
            chunk_size=self.chunk_size,
            chunk_delay_s=self.chunk_delay_s,
            delay_s=self.delay_s,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that a client got to its end."""

    number: int
    response_id: str
    decision: str
    verified: bool
    reason: str | None
    text: str


@dataclass(slots=True)
class Load:
    """``callers`` who ask one question after the other, every second one streamed, until ``stop`` is called."""

    url: str
    callers: int
    answers: list[Answer] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    stopped: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def stop(self) -> None:
        self.stopped = True

    async def play(self) -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=self.url, timeout=120, limits=limits, trust_env=False
        ) as client:
            await asyncio.gather(*(self._caller(client) for _ in range(self.callers)))

    async def _caller(self, client: httpx.AsyncClient) -> None:
        while not self.stopped:
            number = next(self._numbers)
            try:
                response = await ask(client, number)
            except httpx.TransportError as error:
                self.outcomes[type(error).__name__] += 1
                await asyncio.sleep(0.05)
                continue
            self.outcomes[str(response.status_code)] += 1
            if response.status_code == 429:
                await asyncio.sleep(0.2)
            elif response.status_code == 200 and (answer := answer_in(number, response)):
                self.answers.append(answer)


async def ask(client: httpx.AsyncClient, number: int) -> httpx.Response:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": f"Bereavement, question {number}"}],
        "stream": bool(number % 2),
    }
    headers = {"x-cxai-conversation-id": f"conversation-{number}", "authorization": "Bearer sk-test"}
    return await client.post("/v1/chat/completions", json=body, headers=headers)


def answer_in(number: int, response: httpx.Response) -> Answer | None:
    """None where the answer's end is not there: nobody has acknowledged it."""
    if "event-stream" not in response.headers["content-type"]:
        body = response.json()
        return _answer(number, body["cxai"], body["choices"][0]["message"]["content"] or "")
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    if not lines or lines[-1] != "[DONE]":
        return None
    events = [json.loads(line) for line in lines[:-1]]
    text = "".join(one["delta"].get("content") or "" for event in events for one in event.get("choices", ()))
    return _answer(number, events[-1]["cxai"], text)


def _answer(number: int, cxai: JsonObject, text: str) -> Answer:
    return Answer(
        number, cxai["response_id"], cxai["decision"], cxai["verified"], cxai["unverified_reason"], text
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What is wrong with the records of answers that clients got, in a line for each."""

    lost: list[str]
    mislabelled: list[str]


def compare(
    answers: Iterable[Answer],
    ledger: Ledger,
    says: Callable[[int], str] = said,
    expects: Callable[[int], str] | None = expected,
) -> Kept:
    """Hold each answer against its record, what the provider said and, where it is known, what is then decided."""
    lost, mislabelled = [], []
    for answer in answers:
        record = ledger.answer(answer.response_id)
        if record is None:
            lost.append(answer.response_id)
            continue
        (choice,) = record.choices
        told = (answer.decision, answer.verified, answer.reason, answer.text)
        kept = (record.decision, record.verified, record.unverified_reason, choice["delivered_text"])
        wrong = expects is not None and answer.verified and answer.decision != expects(answer.number)
        if told != kept or choice["model_text"] != says(answer.number) or wrong:
            mislabelled.append(f"{answer} is recorded as {kept}; the model said {choice['model_text']!r}")
    return Kept(lost, mislabelled)
