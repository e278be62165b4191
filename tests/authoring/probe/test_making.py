"""Probes: each differs from its sentence in one thing, the same seed makes the same ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.authoring.edits.false_edits import MAKERS
from proxy.authoring.probe.choosing import make_probes
from proxy.authoring.probe.kinds import OF_EDIT, Attack
from proxy.authoring.probe.making import Probe
from proxy.corpus.reading import read_content

TODAY = datetime(2026, 11, 25, tzinfo=UTC)
PAGE = """---
title: Cancelling a stay
jurisdiction: EU
audience: customer
effective_from: 2026-01-01
---
# Cancelling a stay

You may cancel by telephone until 48 hours before arrival. The deposit of £25 is refunded within 10 business days.
If your rate is flexible, you can cancel free of charge.
"""
CANADA = """---
title: Cancelling in Canada
jurisdiction: CA
audience: customer
---
Guests can cancel at any time.
"""
OLD = """---
title: Cancelling a stay (2025)
jurisdiction: EU
audience: customer
effective_to: 2025-12-31
---
The deposit is refunded within 33 days.
"""


def probes(*, seed: int = 1, limit: int | None = None, globs: tuple[str, ...] = ("*",)) -> list[Probe]:
    texts = {
        "page.md": PAGE.replace("effective_from", "supersedes: old\neffective_from"),
        "canada.md": CANADA,
        "old.md": OLD,
    }
    read = [read_content(path, text.encode()) for path, text in texts.items()]
    passages = [passage for item in read for passage in item.passages]
    documents = [item.document for item in read]
    return make_probes(documents, passages, TODAY, seed=seed, limit=limit, globs=globs)


def texts_of(attack: Attack) -> set[str]:
    return {probe.text for seed in range(8) for probe in probes(seed=seed) if probe.attack is attack}


def test_every_maker_of_falsehoods_has_a_name_that_editors_understand() -> None:
    assert OF_EDIT.keys() == MAKERS.keys()


def test_sentences_with_pounds_are_attacked_too() -> None:
    assert any("£" in text and "£25" not in text for text in texts_of(Attack.NUMBER))


def test_the_channel_becomes_one_that_the_document_does_not_speak_of() -> None:
    made = texts_of(Attack.CHANNEL)
    assert made and all("by telephone" not in text and "48 hours before arrival" in text for text in made)


def test_a_deadline_becomes_also_afterwards() -> None:
    assert "You may cancel by telephone at any time, also afterwards." in texts_of(Attack.RETROACTIVE)


def test_a_sentence_is_asked_in_a_market_where_it_does_not_hold() -> None:
    made = [probe for probe in probes() if probe.attack is Attack.MARKET]
    assert made and all(
        probe.scope.jurisdiction == "CA" and probe.text == probe.source.sentence for probe in made
    )


def test_a_sentence_of_an_earlier_version_is_asked_today() -> None:
    (probe,) = [probe for probe in probes() if probe.attack is Attack.OUTDATED]
    assert probe.text == "The deposit is refunded within 33 days."
    assert probe.scope.policy_date == TODAY and probe.source.document.id == "old"


def test_documents_that_are_over_are_only_tried_as_earlier_versions() -> None:
    assert {probe.attack for probe in probes() if probe.source.document.id == "old"} == {Attack.OUTDATED}


def test_only_the_documents_asked_for_are_probed() -> None:
    assert {probe.source.document.id for probe in probes(globs=("ca*",))} == {"canada"}


@pytest.mark.parametrize("limit", [1, 5, 20])
def test_a_limit_keeps_all_kinds_alike(limit: int) -> None:
    chosen = probes(limit=limit)
    assert len(chosen) <= limit
    assert len({probe.attack for probe in chosen if not probe.is_true}) >= min(3, limit - 1)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_same_seed_makes_the_same_probes_and_none_is_both_true_and_false(seed: int) -> None:
    made = probes(seed=seed)
    assert made == probes(seed=seed)
    true = {probe.text for probe in made if probe.is_true}
    out_of_scope = (Attack.MARKET, Attack.OUTDATED)
    assert not true & {one.text for one in made if not one.is_true and one.attack not in out_of_scope}
