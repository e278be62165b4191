"""Reasons in words are read by people: what they name is so, and can be seen in the sentence that is quoted."""

from __future__ import annotations

import pytest
from support.builtin_verifier import judge

from proxy.grounding.policy.missing import named
from proxy.grounding.text.verb_forms import base_form
from proxy.grounding.types import Label
from proxy.grounding.values.finding import values_of
from proxy.grounding.values.wording import in_words

SCHOOL = """# Lessons

A pack of ten lessons is paid when you book. While an account is locked, its code is withheld. Exit rows are for
people of 16 or over.

| Offence | First time | Again within 6 months |
|---|---|---|
| Parking outside a bay | €10 | €25 |

## Transfers

If we move you to a cheaper room, we refund the difference without your asking, within 10 days. Room fees are refunded
if we cancel the room.

Checked bags allowed:

- Those of members
"""


def test_a_number_that_policy_does_not_say_is_named_with_what_it_counts() -> None:
    verdict = judge("A pack of ten lessons may be paid in two instalments.", SCHOOL)
    assert verdict.label is Label.UNSUPPORTED
    assert "“two instalments”" in verdict.reason


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("It is paid in three monthly instalments.", "three monthly instalments"),
        ("The panel has five members, three of whom are elected.", "five members"),
        ("It takes 10 days.", "10 days"),
        ("Up to 6 photos may be sent.", "6 photos"),
    ],
)
def test_a_value_is_named_as_the_claim_has_it(claim: str, words: str) -> None:
    assert named(values_of(claim)[0], claim) == words


def test_a_word_is_missing_only_where_no_form_of_it_stands_in_the_policy() -> None:
    verdict = judge("We never withhold a code, whatever the weather, not even from pilots.", SCHOOL)
    assert "withhold" not in verdict.reason


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("withheld", "withhold"),
        ("repaid", "repay"),
        ("sent", "send"),
        ("withdrawn", "withdraw"),
        ("bed", "bed"),
    ],
)
def test_irregular_forms_are_forms_of_their_verb(form: str, base: str) -> None:
    assert base_form(form) == base


def test_a_value_from_a_tables_head_is_shown_with_the_row_as_it_reads() -> None:
    verdict = judge("Parking outside a bay again within 12 months costs €25.", SCHOOL)
    assert verdict.label is Label.CONTRADICTED
    assert "6 months" in verdict.reason and "12 months" in verdict.reason
    assert "6 months" not in verdict.evidence[0].quote
    assert "Again within 6 months: €25" in verdict.reason


def test_where_a_value_is_made_up_the_reason_is_that_and_no_denial_elsewhere() -> None:
    verdict = judge(
        "Room fees are refunded if we cancel the room, provided that you ask within 30 days.", SCHOOL
    )
    assert verdict.label is not Label.SUPPORTED
    assert "30 days" in verdict.reason
    assert "denies" not in verdict.reason


def test_small_words_and_contractions_are_not_what_policy_lacks() -> None:
    verdict = judge("There's always a piano for those who've become pianists and who'd play it.", SCHOOL)
    assert verdict.label is Label.UNSUPPORTED
    assert "“piano”" in verdict.reason and "'" not in verdict.reason and "become" not in verdict.reason


def test_a_line_that_only_introduces_a_list_affirms_nothing() -> None:
    verdict = judge("Unfortunately, checked bags are not allowed to be taken off a booking.", SCHOOL)
    assert verdict.label is not Label.SUPPORTED
    assert "“Checked bags allowed:”" not in verdict.reason and "unfortunately" not in verdict.reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Everything happens before 11:59 pm.", "before 11:59 pm"),
        ("It is valid until 30 September 2026.", "until 30 September 2026"),
        ("Ask within 30 days.", "at most 30 days"),
    ],
)
def test_a_bound_is_said_as_people_say_it_of_such_a_value(text: str, words: str) -> None:
    assert in_words(values_of(text)[0]) == words
