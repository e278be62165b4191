"""``cxai review``: the sample, seeded items, figures and labels of a ledger, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.reviewing import answered, claim, reviewed, reviewing

from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.records import SAMPLED, SEEDED, SEEDED_BAD
from proxy.review.simulated import fill

__all__ = ["cxai"]

NOW = datetime.now(UTC)
PAGE = """---
title: Cancelling a stay
owner: Hotels
effective_from: 2026-01-01
audience: customer
risk: high
---
# Cancelling a stay

You may cancel by telephone until 48 hours before arrival. The deposit of $25 is refunded within 10 business days.
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "policy_corpus").mkdir()
    (tmp_path / "policy_corpus/cancelling.md").write_text(PAGE)
    with Ledger.open(f"sqlite:///{tmp_path}/data/cxai.db") as ledger:
        yield ledger


def test_the_sample_is_drawn_and_then_no_more(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    answered(ledger, "r1", NOW - timedelta(hours=3))
    (tmp_path / "cxai.yaml").write_text("review: {sample_share: 1}\n")
    assert cxai("review", "draw").out == "1 of 1 delivered answers were drawn, from 1 hour.\n"
    assert cxai("review", "draw").out.startswith("0 of 0 delivered answers were drawn")
    assert [one.response_id for one in ledger.reviews.items("default", kinds=[SAMPLED])] == ["r1"]


def test_seeded_items_are_made_of_the_documents(cxai: Cxai, ledger: Ledger) -> None:
    ran = cxai("review", "seed", "--limit", "12")
    assert ran.status == 0 and "have an error in them" in ran.out, ran.err
    items = ledger.reviews.items("default", kinds=SEEDED)
    assert {one.kind for one in items} == set(SEEDED)
    for one in items:
        assert one.content is not None and one.content["question"] == "Cancelling a stay?"
    assert any("probe: " in (one.source or "") for one in items if one.kind == SEEDED_BAD)
    assert cxai("review", "seed", "--limit", "12").out.startswith("0 seeded items were added")


def test_figures_are_printed_with_their_alarms(cxai: Cxai, ledger: Ledger) -> None:
    fill(ledger, now=NOW)
    told = cxai("review", "figures").out
    assert told.startswith("SIMULATED") and "Agreement: alpha" in told and "Avery (simulated)" in told
    assert "ALARM Drew (simulated): pace rose" in told and "Wrong among delivered answers: " in told
    own = cxai("review", "figures", "--as", "Blake (simulated)").out
    assert "Blake (simulated)" in own and "Avery" not in own and "Drew" not in own
    (row,) = cxai("review", "figures", "--json").json_lines()
    assert row["simulated"] and row["team"]["reviews"] == 960


def test_without_reviews_that_is_said(cxai: Cxai, ledger: Ledger) -> None:
    assert cxai("review", "figures").out == "Nothing has been reviewed in this time.\n"


def test_labels_are_written_for_calibrate(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    answered(ledger, "r1", NOW - timedelta(hours=3))
    (tmp_path / "cxai.yaml").write_text("review: {sample_share: 1, second_share: 0}\n")
    cxai("review", "draw")
    reviewed(reviewing(ledger), "ann", NOW, {0: "contradicted"})
    assert cxai("review", "labels", "--out", "labels.jsonl").status == 0
    rows = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    assert [row["label"] for row in rows] == ["contradicted", "supported"]
    assert cxai("review", "labels").json_lines() == rows


def test_what_is_no_label_is_counted_with_the_reason(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    told = [claim("A bag is free."), claim("Yours was paid.", kind="account")]
    answered(ledger, "r1", NOW - timedelta(hours=3), claims=told)
    (tmp_path / "cxai.yaml").write_text("review: {sample_share: 1, second_share: 0}\n")
    cxai("review", "draw")
    reviewed(reviewing(ledger), "ann", NOW)
    ran = cxai("review", "labels", "--out", "labels.jsonl")
    assert ran.err == "cxai: 1 label written to labels.jsonl (left out: 1 about the customer's account)\n"
    ran = cxai("review", "labels")
    assert len(ran.json_lines()) == 1
    assert ran.err == "cxai: 1 label (left out: 1 about the customer's account)\n"


def test_a_tenant_that_there_is_not_is_named(cxai: Cxai, ledger: Ledger) -> None:
    ran = cxai("review", "figures", "--tenant", "acme")
    assert ran.status == 2 and 'there is no tenant "acme"' in ran.err
