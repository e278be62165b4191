"""The contexts of decisions as reports read them, and how what was read of customers is forgotten in time."""

from __future__ import annotations

from typing import Any

from support.customers import after, answer
from support.declared import declared

from proxy.context.forgetting import FactRetention
from proxy.ledger.ledger import Ledger

DECLARED = """\
sources: [{name: app, kind: headers}]
facts:
  - {name: phone, type: text, max_age: 1d, masked: false, keep_days: 7, from: {app: }}
  - {name: tier, type: text, max_age: 1d, masked: false, keep_days: 30, from: {app: }}
  - {name: market, type: text, max_age: 1d, masked: false, from: {app: }}
  - {name: pin, type: text, max_age: 1d, keep_days: 0, from: {app: }}
"""


def context(*names: str) -> dict[str, Any]:
    return {"completeness": 1.0, "facts": {name: {"state": "fresh", "value": "x"} for name in names}}


def values(ledger: Ledger, response_id: str) -> set[str]:
    record = ledger.answer(response_id)
    assert record is not None and record.context is not None
    return {name for name, fact in record.context["facts"].items() if "value" in fact}


def test_contexts_of_known_customers_come_oldest_first(ledger: Ledger) -> None:
    for response_id, hours in (("new", 2), ("old", 0)):
        ledger.record(answer(response_id, hours, context=context("tier")))
    ledger.record(answer("unknown", 1, customer_id=None, context=context("tier")))
    ledger.record(answer("none", 1, context=None))
    ledger.record(answer("acme", 1, tenant="acme", context=context("tier")))
    assert [at for at, _ in ledger.contexts(tenant="default")] == [after(0), after(2)]
    assert [at for at, _ in ledger.contexts(since=after(1))] == [after(1), after(2)]


def test_recent_customers_are_each_there_once_and_the_latest_first(ledger: Ledger) -> None:
    for number, (customer, hours) in enumerate((("a", 0), ("b", 1), ("a", 2), ("c", 3), (None, 4))):
        ledger.record(answer(f"r{number}", hours, customer_id=customer))
    ledger.record(answer("r9", 9, customer_id="d", tenant="acme"))
    assert ledger.recent_customers("default", 2) == ["c", "a"]
    assert ledger.recent_customers("default", 10) == ["c", "a", "b"]


def test_each_fact_is_kept_for_as_many_days_as_it_may_be(ledger: Ledger) -> None:
    for response_id, days in (("r0", 0), ("r20", -20), ("r40", -40)):
        ledger.record(answer(response_id, days * 24, context=context("phone", "tier", "market")))
    assert FactRetention(ledger, "default").keep(declared(DECLARED), after(1)) == 3
    assert values(ledger, "r0") == {"phone", "tier", "market"}
    assert values(ledger, "r20") == {"tier", "market"}
    assert values(ledger, "r40") == {"market"}


def test_a_tenants_declaration_says_nothing_about_anothers_customers(ledger: Ledger) -> None:
    ledger.record(answer("r", -24 * 40, tenant="acme", context=context("phone")))
    assert FactRetention(ledger, "default").keep(declared(DECLARED), after(0)) == 0
    assert values(ledger, "r") == {"phone"}


def test_a_run_goes_on_from_the_last_one_and_a_changed_declaration_begins_anew(ledger: Ledger) -> None:
    retention, options = FactRetention(ledger, "default"), declared(DECLARED)
    ledger.record(answer("r", -24 * 6, context=context("phone", "tier")))
    assert retention.keep(options, after(0)) == 0
    assert retention.keep(options, after(48)) == 1
    assert retention.keep(options, after(49)) == 0
    shorter = declared(DECLARED.replace("keep_days: 30", "keep_days: 2"))
    assert retention.keep(shorter, after(49)) == 1
    assert values(ledger, "r") == set()
