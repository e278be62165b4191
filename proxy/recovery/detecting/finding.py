"""Asks every source what it finds, and tells the ledger what that does not know yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from proxy.ledger.failures.folding import refusal
from proxy.ledger.failures.records import FailureEvent, Step
from proxy.ledger.failures.table import Known
from proxy.ledger.failures.telling import Outcome, Telling
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.simulated import is_simulated
from proxy.recovery.detecting.look import Found, Look
from proxy.recovery.detecting.registry import SOURCES

log = structlog.get_logger(__name__)


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
    """Tell the ledger what it does not know; of how many failures that was something."""
    known = ledger.failures.known({one.failure_id for one in all_of_it})
    tellings = []
    for one in all_of_it:
        if events := _new(one, known.get(one.failure_id)):
            tellings += _tellings(replace(one, events=events), tenant, simulated)
    new = set()
    for outcome in ledger.failures.tell_all(tellings):
        if not isinstance(outcome, Outcome):  # it has gone on meanwhile
            log.info("a step does not follow any more", failure=outcome.failure_id, why=str(outcome))
        elif outcome.is_new or outcome.events:
            new.add(outcome.failure_id)
    return len(new)


def _new(one: Found, known: Known | None) -> tuple[FailureEvent, ...]:
    """The events that the ledger does not have and can take."""
    if known is None:
        return one.events if one.failure is not None else ()
    events = [event for event in one.events if event.key not in known.keys]
    if known.state.detected_at is not None:
        events = [_classifying(event) if event.key in one.supposed else event for event in events]
    return tuple(event for event in events if len(one.events) > 1 or refusal(known.state, event) is None)


def _classifying(event: FailureEvent) -> FailureEvent:
    """Without the detection: what it tells of the failure stays."""
    return replace(event, step=Step.CLASSIFIED, source=None)


def _tellings(one: Found, tenant: str, simulated: bool) -> list[Telling]:
    """Steps of a failure that the ledger has are told each by itself: what follows is told, what does not is not."""
    if one.failure is None:
        return [Telling(one.failure_id, (event,), tenant=tenant) for event in one.events]
    made_up = simulated or one.failure.simulated or is_simulated(one.failure.customer_id)
    return [Telling.of(replace(one.failure, simulated=made_up), *one.events)]
