"""Claims made from documents: what is called true stays true, what is called false differs in one thing."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.authoring.edits.false_edits import MAKERS
from proxy.models.training.edited_sentences import (
    edited_sentences_of,
    every_edit_of,
    false_edits,
    is_held_out,
    true_rewordings,
)

DOCUMENT = """# Cancelling a stay

You must cancel at least 48 hours before arrival. If your rate is flexible, you can cancel free of charge.
We refund the deposit within 10 business days. The city tax of $3.50 per night is not refundable.

## Groups

- Groups pay a deposit of 25% by 1 March.
- A guest may bring a dog, except in the dining room.
- Refunds are only available in the currency of the booking.
- Run `pip install hotel` first.
"""


def texts(sentence: str, kind: str, others: tuple[str, ...] = ()) -> set[str]:
    """Everything that a kind of false edit makes of a sentence, over many draws."""
    made = {MAKERS[kind](sentence, Random(seed), others) for seed in range(60)}
    return {text for text in made if text is not None}


def reworded(sentence: str, kind: str) -> set[str]:
    made = [edit for seed in range(60) for edit in true_rewordings(sentence, Random(seed))]
    return {edit.text for edit in made if edit.kind == kind}


def test_a_number_is_changed_in_its_own_format() -> None:
    made = texts("The fee is $1,500 for each booking.", "number")
    assert made
    for text in made:
        assert (
            re.fullmatch(r"The fee is \$(?:\d,\d{3}|\d{3}) for each booking\.", text) and "$1,500" not in text
        )


def test_a_singular_unit_becomes_plural_with_its_number() -> None:
    made = texts("You have 1 day to reply to our letter.", "number")
    assert made and all("days" in text for text in made)


@pytest.mark.parametrize(
    "sentence",
    [
        "See section 4 before you send the form.",
        "Support is there 24/7 for every customer.",
        "The 401(k) plan is open to every employee.",
        "The plan of version 3 is no longer sold.",
    ],
)
def test_what_is_no_policy_value_is_left_alone(sentence: str) -> None:
    assert texts(sentence, "number") == set()


def test_a_number_can_come_from_another_sentence_of_the_document() -> None:
    made = texts(
        "The fee is $25 a month.", "number_from_document", ("A card costs $40.", "It takes 30 days.")
    )
    assert made == {"The fee is $40 a month."}


@pytest.mark.parametrize(
    ("sentence", "negated"),
    [
        ("The deposit is refundable.", "The deposit is not refundable."),
        ("You can cancel online.", "You cannot cancel online."),
        ("You receive a letter from us.", "You do not receive a letter from us."),
        ("The offer expires in June.", "The offer does not expire in June."),
        ("Submit the form to the office.", "Do not submit the form to the office."),
        ("The pass does not cover the ferry.", "The pass covers the ferry."),
        ("Do not send cash by post.", "Send cash by post."),
    ],
)
def test_a_negation_has_the_verb_form_that_english_asks_for(sentence: str, negated: str) -> None:
    assert negated in texts(sentence, "negation")


def test_no_negation_is_left_half_standing() -> None:
    assert texts("You do not pay any fee for this.", "negation") == set()
    assert texts("Not only members but also guests can book.", "negation") == set()


def test_a_duty_becomes_a_choice() -> None:
    made = texts("You must tell us the date.", "modality")
    assert made == {
        "You may tell us the date.",
        "You do not have to tell us the date.",
        "You do not need to tell us the date.",
    }


def test_a_condition_is_dropped_or_reversed_but_an_offer_of_help_is_not() -> None:
    sentence = "If your rate is flexible, you can cancel free of charge."
    assert texts(sentence, "condition_dropped") == {"You can cancel free of charge."}
    assert texts(sentence, "condition_reversed") == {
        "Unless your rate is flexible, you can cancel free of charge."
    }
    assert texts("If you have questions, you can call us at any time.", "condition_dropped") == set()


def test_an_exception_is_dropped_or_counted_in() -> None:
    made = texts("A guest may bring a dog, except in the dining room.", "exception_dropped")
    assert "A guest may bring a dog." in made


def test_only_is_never_just_left_out() -> None:
    made = texts("Refunds are only available in the currency of the booking.", "only_dropped")
    assert made and all("also" in text or "not only" in text for text in made)


def test_another_article_goes_with_another_word() -> None:
    made = texts("You need an invoice for this.", "word_swapped_from_document", ("Keep the receipt.",))
    assert made == {"You need a receipt for this."}


@pytest.mark.parametrize(
    ("kind", "sentence", "text"),
    [
        ("light_contraction", "You cannot pay in cash here.", "You can't pay in cash here."),
        ("light_number_words", "The stay ends after 3 days.", "The stay ends after three days."),
        ("light_number_words", "The deposit is $25.", "The deposit is $25.00."),
        ("light_clause_order", "If it rains, the pool is closed.", "The pool is closed if it rains."),
        ("light_clause_order", "The bar opens when June is warm.", "When June is warm, the bar opens."),
        ("light_person", "Customers must keep their receipts.", "You must keep your receipts."),
        ("light_person", "The customer receives a letter.", "You receive a letter."),
        ("light_unless", "If you do not reply, the offer ends.", "Unless you reply, the offer ends."),
        ("light_synonym", "Call us prior to arrival.", "Call us before arrival."),
        ("light_detail_dropped", "We take all cards (Visa too) at the desk.", "We take all cards at the desk."),
    ],
)  # fmt: skip
def test_a_rewording_says_the_same(kind: str, sentence: str, text: str) -> None:
    assert text in reworded(sentence, kind)


def test_a_condition_stays_where_a_pronoun_would_lose_its_noun() -> None:
    assert reworded("If a parcel is lost, we replace it within a week.", "light_clause_order") == set()


def test_a_name_keeps_its_capital_after_a_lead_in() -> None:
    made = reworded("Rho-Bank charges no fee for this.", "light_lead_in")
    assert made and all("Rho-Bank" in text for text in made)


def test_both_sides_of_a_document_are_made_and_code_is_not() -> None:
    made = [edit for seed in range(10) for edit in edited_sentences_of(DOCUMENT, Random(seed))]
    true = sum(edit.supported for edit in made)
    assert 0.5 <= true / (len(made) - true) <= 1.1
    assert not any("pip" in edit.text for edit in made)


def test_every_edit_of_gives_each_sentence_verbatim() -> None:
    made = every_edit_of(DOCUMENT, Random(1))
    originals = {edit.original for edit in made}
    assert originals == {edit.text for edit in made if edit.kind == "verbatim"}
    assert "You must cancel at least 48 hours before arrival." in originals


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_no_text_is_both_true_and_false_and_no_falsehood_is_the_original(seed: int) -> None:
    made = edited_sentences_of(DOCUMENT, Random(seed))
    true = {edit.text for edit in made if edit.supported}
    false = {edit.text for edit in made if not edit.supported}
    assert not true & false
    assert not false & {edit.original for edit in made}


def test_the_same_seed_makes_the_same_claims() -> None:
    assert edited_sentences_of(DOCUMENT, Random(5)) == edited_sentences_of(DOCUMENT, Random(5))


def test_one_document_in_ten_is_held_out_for_ever() -> None:
    held_out = [is_held_out(f"document-{number}") for number in range(1_000)]
    assert 70 <= sum(held_out) <= 130
    assert [is_held_out("bank-1"), is_held_out("bank-2")] == [is_held_out("bank-1"), is_held_out("bank-2")]


def test_a_false_edit_is_never_another_sentence_of_the_document() -> None:
    others = ["The fee is $40 a month."]
    for seed in range(50):
        assert all(
            edit.text not in others for edit in false_edits("The fee is $25 a month.", Random(seed), others)
        )


def test_what_holds_of_every_employee_is_not_made_false_by_naming_one_of_them() -> None:
    others = ("The recruiter calls the candidate.", "Your manager signs it.")
    made = texts("Every employee has access to the archive.", "actor_swapped", others)
    assert made and not any("recruiter" in text or "manager" in text for text in made)


def test_an_article_fits_the_word_after_a_negation_is_taken_out() -> None:
    made = texts("There is no expectation that people reply at night.", "negation")
    assert made == {"There is an expectation that people reply at night."}
