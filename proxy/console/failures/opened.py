"""A failure as somebody opens it, with what stands around it; and how a step of it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from litestar.exceptions import NotFoundException

from proxy.access.people.roles import Person
from proxy.console.failures.around import Around, around
from proxy.console.failures.listed import TELLING, not_to_read
from proxy.console.frame import Asking
from proxy.console.problem import Problem
from proxy.console.reviewing import reviewing_of
from proxy.ledger.failures.records import FailureEvent, FailureFile, Step
from proxy.ledger.failures.telling import FailureStepRefused
from proxy.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Opened:
    """A failure with what stands around it.

    ``unread``: who looks may still be asked to judge its answer blind, and reads nothing of it; ``withheld``: that
    there is a failure tells how it was judged, so that they read nothing at all.
    """

    file: FailureFile
    around: Around
    unread: bool

    @property
    def withheld(self) -> bool:
        return self.unread and self.file.failure.kind in TELLING


def opened_failure(
    request: Asking, person: Person, failure_id: str, known_by: datetime | None = None
) -> Opened:
    """As it is known now, or was by a time.

    Raises NotFoundException, LedgerError, and Problem where it was not known then.
    """
    reviewing = reviewing_of(request, person)
    file = reviewing.ledger.failures.file(failure_id, tenant=person.tenant)
    if file is None:
        raise NotFoundException
    if known_by is not None:
        file = _as_known(reviewing.ledger, file, known_by)
    unread = bool(not_to_read(reviewing, person, [file.failure.response_id]))
    return Opened(file, around(reviewing.ledger, file, unread=unread, known_by=known_by), unread)


def _as_known(ledger: Ledger, file: FailureFile, known_by: datetime) -> FailureFile:
    then = ledger.failures.file(file.id, tenant=file.failure.tenant, known_by=known_by)
    if then is None:
        told = f"The ledger learned of this failure on {file.known_at:%Y-%m-%d at %H:%M:%S} UTC."
        raise Problem("It was not known then", f"{told} Ask for a later time.", 404)
    return then


def tell(ledger: Ledger, file: FailureFile, event: FailureEvent, *, everywhere: bool = False) -> None:
    """Tell a step; ``everywhere``: that it is contained is told of its whole incident. Raises Problem."""
    table, failure = ledger.failures, file.failure
    try:
        table.add(file.id, event, tenant=failure.tenant)
    except FailureStepRefused as error:
        raise Problem("Nothing was changed", f"{error.why[0].upper()}{error.why[1:]}.", 409) from None
    if everywhere and failure.incident and event.step == Step.CONTAINED:
        table.add_to_incident(failure.incident, event, tenant=failure.tenant)
