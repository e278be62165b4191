"""Answers that were asked for as JSON: sentences are repaired inside their strings, and the JSON stays what it was."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from pydantic import BaseModel
from support.provider import Reply as Answer

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
DONE = "I have refunded $450 to your card."
OBJECT = {"type": "json_object"}


def schema(**answer: Any) -> JsonObject:
    described = {
        "type": "object",
        "properties": {"answer": {"type": "string", **answer}, "topic": {"enum": ["fares", "bags"]}},
        "required": ["answer", "topic"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": described}}


def ask(proxy: RunningProxy, content: str, response_format: Any = OBJECT, **more: Any) -> httpx.Response:
    proxy.provider.answers(content)
    return proxy.ask("Bereavement?", response_format=response_format, **more)


def message_of(response: httpx.Response) -> JsonObject:
    return dict(response.json()["choices"][0]["message"])


def test_a_sentence_is_repaired_inside_its_string(proxy: RunningProxy) -> None:
    content = json.dumps(
        {"topic": "fares", "answer": f"{TRUE} {FALSE}", "days": 90, "tips": [TRUE]}, indent=1
    )
    response = ask(proxy, content)
    delivered = message_of(response)["content"]
    value = json.loads(delivered)
    assert value["answer"].startswith(TRUE) and "after travel has been completed" in value["answer"]
    assert (value["topic"], value["days"], value["tips"]) == ("fares", 90, [TRUE])
    assert "90 days" not in delivered and delivered.startswith('{\n "topic": "fares",\n "answer": "')
    assert response.headers["x-cxai-decision"] == "rewrite"


def test_offsets_are_into_the_delivered_text(proxy: RunningProxy) -> None:
    before = 'Hello!\n\U0001f600 "\n'
    content = json.dumps({"a": f"{before}{FALSE} {TRUE}", "b": [f"{TRUE}\t{TRUE}"], "c": TRUE})
    response = ask(proxy, content)
    delivered = message_of(response)["content"]
    claims = response.json()["cxai"]["claims"]
    assert [delivered[claim["start"] : claim["end"]] for claim in claims] == [c["text"] for c in claims]
    assert [claim["text"] for claim in claims].count(TRUE) == 4
    (rewritten,) = [claim for claim in claims if claim["action"] == "rewrite"]
    assert "after travel has been completed" in rewritten["text"]
    starts = [claim["start"] for claim in claims]
    assert starts == sorted(starts)


@pytest.mark.parametrize("indent", [None, 3])
def test_json_in_which_all_is_true_leaves_byte_for_byte(proxy: RunningProxy, indent: int | None) -> None:
    content = json.dumps({"a": TRUE, "z\u00e9": "x\u00e9/", "n": [1.50, None]}, indent=indent).replace(
        "x", "\\u0078"
    )
    response = ask(proxy, content)
    assert message_of(response)["content"] == content
    assert response.headers["x-cxai-verified"] == "yes"


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ({}, True),
        ({"maxLength": 5000}, True),
        ({"pattern": "^(?!You)"}, True),
        ({"maxLength": 80}, False),
        ({"pattern": "^You"}, False),
        ({"enum": [FALSE, TRUE]}, False),
        ({"$ref": "http://127.0.0.1:9/x"}, False),
        ({"type": "odd"}, False),
    ],
)
def test_a_repair_conforms_to_the_schema_or_nothing_is_said(
    proxy: RunningProxy, answer: JsonObject, fits: bool
) -> None:
    content = json.dumps({"topic": "fares", "answer": FALSE})
    response = ask(proxy, content, schema(**answer), user=json.dumps(answer))
    message, cxai = message_of(response), response.json()["cxai"]
    assert "90 days" not in response.text
    if fits:
        assert "after travel has been completed" in json.loads(message["content"])["answer"]
        assert cxai["decision"] == "rewrite"
    else:
        assert message["content"] is None and cxai["escalation"]["ref"] in message["refusal"]
        assert response.json()["choices"][0]["finish_reason"] == "stop" and cxai["decision"] == "escalate"
        assert all(claim["text"] == "" for claim in cxai["claims"])


def test_a_handover_is_the_refusal(proxy: RunningProxy) -> None:
    content = json.dumps({"first": TRUE, "then": f"Hello! {DONE}", "last": TRUE})
    response = ask(proxy, content, user="json-handover")
    message = message_of(response)
    assert message["content"] is None and "$450" not in response.text
    assert response.json()["cxai"]["escalation"]["ref"] in message["refusal"]


def test_what_cannot_be_checked_is_withheld(proxy: RunningProxy) -> None:
    german = "Sie können den Trauerfalltarif bis zu neunzig Tage nach der Reise beantragen."
    response = ask(proxy, json.dumps({"a": german}))
    assert message_of(response)["content"] is None
    assert message_of(response)["refusal"].startswith("I can't check this")
    assert response.headers["x-cxai-unverified-reason"] == "language"


def test_a_key_that_is_a_false_sentence_lets_nothing_leave(proxy: RunningProxy) -> None:
    response = ask(proxy, json.dumps({FALSE: True}), user="json-key")
    assert "90 days" not in response.text and message_of(response)["content"] is None


def test_of_two_values_of_one_key_both_are_judged(proxy: RunningProxy) -> None:
    response = ask(proxy, f'{{"a": "{FALSE}", "a": "{TRUE}"}}')
    assert "90 days" not in response.text


@pytest.mark.parametrize("content", ['{"days": 90, "ok": true, "code": "ZFA04Y"}', "[]", "90"])
def test_json_without_a_sentence_is_never_verified(proxy: RunningProxy, content: str) -> None:
    response = ask(proxy, content)
    assert message_of(response)["content"] == content
    assert response.headers["x-cxai-verified"] == "no"
    assert response.headers["x-cxai-unverified-reason"] == "no_text"


@pytest.mark.parametrize("content", [f'{{"a": "{FALSE}', f"```json\n{FALSE}\n```", FALSE])
def test_what_is_no_json_is_judged_as_text(proxy: RunningProxy, content: str) -> None:
    response = ask(proxy, content, user=content[:9])
    assert "90 days" not in response.text and response.json()["cxai"]["decision"] != "deliver"


def test_half_a_character_is_no_way_around(proxy: RunningProxy) -> None:
    response = ask(proxy, f'{{"a": "\\ud800 {FALSE}"}}', user="half")
    assert response.status_code == 200 and "90 days" not in response.text


def test_a_stream_is_held_until_it_is_whole(proxy: RunningProxy) -> None:
    content = json.dumps({"topic": "fares", "answer": f"{TRUE} {FALSE}"})
    whole = message_of(ask(proxy, content, schema()))["content"]
    response = ask(proxy, content, schema(), stream=True)
    lines = [line[6:] for line in response.text.split("\n") if line.startswith("data: {")]
    deltas = [choice["delta"] for line in lines for choice in json.loads(line)["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == whole
    assert json.loads(lines[-1])["cxai"]["decision"] == "rewrite"
    assert response.headers["x-cxai-decision"] == "rewrite"
    assert "stream" not in proxy.provider.requests[-1]


class Reply(BaseModel):
    topic: str
    answer: str


@pytest.mark.parametrize("text", [f"{TRUE} {FALSE}", DONE])
def test_the_official_client_parses_what_comes(proxy: RunningProxy, text: str) -> None:
    proxy.provider.answers(json.dumps({"topic": "fares", "answer": text}))
    messages = [{"role": "user", "content": "Bereavement?"}]
    answer = proxy.client().chat.completions.parse(
        model="m", messages=messages, response_format=Reply, user=text
    )
    message = answer.choices[0].message
    if text == DONE:
        assert message.parsed is None and "reference" in (message.refusal or "")
    else:
        assert message.parsed is not None and message.parsed.answer.startswith(TRUE)


def test_each_choice_is_json_of_its_own(proxy: RunningProxy) -> None:
    proxy.provider.answers(json.dumps({"a": TRUE}), json.dumps({"a": FALSE}))
    choices = proxy.ask("Bereavement?", response_format=OBJECT, n=2).json()["choices"]
    values = [json.loads(choice["message"]["content"])["a"] for choice in choices]
    assert values[0] == TRUE and "after travel has been completed" in values[1]


def test_the_model_is_asked_again_for_json(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    delivery: whole\n")
    proxy.provider.replies = [Answer((json.dumps({"a": text}),)) for text in (FALSE, TRUE)]
    response = proxy.ask("Bereavement?", response_format=OBJECT)
    assert json.loads(message_of(response)["content"]) == {"a": TRUE}
    assert response.json()["cxai"]["reask"]["times"] == 1


def test_observing_records_what_would_leave(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    mode: observe\n")
    content = json.dumps({"a": FALSE})
    response = ask(proxy, content)
    assert message_of(response)["content"] == content
    with proxy.ledger() as ledger:
        for _ in range(100):
            if record := ledger.answer(response.headers["x-cxai-response-id"]):
                break
            time.sleep(0.05)
    assert record is not None and "after travel" in json.loads(record.choices[0]["would_deliver"])["a"]


@pytest.mark.parametrize("odd", ["json_object", {"type": "text"}, {"type": ["json_object"]}, None, 7])
def test_other_formats_are_text(proxy: RunningProxy, odd: Any) -> None:
    assert message_of(ask(proxy, TRUE, odd))["content"] == TRUE
