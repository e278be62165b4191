"""Rules ahead of the model and over its answer, through every door: the same whole and streamed, and no model is asked
where a person is to answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, running_proxy
from support import responses as provided
from support.raw_answers import choice, whole
from support.tool_calls import TRUE, both_ways, call, told

from proxy.ledger.records import DecisionRecord

JsonObject = dict[str, Any]
PERSON = "I want to talk to a human."
GENERAL = "When do customers have to apply for a bereavement fare?"
FALSE = "You can claim the bereavement fare within 90 days after your trip."
RULES = dedent("""\
    routes:
      - {name: whole, match: {model: whole*}, delivery: whole, reask: {times: 0}}
      - {name: asks-again, match: {model: asks-again}, delivery: whole}
      - {name: watched, match: {model: watched}, mode: observe}
      - {name: immediate, match: {model: immediate}, delivery: immediate}
    rules:
      - name: asks-for-person
        when: request.wants_person
        effect: route_to_human
        reason: The customer asks for a person.
        say: "A colleague takes over. Your reference is {ref}."
      - name: no-orders
        when: request.text.contains("order a coffin")
        effect: refuse
        reason: Orders are taken by telephone only.
        say: "Please call us to order that."
      - name: very-sure
        match: {channel: very-sure}
        when: "true"
        effect: require_confidence
        confidence: 1.0
        reason: Only what is certain.
      - name: own-words
        match: {channel: own-words}
        when: "true"
        effect: force_rewrite
        reason: Policy's own words only.
      - name: no-lawyers
        match: {channel: no-lawyers}
        when: "true"
        effect: forbid_topic
        topic: ["going to court", "You could sue the airline in small claims court."]
        reason: Legal advice is for lawyers.
      - name: no-court
        match: {channel: no-court}
        when: "true"
        effect: forbid_topic
        then: refuse
        topic: ["going to court"]
        reason: Legal advice is for lawyers.
      - name: court-goes-to-people
        match: {channel: no-court}
        when: answer.text.contains("to court")
        effect: route_to_human
        reason: The model gave legal advice.
      - name: strike
        match: {channel: strike}
        when: "true"
        effect: append_notice
        notice: "There is a strike today."
        reason: The strike.
      - name: long-answers
        match: {channel: marked}
        when: size(answer.text) > 5
        effect: mark
        label: long
        reason: To see how many there are.
      - name: contradicted-goes-to-people
        match: {channel: over}
        when: claims.exists(claim, claim.verdict == "contradicted")
        effect: route_to_human
        reason: The model said what policy denies.
        say: "A colleague will check that. Your reference is {ref}."
      - name: said-about-travel
        match: {channel: over}
        when: answer.text.contains("before you travel") && !claims.exists(claim, claim.verdict == "contradicted")
        effect: append_notice
        notice: "Have a good trip."
        reason: Kindness.
      - name: refuses-afterwards
        match: {channel: refuses, route: whole}
        when: answer.text.contains("travel")
        effect: refuse
        reason: Not today.
      - name: rewrites-afterwards
        match: {channel: rewrites, route: whole}
        when: answer.text.contains("travel")
        effect: force_rewrite
        reason: Policy's own words only.
