"""Recorded decisions under other rules: what would have been different, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import indent
from typing import Any

import pytest
from support.recorded import claim, recorded_decision

from proxy.authoring.replay.replaying import Trial, replay
from proxy.authoring.replay.treatment import in_words
from proxy.ledger.records import DecisionRecord
from proxy.rules.reading import policies_from

CONTEXT = """
sources: [{name: crm, kind: file, path: crm.csv, key: id}]
facts:
  - {name: tier, type: text, max_age: 1h, masked: false, from: {crm: }}
  - {name: mood, type: text, max_age: 1h, from: {crm: }}
  - {name: since, type: time, max_age: 1h, masked: false, from: {crm: }}
"""
OLD = replace(recorded_decision("old"), request=None, context=None, rules=None)
BEFORE = replace(recorded_decision("before"), created_at=datetime(2025, 12, 31, tzinfo=UTC))


def rule(name: str, when: str, **more: Any) -> str:
    written = {"when": f"'{when}'", "effect": "route_to_human", "reason": "r", **more}
    return f"  - name: {name}\n" + indent(
        "".join(f"{key}: {value}\n" for key, value in written.items()), "    "
    )


def tried(
    *new: str, old: tuple[str, ...] = (), on: list[DecisionRecord], kept: str = "full", most: int = 10
) -> Trial:
    def side(rules: tuple[str, ...]) -> Any:
        return policies_from({"p/context.yaml": CONTEXT, "p/rules.yaml": "rules:\n" + "".join(rules)})

    return replay(((record, kept) for record in on), side(old), side(new), most=most)


def words(trial: Trial) -> list[tuple[str, str, str]]:
    return [
        (
            one.recorded.record.response_id,
            in_words(one.was, [claim for answer in one.recorded.answers for claim in answer.claims]),
            in_words(one.would_be, [claim for answer in one.recorded.answers for claim in answer.claims]),
        )
        for one in trial.differences
    ]


def test_who_would_have_gone_to_a_person_is_shown_and_nobody_else():
    account = recorded_decision("account", request={"about_account": True})
    trial = tried(rule("careful", "request.about_account"), on=[recorded_decision("general"), account])
    assert words(trial) == [("account", "answered", "handed to a person before the model is asked")]
    assert trial.decisions == 2 and trial.differing == 1 and len(trial.customers) == 1
    assert trial.fired == {"careful": 1} and trial.differences[0].came == ("careful",)


def test_a_rule_that_is_left_out_no_longer_hands_over():
    old = rule("careful", "request.about_account")
    trial = tried(old=(old,), on=[recorded_decision("a", request={"about_account": True}, answer=None)])
    assert words(trial) == [("a", "handed to a person before the model is asked", "answered")]
    assert trial.no_more == {"careful": 1} and not trial.fired


def test_who_is_treated_the_same_by_another_rule_is_not_counted_as_treated_differently():
    handed = recorded_decision("a", request={"wants_person": True}, answer=None)
    again = rule("also", "request.wants_person")
    trial = tried(again, on=[handed])
    assert trial.fired == {"also": 1} and trial.differing == 0  # the shipped rule comes first
    ahead = tried(rule("also", "request.wants_person", priority=500, say='"Wait: {ref}"'), on=[handed])
    assert ahead.differing == 1 and 'person before the model is asked: "Wait: …"' in words(ahead)[0][2]


def test_a_mark_changes_no_customers_treatment():
    trial = tried(rule("seen", "true", effect="mark", label="seen"), on=[recorded_decision("a")])
    assert trial.fired == {"seen": 1} and trial.differing == 0


def test_what_is_asked_of_an_answer_is_told_with_the_claims_that_fall_below():
    claims = [claim("Bills are due within 14 days.", 0.75), claim("Pay online.", 0.99), claim("Hello!", None)]
    record = recorded_decision("a", claims=claims)
    trial = tried(rule("sure", "true", effect="require_confidence", confidence=0.9), on=[record])
    assert words(trial) == [("a", "answered", "answered, every claim at least 0.9 sure (1 of 3 are not)")]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"effect": "append_notice", "notice": "Call us."}, 'answered, with the notice "Call us."'),
        ({"effect": "forbid_topic", "topic": "[strikes]"}, 'answered, without a word on "strikes"'),
        ({"effect": "force_rewrite"}, "answered, in policy's own words"),
        ({"effect": "refuse"}, "refused before the model is asked"),
    ],
)
def test_every_effect_is_told_in_words(written: dict[str, Any], told: str):
    assert words(tried(rule("one", "true", **written), on=[recorded_decision("a")]))[0][2] == told


def test_rules_over_the_answer_read_the_models_own_sentences():
    wrong = claim(
        "Bills are due within 14 days.", 0.1, "contradicted", action="rewrite", blocked_text="Bills are free."
    )
    record = recorded_decision("a", claims=[wrong], answer="Bills are free.")
    over = rule("wrong", 'claims.exists(c, c.verdict == "contradicted" && c.text.contains("free"))')
    trial = tried(over, on=[record, recorded_decision("b")])
    assert words(trial) == [("a", "answered", "handed to a person in place of the answer")]


def test_facts_are_those_of_then_also_times_and_what_is_not_fresh():
    facts = {
        "tier": {"state": "fresh", "class": "wanted", "value": "gold", "age_s": 3.0, "source": "crm"},
        "since": {"state": "stale", "class": "wanted", "value": "2026-03-01T12:00:00+00:00", "age_s": 9999.0},
    }
    record = recorded_decision("a", facts=facts)
    gold = rule("gold", 'context.tier.value == "gold" && context.tier.age_s < 5.0')
    late = rule("late", 'context.since.state == "stale" && context.since.value < time.now')
    assert tried(gold, late, on=[record]).fired == {"gold": 1, "late": 1}
    case = {"open_case": {"state": "failed", "class": "required", "value": True}}
    unseen = rule("unseen", '"open_case" in context.not_fresh')
    assert tried(unseen, on=[recorded_decision("b", facts=case)]).fired == {"unseen": 1}


@pytest.mark.parametrize(
    ("when", "record", "why"),
    [
        (
            'request.text.contains("x")',
            {"question": None},
            "request.text: what the customer wrote is not kept",
        ),
        ('context.tier.value == "gold"', {}, "context.tier: the fact was not read then"),
        (
            'context.tier.value == "gold"',
            {"context": None},
            "context: nobody looked at the customer's context",
        ),
        (
            'context.mood.value == "bad"',
            {"facts": {"mood": {"state": "fresh", "class": "wanted"}}},
            "context.mood: the fact's value is not kept",
        ),
        (
            "context.since.value < time.now",
            {"facts": {"since": {"state": "fresh", "value": "gold"}}},
            "context.since: the fact was of another type",
        ),
        ("claims.all(c, c.confidence > 0.5)", {"answer": None}, "claims: the model was not asked"),
        ("size(answer.tool_calls) > 0", {}, "answer.tool_calls: calls of tools were not recorded then"),
        (
            "size(answer.tool_calls) > 0",
            {"calls": [{"id": "1", "name": "refund"}]},
            "answer.tool_calls: the calls' arguments are not kept",
        ),
        (
            "size(answer.tool_calls) > 0",
            {"answer": None, "calls": []},
            "answer.tool_calls: the model was not",
        ),
    ],
)
def test_what_cannot_be_read_any_more_is_named_and_never_guessed(when: str, record: dict[str, Any], why: str):
    trial = tried(rule("one", when), on=[recorded_decision("a", **record)])
    ((name, told),) = trial.not_replayed
    assert name == "one" and told.startswith(why)
    assert not trial.fired and trial.differing == 0


def call(arguments: str = '{"amount": 900}', name: str = "refund") -> dict[str, Any]:
    return {"id": "call_1", "name": name, "arguments": arguments}


OVER_LIMIT = rule(
    "limit", 'tool_call.name == "refund" && tool_call.arguments.amount > 500', effect="stop_tool_call"
)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, 'answered, the call of "refund" is stopped and handed to a person'),
        ({"then": "refuse"}, 'answered, the call of "refund" is refused'),
    ],
)
@pytest.mark.parametrize("answer", ["Bills are due within 14 days.", None])
def test_rules_over_calls_are_tried_on_the_calls_of_then(
    more: dict[str, Any], told: str, answer: str | None
) -> None:
    when = 'tool_call.name == "refund" && tool_call.arguments.amount > 500'
    stopping = rule("limit", when, effect="stop_tool_call", **more)
    records = [
        recorded_decision("large", answer=answer, calls=[call('{"amount": 5}'), call()]),
        recorded_decision("small", answer=answer, calls=[call('{"amount": 5}')]),
        recorded_decision("another", answer=answer, calls=[call(name="look_up")]),
        recorded_decision("none", calls=[]),
    ]
    trial = tried(stopping, on=records)
    assert words(trial) == [("large", "answered", told)]
    assert trial.fired == {"limit": 1} and not trial.not_replayed
    assert words(tried(old=(stopping,), on=records)) == [("large", told, "answered")]


def test_rules_over_the_whole_answer_read_its_calls() -> None:
    counting = rule("many", "size(answer.tool_calls) > 1")
    records = [recorded_decision(str(many), calls=[call()] * many) for many in range(3)]
    assert [name for name, _, _ in words(tried(counting, on=records))] == ["2"]


def test_a_call_in_an_answer_that_its_text_had_cut_short_is_not_tried() -> None:
    claims = [claim("Bills are due within 14 days.", action="escalate")]
    assert not tried(OVER_LIMIT, on=[recorded_decision("a", claims=claims, calls=[call()])]).fired


def test_arguments_that_masking_made_unreadable_are_named_and_others_are_tried() -> None:
    unreadable = recorded_decision("a", calls=[call('{"to": [id••••]}')])
    readable = recorded_decision("b", calls=[call('{"to": "[id••••]", "amount": 900}')])
    trial = tried(OVER_LIMIT, on=[unreadable, readable], kept="masked")
    assert trial.not_replayed == {("limit", "tool_call: the calls' arguments are not kept"): 1}
    assert trial.fired == {"limit": 1} and trial.on_masked_text == 2


def test_a_record_of_before_is_counted_and_not_replayed():
    trial = tried(rule("all", "true"), on=[OLD])
    assert trial.without_request == 1 and not trial.fired


def test_masked_text_is_replayed_and_said_to_be_masked():
    reading, other = (
        rule("text", 'request.text.contains("bill")'),
        rule("all", "true", effect="mark", label="x"),
    )
    assert tried(reading, on=[recorded_decision("a")], kept="masked").on_masked_text == 1
    assert tried(other, on=[recorded_decision("a")], kept="masked").on_masked_text == 0
    assert tried(reading, on=[recorded_decision("a")]).on_masked_text == 0


def test_a_rule_is_asked_as_of_then():
    """It had not ended yet, and its share is of the same customers as live."""
    ended = rule("ended", "true", expires="2026-01-01T00:00:00Z")
    assert not tried(ended, on=[recorded_decision("a")]).fired
    assert tried(ended, on=[BEFORE]).fired
    half = rule("half", "true", share=0.5)
    records = [recorded_decision(str(number), customer_id=f"C-{number}") for number in range(200)]
    once, twice = (tried(half, on=records, most=300) for _ in range(2))
    assert 60 < once.differing < 140 and words(once) == words(twice)


def test_only_the_newest_differences_are_kept_and_all_are_counted():
    records = [recorded_decision(str(number), ago=timedelta(hours=9 - number)) for number in range(9)]
    trial = tried(rule("all", "true"), on=records, most=2)
    assert trial.differing == 9 and [name for name, _, _ in words(trial)] == ["7", "8"]


def test_the_same_rules_change_nothing():
    same = rule("careful", "request.about_account")
    assert (
        tried(same, old=(same,), on=[recorded_decision("a", request={"about_account": True})]).differing == 0
    )
