"""The proxy's own ledger: what it has recorded of requests, with the customer's context as it was known then.

The ledger keeps of each request the customer's last message and what tools returned; instructions to the model are not
kept, nor answers for which no model was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.records import DecisionRecord
from proxy.rehearsal.sources.source import Exchange, Given
from proxy.rehearsal.suite.model import Answer, JsonObject, KnownFact

_NOT_IN_ARGUMENTS = "{}"  # what a tool was called with is recorded as one of the facts


def ledger(given: Given) -> Iterator[Exchange]:
    assert given.ledger is not None
    told: dict[str, int] = {}  # how many facts each conversation had already
    for record, _ in given.ledger.answers_in_order(since=given.since, until=given.until, tenant=given.tenant):
        answer = _answer(record)
        if record.question is None:
            given.left_out["a decision whose question is not kept"] += 1
        elif answer is None:
            given.left_out["a decision without a model's text or calls"] += 1
        else:
            conversation = record.conversation_id or record.response_id
            known = told.get(conversation, 0)
            told[conversation] = len(record.facts)
            yield _exchange(record, answer, conversation, record.facts[known:])


def _exchange(
    record: DecisionRecord, answer: Answer, conversation: str, facts: Sequence[JsonObject]
) -> Exchange:
    request = record.request or {}
    return Exchange(
        conversation,
        [{"role": "user", "content": record.question}, *_tool_messages(record, facts)],
        answer,
        at=record.created_at,
        customer=record.customer_id,
        channel=request.get("channel"),
        jurisdiction=request.get("market") or None,
        audience=request.get("audience"),
        model=record.model,
        facts=dict(known_facts(record)),
        only_new=True,
        streamed=record.streamed,
    )


def _answer(record: DecisionRecord) -> Answer | None:
    """What the model said and called, before the guard; of several choices the first."""
    choice = next(iter(record.choices), {})
    calls = tuple(
        {
            "id": call.get("id"),
            "type": "function",
            "function": {"name": call.get("name"), "arguments": call.get("arguments") or ""},
        }
        for call in choice.get("calls") or ()
    )
    text = choice.get("model_text") or None
    return Answer(content=text, tool_calls=calls) if text or calls else None


def _tool_messages(record: DecisionRecord, facts: Sequence[JsonObject]) -> Iterator[JsonObject]:
    """What tools returned, as messages that say so."""
    for number, fact in enumerate(facts):
        called = f"{record.response_id}-{number}"
        function = {"name": fact["source"], "arguments": _NOT_IN_ARGUMENTS}
        call = {"id": called, "type": "function", "function": function}
        yield {"role": "assistant", "content": None, "tool_calls": [call]}
        yield {"role": "tool", "tool_call_id": called, "content": fact.get("text") or ""}


def known_facts(record: DecisionRecord) -> Iterator[tuple[str, KnownFact]]:
    """By name what was known of the customer when the answer was made."""
    for name, fact in facts_of(record.context).items():
        yield (
            name,
            KnownFact(
                value=fact.get("value"),
                state=fact.get("state", "missing"),
                age_s=fact.get("age_s"),
                source=fact.get("source") or "recorded",
            ),
        )
