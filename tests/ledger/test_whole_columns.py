"""Columns that are read as one value are what the rows say, to the microsecond and whatever a text holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
from sqlalchemy import select
from support.customers import NOON, contact
from support.failures import event, failure

from proxy.ledger.ledger import Ledger
from proxy.ledger.schema import contacts, failure_states
from proxy.ledger.whole_columns import WholeColumn, WholeInstants, instants, values

TEXTS = ["plain", 'with "quotes", commas\\ and \n lines', "ä 漢字 🙂", "[]", "", "null"]


def test_a_column_has_the_rows_values_in_their_order(ledger: Ledger) -> None:
    random = Random(3)
    told = [contact(f"k{number}", text=random.choice([*TEXTS, None])) for number in range(60)]
    long_ago = [
        NOON - timedelta(days=random.randrange(30_000), microseconds=random.randrange(10**12)) for _ in told
    ]
    ledger.customers.report([replace(one, at=at) for one, at in zip(told, long_ago, strict=True)])
    kept = contacts.c
    rows = ledger._read(select(kept.key, kept.text, kept.id, kept.at))
    whole = select(
        WholeColumn(kept.key), WholeColumn(kept.text), WholeColumn(kept.id), WholeInstants(kept.at)
    )
    keys, texts, ids, at = ledger._read(whole)[0]
    found = list(zip(values(keys), values(texts), values(ids), moments(at), strict=True))
    assert sorted(found) == sorted(map(tuple, rows)) and len(found) == 60


def test_what_has_not_happened_is_no_time(ledger: Ledger) -> None:
    ledger.failures.tell(failure("one"), event("detected", 1))
    ledger.failures.tell(failure("two"), event("detected", 1), event("corrected", 2))
    told = ledger._read(select(WholeInstants(failure_states.c.corrected_at)))[0][0]
    assert sorted(np.isnat(instants(told))) == [False, True]


def test_of_no_rows_there_is_nothing(ledger: Ledger) -> None:
    column, at = ledger._read(select(WholeColumn(contacts.c.key), WholeInstants(contacts.c.at)))[0]
    assert values(column) == [] and len(instants(at)) == 0


def moments(told: str | bytes) -> list[datetime]:
    return [one.replace(tzinfo=UTC) for one in instants(told).tolist()]
