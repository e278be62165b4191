"""The door ``POST /v1/contacts``: other channels and systems tell what happened to customers, each contact once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from proxy.access.keys import Scope
from proxy.context.customer import LONGEST
from proxy.ledger.customers.contacts import OF_OUR_DOORS, OWN_KEYS, ContactKind, KeyTaken, UnknownReference
from proxy.ledger.ledger import LedgerError
from proxy.ledger.records import Contact
from proxy.ledger.references import PROMISE, Mistyped, own_reference
from proxy.ledger.rows import storable
from proxy.rules.mistakes import suggestion
from proxy.wire.doorkeeper import SCOPE
from proxy.wire.errors import InvalidRequest, LedgerUnavailable
from proxy.wire.exchange import headers_of
from proxy.wire.request_body import parse_json, read_request
from proxy.wire.services import Services

MOST_CONTACTS = 500  # in one request
LONGEST_DATA = 16_384  # bytes of a contact's ``data`` as JSON
MOST_AHEAD = timedelta(minutes=5)  # clocks differ
KEY_HEADER = "idempotency-key"
OF_PROMISES = (ContactKind.PROMISE_KEPT, ContactKind.PROMISE_BROKEN)
REPORTED = [kind.value for kind in ContactKind if kind not in OF_OUR_DOORS]

JsonObject = dict[str, Any]


def wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("contact", "{message}", {"message": message})


def _kind(word: str) -> str:
    if word not in REPORTED:
        raise wrong(f"it is no kind of contact{suggestion(word, REPORTED)}")
    return word


def _key(key: str) -> str:
    if key.startswith(OWN_KEYS):
        raise wrong(f'keys that begin with "{OWN_KEYS}" are the proxy\'s own; choose another one')
    return key


def customer_named(id: str) -> str:
    """As requests name it: without spaces around it."""
    id = id.strip()
    if not id:
        raise wrong("it is empty; send the id that requests name in x-cxai-customer-id")
    if len(id.encode(errors="replace")) > LONGEST:
        raise wrong(
            f"it is longer than {LONGEST} bytes; send the id that requests name in x-cxai-customer-id"
        )
    return id


def _reference(ref: str) -> str:
    """As we write it where it is one of ours."""
    try:
        return own_reference(ref) or ref
    except Mistyped as error:
        raise wrong(str(error)) from None


def instant(told: Any) -> datetime:
    try:
        at = datetime.fromisoformat(told)
        at = at.astimezone(UTC) if at.tzinfo else at
    except (TypeError, ValueError, OverflowError):
        raise wrong("it is not an RFC 3339 time; write it like 2026-03-01T12:00:00Z") from None
    if at.tzinfo is None:
        raise wrong("it names no time zone; write it like 2026-03-01T12:00:00Z")
    if at > datetime.now(UTC) + MOST_AHEAD:
        raise wrong("it lies in the future; send when it happened, or leave it out for now")
    return at


def _data(data: JsonObject) -> JsonObject:
    if len(msgspec.json.encode(data)) > LONGEST_DATA:
        raise wrong(
            f"it is longer than {LONGEST_DATA} bytes of JSON; send what matters and a reference to the rest"
        )
    return data


Text = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[Text, AfterValidator(_key)]


class KeyConflict(InvalidRequest):
    status = 409
    code = "key_conflict"


class ReportedContact(BaseModel):
    """One contact as it is sent; docs/customers.md has the fields for people."""

    model_config = ConfigDict(extra="forbid", strict=True)
    key: Key | None = None
    customer_id: Annotated[str, AfterValidator(customer_named)]
    kind: Annotated[str, AfterValidator(_kind)]
    channel: Text
    at: Annotated[datetime, BeforeValidator(instant)] | None = None
    actor: Text | None = None
    ref: Annotated[Text, AfterValidator(_reference)] | None = None
    text: Annotated[str, Field(max_length=20_000)] | None = None
    data: Annotated[JsonObject, AfterValidator(_data)] = {}


class _Key(BaseModel):
    """A key that came as the header."""

    key: Key


@post("/v1/contacts", status_code=200, include_in_schema=False, opt={SCOPE: Scope.CONTACTS})
async def report_contacts(
    request: Request[Any, Any, State], services: NamedDependency[Services]
) -> dict[str, Any]:
    header = storable(headers_of(request).get(KEY_HEADER))
    # In a thread: reading a long list, and letting go of it, takes half a second.
    return await asyncio.to_thread(_kept, services, await request.body(), header)


def _kept(services: Services, body: bytes, header: str | None) -> dict[str, Any]:
    """Make the body's contacts durable, and say what became of them. Raises InvalidRequest or LedgerUnavailable."""
    # As it can be kept, so that what is answered is what stands in the timeline.
    sent = storable(parse_json(body))
    told = contacts_of(sent, header, services.tenant, datetime.now(UTC))
    added = _reported(services, told)
    results = [_result(contact, is_new) for contact, is_new in zip(told, added, strict=True)]
    return {"object": "list", "data": results} if isinstance(sent, list) else results[0]


