"""Turns: an answer is kept as the customer got it, and stands before what a later request asks after it.

Only for dialects that let a request name an earlier answer (``Conversing``). Who may go on from a turn is who has the
same tenant, provider key, customer and conversation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from proxy.context.customer import Customer
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import Turn
from proxy.ledger.references import ANSWER, digest_for
from proxy.rules.policies import Route
from proxy.wire.dialects.dialect import Asked, Conversing
from proxy.wire.errors import InvalidRequest, LedgerUnavailable

log = structlog.get_logger(__name__)

JsonObject = dict[str, Any]
_CREDENTIALS = ("authorization", "api-key")


def owner_of(headers: Mapping[str, str], customer: Customer, tenant: str) -> str:
    """A digest of tenant, provider key, customer and conversation: an id alone, which logs hold, opens nothing.

    A key to this proxy is none of them, so that conversations outlive its rotation.
    """
    parts = (*(headers.get(name) for name in _CREDENTIALS), customer.id, customer.conversation_id)
    named = "\x1f".join("\x1e" if part is None else part for part in parts)
    return digest_for(tenant, named)


def recalled(ledger: Ledger, dialect: Conversing, asked: Asked, route: Route, owner: str) -> Asked:
    """The request after the turns that it goes on from. Reads the ledger; raises InvalidRequest.

    Where nothing is enforced, an id of the provider's own goes to the provider.
    """
    turns: list[Turn] = []
    if asked.follows is not None and (route.mode == "enforce" or asked.follows.startswith(ANSWER)):
        turns = _conversation(ledger, asked.follows, owner)
    return dialect.going_on(asked, turns, route, keeps=ledger.turns.are_kept)


def _conversation(ledger: Ledger, earlier: str, owner: str) -> list[Turn]:
    if not ledger.turns.are_kept:
        raise InvalidRequest(
            "This proxy keeps no answers, so none can be gone on from: previous_response_id needs the setting "
            "`store_text` (CXAI_STORE_TEXT) to be `full`. Send the whole conversation in `input`.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    try:
        turns = ledger.turns.conversation(earlier, owner)
    except LedgerError as error:
        raise LedgerUnavailable("Earlier answers cannot be read just now; try again.") from error
    if not turns or turns[0].previous_id is not None:
        raise InvalidRequest(
            f"Previous response with id {earlier!r} not found, or not whole: it was deleted, is older than "
            "CXAI_RETENTION_DAYS, was asked for with `store: false`, or belongs to another key, customer or "
            "conversation. Send the whole conversation in `input`.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return turns


async def keep(ledger: Ledger, turn: Turn) -> None:
    """Make a turn durable before it leaves. Where that fails the answer leaves all the same, and ends the chain."""
    try:
        await asyncio.to_thread(ledger.turns.keep, turn)
    except LedgerError:
        log.exception("a turn could not be kept", response_id=turn.response_id)
