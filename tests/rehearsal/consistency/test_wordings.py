"""Other wordings ask the same: names, numbers and amounts stay, and there are five."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from proxy.context.conversation import said_in
from proxy.grounding.values.finding import values_of
from proxy.rehearsal.consistency.variants import variants
from proxy.rehearsal.consistency.wordings import AS_ASKED, RULES, read_wordings, wordings_of
from proxy.rehearsal.sources.source import SourceError
from proxy.rehearsal.suite.model import Conversation
from proxy.rehearsal.suite.reading import open_suite

SHIPPED = ROOT / "policies" / "rehearsal" / "airline"
WORDS = st.sampled_from(
    "How are you NO6JO3 mia_li_3668 $1,234.50 refund? USA a@b.example 30 days. Please".split()
)


@pytest.fixture(scope="module")
def recorded() -> list[Conversation]:
    return list(open_suite(SHIPPED).conversations())


@given(text=st.lists(WORDS, min_size=1, max_size=12).map(" ".join))
def test_ids_numbers_and_addresses_stand_in_every_wording(text: str) -> None:
    for wording in wordings_of(text, {}).values():
        for name in re.findall(r"[A-Z]{3}\b|\S*[\d@_]\S*\b", text):
            assert name in wording


def test_what_recorded_customers_name_has_the_same_value_in_every_wording(
    recorded: list[Conversation],
) -> None:
    for question in {text for one in recorded for turn in one.turns for text in said_in(turn.messages)}:
        wordings = wordings_of(question, {})
        assert list(wordings) == list(RULES) and wordings[AS_ASKED] == question
        asked, *others = (
            {(one.kind, one.amount, one.unit) for one in values_of(text)} for text in wordings.values()
        )
        assert all(other == asked for other in others), question


def test_in_haste_it_is_written_as_in_a_chat() -> None:
    told = wordings_of("What is your policy for USA flights? Please tell me, are you sure!", {})["hasty"]
    assert told == "whats ur policy for USA flights pls tell me, r u sure"


def test_a_person_gives_wordings_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "wordings.jsonl"
    file.write_text(
        json.dumps({"question": "How long  do refunds take?", "wordings": ["When is my money back?"]})
    )
    given = read_wordings(file)
    assert wordings_of("How long do refunds take?", given) == {
        AS_ASKED: "How long do refunds take?", "given 1": "When is my money back?"
    }  # fmt: skip
    assert list(wordings_of("Other", given)) == list(RULES)
    file.write_text('{"question": "a", "wordings": []}\n')
    with pytest.raises(SourceError, match=r"wordings\.jsonl:1: wordings: List should have at least 1 item"):
        read_wordings(file)


def test_each_question_is_asked_in_five_wordings_by_two_channels_after_all_that_was_said(
    recorded: list[Conversation],
) -> None:
    for one in variants(recorded[:2], {}):
        assert [(each.channel, each.wording) for each in one] == [
            (channel, wording) for channel in ("chat", "email") for wording in RULES
        ]
        before = {json.dumps(each.played.turns[0].messages[:-1]) for each in one}
        assert len(before) == 1 and len({each.played.id for each in one}) == 10
        assert one[0].played.turns[0].messages[-1]["content"] == one[0].question
