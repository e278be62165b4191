"""What is asked of the desk, parsed at the door: who acts, on which case, and under which key."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import State
from pydantic import BaseModel, ConfigDict, Field

from proxy.ledger.desk.desk import LEASE_S, StepRefused
from proxy.ledger.desk.lifecycle import ACTIVE, Status
from proxy.ledger.desk.queries import CaseFilter, Key, Order, key_of
from proxy.ledger.desk.records import DeskCase, Keyed
from proxy.ledger.desk.steps import CUSTOMER, CXAI
from proxy.ledger.references import Mistyped, own_reference
from proxy.ledger.rows import storable
from proxy.rules.mistakes import suggestion
from proxy.wire.errors import InvalidRequest
from proxy.wire.exchange import headers_of
from proxy.wire.paging import Moment, invalid, limit_of, place_of, token_of
from proxy.wire.request_body import parse_json_object, read_request

Asking = Request[Any, Any, State]
ACTOR_HEADER, KEY_HEADER = "x-cxai-actor", "idempotency-key"
LONGEST_LEASE_S = 8 * 3600
_CONSOLE_ID = re.compile(r"per_[0-9a-f]{16}")  # what a case's timeline calls people of the console
_NOT_PEOPLE = frozenset({CXAI, CUSTOMER})

Person = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(min_length=1, max_length=2_000)]


class CaseNotFound(InvalidRequest):
    """The same for a case that there is not and for another tenant's."""

    status = 404
    code = "case_not_found"

    def __init__(self, ref: str) -> None:
        super().__init__(f"There is no case {ref!r}; GET /v1/escalations lists those there are.", param="ref")


_CODES = {"held": "case_held", "status": "case_status", "key": "key_conflict"}


class NotNow(InvalidRequest):
    """Another one holds the case, its status does not allow the step, or the key belongs to another request."""

    status = 409

    def __init__(self, refused: StepRefused) -> None:
        super().__init__(f"{str(refused)[0].upper()}{str(refused)[1:]}.", code=_CODES[refused.why])


class Acting(BaseModel):
    """What every step may say; ``actor`` may also be the header ``x-cxai-actor``."""

    model_config = ConfigDict(extra="forbid", strict=True)
    actor: Person | None = None
    note: Note | None = None
    force: bool = False


class Claiming(Acting):
    public_name: Person | None = None
    lease_s: Annotated[int, Field(ge=10, le=LONGEST_LEASE_S)] = int(LEASE_S)


class ClaimingNext(Claiming):
    queue: str | None = None


class Reassigning(Claiming):
    to: Person


class Answering(Acting):
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    override_reason: Note | None = None
    public_name: Person | None = None
    tool_results: Annotated[list[str], Field(max_length=50)] = []


class Drafting(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    tool_results: Annotated[list[str], Field(max_length=50)] = []


A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Sent(Generic[A]):
    """A request to the desk: what it says, who acts, and its key where it has one."""

    body: A
    headers: dict[str, str]
    actor: str
    keyed: Keyed | None


async def sent(request: Asking, shape: type[A]) -> Sent[A]:
    """Raises InvalidRequest. A body that is left out says nothing."""
    headers, raw = headers_of(request), await request.body()
    body = read_request(storable(parse_json_object(raw)) if raw.strip() else {}, shape)
    actor = _actor(headers, getattr(body, "actor", None))
    key = storable(headers.get(KEY_HEADER))
    if key is not None and not 0 < len(key) <= 200:
        raise InvalidRequest(
            "Idempotency-Key must have 1 to 200 characters.", param="Idempotency-Key", code="invalid_header"
        )
    said = hashlib.sha256(b"\x1f".join([str(request.url.path).encode(), actor.encode(), raw])).hexdigest()
    return Sent(body, headers, actor, None if key is None else Keyed(key, said))


def _actor(headers: dict[str, str], told: str | None) -> str:
    header = storable(headers.get(ACTOR_HEADER))
    if header and told and header != told:
        raise InvalidRequest(
            f"`actor` and {ACTOR_HEADER} differ; send one of them.", param="actor", code="invalid_value"
        )
    actor = (told or header or "").strip()
    if not actor:
        raise InvalidRequest(
            f"Each step has somebody who takes it: send `actor`, or the header {ACTOR_HEADER}.",
            param="actor",
            code="invalid_value",
        )
    if actor.casefold() in _NOT_PEOPLE:
        raise InvalidRequest(
            f"{actor!r} is no person's name: in a case's timeline it stands for what the proxy, or the customer, did.",
            param="actor",
            code="invalid_value",
        )
    if _CONSOLE_ID.fullmatch(actor):
        raise InvalidRequest(
            f"{actor!r} is somebody who signs in to the console, and acts there; name who acts through this key.",
            param="actor",
            code="invalid_value",
        )
    return actor[:200]


def reference(text: str) -> str:
    """A case's reference as we write it, however it was typed."""
    try:
        return own_reference(text) or text
    except Mistyped:
        return text


@dataclass(frozen=True, slots=True)
class Listing:
    """Which page of which cases."""

    wanted: CaseFilter
    order: Order
    after: Key | None
    limit: int


def listing(request: Asking, tenant: str) -> Listing:
    """From the query. Raises InvalidRequest."""
    asked = {name: storable(value) for name, value in request.query_params.items()}
    known = ("queue", "status", "mine", "customer", "topic", "order", "limit", "after")
    for name in asked:
        if name not in known:
            raise invalid(name, f"there is no such filter{suggestion(name, list(known))}")
    order = _one_of(asked.get("order", Order.DUE), list(Order), "order")
    holder = None
    if _one_of(asked.get("mine", "false"), ["true", "false"], "mine") == "true":
        holder = _actor(headers_of(request), None)
    wanted = CaseFilter(
        tenant,
        queue=asked.get("queue"),
        statuses=_statuses(asked.get("status")),
        holder=holder,
        customer_id=asked.get("customer"),
        topic=asked.get("topic"),
    )
    return Listing(
        wanted, Order(order), _place(asked.get("after"), Order(order)), limit_of(asked.get("limit"))
    )


def _statuses(text: str | None) -> frozenset[str] | None:
    """Those that people still hold where none is named; ``all`` are all."""
    if text is None:
        return ACTIVE
    if text == "all":
        return None
    return frozenset(_one_of(word, list(Status), "status") for word in text.split(","))


def _one_of(word: str, allowed: list[Any], name: str) -> str:
    if word not in allowed:
        raise invalid(name, f"{word!r} is none{suggestion(word, [str(one) for one in allowed])}")
    return word


def token(last: DeskCase, order: Order) -> str:
    """Where a page ends, as the client sends it back in ``after``."""
    return token_of(key_of(last, order))


_Risk = Annotated[int, msgspec.Meta(ge=0, le=2)]
_KEYS: dict[Order, Any] = {
    Order.AGE: tuple[Moment, str],
    Order.NEWEST: tuple[Moment, str],
    Order.DUE: tuple[Moment, Moment, str],
    Order.RISK: tuple[_Risk, Moment, str],
}


def place(text: str, order: Order) -> Key | None:
    """The key that a ``token`` holds; None where it holds none of this order."""
    return place_of(text, _KEYS[order])


def _place(text: str | None, order: Order) -> Key | None:
    if text is None:
        return None
    found = place(text, order)
    if found is None:
        raise invalid("after", "it is no place in this list; send the `next` of the page before")
    return found
