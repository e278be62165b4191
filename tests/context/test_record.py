"""What a decision keeps of its context: states, ages and sources always, values only where they are not masked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.context.facts import fact_of, reading_of
from proxy.context.record import context_record
from proxy.context.snapshot import NOTHING_KNOWN, Snapshot
from proxy.context.sources.source import Found
from proxy.rules.context_options import FactOptions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def snapshot(fact: FactOptions, **found: Found) -> Snapshot:
    readings = [reading_of(one, fact, name, read_at=NOW, now=NOW) for name, one in found.items()]
    return Snapshot(NOW, {fact.name: fact_of(fact, readings)}, 12.345)


def declared(**more: Any) -> FactOptions:
    written = {"name": "since", "type": "time", "max_age": "1h", "from": {"crm": {"true_at": "at"}}}
    return FactOptions.model_validate(written | more)


def test_a_decision_without_context_keeps_none():
    assert context_record(NOTHING_KNOWN) is None


def test_a_fact_keeps_its_state_age_and_source():
    at = NOW - timedelta(minutes=5)
    record = context_record(snapshot(declared(masked=False), crm=Found("2026-02-01", at)))
    assert record == {
        "completeness": 1.0,
        "spent_ms": 12.3,
        "facts": {
            "since": {
                "state": "fresh",
                "class": "wanted",
                "value": "2026-02-01T00:00:00+00:00",
                "age_s": 300.0,
                "source": "crm",
            }
        },
    }
    json.dumps(record)


def test_a_masked_fact_keeps_no_value_anywhere():
    fact = declared(**{"from": {"crm": None, "tickets": None}}, type="text")
    record = context_record(snapshot(fact, crm=Found("gold"), tickets=Found("silver")))
    assert record is not None and record["facts"]["since"]["state"] == "conflicting"
    assert [one["source"] for one in record["facts"]["since"]["readings"]] == ["crm", "tickets"]
    assert "gold" not in json.dumps(record) and "silver" not in json.dumps(record)


def test_what_is_not_fresh_says_why():
    record = context_record(snapshot(declared(), crm=Found("2026-02-01", NOW - timedelta(hours=2))))
    assert record is not None
    assert record["facts"]["since"] == {
        "state": "stale",
        "class": "wanted",
        "age_s": 7200.0,
        "source": "crm",
        "problem": "older than 1h",
    }