""")
DOORS: dict[str, tuple[str, JsonObject, int]] = {
    "chat": ("/v1/chat/completions", {"n": 2, "messages": [{"role": "user", "content": PERSON}]}, 2),
    "completions": ("/v1/completions", {"n": 2, "prompt": ["What is a tariff?", PERSON]}, 4),
    "responses": ("/v1/responses", {"input": PERSON}, 1),
    "azure chat": (
        "/openai/deployments/m/chat/completions?api-version=1",
        {"messages": [{"role": "user", "content": PERSON}]},
        1,
    ),
    "azure completions": ("/openai/deployments/m/completions?api-version=1", {"prompt": PERSON}, 1),
}


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("ruled"), rules=RULES) as running:
        yield running


def ask(
    proxy: RunningProxy, text: str, *, channel: str = "chat", stream: bool = False, **more: Any
) -> tuple[httpx.Response, JsonObject, JsonObject]:
    """The response, its first choice, and its ``cxai`` object."""
    response = proxy.ask(text, stream=stream, headers={"x-cxai-channel": channel}, **more)
    if stream:
        return response, *told(response.text)
    body = response.json()
    return response, body["choices"][0]["message"], body["cxai"]


def record_of(proxy: RunningProxy, response: httpx.Response) -> DecisionRecord:
    return proxy.awaited_record(response.headers["x-cxai-response-id"])


@pytest.mark.parametrize("door", DOORS)
@both_ways
def test_who_asks_for_a_person_gets_one_at_every_door_and_no_model_is_asked(
    ruled: RunningProxy, door: str, stream: bool
) -> None:
    path, body, choices = DOORS[door]
    before = len(ruled.provider.requests)
    response = ruled.post(path, {"model": "m", "stream": stream, **body})
    assert response.status_code == 200
    assert len(ruled.provider.requests) == before
    assert response.headers["x-cxai-decision"] == "escalate"
    assert (response.headers["x-cxai-verified"], response.headers["x-cxai-unverified-reason"]) == (
        *("no", "not_asked"),
    )
    record = record_of(ruled, response)
    assert [one["delivered_text"] for one in record.choices] == [
        f"A colleague takes over. Your reference is {record.escalation_ref}."
    ] * choices
    assert response.text.count("A colleague takes over.") >= choices
    assert '"rule":"asks-for-person"' in response.text.replace('": "', '":"')


@both_ways
def test_a_rule_may_refuse_before_the_model_is_asked(ruled: RunningProxy, stream: bool) -> None:
    before = len(ruled.provider.requests)
    response, message, cxai = ask(ruled, "I want to order a coffin.", stream=stream)
    assert len(ruled.provider.requests) == before
    assert message["refusal"] == "Please call us to order that."
    assert (cxai["decision"], cxai["escalation"]) == ("refuse", None)
    assert record_of(ruled, response).decision == "refuse"


@both_ways
def test_of_several_prompts_none_is_hidden_behind_another(ruled: RunningProxy, stream: bool) -> None:
    prompts = ["I want to order a coffin.", "What is a tariff?"]
    before = len(ruled.provider.requests)
    response = ruled.post("/v1/completions", {"model": "m", "prompt": prompts, "stream": stream})
    assert len(ruled.provider.requests) == before
    record = record_of(ruled, response)
    assert (record.decision, record.question) == ("refuse", "I want to order a coffin.\n\nWhat is a tariff?")


def test_a_program_that_wants_json_reads_the_handover_as_a_refusal(ruled: RunningProxy) -> None:
    _, message, cxai = ask(ruled, PERSON, response_format={"type": "json_object"})
    assert message["content"] is None and cxai["escalation"]["ref"] in message["refusal"]


def test_a_retry_is_the_same_case(ruled: RunningProxy) -> None:
    refs = {ask(ruled, f"{PERSON} Now.", user="c-retries")[2]["escalation"]["ref"] for _ in range(2)}
    assert len(refs) == 1


def test_two_strangers_who_ask_for_a_person_have_a_case_each(ruled: RunningProxy) -> None:
    refs = {ask(ruled, f"{PERSON} Now.")[2]["escalation"]["ref"] for _ in range(2)}
    assert len(refs) == 2


def test_a_conversation_goes_on_after_a_handover(ruled: RunningProxy) -> None:
    first = ruled.post("/v1/responses", {"model": "m", "input": PERSON}).json()
    ruled.provider.replies = []
    assert first["status"] == "completed" and first["usage"]["total_tokens"] == 0
    second = ruled.post("/v1/responses", {"model": "m", "input": PERSON, "previous_response_id": first["id"]})
    assert second.status_code == 200 and second.json()["previous_response_id"] == first["id"]


def test_observing_changes_nothing_and_records_what_would_have_been_done(ruled: RunningProxy) -> None:
    ruled.provider.answers(TRUE)
    cases = len(ruled.ledger().escalations())
    response = ruled.ask(PERSON, model="watched")
    assert response.json()["choices"][0]["message"]["content"] == TRUE
    record = record_of(ruled, response)
    assert (record.mode, record.decision, record.escalation_ref) == ("observe", "escalate", None)
    assert (record.verified, record.choices[0]["delivered_text"]) == (True, TRUE)
    assert record.rules is not None and record.rules[0]["rule"] == "asks-for-person"
    assert len(ruled.ledger().escalations()) == cases


@both_ways
def test_a_rule_may_require_more_certainty_than_the_route(ruled: RunningProxy, stream: bool) -> None:
    ruled.provider.answers(TRUE)
    assert ask(ruled, GENERAL, stream=stream)[1]["content"] == TRUE
    _, message, cxai = ask(ruled, GENERAL, channel="very-sure", stream=stream)
    assert message["content"] != TRUE and cxai["decision"] != "deliver"
    assert [rule["rule"] for rule in cxai["rules"]] == ["very-sure"]


@both_ways
def test_a_rule_may_ask_for_policys_own_words(ruled: RunningProxy, stream: bool) -> None:
    ruled.provider.answers(TRUE)
    _, message, cxai = ask(ruled, GENERAL, channel="own-words", stream=stream)
    assert cxai["decision"] == "rewrite" and "Our policy (" in message["content"]


def test_what_only_a_rule_wants_in_other_words_is_not_asked_for_again(ruled: RunningProxy) -> None:
    for answer, times in ((TRUE, 1), (FALSE, 2)):
        ruled.provider.answers(answer)
        before = len(ruled.provider.requests)
        _, message, _ = ask(ruled, GENERAL, channel="own-words", model="asks-again")
        assert "Our policy (" in message["content"]
        assert len(ruled.provider.requests) == before + times


@both_ways
def test_a_sentence_on_a_forbidden_topic_does_not_leave(ruled: RunningProxy, stream: bool) -> None:
    ruled.provider.answers(f"{TRUE} You can take the airline to court.")
    _, message, cxai = ask(ruled, GENERAL, channel="no-lawyers", stream=stream)
    assert message["content"].startswith(TRUE) and "to court" not in message["content"]
    assert cxai["decision"] == "escalate"
    case = ruled.ledger().escalation(cxai["escalation"]["ref"])
    assert case is not None and "no-lawyers" in case.reason
    ruled.provider.answers(TRUE)
    assert ask(ruled, GENERAL, channel="no-lawyers", stream=stream)[1]["content"] == TRUE


def test_a_notice_stands_behind_the_answer_whole_and_streamed(ruled: RunningProxy) -> None:
    ruled.provider.answers(TRUE)
    said = [ask(ruled, GENERAL, channel="strike", stream=stream)[1]["content"] for stream in (False, True)]
    assert said == [f"{TRUE} There is a strike today."] * 2


def test_a_notice_stands_in_no_json_and_behind_no_mere_call(ruled: RunningProxy) -> None:
    ruled.provider.answers(json.dumps({"answer": TRUE}))
    wanted = {"type": "json_object"}
    _, message, cxai = ask(ruled, GENERAL, channel="strike", response_format=wanted)
    assert json.loads(message["content"]) == {"answer": TRUE}
    assert [rule["effect"] for rule in cxai["rules"]] == ["append_notice"]
    ruled.provider.answers(None, tool_calls=(call("look_up", "{}"),))
    assert ask(ruled, GENERAL, channel="strike")[1]["content"] is None


@both_ways
def test_a_notice_in_responses_is_a_message_of_its_own(ruled: RunningProxy, stream: bool) -> None:
    output = [provided.message(TRUE)]
    ruled.provider.replies = [provided.streamed(*output) if stream else provided.whole(*output)]
    body = {"model": "m", "input": GENERAL, "stream": stream}
    response = ruled.post("/v1/responses", body, headers={"x-cxai-channel": "strike"})
    events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
    whole_body = events[-1]["response"] if stream else response.json()
    texts = [item["content"][0]["text"] for item in whole_body["output"]]
    assert texts == [TRUE, "There is a strike today."]


@pytest.mark.parametrize("model", ["m", "immediate"])
def test_over_an_answer_that_leaves_in_pieces_words_come_behind_it(ruled: RunningProxy, model: str) -> None:
    ruled.provider.answers(f"{TRUE} {FALSE}")
    said = []
    for stream in (False, True):
        _, message, cxai = ask(ruled, GENERAL, channel="over", stream=stream, model=model)
        ref = cxai["escalation"]["ref"]
        assert message["content"].startswith(TRUE)
        assert message["content"].endswith(f"A colleague will check that. Your reference is {ref}.")
        said.append(message["content"].removesuffix(f"{ref}."))
    assert said[0] == said[1]


def leaving_early(proxy: RunningProxy, model: str, *, leaves: bool) -> DecisionRecord:
    """The record of a stream that the provider cuts, or whose client leaves, behind its second sentence."""
    text = f"{TRUE} {FALSE} " + f"{TRUE} " * (40 if leaves else 2)
    proxy.provider.answers(text, chunk_size=50, cut_after=None if leaves else 4, chunk_delay_s=0.05)
    body = {"model": model, "messages": [{"role": "user", "content": GENERAL}], "stream": True}
    headers = {"x-cxai-channel": "over"}
    path, said = f"{proxy.url}/v1/chat/completions", ""
    with httpx.stream("POST", path, json=body, headers=headers, timeout=60) as response:
        for line in response.iter_lines():
            chunk = json.loads(line[6:]) if line.startswith("data: {") else {}
            said += "".join(one["delta"].get("content") or "" for one in chunk.get("choices") or ())
            if leaves and said.count(TRUE) > 1:
                break
        return proxy.awaited_record(response.headers["x-cxai-response-id"])


@pytest.mark.parametrize("model", ["m", "immediate"])
@pytest.mark.parametrize("leaves", [False, True], ids=["the provider cuts it", "the client leaves"])
def test_what_was_read_of_an_answer_that_breaks_off_is_under_the_same_rules(
    ruled: RunningProxy, model: str, leaves: bool
) -> None:
    record = leaving_early(ruled, model, leaves=leaves)
    assert [(one["rule"], one["choice"]) for one in record.rules or ()] == [
        ("contradicted-goes-to-people", 0)
    ]
    assert record.unverified_reason is not None and record.escalation_ref is not None
    case = ruled.ledger().escalation(record.escalation_ref)
    assert case is not None and FALSE in str(case.blocked_text)


@both_ways
def test_over_a_whole_answer_nothing_of_it_leaves(ruled: RunningProxy, stream: bool) -> None:
    ruled.provider.answers(f"{TRUE} {FALSE}")
    asked = f"{GENERAL} ({stream})"
    response, message, cxai = ask(ruled, asked, channel="over", stream=stream, model="whole")
    ref = cxai["escalation"]["ref"]
    assert message["content"] == f"A colleague will check that. Your reference is {ref}."
    assert (cxai["decision"], response.headers["x-cxai-decision"]) == ("escalate", "escalate")
    record = record_of(ruled, response)
    assert record.choices[0]["model_text"] == f"{TRUE} {FALSE}"
    assert [claim["action"] for claim in record.choices[0]["claims"]] == ["escalate", "escalate"]
    case = ruled.ledger().escalation(ref)
    assert case is not None and case.blocked_text == f"{TRUE} {FALSE}"


@both_ways
def test_where_a_refusal_has_closed_the_choice_the_case_is_opened_all_the_same(
    ruled: RunningProxy, stream: bool
) -> None:
    ruled.provider.answers(f"{TRUE} You can take the airline to court.")
    response, message, cxai = ask(ruled, f"{GENERAL} ({stream}).", channel="no-court", stream=stream)
    assert message["content"].strip() == TRUE and "can't talk about that" in message["refusal"]
    assert cxai["decision"] == "refuse"
    case = ruled.ledger().escalation(cxai["escalation"]["ref"])
    assert case is not None and "court-goes-to-people" in case.reason
    assert record_of(ruled, response).escalation_ref == case.ref


@pytest.mark.parametrize("model", ["m", "whole"])
@both_ways
def test_json_that_a_rule_hands_over_does_not_leave(ruled: RunningProxy, model: str, stream: bool) -> None:
    ruled.provider.answers(json.dumps({"said": FALSE}))
    wanted = {"type": "json_object"}
    response, message, cxai = ask(
        ruled, GENERAL, channel="over", stream=stream, model=model, response_format=wanted
    )
    ref = cxai["escalation"]["ref"]
    assert message["refusal"] == f"A colleague will check that. Your reference is {ref}."
    assert not message["content"] and cxai["decision"] == "escalate"
    assert FALSE not in response.text
    record = record_of(ruled, response)
    assert record.choices[0]["model_text"] == json.dumps({"said": FALSE})


@both_ways
def test_a_notice_may_depend_on_the_answer(ruled: RunningProxy, stream: bool) -> None:
    ruled.provider.answers(TRUE)
    for model in ("m", "whole"):
        _, message, _ = ask(ruled, GENERAL, channel="over", stream=stream, model=model)
        assert message["content"] == f"{TRUE} Have a good trip."


def test_a_whole_answer_may_be_refused_or_rewritten_afterwards(ruled: RunningProxy) -> None:
    ruled.provider.answers(TRUE)
    _, message, cxai = ask(ruled, GENERAL, channel="refuses", model="whole")
    assert message["content"] is None and message["refusal"] and cxai["decision"] == "refuse"
    _, message, cxai = ask(ruled, GENERAL, channel="rewrites", model="whole")
    assert "Our policy (" in message["content"] and cxai["decision"] == "rewrite"


@both_ways
def test_a_mark_changes_nothing_and_is_recorded_and_counted(ruled: RunningProxy, stream: bool) -> None:
    ruled.provider.answers(TRUE)
    response, message, cxai = ask(ruled, GENERAL, channel="marked", stream=stream)
    assert message["content"] == TRUE and cxai["decision"] == "deliver"
    assert cxai["rules"] == [
        {"choice": 0, "rule": "long-answers", "effect": "mark", "label": "long", "evaluated": True}
    ]
    assert (record_of(ruled, response).rules or [])[0]["label"] == "long"
    assert 'rule="long-answers"' in httpx.get(f"{ruled.url}/metrics").text


def test_each_choice_is_held_against_the_rules_by_itself(ruled: RunningProxy) -> None:
    ruled.provider.replies = [whole(choice(TRUE), choice(f"{TRUE} {FALSE}"))]
    response = ruled.ask(GENERAL, n=2, headers={"x-cxai-channel": "over"})
    first, second = (one["message"]["content"] for one in response.json()["choices"])
    assert first == f"{TRUE} Have a good trip." and "A colleague will check that" in second


def test_the_record_says_what_was_known_and_asked(ruled: RunningProxy) -> None:
    ruled.provider.answers(TRUE)
    response = ruled.ask(GENERAL, headers={"x-cxai-customer-id": "c-1", "x-cxai-jurisdiction": "CA"})
    record = record_of(ruled, response)
    assert record.request == {
        "channel": "chat",
        "audience": "customer",
        "market": "CA",
        "about_account": False,
        "about_open_case": False,
        "wants_person": False,
        "is_complaint": False,
    }
    assert record.context is not None and record.context["facts"]["open_case"]["state"] == "fresh"
    assert response.json()["cxai"]["context"] == {"completeness": 1.0, "not_fresh": []}


def test_a_handover_takes_no_time_of_a_model(ruled: RunningProxy) -> None:
    ruled.provider.answers(TRUE, delay_s=5.0)
    started = time.monotonic()
    ask(ruled, f"{PERSON} At once.")
    assert time.monotonic() - started < 2


def test_of_a_flood_of_messages_the_last_are_read_and_the_others_could_be_about_anything(
    ruled: RunningProxy,
) -> None:
    ruled.provider.answers(TRUE)
    flood = [{"role": "user", "content": f"{GENERAL} And what of bag {number}?"} for number in range(600)]
    started = time.monotonic()
    response = ruled.post("/v1/chat/completions", {"model": "m", "messages": flood})
    assert time.monotonic() - started < 3
    request = record_of(ruled, response).request
    assert request is not None and request["about_account"] and not request["wants_person"]
