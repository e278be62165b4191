"""What rules ask of an answer together, and which sentences a forbidden topic keeps from leaving."""

from __future__ import annotations

from typing import Any

import pytest

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.demands import demands_of, keeping_silent
from proxy.grounding.text.segments import Segment, SegmentKind
from proxy.models.embedder import Embedder
from proxy.rules.messages import Message
from proxy.rules.rules import Fired, Rule

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


def fired(effect: str, problem: str | None = None, **keys: Any) -> Fired:
    rule = Rule(name=f"r-{effect}", when="true", effect=effect, reason="because", **keys)
    message = Message(keys["notice"]) if "notice" in keys else None
    return Fired(rule, problem=problem, message=message)


def judged(text: str, action: Action = Action.DELIVER) -> Judged:
    return Judged(Segment(text, 0, len(text), SegmentKind.SENTENCE, text), Ruling(action, "said"))


def test_the_highest_confidence_counts_and_a_notice_is_said_once() -> None:
    demands = demands_of(
        [
            fired("require_confidence", confidence=0.8),
            fired("require_confidence", confidence=0.95),
            fired("append_notice", notice="A strike."),
            fired("append_notice", notice="A strike."),
            fired("force_rewrite"),
        ]
    )
    assert (demands.confidence, demands.notices, demands.rewrites) == (0.95, ("A strike.",), True)


def test_what_could_not_be_evaluated_protects_and_tells_nothing() -> None:
    demands = demands_of(
        [
            fired("append_notice", "no such argument", notice="A strike."),
            fired("force_rewrite", "no such argument"),
        ]
    )
    assert demands.notices == () and demands.rewrites


@pytest.mark.parametrize("topic", TOPICS)
def test_sentences_on_a_forbidden_topic_are_stopped_and_no_others(topic: str, embedder: Embedder) -> None:
    forbidding = demands_of([fired("forbid_topic", topic=[topic])]).forbidding
    for text in TOPICS[topic]:
        stopped = keeping_silent(judged(text), text, forbidding, embedder.embed)
        assert stopped.ruling.action is Action.ESCALATE, text
        assert stopped.ruling.reason == 'rule "r-forbid_topic": because'
    for text in OTHERS:
        assert keeping_silent(judged(text), text, forbidding, embedder.embed) == judged(text), text


def test_a_worse_ruling_stays(embedder: Embedder) -> None:
    text = TOPICS["investment advice"][0]
    forbidding = demands_of([fired("forbid_topic", topic=["investment advice"])]).forbidding
    refused = judged(text, Action.REFUSE)
    assert keeping_silent(refused, text, forbidding, embedder.embed) == refused
