"""The door ``POST /v1/feedback``: what customers say of answers, each word once; kept as a contact of their timeline.

It is never counted by itself: thumbs down, and "the agent told me otherwise", suggest a failure that a person looks at.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from litestar import Request, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from proxy.access.keys import Scope
from proxy.ledger.customers.contacts import ContactKind, KeyTaken
from proxy.ledger.ledger import LedgerError
from proxy.ledger.records import Contact, DecisionRecord
from proxy.ledger.rows import storable
from proxy.wire.contacts import KEY_HEADER, Key, KeyConflict, Text, customer_named, instant, wrong
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import InvalidRequest, LedgerUnavailable
from proxy.wire.exchange import headers_of
from proxy.wire.request_body import parse_json_object, read_request
from proxy.wire.services import Services

CHANNEL = "feedback"  # where none is named
OF_ANSWER = (
    "answer:"  # what the id of a customer begins with of whom nothing is known but an answer that they got
)


class Feedback(BaseModel):
    """A customer's word as it is sent; docs/recovery.md has the fields for people."""

    model_config = ConfigDict(extra="forbid", strict=True)
    key: Key | None = None
    response_id: Text | None = None
    conversation_id: Text | None = None
    customer_id: Annotated[str, AfterValidator(customer_named)] | None = None
    rating: Literal["up", "down"] | None = None
    told_otherwise: bool = False
    settled: Literal["asked", "yes", "no"] | None = None
    failure: Text | None = None
    text: Annotated[str, Field(max_length=20_000)] | None = None
    channel: Text = CHANNEL
    at: Annotated[datetime, BeforeValidator(instant)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.rating or self.told_otherwise or self.settled or self.text):
            raise wrong("it says nothing; send `rating`, `text`, `told_otherwise` or `settled`")
        if not (self.response_id or self.conversation_id):
            raise wrong("it names no answer; send `response_id` (x-cxai-response-id) or `conversation_id`")
        return self


@post("/v1/feedback", status_code=200, include_in_schema=False, opt={SCOPE: Scope.CONTACTS})
async def give_feedback(
    request: Request[Any, Any, State], services: NamedDependency[Services]
) -> dict[str, Any]:
    header = storable(headers_of(request).get(KEY_HEADER))
    return await asyncio.to_thread(_kept, services, await request.body(), header)


def _kept(services: Services, body: bytes, header: str | None) -> dict[str, Any]:
    """Make it durable, and say what became of it. Raises InvalidRequest or LedgerUnavailable."""
    told = read_request(storable(parse_json_object(body)), Feedback)
    try:
        contact = _contact(services, told, _key(told, header), datetime.now(UTC))
        (is_new,) = services.ledger.customers.report([contact])
    except KeyTaken:
        raise KeyConflict(
            f"The key {told.key or header!r} belongs to another contact or feedback; give each its own key.",
            param="key",
        ) from None
    except LedgerError as error:
        raise LedgerUnavailable("Feedback cannot be kept just now; send it again.") from error
    return {
        "object": "feedback",
        "key": contact.key,
        "customer_id": contact.customer_id,
        "response_id": contact.data.get("response_id"),
        "at": contact.at.isoformat(),
        "created": is_new,
    }


def _key(told: Feedback, header: str | None) -> str:
    if header is not None and told.key not in (None, header):
        raise InvalidRequest(
            "`key` and Idempotency-Key differ; send one of them.", param="key", code="invalid_value"
        )
    key = told.key or header
    if not key:
        raise InvalidRequest(
            "Feedback needs a key, so that what is sent twice counts once: send `key`, or the header Idempotency-Key.",
            param="key",
            code="invalid_value",
        )
    return key if told.key else str(read_request({**_ANY, "key": key}, Feedback).key)


_ANY = {"text": "any", "response_id": "any"}  # what a key alone is checked with


def _contact(services: Services, told: Feedback, key: str, now: datetime) -> Contact:
    answer = _answer(services, told)
    customer_id = told.customer_id or answer.customer_id or f"{OF_ANSWER}{answer.response_id}"
    said = {
        "rating": told.rating,
        "told_otherwise": told.told_otherwise or None,
        "settled": told.settled,
        "failure": told.failure and told.failure.strip().upper(),
        "response_id": answer.response_id,
        "conversation_id": answer.conversation_id,
    }
    return Contact(
        key=key,
        customer_id=customer_id,
        kind=ContactKind.FEEDBACK,
        channel=told.channel,
        at=told.at or now,
        received_at=now,
        actor=told.channel,
        text=told.text,
        data={name: value for name, value in said.items() if value is not None},
        tenant=services.tenant,
    )


def _answer(services: Services, told: Feedback) -> DecisionRecord:
    """The answer that it is about: the one that is named, or the conversation's last. Another's looks like none."""
    if told.response_id is not None:
        found = services.ledger.answer(told.response_id)
        named = "response_id"
    else:
        found = services.ledger.last_answer(services.tenant, told.conversation_id or "", told.customer_id)
        named = "conversation_id"
    others = found is not None and (
        found.tenant != services.tenant
        or (told.customer_id is not None and found.customer_id not in (None, told.customer_id))
        or (told.response_id and told.conversation_id and found.conversation_id != told.conversation_id)
    )
    if found is None or others:
        raise InvalidRequest(
            "No such answer was given to this customer; send what x-cxai-response-id said, or the conversation's id.",
            param=named,
            code="unknown_reference",
        )
    return found
