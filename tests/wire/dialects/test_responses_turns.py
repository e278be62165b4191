"""A request goes on from an earlier answer as it was delivered; the provider keeps none, and nobody else reads it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import openai
import pytest
from conftest import RunningProxy, StartProxy
from support import responses as provided

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
QUESTION = "Can I get the bereavement fare after my trip?"


def create(proxy: RunningProxy, asked: Any = QUESTION, **options: Any) -> Any:
    return proxy.client().responses.create(model="test-model", input=asked, **options)


@pytest.mark.parametrize("stream", [False, True])
def test_the_next_turn_goes_on_from_what_was_delivered(proxy: RunningProxy, stream: bool) -> None:
    output = [provided.reasoning(), provided.message(FALSE)]
    proxy.provider.replies = [
        provided.streamed(*output) if stream else provided.whole(*output),
        provided.whole(provided.message(TRUE)),
    ]
    if stream:
        with proxy.client().responses.stream(model="test-model", input=QUESTION) as events:
            first = events.get_final_response()
    else:
        first = create(proxy)
    assert "90 days" not in first.output_text
    second = create(proxy, "And before?", previous_response_id=first.id)
    third = create(proxy, "Thanks!", previous_response_id=second.id)
    sent = proxy.provider.requests[-1]
    assert "previous_response_id" not in sent and sent["store"] is False and "90 days" not in json.dumps(sent)
    said = [item["content"] for item in sent["input"]]
    assert said == [QUESTION, first.output_text, "And before?", TRUE, "Thanks!"]
    assert all("id" not in item for item in sent["input"])
    assert third.previous_response_id == second.id
    # Earlier turns are context: only this turn's sentence was judged.
    assert len(second.cxai["claims"]) == 1


def test_a_case_that_was_opened_is_what_the_model_reads(proxy: RunningProxy) -> None:
    proxy.provider.replies = [
        provided.whole(provided.message("Your refund of $450 has been paid to your card."), provided.call()),
        provided.whole(provided.message(TRUE)),
    ]
    first = create(proxy)
    create(proxy, "Thanks!", previous_response_id=first.id)
    asked, said, _ = proxy.provider.requests[-1]["input"]
    assert first.cxai["escalation"]["ref"] in said["content"] and asked["content"] == QUESTION


def test_a_kept_response_is_read_and_removed(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.message(FALSE))]
    client = proxy.client()
    made = create(proxy)
    kept = client.responses.retrieve(made.id)
    assert kept.output_text == made.output_text and kept.cxai == made.cxai
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.BadRequestError) as refused:
        create(proxy, "And?", previous_response_id=made.id)
    assert refused.value.code == "previous_response_not_found"


@pytest.mark.parametrize(
    "other",
    [
        {"x-cxai-customer-id": "someone-else", "x-cxai-conversation-id": "c"},
        {"x-cxai-customer-id": "me", "x-cxai-conversation-id": "another"},
        {"x-cxai-customer-id": "me", "x-cxai-conversation-id": "c", "Authorization": "Bearer sk-other"},
        {},
    ],
)
def test_nobody_else_goes_on_from_an_answer(proxy: RunningProxy, other: dict[str, str]) -> None:
    mine = {"x-cxai-customer-id": "me", "x-cxai-conversation-id": "c"}
    proxy.provider.replies = [provided.whole(provided.message(TRUE))]
    made = create(proxy, extra_headers=mine)
    asked = len(proxy.provider.requests)
    with pytest.raises(openai.BadRequestError, match="not found"):
        create(proxy, "And?", previous_response_id=made.id, extra_headers=other)
    with pytest.raises(openai.NotFoundError):
        proxy.client().responses.retrieve(made.id, extra_headers=other)
    with pytest.raises(openai.NotFoundError):
        proxy.client().responses.delete(made.id, extra_headers=other)
    assert len(proxy.provider.requests) == asked
    assert create(proxy, "And?", previous_response_id=made.id, extra_headers=mine).output_text == TRUE


def test_an_answer_that_is_not_to_be_stored_is_not_kept(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.message(TRUE))]
    made = create(proxy, store=False)
    assert made.store is False and create(proxy).store is True
    with pytest.raises(openai.NotFoundError):
        proxy.client().responses.retrieve(made.id)


@pytest.mark.parametrize("level", ["masked", "none"])
def test_without_the_full_text_the_setting_is_named(start_proxy: StartProxy, level: str) -> None:
    proxy = start_proxy(store_text=level)
    proxy.provider.replies = [provided.whole(provided.message(TRUE))]
    made = create(proxy)
    assert made.output_text == TRUE and made.store is False
    with pytest.raises(openai.BadRequestError, match="CXAI_STORE_TEXT"):
        create(proxy, "And?", previous_response_id=made.id)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
        ({"previous_response_id": "resp_of_the_provider"}, "previous_response_id"),
        ({"input": 7}, "input.str"),
    ],
)
def test_what_only_the_provider_could_keep_is_refused(
    proxy: RunningProxy, options: JsonObject, param: str
) -> None:
    asked = len(proxy.provider.requests)
    response = proxy.post("/v1/responses", {"model": "test-model", "input": QUESTION, **options})
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert len(proxy.provider.requests) == asked


def test_a_route_may_let_the_provider_keep_answers(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    store: allow\n")
    proxy.provider.replies = [provided.whole(provided.message(FALSE)), provided.whole(provided.message(TRUE))]
    first = create(proxy)
    create(proxy, "And?", previous_response_id=first.id, store=True)
    one, two = proxy.provider.requests
    assert "store" not in one and two["store"] is True
    assert two["input"][1]["content"] == first.output_text


def test_an_answer_of_ours_is_gone_on_from_where_nothing_is_enforced_any_more(
    start_proxy: StartProxy,
) -> None:
    proxy = start_proxy(
        policies="routes:\n  - name: watched\n    match: {channel: watched}\n    mode: observe\n"
    )
    proxy.provider.replies = [provided.whole(provided.message(FALSE))]
    first = create(proxy)
    create(proxy, "And?", previous_response_id=first.id, extra_headers={"x-cxai-channel": "watched"})
    sent = proxy.provider.requests[-1]
    assert [item["role"] for item in sent["input"]] == ["user", "assistant", "user"]
    assert "store" not in sent and "previous_response_id" not in sent and "90 days" not in json.dumps(sent)


def test_a_ledger_that_cannot_keep_turns_stops_no_answer(start_proxy: StartProxy, tmp_path: Path) -> None:
    proxy = start_proxy()
    proxy.provider.replies = [provided.whole(provided.message(TRUE))]
    first = create(proxy)
    with sqlite3.connect(tmp_path / "ledger.db") as database:
        database.execute("DROP TABLE turns")
    assert create(proxy).output_text == TRUE
    with pytest.raises(openai.InternalServerError, match="try again") as failed:
        create(proxy, "And?", previous_response_id=first.id)
    assert failed.value.status_code == 503
    with pytest.raises(openai.InternalServerError, match="try again"):
        proxy.client().responses.retrieve(first.id)