def contacts_of(sent: Any, header: str | None, tenant: str, now: datetime) -> list[Contact]:
    """The contacts of a request's body; ``header`` is its Idempotency-Key. Raises InvalidRequest."""
    if not isinstance(sent, list):
        return [_contact(sent, "", header, tenant, now)]
    if header is not None:
        raise InvalidRequest(
            "Idempotency-Key names one contact, and a list was sent; give each contact a `key` of its own.",
            param="Idempotency-Key",
            code="invalid_header",
        )
    if not 0 < len(sent) <= MOST_CONTACTS:
        message = f"Send 1 to {MOST_CONTACTS} contacts in one request, not {len(sent)}."
        raise InvalidRequest(message, code="invalid_value")
    return [_contact(item, f"[{number}]", None, tenant, now) for number, item in enumerate(sent)]


def _contact(sent: Any, place: str, header: str | None, tenant: str, now: datetime) -> Contact:
    """One contact; ``place`` is where it stands in a list."""
    if not isinstance(sent, dict):
        raise InvalidRequest(
            "Send a contact as a JSON object, or a list of such.", param=place or None, code="invalid_value"
        )
    report = read_request(sent, ReportedContact, within=place)
    if report.kind in OF_PROMISES and not (own_reference(report.ref or "") or "").startswith(PROMISE):
        raise InvalidRequest(
            f"{report.kind} is about a promise; send its reference, such as PR-7K3F-92QD-X4MN, as `ref`.",
            param=f"{place}.ref".lstrip("."),
            code="invalid_value",
        )
    return Contact(
        key=_key_of(report, place, header),
        customer_id=report.customer_id,
        kind=report.kind,
        channel=report.channel,
        at=report.at or now,
        received_at=now,
        actor=report.actor or report.channel,
        ref=report.ref,
        text=report.text,
        data=report.data,
        tenant=tenant,
    )


def _key_of(report: ReportedContact, place: str, header: str | None) -> str:
    if header is not None and report.key not in (None, header):
        raise InvalidRequest(
            "`key` and Idempotency-Key differ; send one of them.", param="key", code="invalid_value"
        )
    key = report.key or header
    if not key:
        raise InvalidRequest(
            "A contact needs a key, so that a report sent twice counts once: send `key`"
            + ("." if place else ", or the header Idempotency-Key."),
            param=f"{place}.key".lstrip("."),
            code="invalid_value",
        )
    return key if report.key else read_request({"key": key}, _Key).key


def _reported(services: Services, told: list[Contact]) -> list[bool]:
    try:
        return services.ledger.customers.report(told)
    except KeyTaken as error:
        raise KeyConflict(
            f"The key {error.key!r} belongs to a contact that was reported before with other content, and nothing of "
            "this request was kept; give each contact its own key.",
            param=_place_of(told, error.key, "key"),
        ) from None
    except UnknownReference as error:
        raise InvalidRequest(
            f"This customer has no case or promise {error.ref!r}, and nothing of this request was kept; send the "
            "reference that the customer was told, or leave `ref` out.",
            param=_place_of(told, error.key, "ref"),
            code="unknown_reference",
        ) from None
    except LedgerError as error:
        raise LedgerUnavailable("Contacts cannot be kept just now; send them again.") from error


def _place_of(told: list[Contact], key: str, field: str) -> str:
    number = next(number for number, contact in enumerate(told) if contact.key == key)
    return f"[{number}].{field}" if len(told) > 1 else field


def _result(contact: Contact, is_new: bool) -> dict[str, Any]:
    """``created`` is false where it was known already."""
    return {
        "object": "contact",
        "key": contact.key,
        "customer_id": contact.customer_id,
        "kind": contact.kind,
        "at": contact.at.isoformat(),
        "ref": contact.ref,
        "created": is_new,
    }
