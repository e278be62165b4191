"""Asks every source what it finds, and tells the ledger what that does not know yet."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from proxy.ledger.failures.folding import refusal
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.failures.table import FailureStepRefused, Known
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.simulated import is_simulated
from proxy.recovery.detecting.look import Found, Look
from proxy.recovery.detecting.registry import SOURCES

log = structlog.get_logger(__name__)
AT_ONCE = 32  # failures that the ledger writes down together


def find(look: Look) -> dict[str, int]:
    """How many failures each source told something new of. What was told before, by whomever, is left alone.

    A source that fails keeps no other one from being asked; a ledger that does, raises LedgerError.
    """
    told = {}
    for name, source in SOURCES.items():
        try:
            told[name] = tell(look.ledger, list(source(look)), tenant=look.tenant, simulated=look.simulated)
        except LedgerError:
            raise
        except Exception:
            log.exception("failures could not be looked for", source=name, tenant=look.tenant)
    return told


def tell(
    ledger: Ledger, all_of_it: Sequence[Found], *, tenant: str = DEFAULT_TENANT, simulated: bool = False
) -> int:
    """Tell the ledger what it does not know; of how many failures that was something.

    Side by side, so that the ledger makes many durable at once; what is of one failure in its order.
    """
    known = ledger.failures.known({one.failure_id for one in all_of_it})
    of_failure: dict[str, list[Found]] = {}
    for one in all_of_it:
        if events := _new(one, known.get(one.failure_id)):
            of_failure.setdefault(one.failure_id, []).append(replace(one, events=events))

    def told(those: Sequence[Found]) -> int:
        return sum(_told(ledger, one, tenant, simulated) for one in those)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(told, of_failure.values()))


def _new(one: Found, known: Known | None) -> tuple[FailureEvent, ...]:
    """The events that the ledger does not have and can take."""
    if known is None:
        return one.events if one.failure is not None else ()
    return tuple(
        event
        for event in one.events
        if event.key not in known.keys and (len(one.events) > 1 or refusal(known.state, event) is None)
    )


def _told(ledger: Ledger, one: Found, tenant: str, simulated: bool) -> bool:
    try:
        if one.failure is not None:
            made_up = simulated or one.failure.simulated or is_simulated(one.failure.customer_id)
            ledger.failures.tell(replace(one.failure, simulated=made_up), *one.events)
        else:
            for event in one.events:
                ledger.failures.add(one.failure_id, event, tenant=tenant)
    except FailureStepRefused as refused:  # it has gone on meanwhile
        log.info("a step does not follow any more", failure=one.failure_id, why=refused.why)
        return False
    return True
