"""Calls of tools before the rules: what a rule stops leaves through no door, whole or streamed, and staff learn why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest
from conftest import SHIPPED_CORPUS, RunningProxy, StartProxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import responses
from support.provider import Provider, Reply
from support.raw_answers import ROLE, choice, chunk, streaming, whole
from support.serving import served

from proxy.app import create_app
from proxy.settings import Settings

RULES = dedent("""\
    defaults:
      escalation_message: "A colleague takes over. Your reference is {ref}."
    routes:
      - {name: whole, match: {model: whole}, delivery: whole}
      - {name: watched, match: {model: watched}, mode: observe}
      - {name: immediate, match: {model: immediate}, delivery: immediate}
    rules:
      - name: refund-over-limit
        when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
        effect: stop_tool_call
        reason: Refunds above 500 need a person's approval.
      - name: no-deletion
        when: tool_call.name == "delete_account"
        effect: stop_tool_call
        then: refuse
        reason: Accounts are closed in writing only.
      - name: one-refund-at-a-time
        when: size(answer.tool_calls.filter(call, call.name == "issue_refund")) > 1
        effect: stop_tool_call
        match: {channel: voice}
        reason: One refund at a time.
""")
TRUE = "You must apply before you travel."
REFUSAL = "I'm sorry, but I can't do that for you here."
JsonObject = dict[str, Any]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """One proxy with these rules for the whole module."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "policies").mkdir()
    (folder / "policies" / "rules.yaml").write_text(RULES, encoding="utf-8")
    provider, database_url = Provider(), f"sqlite:///{folder / 'ledger.db'}"
    with served(provider) as upstream:
        chosen = Settings(
            upstream=f"{upstream}/v1",
            corpus=SHIPPED_CORPUS,
            policies=folder / "policies",
            database_url=database_url,
            log_level="error",
        )
        with served(create_app(chosen)) as url:
            yield RunningProxy(url, provider, database_url, folder / "policies", SHIPPED_CORPUS)


def call(name: str = "issue_refund", arguments: str = '{"amount": 900}', number: int = 1) -> JsonObject:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


SMALL = call(arguments='{"amount": 20}')
LARGE = call(number=2)


def told(text: str) -> tuple[JsonObject, JsonObject]:
    """A stream's first choice put together as a whole one, and its ``cxai`` object."""
    message: JsonObject = {"content": "", "refusal": None, "tool_calls": []}
    finish, cxai = None, {}
    for line in text.splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line[6:])
        cxai = event.get("cxai", cxai)
        for one in event["choices"]:
            delta = one["delta"]
            message["content"] += delta.get("content") or ""
            message["refusal"] = delta.get("refusal") or message["refusal"]
            message["tool_calls"] += [
                {key: value for key, value in made.items() if key != "index"}
                for made in delta.get("tool_calls") or ()
            ]
            finish = one["finish_reason"] or finish
    return {**message, "finish_reason": finish}, cxai


def asked(
    proxy: RunningProxy,
    *,
    stream: bool,
    model: str = "test-model",
    response_format: JsonObject | None = None,
    **headers: str,
) -> tuple[Any, JsonObject, JsonObject]:
    """The answer, its first choice, and its ``cxai`` object."""
    wanted = {"response_format": response_format} if response_format else {}
    response = proxy.ask("A refund, please", model=model, stream=stream, headers=headers, **wanted)
    assert response.status_code == 200
    if stream:
        return response, *told(response.text)
    body = response.json()
    first = body["choices"][0]
    message = {"content": "", "refusal": None, "tool_calls": [], **first["message"]}
    return (
        response,
        {**message, "content": message["content"] or "", "finish_reason": first["finish_reason"]},
        body["cxai"],
    )


both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


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
    assert record.choices[0]["rules"][0]["reason"] == "the rule could not be evaluated"


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


@both_ways
@pytest.mark.parametrize("texts", [(), (TRUE,)], ids=["calls alone", "beside a text"])
def test_responses_stop_calls_too(guarded: RunningProxy, stream: bool, texts: tuple[str, ...]) -> None:
    output = [*(responses.message(text) for text in texts)]
    output += [
        responses.call('{"amount": 20}', name="issue_refund"),
        responses.call('{"amount": 900}', name="issue_refund", id="fc_2", call_id="call_2"),
    ]
    guarded.provider.replies = [responses.streamed(*output) if stream else responses.whole(*output)]
    body = answered(guarded, stream, conversation=f"responses {stream} {texts}")
    ref = body["cxai"]["escalation"]["ref"]
    assert {item["type"] for item in body["output"]} == {"message"} and body["status"] == "completed"
    said = [part["text"] for item in body["output"] for part in item["content"]]
    assert said == [*texts, f"A colleague takes over. Your reference is {ref}."]
    assert [rule["rule"] for rule in body["cxai"]["rules"]] == ["refund-over-limit"]
    assert len({item["id"] for item in body["output"]}) == len(body["output"])


