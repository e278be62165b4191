"""What a clause affirms, denies, allows and requires."""

from __future__ import annotations

import pytest

from proxy.grounding.policy.clauses import Role, clauses_of, sentences_of
from proxy.grounding.policy.polarity import (
    Modality,
    Order,
    denied_by_one,
    denied_concepts,
    denies,
    denies_nothing,
    opposites_between,
    stance_of,
)


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("You must show a receipt.", Modality.MUST),
        ("A receipt is required.", Modality.MUST),
        ("You don't have to show a receipt.", Modality.OPTIONAL),
        ("A receipt is not required.", Modality.OPTIONAL),
        ("You won't need to show a receipt.", Modality.OPTIONAL),
        ("You will not be required to show a receipt.", Modality.OPTIONAL),
        ("A meter reading isn’t mandatory.", Modality.OPTIONAL),
        ("No deposit for the room is required.", Modality.OPTIONAL),
        ("Guests needn't register.", Modality.OPTIONAL),
        ("You may bring a pet.", Modality.MAY),
        ("Pets sleep.", Modality.NONE),
    ],
)
def test_modality(text: str, modality: Modality) -> None:
    assert stance_of(text).modality is modality


@pytest.mark.parametrize(
    "text",
    [
        "You may not smoke here.",
        "You must not smoke here.",
        "You can’t smoke here.",
        "Smoking is not allowed here.",
        "Smoking is forbidden here.",
        "No guest may smoke here.",
    ],
)
def test_what_may_not_must_not_and_cannot_be_done_is_forbidden(text: str) -> None:
    assert stance_of(text).forbidden


@pytest.mark.parametrize(
    "text",
    [
        "You need not smoke here.",
        "You don't have to pay for the router.",
        "A bag must not be heavier than 23 kg.",
        "You may smoke here.",
        "Smoke is not filtered.",
    ],
)
def test_what_need_not_be_done_or_has_a_bound_is_not_forbidden(text: str) -> None:
    assert not stance_of(text).forbidden


@pytest.mark.parametrize(
    "text",
    [
        "It is not refunded.",
        "We can't refund it.",
        "No refund is given.",
        "never refunded",
        "You do not have a right to a refund.",
    ],
)
def test_a_denial_is_heard(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "no later than 5 May",
        "No more than two bags",
        "It must not exceed 23 kg.",
        "You don't need to call.",
        "at no extra cost",
        "no problem",
        "A group cannot include more than nine people.",
        "The plan may not continue longer than a year.",
    ],
)
def test_a_bound_or_courtesy_denies_nothing(text: str) -> None:
    assert not denies(text)


def test_restricting_words_are_no_plain_affirmation() -> None:
    assert denies_nothing("Pets are welcome.", "")
    assert not denies_nothing("Only pets are welcome.", "")
    assert denies_nothing("Only pets are welcome.", "Only pets")


def test_the_term_under_the_negation_is_named() -> None:
    assert ("refund", True) in denied_by_one("The fee is refunded.", "The fee is not refunded.")
    assert denied_by_one("The fee isn't refunded.", "We never refund the fee.") == ()
    assert ("includ", True) in denied_by_one("Breakfast is included.", "Breakfast is excluded.")


def test_no_longer_denies_what_comes_after_it() -> None:
    assert denied_concepts("The seat can no longer be changed.") == denied_concepts(
        "The seat cannot be changed."
    )
    assert ("move", True) in denied_by_one("The meter can be moved.", "The meter can no longer be moved.")
    assert denied_concepts("It takes no longer than two days.") == frozenset()


def test_opposites_are_found_in_any_form() -> None:
    assert opposites_between("after departure", "before departure") == (("after", "befor"),)
    assert opposites_between("before and after", "before") == ()


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("once you have travelled", Order.AFTER),
        ("retroactively", Order.AFTER),
        ("prior to travel", Order.BEFORE),
        ("before or after travel", Order.NONE),
    ],
)
def test_order_in_time(text: str, order: Order) -> None:
    assert stance_of(text).order is order


def test_clauses_know_their_part() -> None:
    clauses = clauses_of("If you cancel, we refund the fare, unless the ticket was used.")
    assert [clause.role for clause in clauses] == [Role.CONDITION, Role.STATEMENT, Role.EXCEPTION]


def test_once_says_when_or_how_often() -> None:
    roles = [clause.role for clause in clauses_of("Once you have paid, the card can be used once per stay.")]
    assert roles == [Role.CONDITION, Role.STATEMENT]
    assert stance_of("The name may be changed once.").order is Order.NONE


def test_a_sentence_ends_a_clause() -> None:
    clauses = clauses_of("No approval is needed. You must tell us.")
    assert [stance_of(clause.text).modality for clause in clauses] == [Modality.OPTIONAL, Modality.MUST]


def test_sentences_are_verbatim() -> None:
    text = "Bags are free, e.g. one at 23 kg. A second costs $30.\nAsk us!"
    sentences = sentences_of(text)
    assert len(sentences) == 3
    assert all(sentence in text for sentence in sentences)
