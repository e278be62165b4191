"""Turns of ``/v1/responses`` are kept word for word, read by their owner alone, and removed by retention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Turn

NOW = datetime.now(UTC)


def turn(response_id: str, previous_id: str | None = None, owner: str = "a", at: datetime = NOW) -> Turn:
    asked = [{"role": "user", "content": f"asked in {response_id}"}]
    return Turn(response_id, owner, at, previous_id, asked, {"id": response_id, "output": []})


def test_a_conversation_is_read_from_its_beginning(ledger: Ledger) -> None:
    kept = [turn("one"), turn("two", "one"), turn("three", "two"), turn("aside", "one")]
    for one in kept:
        ledger.turns.keep(one)
    assert ledger.turns.conversation("three", "a") == kept[:3]
    assert ledger.turns.conversation("aside", "a") == [kept[0], kept[3]]
    assert ledger.turns.get("two", "a") == kept[1]


def test_another_owner_reads_and_removes_nothing(ledger: Ledger) -> None:
    ledger.turns.keep(turn("one"))
    ledger.turns.keep(turn("two", "one", owner="b"))
    assert ledger.turns.conversation("one", "b") == [] and ledger.turns.get("one", "b") is None
    assert [kept.response_id for kept in ledger.turns.conversation("two", "b")] == ["two"]
    assert not ledger.turns.forget("one", "b") and ledger.turns.get("one", "a") is not None


def test_a_turn_that_is_removed_leaves_a_gap_that_can_be_seen(ledger: Ledger) -> None:
    ledger.turns.keep(turn("one"))
    ledger.turns.keep(turn("two", "one"))
    assert ledger.turns.forget("one", "a") and not ledger.turns.forget("one", "a")
    (left,) = ledger.turns.conversation("two", "a")
    assert left.previous_id == "one"


def test_a_turn_that_is_kept_twice_is_one(ledger: Ledger) -> None:
    ledger.turns.keep(turn("one"))
    ledger.turns.keep(turn("one"))
    assert len(ledger.turns.conversation("one", "a")) == 1


def test_retention_removes_old_turns(ledger: Ledger) -> None:
    ledger.turns.keep(turn("old", at=NOW - timedelta(days=400)))
    ledger.turns.keep(turn("new", "old"))
    ledger.purge(NOW - timedelta(days=365))
    assert ledger.turns.get("old", "a") is None and ledger.turns.get("new", "a") is not None


@pytest.mark.parametrize("level", ["masked", "none"])
def test_without_the_full_text_no_turn_is_kept(open_ledger: Callable[..., Ledger], level: str) -> None:
    ledger = open_ledger(store_text=level)
    ledger.turns.keep(turn("one"))
    assert not ledger.turns.are_kept and ledger.turns.get("one", "a") is None
