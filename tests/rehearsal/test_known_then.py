"""The context of a turn is what was known then; what was not recorded is not made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proxy.context.snapshot import FactState, Snapshot
from proxy.rehearsal.replay.known_then import TURN_HEADER, KnownThen
from proxy.rehearsal.suite.model import KnownFact
from proxy.rules.context_options import LEDGER_FACTS, ContextOptions, FactOptions

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TIER = FactOptions.model_validate(
    {
        "name": "tier",
        "type": "text",
        "max_age": "1h",
        "masked": False,
        "protective_value": "gold",
        "from": {"crm": None},
    }
)
OPTIONS = ContextOptions(facts=(*LEDGER_FACTS, TIER))


async def known(customer: str | None = "C-1", **facts: KnownFact) -> Snapshot:
    then = KnownThen()
    then.expect("c1:0", facts)
    return await then.snapshot(OPTIONS, customer, now=NOW, headers={TURN_HEADER: "c1:0"})


async def test_a_fact_is_as_it_was_with_its_age_and_source() -> None:
    fact = (await known(tier=KnownFact(value="silver", age_s=60, source="crm"))).facts["tier"]
    assert (fact.value, fact.state) == ("silver", FactState.FRESH)
    assert fact.reading and fact.reading.age(NOW) == timedelta(seconds=60) and fact.reading.source == "crm"


@pytest.mark.parametrize("state", ["stale", "missing", "failed", "conflicting"])
async def test_a_fact_that_was_not_fresh_is_not_fresh_now(state: str) -> None:
    fact = (await known(tier=KnownFact.model_validate({"value": "silver", "state": state}))).facts["tier"]
    assert fact.state == state and fact.value == "gold"


async def test_what_was_not_recorded_or_not_kept_is_missing() -> None:
    for snapshot in (await known(), await known(tier=KnownFact(value=None))):
        assert snapshot.facts["tier"].state is FactState.MISSING and snapshot.facts["tier"].value == "gold"


async def test_the_ledger_knows_of_nothing_where_nothing_was_recorded() -> None:
    facts = (await known()).facts
    assert (facts["open_case"].state, facts["open_case"].value) == (FactState.FRESH, False)
    assert facts["recent_failures"].value == 0 and facts["open_case_ref"].state is FactState.MISSING


async def test_of_nobody_nothing_is_known() -> None:
    facts = (await known(None, tier=KnownFact(value="silver"))).facts
    assert {fact.state for fact in facts.values()} == {FactState.MISSING}
