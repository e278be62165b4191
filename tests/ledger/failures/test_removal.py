"""Erasing and retention: nobody is known by what stays, measures stay true, and the audit log holds."""

from __future__ import annotations

from datetime import timedelta

from support.failures import BEGAN, event, failure

from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.ledger import Ledger

COURSE = (
    event("detected", 10, key="review r-1", source="reviewer", severity="high", response_id="r-1"),
    event("corrected", 20, note="told Ada on the telephone", how="told"),
    event("restored", 25, how="confirmed"),
)


def test_erasing_leaves_the_figures_and_nobodys_name(ledger: Ledger) -> None:
    failure_id, _ = ledger.failures.tell(failure(text="90 days", response_id="r-1", case_ref="CX-1"), *COURSE)
    other, _ = ledger.failures.tell(failure("other", customer_id="c-2"), *COURSE)
    before = {one.customer_id: one for one in ledger.failures.states(FailureFilter())}
    ledger.audit.seal()
    assert ledger.customers.kept("default", "c-1")["failures"] == 1
    ledger.customers.erase("default", "c-1")
    assert ledger.failures.file(failure_id) is None
    states = {one.customer_id: one for one in ledger.failures.states(FailureFilter())}
    assert states["c-2"] == before["c-2"] and states["c-2"].failure_id == other
    blank = states[None]
    for name in ("kind", "severity", "detected_at", "corrected_at", "restored_at", "restored_how", "counted"):
        assert getattr(blank, name) == getattr(before["c-1"], name)
    kept = ledger.failures.file(blank.failure_id)
    assert kept is not None
    for secret in ("c-1", "r-1", "CX-1", "90 days", "Ada"):
        assert secret not in repr(kept)
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []


def test_retention_keeps_what_is_still_open(ledger: Ledger) -> None:
    whole, _ = ledger.failures.tell(failure("whole"), *COURSE)
    open_one, _ = ledger.failures.tell(failure("open"), COURSE[0])
    young, _ = ledger.failures.tell(
        failure("young", occurred_at=BEGAN + timedelta(days=40)), event("proposed", 60 * 24 * 41)
    )
    ledger.purge(BEGAN + timedelta(days=30))
    assert {one.failure_id for one in ledger.failures.states(FailureFilter())} == {open_one, young}
    assert ledger.failures.file(whole) is None
