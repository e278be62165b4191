"""A sentence that is policy's own but for one thing, and the rewordings that change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit, Scope
from proxy.corpus.reading import read_content
from proxy.grounding.policy.alignment import align, lines_of, weights_of
from proxy.grounding.policy.alterations import Change, alterations_of, is_verbatim
from proxy.models.embedder import Embedder
from proxy.models.training.labelled_claims import corpus_of

POLICY = """
# Terms

You may hand in the device at any branch before the plan ends. A plan may be paused once if you ask at least 10 days
ahead. We return the deposit within 14 days, unless the device is damaged. The cover is valid in Norway and in all
ports. Bills can be paid by card or by bank transfer. You must show your card when you enter. We never sell your data.
The first inspection is free of charge. Only members may bring a guest on Sundays.
"""
ALTERED = {
    "You may hand in the device at any branch after the plan ends.": Change.ORDER,
    "You must hand in the device at any branch before the plan ends.": Change.MODALITY,
    "We may hand in the device at any branch before the plan ends.": Change.ACTOR,
    "A plan may be paused once unless you ask at least 10 days ahead.": Change.CONDITION,
    "A plan may be paused once if you ask no more than 10 days ahead.": Change.BOUND,
    "A plan may be paused once if you ask at least 12 days ahead.": Change.VALUE,
    "A plan may be paused once.": Change.CONDITION_DROPPED,
    "We return the deposit within 14 days.": Change.EXCEPTION_DROPPED,
    "Bills can be paid by card and by bank transfer.": Change.CHOICE,
    "You may show your card when you enter.": Change.MODALITY,
    "We do sell your data.": Change.NEGATION,
    "The first inspection is for a fee.": Change.COST,
    "All members may bring a guest on Sundays.": Change.SCOPE,
}
UNALTERED = (
    "You can hand in the device at any branch before the plan ends.",
    "Before the plan ends, you may hand in the device at any branch.",
    "Please note that you have to show your card when you enter.",
    "If you ask at least ten days ahead, a plan may be paused once.",
    "A plan may not be paused unless you ask at least 10 days ahead.",
    "Unless the device is damaged, we return the deposit within two weeks.",
    "The cover is valid in Norway.",
    "You need your card to get in.",
)
SENTENCES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "data" / "altered_sentences.yaml").read_text(encoding="utf-8")
)


def pairs(lines: Iterable[str]) -> list[tuple[str, str]]:
    return [(policy, answer) for policy, answer in (line.split(" | ") for line in lines)]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of([("Terms", POLICY)], Embedder.load())


def changes(corpus: Corpus, claim: str) -> list[Change]:
    lines = lines_of(corpus.retrieve(claim, Scope(datetime(2026, 1, 1, tzinfo=UTC))))
    return [one.change for one in alterations_of(claim, None, align(claim, None, lines, weights_of(lines)))]


@pytest.mark.parametrize("claim", ALTERED)
def test_one_thing_changed_in_policy_s_own_sentence_is_seen_and_named(corpus: Corpus, claim: str) -> None:
    assert changes(corpus, claim) == [ALTERED[claim]]


@pytest.mark.parametrize("claim", UNALTERED)
def test_rewordings_and_other_sentences_are_no_alterations(corpus: Corpus, claim: str) -> None:
    assert changes(corpus, claim) == []


def changed(policy: str, answer: str) -> list[Change]:
    """What the answer changes in a policy of this one sentence."""
    read = read_content("terms.md", f"# Terms\n\n{policy}\n".encode())
    lines = lines_of([Hit(passage, 1.0, 0.5, 1.0) for passage in read.passages])
    return [one.change for one in alterations_of(answer, None, align(answer, None, lines, weights_of(lines)))]


@pytest.mark.parametrize(
    ("policy", "answer", "change"),
    [(*pair, kind) for kind, lines in SENTENCES["altered"].items() for pair in pairs(lines)],
)
def test_a_change_is_seen_under_negation_in_the_passive_and_in_words_that_deny(
    policy: str, answer: str, change: str
) -> None:
    assert set(changed(policy, answer)) == {Change(change)}


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["unaltered"]["complement"]))
def test_the_complement_of_a_rule_is_no_alteration(policy: str, answer: str) -> None:
    assert changed(policy, answer) == changed(answer, policy) == []


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["unaltered"]["passive"]))
def test_the_passive_swaps_nobody(policy: str, answer: str) -> None:
    assert changed(policy, answer) == changed(answer, policy) == []


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["unaltered"]["duty"]))
def test_a_duty_denied_or_forbidden_in_other_words_is_no_alteration(policy: str, answer: str) -> None:
    assert changed(policy, answer) == changed(answer, policy) == []


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["unaltered"]["deadline"]))
def test_until_before_an_event_is_at_least_so_long(policy: str, answer: str) -> None:
    assert changed(policy, answer) == changed(answer, policy) == []


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["unaltered"]["value"]))
def test_a_value_in_other_words_is_no_alteration(policy: str, answer: str) -> None:
    assert changed(policy, answer) == []


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["unaltered"]["denying word"]))
def test_a_word_that_denies_by_itself_is_not_and_its_opposite(policy: str, answer: str) -> None:
    assert changed(policy, answer) == changed(answer, policy) == []


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["verbatim"]))
def test_word_for_word_is_told_through_numbers_contractions_and_courtesies(policy: str, answer: str) -> None:
    assert is_verbatim(answer, policy)
    assert is_verbatim(policy, answer)


@pytest.mark.parametrize(("policy", "answer"), pairs(SENTENCES["not_verbatim"]))
def test_words_of_one_concept_and_small_words_are_other_words(policy: str, answer: str) -> None:
    assert not is_verbatim(answer, policy)
    assert not is_verbatim(policy, answer)