def answered(proxy: RunningProxy, stream: bool, conversation: str, **options: Any) -> JsonObject:
    """The response, in a stream its last event's; what the events told is the same."""
    asking = {"model": "test-model", "input": "A refund, please", "stream": stream, **options}
    reply = proxy.post("/v1/responses", asking, headers={"x-cxai-conversation-id": conversation})
    assert reply.status_code == 200 and '": 900' not in reply.text
    if not stream:
        return dict(reply.json())
    events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert events[-1]["type"] == "response.completed" and done == events[-1]["response"]["output"]
    return dict(events[-1]["response"])


@both_ways
def test_a_response_of_json_for_a_program_stays_json(guarded: RunningProxy, stream: bool) -> None:
    output = [
        responses.message(json.dumps({"answer": TRUE})),
        responses.call('{"amount": 900}', name="issue_refund"),
    ]
    guarded.provider.replies = [responses.whole(*output)]  # JSON is asked for as a whole
    body = answered(guarded, stream, f"json {stream}", text={"format": {"type": "json_object"}})
    parts = [part for item in body["output"] for part in item["content"]]
    assert [part["type"] for part in parts if part.get("text") or part.get("refusal")] == [
        "output_text",
        "refusal",
    ]


@both_ways
def test_a_response_within_the_rules_leaves_as_it_came(guarded: RunningProxy, stream: bool) -> None:
    output = [responses.message(TRUE), responses.call('{"amount": 20}', name="issue_refund")]
    guarded.provider.replies = [responses.streamed(*output) if stream else responses.whole(*output)]
    body = answered(guarded, stream, "responses within")
    assert body["output"][-1] == output[-1] and "rules" not in body["cxai"]


@both_ways
def test_an_observed_response_is_offered_to_the_rules(guarded: RunningProxy, stream: bool) -> None:
    output = [responses.message(TRUE), responses.call('{"amount": 900}', name="issue_refund")]
    guarded.provider.replies = [responses.streamed(*output) if stream else responses.whole(*output)]
    reply = guarded.post("/v1/responses", {"model": "watched", "input": "A refund", "stream": stream})
    record = guarded.awaited_record(reply.headers["x-cxai-response-id"])
    assert [rule["rule"] for one in record.choices for rule in one.get("rules", ())] == ["refund-over-limit"]


NAMES = st.sampled_from(["issue_refund", "look_up", "delete_account"])
ARGUMENTS = st.one_of(
    st.builds(
        json.dumps, st.fixed_dictionaries({"amount": st.sampled_from([20, 499.99, 500, 501, "900", None])})
    ),
    st.sampled_from(["", "{}", '{"amount": 9', "[900]"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_the_record_names_the_rules_that_were_in_force(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes: []\n")
    without = recorded_version(proxy)
    (proxy.policies / "routes.yaml").write_text(RULES)
    until(lambda: recorded_version(proxy) != without)
    ruled = recorded_version(proxy)
    (proxy.policies / "routes.yaml").write_text(RULES.replace("> 500", "> 501"))
    until(lambda: recorded_version(proxy) not in (without, ruled))


def recorded_version(proxy: RunningProxy) -> str:
    response = proxy.ask("Hi")
    record = proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None
    return record.versions["rules"]


@both_ways
def test_without_rules_nothing_changes(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy()
    proxy.provider.answers(TRUE, tool_calls=(LARGE, call("x", "not json", 3)))
    response, message, cxai = asked(proxy, stream=stream)
    assert message["tool_calls"] == [LARGE, call("x", "not json", 3)] and cxai["decision"] == "deliver"
    record = proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None and "rules" not in record.choices[0]


def test_a_call_without_anybody_to_hand_it_to_is_not_made_either(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    proxy = start_proxy(policies=RULES)
    (tmp_path / "ledger.db").unlink()
    proxy.provider.answers(None, tool_calls=(LARGE,))
    _, message, cxai = asked(proxy, stream=False)
    assert message["tool_calls"] == [] and cxai["decision"] == "refuse"
    assert "contact our customer service" in message["content"]


def test_a_rule_is_live_without_a_restart_and_a_broken_one_is_not(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="rules: []\n")
    proxy.provider.answers(None, tool_calls=(LARGE,))
    assert asked(proxy, stream=False)[1]["tool_calls"] == [LARGE]
    (proxy.policies / "routes.yaml").write_text(RULES)
    until(lambda: asked(proxy, stream=False)[1]["tool_calls"] == [])
    (proxy.policies / "routes.yaml").write_text(RULES.replace("tool_call.name", "tool_call.nmae"))
    until(lambda: bool(readiness(proxy)["problems"]))
    assert asked(proxy, stream=False)[1]["tool_calls"] == []
    assert 'did you mean "tool_call.name"?' in readiness(proxy)["problems"][0]


def readiness(proxy: RunningProxy) -> JsonObject:
    return dict(httpx.get(f"{proxy.url}/readyz").json()["policies"])


def until(condition: Any, limit_s: float = 15) -> None:
    ends = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < ends, "it did not come true in time"
        time.sleep(0.05)
