"""What rules say to customers: facts are filled in, what is not known leaves no gap, and mistakes are found on load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.rules.fact_values import FactType, Value
from proxy.rules.facts import FactValue
from proxy.rules.messages import MessageError, message_of, sentences

TYPES: dict[str, FactType] = {"case": "text", "since": "time", "open": "bool", "balance": "number"}
SINCE = datetime(2026, 11, 3, 9, 5, tzinfo=timezone(timedelta(hours=1)))


def fact(value: Value | None) -> FactValue:
    return FactValue(value, "fresh")


def filled(text: str, ref: str = "CX-1", **facts: Value | None) -> str:
    message = message_of(text, TYPES, with_reference="{ref}" in text)
    return message.filled({name: fact(value) for name, value in facts.items()}, ref)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Your case is {case}.", "Your case is C-7."),
        ("It is open: {open}.", "It is open: yes."),
        ("You owe {balance}.", "You owe 1,234.5."),
        ("Open since {since}.", "Open since 3 November 2026, 08:05 UTC."),
        ("Offen seit {since:%d.%m.%Y}.", "Offen seit 03.11.2026."),
        ("Braces {{stay}}. Your reference is {ref}.", "Braces {stay}. Your reference is CX-1."),
        ("No fields at all.", "No fields at all."),
    ],
)
def test_fields_are_filled_in(text: str, read: str) -> None:
    assert filled(text, case="C-7", open=True, balance=1234.5, since=SINCE) == read


def test_a_sentence_is_left_out_where_a_fact_in_it_is_not_known() -> None:
    text = "We know your case. Its number is {case}. It is open since {since}. Your reference is {ref}."
    assert filled(text, case=None, since=SINCE) == (
        "We know your case. It is open since 3 November 2026, 08:05 UTC. Your reference is CX-1."
    )
    assert filled(text) == "We know your case. Your reference is CX-1."
    assert filled("Your case is {case}.", case="  ") == ""


def test_what_a_fact_says_is_never_read_as_a_field() -> None:
    assert filled("Case {case}. Reference {ref}.", case="{ref} {since}\n{0}") == (
        "Case {ref} {since} {0}. Reference CX-1."
    )


@given(st.text())
def test_sentences_together_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "with_reference", "problem"),
    [
        ("It is {csae}.", False, 'has an unknown field "{csae}"; did you mean "case"?'),
        ("It is {ref}.", False, 'has an unknown field "{ref}"; allowed: "case", "since", "open", "balance"'),
        ("We call you.", True, "must contain {ref}, the place where the customer's reference goes"),
        (
            "Case {case} has the reference {ref}.",
            True,
            'has {ref} and {case} in one sentence, which is left out where "case" is not known; '
            "give {ref} a sentence of its own",
        ),
        ("It is {case:%d}.", False, '"{case:%d}": only a time has a form; write {case}'),
        (
            "It is {case",
            False,
            "expected '}' before end of string; write a brace that is meant as text twice",
        ),
        ("It is {}.", False, '"{}" is no field; write a brace that is meant as text twice'),
        (
            "It is {case.upper}.",
            False,
            '"{case.upper}" is no field; write a brace that is meant as text twice',
        ),
        ("It is {case!r}.", False, '"{case}" is no field; write a brace that is meant as text twice'),
    ],
)
def test_a_mistake_is_told_with_the_way_out(text: str, with_reference: bool, problem: str) -> None:
    with pytest.raises(MessageError) as raised:
        message_of(text, TYPES, with_reference=with_reference)
    assert str(raised.value) == problem


def test_times_are_told_in_utc_whatever_their_zone() -> None:
    assert filled("{since:%H:%M %Z}", since=SINCE) == filled("{since:%H:%M %Z}", since=SINCE.astimezone(UTC))
