"""What counts as a bad answer, of which share, and by which parts of traffic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.rehearsing import shop, turn

from proxy.models.embedder import Embedder
from proxy.rehearsal.counted import counted
from proxy.rehearsal.replay.outcome import Outcome, Sentences
from proxy.rehearsal.report.answers import GOOD, MEASURES, Answer, Fault, judged_answers, share
from proxy.rehearsal.report.predicting import live_mix
from proxy.rehearsal.report.segments import TOPICS, segments, way_for
from proxy.rehearsal.report.worst import worst_cases

NONE = Sentences(0, 0)
FINE = Outcome(
    conversation="c0",
    turn=0,
    status=200,
    decision="deliver",
    verified=True,
    unverified_reason=None,
    error=None,
    diverged=False,
    after_divergence=False,
    false_delivered=NONE,
    true_withheld=Sentences(0, 1),
    harmless_withheld=NONE,
    escalated=None,
    person_missed=None,
    ignored_twice=False,
    had_open_case=False,
    operators=(),
    text="Yes.",
    latency_ms=1.0,
)


def judged(**changed: Any) -> list[Answer]:
    return judged_answers([replace(FINE, **changed)], {"c0": "all"})


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, ()),
        ({"false_delivered": Sentences(1, 2)}, (Fault.FALSE,)),
        ({"false_delivered": Sentences(0, 1), "true_withheld": Sentences(1, 1)}, ()),  # put right as a whole
        ({"true_withheld": Sentences(1, 2)}, (Fault.BLOCKED,)),
        ({"escalated": "wrongly", "decision": "escalate"}, (Fault.BLOCKED,)),
        ({"escalated": "rightly", "true_withheld": Sentences(1, 1), "person_missed": False}, ()),
        ({"person_missed": True}, (Fault.MISSED,)),
        ({"ignored_twice": True}, (Fault.IGNORED,)),
        ({"error": "rate_limit", "true_withheld": Sentences(1, 1)}, (Fault.FAILED,)),
    ],
)
def test_a_bad_answer_is_one_that_fails_its_customer(
    changed: dict[str, Any], faults: tuple[Fault, ...]
) -> None:
    [found] = judged(**changed)
    assert found.faults == faults and found.is_good == (not faults)


def test_what_nobody_labelled_tells_nothing() -> None:
    assert judged(true_withheld=NONE) == []
    assert judged(true_withheld=NONE, person_missed=False)[0].is_good


def test_each_share_is_of_what_it_can_be_said_of() -> None:
    true, false = judged()[0], judged(false_delivered=Sentences(1, 1))[0]
    blocked = judged(true_withheld=Sentences(1, 1), decision="escalate", escalated="wrongly")[0]
    told = {one.name: share([true, false, blocked], one) for one in MEASURES.values()}
    assert {name: (one.hits, one.n) for name, one in told.items()} == {
        "good": (1, 3), "unsupported_delivered": (1, 3), "delivered_wrong": (1, 2), "wrongful_block": (1, 2)
    }  # fmt: skip
    assert share([], GOOD).n == 0


def test_answers_of_conversations_of_one_count_in_full() -> None:
    hits, one_each = np.array([True, False, False, True]), np.arange(4)
    assert counted(hits, one_each).worth == 4
    assert counted(hits, one_each // 2).worth <= 4 and counted(hits, np.zeros(4, int)).worth == 1


def test_the_worst_of_each_conversation_come_before_a_second_one_of_any() -> None:
    turns = [replace(FINE, turn=number, false_delivered=Sentences(1, 1)) for number in range(3)]
    other = replace(turns[0], conversation="c1")
    blocked = replace(FINE, conversation="c2", true_withheld=Sentences(1, 1))
    answers = judged_answers([blocked, *turns, other], dict.fromkeys(("c0", "c1", "c2"), "all"))
    suite = {name: shop(name, *[turn("Yes.", "supported")] * 3) for name in ("c0", "c1", "c2")}
    read = [(one.conversation, one.turn) for one in worst_cases(answers, suite, 4)]
    assert read == [("c0", 0), ("c1", 0), ("c0", 1), ("c2", 0)]  # the last one is of another kind
    assert worst_cases(answers, suite)[-1].why == ("a true answer was kept back",)


def test_what_the_customer_got_is_told_in_words() -> None:
    failed = [
        replace(FINE, conversation=f"c{one}", error="busy", text="", decision=None, status=429)
        for one in range(4)
    ]
    handed = replace(FINE, conversation="c4", text="Your reference is {ref}.", escalated="wrongly")
    suite = {f"c{one}": shop(f"c{one}", turn("Yes.", "supported")) for one in range(5)}
    got = [one.got for one in worst_cases(judged_answers([*failed, handed]), suite)]
    assert got == ["no answer, but an error (busy)"] * 2 + ["Your reference is [the case's reference]."]


def test_live_traffic_is_weighted_by_its_answers_and_counted_by_its_conversations() -> None:
    live = [shop("long", *[turn("Yes.")] * 3), shop("a", turn("Yes.")), shop("b", turn("Yes."))]
    mix = live_mix(live, {"long": "refunds", "a": "returns", "b": "returns"})
    assert mix["refunds"] / mix["returns"] == pytest.approx(1.5)
    assert sum(mix.values()) == pytest.approx(25 / 11)  # Kish: (3 + 1 + 1)² / (9 + 1 + 1)


def test_parts_are_told_apart_by_what_is_asked_where_nobody_named_them() -> None:
    returns, trains = (
        "How long can I return a book that I bought?",
        "When does the night train to Vienna leave?",
    )
    pilot, live = (
        [
            shop(f"{name}{number}", turn("Yes.", asked=asked))
            for asked in (returns, trains)
            for number in range(30)
        ]
        for name in ("pilot", "live")
    )
    for side in (pilot, live):
        side[:] = [one.model_copy(update={"id": f"{number}-{one.id}"}) for number, one in enumerate(side)]
    assert way_for(pilot, live) == TOPICS
    _, of_live = segments(TOPICS, pilot, live, Embedder.load())
    assert len(set(of_live.values())) == 2
    assert {of_live[one.id] for one in live[:30]} == {f'"{returns}"'}
    named = [one.model_copy(update={"segment": "x"}) for one in live]
    assert way_for(named, named) == "segment" and way_for(pilot, named) == TOPICS
