"""Which sentences a forbidden topic keeps from leaving."""

from __future__ import annotations

import pytest

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.silence import keeping_silent
from proxy.grounding.text.segments import Segment, SegmentKind
from proxy.models.embedder import Embedder
from proxy.rules.rules import Rule

TOPICS = {
    "investment advice": [
        "You should buy shares of the company now.",
        "I recommend putting your savings into index funds.",
        "Bitcoin is a good investment this year.",
    ],
    "the merger with Alpha Air": [
        "The merger with Alpha will be completed in March.",
        "Alpha Air customers will keep their miles after the takeover.",
    ],
}
OTHERS = [
    "You can bring one carry-on bag of up to 8 kg.",
    "Refunds are paid within 14 days to the original payment method.",
    "You can complain to customer relations within 30 days.",
    "Passengers with medical conditions need a certificate from a doctor.",
    "The price of the Max plan is $45 a month.",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


def forbidding_rule(topic: str) -> Rule:
    return Rule(name="r-forbid_topic", when="true", effect="forbid_topic", reason="because", topic=[topic])


def judged(text: str, action: Action = Action.DELIVER) -> Judged:
    return Judged(Segment(text, 0, len(text), SegmentKind.SENTENCE, text), Ruling(action, "said"))


@pytest.mark.parametrize("topic", TOPICS)
def test_sentences_on_a_forbidden_topic_are_stopped_and_no_others(topic: str, embedder: Embedder) -> None:
    forbidding = [forbidding_rule(topic)]
    for text in TOPICS[topic]:
        stopped = keeping_silent(judged(text), text, forbidding, embedder.embed)
        assert stopped.ruling.action is Action.ESCALATE, text
        assert stopped.ruling.reason == 'rule "r-forbid_topic": because'
    for text in OTHERS:
        assert keeping_silent(judged(text), text, forbidding, embedder.embed) == judged(text), text


def test_a_worse_ruling_stays(embedder: Embedder) -> None:
    text = TOPICS["investment advice"][0]
    forbidding = [forbidding_rule("investment advice")]
    refused = judged(text, Action.REFUSE)
    assert keeping_silent(refused, text, forbidding, embedder.embed) == refused
