"""Calls of tools before the rules: what a rule stops leaves through no door, whole or streamed, and staff learn why."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from conftest import RunningProxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.provider import Reply
from support.raw_answers import ROLE, choice, chunk, streaming, whole
from support.tool_calls import LARGE, REFUSAL, SMALL, TRUE, JsonObject, asked, both_ways, call


@both_ways
def test_a_refund_over_the_limit_goes_to_a_person(guarded: RunningProxy, stream: bool) -> None:
    guarded.provider.answers(None, tool_calls=(LARGE,))
    response, message, cxai = asked(guarded, stream=stream, **{"x-cxai-conversation-id": f"large {stream}"})
    ref = cxai["escalation"]["ref"]
    assert message["content"] == f"A colleague takes over. Your reference is {ref}."
    assert (message["tool_calls"], message["finish_reason"]) == ([], "stop")
    assert "issue_refund" not in json.dumps(message) and '": 900' not in response.text
    assert cxai["decision"] == "escalate"
    assert cxai["rules"] == [
        {
            "choice": 0,
            "rule": "refund-over-limit",
            "effect": "stop_tool_call",
            "tool": "issue_refund",
            "action": "escalate",
            "evaluated": True,
        }
    ]


def test_another_call_in_the_same_turn_is_another_case(guarded: RunningProxy) -> None:
    customer = {"x-cxai-conversation-id": "the same turn"}
    refs = []
    for amount in (900, 900, 9000):
        guarded.provider.answers(None, tool_calls=(call(arguments=f'{{"amount": {amount}}}'),))
        refs.append(asked(guarded, stream=False, **customer)[2]["escalation"]["ref"])
    assert refs[0] == refs[1] != refs[2]
    cases = {case.ref: case for case in guarded.ledger().escalations()}
    assert "9000" in str(cases[refs[2]].blocked_text)


@both_ways
def test_staff_learn_which_rule_stopped_which_call_and_why(guarded: RunningProxy, stream: bool) -> None:
    guarded.provider.answers(None, tool_calls=(LARGE,))
    response, _, cxai = asked(guarded, stream=stream, **{"x-cxai-conversation-id": f"staff {stream}"})
    ledger = guarded.ledger()
    record = ledger.answer(response.headers["x-cxai-response-id"])
    assert record is not None and record.decision == "escalate"
    (rule,) = record.choices[0]["rules"]
    assert (rule["rule"], rule["tool"], rule["call_id"]) == ("refund-over-limit", "issue_refund", "call_2")
    assert (rule["arguments"], rule["reason"]) == (
        '{"amount": 900}',
        "Refunds above 500 need a person's approval.",
    )
    case = ledger.escalation(cxai["escalation"]["ref"])
    assert case is not None and case.blocked_text == 'issue_refund({"amount": 900})'
    assert case.reason == 'rule "refund-over-limit": Refunds above 500 need a person\'s approval.'


@both_ways
@pytest.mark.parametrize("text", [None, TRUE])
def test_the_calls_that_a_model_made_are_on_record_whether_or_not_they_left(
    guarded: RunningProxy, stream: bool, text: str | None
) -> None:
    for calls in ((SMALL,), (SMALL, LARGE)):
        guarded.provider.answers(text, tool_calls=calls)
        response, _, _ = asked(guarded, stream=stream, **{"x-cxai-conversation-id": f"calls {stream} {text}"})
        record = guarded.awaited_record(response.headers["x-cxai-response-id"])
        (choice,) = record.choices
        told = [
            {"id": call["id"], "name": call["function"]["name"], "arguments": call["function"]["arguments"]}
            for call in calls
        ]
        assert choice["calls"] == told and choice["model_text"] == (text or "")


def test_staff_see_each_call_that_was_stopped(guarded: RunningProxy) -> None:
    guarded.provider.answers(None, tool_calls=(LARGE, SMALL, call(arguments='{"amount": 700}', number=3)))
    _, _, cxai = asked(guarded, stream=False, **{"x-cxai-conversation-id": "two at once"})
    case = guarded.ledger().escalation(cxai["escalation"]["ref"])
    assert case is not None
    assert case.blocked_text == 'issue_refund({"amount": 900})\nissue_refund({"amount": 700})'


@both_ways
def test_a_refund_within_the_limit_leaves_as_it_came(guarded: RunningProxy, stream: bool) -> None:
    guarded.provider.answers(TRUE, tool_calls=(SMALL, call("look_up", "not json", 3)))
    _, message, cxai = asked(guarded, stream=stream)
    assert message["content"] == TRUE
    assert message["tool_calls"] == [SMALL, call("look_up", "not json", 3)]
    assert message["finish_reason"] == "tool_calls"
    assert cxai["decision"] == "deliver" and "rules" not in cxai


@both_ways
def test_no_half_of_a_plan_leaves(guarded: RunningProxy, stream: bool) -> None:
    guarded.provider.answers(TRUE, tool_calls=(SMALL, LARGE))
    _, message, cxai = asked(guarded, stream=stream, **{"x-cxai-conversation-id": f"half {stream}"})
    assert message["tool_calls"] == [] and message["finish_reason"] == "stop"
    assert (
        message["content"] == f"{TRUE} A colleague takes over. Your reference is {cxai['escalation']['ref']}."
    )


@both_ways
def test_a_rule_may_refuse(guarded: RunningProxy, stream: bool) -> None:
    guarded.provider.answers(None, tool_calls=(call("delete_account", "{}"),))
    _, message, cxai = asked(guarded, stream=stream)
    assert (message["content"], message["refusal"], message["tool_calls"]) == ("", REFUSAL, [])
    assert (cxai["decision"], cxai["escalation"], message["finish_reason"]) == ("refuse", None, "stop")


@both_ways
@pytest.mark.parametrize(
    "arguments", ['{"amount": 9', "", "{}", '{"amount": "900"}', '{"amount": 1, "amount": 900}']
)
def test_what_cannot_be_checked_is_stopped_and_not_called_verified(
    guarded: RunningProxy, stream: bool, arguments: str
) -> None:
    guarded.provider.answers(TRUE, tool_calls=(call(arguments=arguments),))
    headers = {"x-cxai-conversation-id": f"unread {stream} {arguments!r}"}
    response, message, cxai = asked(guarded, stream=stream, **headers)
    assert message["tool_calls"] == [] and cxai["decision"] == "escalate"
    assert (cxai["verified"], cxai["unverified_reason"]) == (False, "rule")
    assert [rule["evaluated"] for rule in cxai["rules"]] == [False]
    record = guarded.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None
    assert record.choices[0]["rules"][0]["reason"].startswith("the rule could not be evaluated: ")
    assert record.timings_ms["rules"] > 0


@both_ways
def test_a_call_of_nobody_knows_what_is_stopped(guarded: RunningProxy, stream: bool) -> None:
    strange = {"id": "call_1", "type": "function", "function": {"arguments": "{}"}, "custom": {"name": "x"}}
    guarded.provider.answers(None, tool_calls=(strange,))
    _, message, cxai = asked(guarded, stream=stream, **{"x-cxai-conversation-id": f"nobody {stream}"})
    assert message["tool_calls"] == [] and {rule["evaluated"] for rule in cxai["rules"]} == {False}


def test_a_rule_is_only_for_the_requests_that_it_names(guarded: RunningProxy) -> None:
    guarded.provider.answers(None, tool_calls=(SMALL, call(arguments='{"amount": 30}', number=2)))
    _, message, _ = asked(guarded, stream=False)
    assert len(message["tool_calls"]) == 2
    _, message, cxai = asked(guarded, stream=False, **{"x-cxai-channel": "voice"})
    assert message["tool_calls"] == [] and {rule["rule"] for rule in cxai["rules"]} == {
        "one-refund-at-a-time"
    }


@both_ways
def test_each_choice_has_calls_of_its_own(guarded: RunningProxy, stream: bool) -> None:
    tools = ({"tool_calls": [SMALL]}, {"tool_calls": [LARGE]})
    guarded.provider.replies = [
        streaming(
            *(
                chunk({"role": "assistant", "tool_calls": [{"index": 0, **calls["tool_calls"][0]}]}, index=at)
                for at, calls in enumerate(tools)
            ),
            *(chunk(finish="tool_calls", index=at) for at in range(2)),
        )
        if stream
        else whole(*(choice(None, at, "tool_calls", **calls) for at, calls in enumerate(tools)))
    ]
    response = guarded.ask(
        "Two refunds", n=2, stream=stream, headers={"x-cxai-conversation-id": f"n {stream}"}
    )
    assert '"amount\\": 20' in response.text and '": 900' not in response.text
    assert '"rule":"refund-over-limit"' in response.text and '"choice":1,"rule"' in response.text


@both_ways
def test_the_older_function_call_is_stopped_too(guarded: RunningProxy, stream: bool) -> None:
    made = LARGE["function"]
    pieces = [{"function_call": {"name": made["name"], "arguments": ""}}]
    pieces += [{"function_call": {"arguments": part}} for part in ('{"amount"', ": 900}")]
    guarded.provider.replies = [
        streaming(ROLE, *map(chunk, pieces), chunk(finish="function_call"))
        if stream
        else whole(choice(None, finish="function_call", function_call=made))
    ]
    response, message, cxai = asked(guarded, stream=stream, **{"x-cxai-conversation-id": f"older {stream}"})
    assert "function_call" not in response.text and message["finish_reason"] == "stop"
    assert cxai["rules"][0]["tool"] == "issue_refund"


@both_ways
def test_a_route_that_delivers_whole_stops_calls_and_does_not_ask_again(
    guarded: RunningProxy, stream: bool
) -> None:
    guarded.provider.answers("You can claim it within 90 days after your trip.", tool_calls=(LARGE,))
    before = len(guarded.provider.requests)
    _, message, cxai = asked(
        guarded, stream=stream, model="whole", **{"x-cxai-conversation-id": f"w {stream}"}
    )
    assert len(guarded.provider.requests) == before + 1
    assert message["tool_calls"] == [] and cxai["decision"] == "escalate"
    assert message["content"].endswith(f"Your reference is {cxai['escalation']['ref']}.")


@both_ways
def test_text_that_leaves_immediately_does_not_take_a_stopped_call_along(
    guarded: RunningProxy, stream: bool
) -> None:
    guarded.provider.answers(TRUE, tool_calls=(LARGE,))
    customer = {"x-cxai-conversation-id": f"immediate {stream}"}
    response, message, cxai = asked(guarded, stream=stream, model="immediate", **customer)
    ref = cxai["escalation"]["ref"]
    assert message["content"] == f"{TRUE} A colleague takes over. Your reference is {ref}."
    assert (message["tool_calls"], message["finish_reason"]) == ([], "stop")
    assert (cxai["delivery"], cxai["decision"], cxai["called_for"]) == ("immediate", "escalate", "escalate")
    assert '": 900' not in response.text


@both_ways
@pytest.mark.parametrize("model", ["test-model", "immediate"])
def test_json_for_a_program_stays_json(guarded: RunningProxy, model: str, stream: bool) -> None:
    guarded.provider.answers('{"amount": 900}', tool_calls=(LARGE,))
    customer = {"x-cxai-conversation-id": f"json {model} {stream}"}
    format_ = {"type": "json_object"}
    _, message, cxai = asked(guarded, stream=stream, model=model, response_format=format_, **customer)
    assert json.loads(message["content"]) == {"amount": 900}
    assert message["refusal"] == f"A colleague takes over. Your reference is {cxai['escalation']['ref']}."
    assert message["tool_calls"] == []


@both_ways
def test_observing_records_what_would_have_been_stopped_and_changes_nothing(
    guarded: RunningProxy, stream: bool
) -> None:
    guarded.provider.answers(None, tool_calls=(LARGE,))
    response = guarded.ask("A refund", model="watched", stream=stream)
    assert "issue_refund" in response.text and "cxai" not in response.text
    record = guarded.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.mode, record.decision, record.escalation_ref) == ("observe", "escalate", None)
    assert record.choices[0]["rules"][0]["rule"] == "refund-over-limit"
    (seen, *_) = guarded.ledger().observe_report(since=None, limit=10)
    assert seen.claim == 'issue_refund({"amount": 900})'
    assert seen.reason == 'rule "refund-over-limit": Refunds above 500 need a person\'s approval.'


NAMES = st.sampled_from(["issue_refund", "look_up", "delete_account"])
ARGUMENTS = st.one_of(
    st.builds(
        json.dumps, st.fixed_dictionaries({"amount": st.sampled_from([20, 499.99, 500, 501, "900", None])})
    ),
    st.sampled_from(["", "{}", '{"amount": 9', "[900]"]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(st.tuples(NAMES, ARGUMENTS), min_size=1, max_size=3),
    text=st.sampled_from([None, TRUE, "I have refunded $450 to your card."]),
    cuts=st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=4),
    data=st.data(),
)
def test_a_stream_of_calls_ends_as_the_whole_answer_does(
    guarded: RunningProxy, made: list[tuple[str, str]], text: str | None, cuts: list[int], data: st.DataObject
) -> None:
    calls = [call(name, arguments, number) for number, (name, arguments) in enumerate(made)]
    headers = {"x-cxai-conversation-id": f"any {json.dumps([made, text])}"}
    guarded.provider.replies = [Reply((text,), tool_calls=calls)]
    _, message, cxai = asked(guarded, stream=False, **headers)
    pieces = (
        [{"content": text[at : at + cuts[0]]} for at in range(0, len(text or ""), cuts[0])] if text else []
    )
    queues = [list(call_pieces(number, one, cuts)) for number, one in enumerate(calls)]
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        pieces.append({"tool_calls": [queue.pop(0)]})
    guarded.provider.replies = [streaming(ROLE, *map(chunk, pieces), chunk(finish="tool_calls"))]
    _, streamed_message, streamed_cxai = asked(guarded, stream=True, **headers)
    assert streamed_message == {key: message[key] for key in streamed_message}
    ids = ("response_id",)
    assert {k: v for k, v in streamed_cxai.items() if k not in ids} == {
        k: v for k, v in cxai.items() if k not in ids
    }


def call_pieces(number: int, made: JsonObject, cuts: list[int]) -> Iterator[JsonObject]:
    """A call as a provider streams it: first its name, then its arguments piece by piece."""
    function = made["function"]
    yield {"index": number, **made, "function": {"name": function["name"], "arguments": ""}}
    at, turn = 0, 0
    while at < len(function["arguments"]):
        size = cuts[turn % len(cuts)]
        yield {"index": number, "function": {"arguments": function["arguments"][at : at + size]}}
        at, turn = at + size, turn + 1
