from __future__ import annotations

from pathlib import Path

import pytest

from proxy.demo.conversations import Conversation, read_conversations

REPOSITORY = Path(__file__).parents[2]
MOFFATT = (
    "If you need to travel immediately or have already travelled and would like to submit your ticket for a reduced "
    "bereavement rate, kindly do so within 90 days of the date your ticket was issued by completing our Ticket Refund "
    "Application form."
)


def test_the_sentence_of_the_case_is_played_word_for_word(conversations: tuple[Conversation, ...]) -> None:
    assert any(MOFFATT in conversation.model_said for conversation in conversations)


def test_every_decision_and_both_companies_are_shown(conversations: tuple[Conversation, ...]) -> None:
    assert {conversation.expected.decision for conversation in conversations} == {
        "deliver",
        "rewrite",
        "escalate",
    }
    assert {conversation.company for conversation in conversations} == {"airline", "telecom"}
    assert {conversation.stream for conversation in conversations} == {True, False}
    assert len({conversation.id for conversation in conversations}) == len(conversations) >= 10


def test_a_document_that_is_expected_to_decide_is_shipped(conversations: tuple[Conversation, ...]) -> None:
    for conversation in conversations:
        document = conversation.expected.document
        assert document is None or (REPOSITORY / "policy_corpus" / f"{document}.md").is_file(), document


def test_a_conversation_with_a_misspelt_field_is_named(tmp_path: Path) -> None:
    path = tmp_path / "conversations.yaml"
    path.write_text("- {id: lost-bag, company: airline, mesages: [], expected: {decision: deliver}}")
    with pytest.raises(ValueError, match=r'conversations\.yaml: conversation "lost-bag"'):
        read_conversations(path)


def test_the_second_scene_shows_each_way_in_which_a_customer_may_be_ignored(
    story: tuple[Conversation, ...],
) -> None:
    assert {conversation.crm for conversation in story} == {"calm", "complaint", "stale", "down"}
    assert all(conversation.before for conversation in story)
    assert any(conversation.rule for conversation in story)
    assert {conversation.expected.unasked for conversation in story} == {True, False}
