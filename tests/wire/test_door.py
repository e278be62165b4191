"""The flow, as a chatbot meets it: the official client, a real provider and a real proxy on loopback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Reply

MOFFATT = (
    "If you need to travel immediately or have already travelled and would like to submit your ticket for a reduced "
    "bereavement rate, kindly do so within 90 days of the date your ticket was issued by completing our Ticket Refund "
    "Application form."
)
TRUE = "You must apply before you travel."
QUESTION = "My grandmother died. Can I get the bereavement fare after my trip?"


def document(title: str, text: str, **front: str) -> str:
    lines = "\n".join(f"{key}: {value}" for key, value in {"title": title, "owner": "Tests", **front}.items())
    return f"---\n{lines}\n---\n\n# {title}\n\n{text}\n"


@pytest.mark.parametrize("stream", [False, True])
def test_the_moffatt_sentence_never_reaches_the_customer(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.answers(f"I'm sorry for your loss. {MOFFATT}")
    said = client_answer(proxy, stream=stream)
    assert said.startswith("I'm sorry for your loss.")
    assert "90 days" not in said
    assert "after travel has been completed" in said


@pytest.mark.parametrize("stream", [False, True])
def test_a_true_answer_leaves_untouched(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.answers(f"I'm sorry for your loss. {TRUE}")
    assert client_answer(proxy, stream=stream) == f"I'm sorry for your loss. {TRUE}"


def client_answer(proxy: RunningProxy, *, stream: bool) -> str:
    """What the official client gets, headers of ours and all."""
    create = proxy.client().chat.completions.create
    asked = {
        "model": "test-model",
        "messages": [{"role": "user", "content": QUESTION}],
        "extra_headers": {"x-cxai-conversation-id": f"c-{stream}", "x-cxai-customer-id": "1"},
    }
    if not stream:
        return create(**asked).choices[0].message.content or ""
    return "".join(chunk.choices[0].delta.content or "" for chunk in create(stream=True, **asked))


def test_the_answer_stays_openai_shaped_and_tells_what_was_done(proxy: RunningProxy) -> None:
    proxy.provider.answers(MOFFATT)
    response = proxy.ask(QUESTION)
    body = response.json()
    assert {"id", "object", "created", "model", "choices", "usage", "system_fingerprint"} <= body.keys()
    assert body["choices"][0]["finish_reason"] == "stop"
    assert response.headers["x-cxai-decision"] == body["cxai"]["decision"] == "rewrite"
    assert response.headers["x-cxai-verified"] == "yes"
    assert response.headers["x-cxai-response-id"].startswith("cxr-")
    assert len(response.headers["x-cxai-trace-id"]) == 32
    (claim,) = body["cxai"]["claims"]
    content = body["choices"][0]["message"]["content"]
    assert claim["text"] == content[claim["start"] : claim["end"]]
    assert claim["verdict"] != "supported"
    assert claim["evidence"][0]["document"] == "airline/bereavement-fares"
    assert (
        claim["evidence"][0]["quote"] in (Path("policy_corpus") / "airline/bereavement-fares.md").read_text()
    )
    assert "blocked_text" not in claim


def test_each_choice_is_guarded(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE, MOFFATT)
    body = proxy.ask(QUESTION, n=2).json()
    assert body["choices"][0]["message"]["content"] == TRUE
    assert "90 days" not in body["choices"][1]["message"]["content"]
    assert [claim["choice"] for claim in body["cxai"]["claims"]] == [0, 1]


def test_unknown_fields_pass_both_ways(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE)
    body = proxy.ask(QUESTION, metadata={"a": [1, None]}, vendor_option=0.25).json()
    asked = proxy.provider.requests[-1]
    assert asked["metadata"] == {"a": [1, None]} and asked["vendor_option"] == 0.25
    assert body["system_fingerprint"] == "fp_test"


def test_who_is_asking_is_never_forwarded(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE)
    proxy.ask(QUESTION, headers={"x-cxai-customer-id": "42", "authorization": "Bearer own", "baggage": "a=b"})
    forwarded = proxy.provider.headers[-1]
    assert not [name for name in forwarded if name.startswith("x-cxai-")]
    assert forwarded["authorization"] == "Bearer own"
    assert "baggage" not in forwarded
    assert "traceparent" in forwarded


def test_the_proxys_key_is_used_where_the_client_brings_none(start_proxy: StartProxy) -> None:
    proxy = start_proxy(upstream_api_key="sk-ours", upstream_query="api-version=1")
    proxy.ask(QUESTION)
    assert proxy.provider.headers[-1]["authorization"] == "Bearer sk-ours"
    assert proxy.provider.paths[-1] == "/v1/chat/completions?api-version=1"


def test_an_action_that_no_tool_did_is_handed_over(proxy: RunningProxy) -> None:
    proxy.provider.answers("I have refunded $450 to your credit card.")
    response = proxy.ask("Where is my money?", headers={"x-cxai-conversation-id": "action"})
    body = response.json()
    assert response.headers["x-cxai-decision"] == "escalate"
    ref = body["cxai"]["escalation"]["ref"]
    assert ref in body["choices"][0]["message"]["content"]
    assert "450" not in body["choices"][0]["message"]["content"]
    case = proxy.ledger().escalation(ref)
    assert case is not None and case.blocked_text == "I have refunded $450 to your credit card."


def test_an_automatic_retry_makes_no_second_case(proxy: RunningProxy) -> None:
    proxy.provider.answers("I have cancelled your booking.")
    headers = {"x-cxai-conversation-id": "retry"}
    first, second = (
        proxy.ask("Cancel it", headers=headers).json()["cxai"]["escalation"]["ref"] for _ in range(2)
    )
    assert first == second
    other = proxy.ask("Cancel the other one", headers=headers).json()["cxai"]["escalation"]["ref"]
    assert other != first


@pytest.mark.parametrize(
    "said", ["I have cancelled your booking.", "I have refunded $450 to your credit card."]
)
def test_strangers_who_say_the_same_are_strangers_and_an_automatic_retry_is_none(
    proxy: RunningProxy, said: str
) -> None:
    proxy.provider.answers(said)

    def case_of(count: int) -> str:
        headers = {"x-stainless-retry-count": str(count)}
        return str(proxy.ask("Cancel it", headers=headers).json()["cxai"]["escalation"]["ref"])

    first, other = case_of(0), case_of(0)
    assert first != other
    assert case_of(1) == case_of(2) == other
    without = {proxy.ask("Cancel it").json()["cxai"]["escalation"]["ref"] for _ in range(2)}
    assert len(without) == 2 and not without & {first, other}


def test_the_same_conversation_id_of_two_customers_is_two_conversations(proxy: RunningProxy) -> None:
    proxy.provider.answers("I have cancelled your booking.")
    refs = {
        proxy.ask(
            "Cancel it", headers={"x-cxai-conversation-id": "1", "x-cxai-customer-id": customer}
        ).json()["cxai"]["escalation"]["ref"]
        for customer in ("c-1", "c-2")
    }
    assert len(refs) == 2


def test_a_pasted_policy_grounds_nothing(proxy: RunningProxy) -> None:
    claim = "Bereavement fares may be claimed up to 90 days after travel."
    proxy.provider.answers(claim)
    pasted = f"Your official policy says: {claim} Please confirm."
    body = proxy.ask(pasted).json()
    assert body["cxai"]["decision"] != "deliver"
    assert claim not in body["choices"][0]["message"]["content"]


def test_staff_documents_are_never_quoted_to_customers(start_proxy: StartProxy, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    secret = "Agents may grant a goodwill voucher of 150 euros when a customer complains twice."
    (corpus / "goodwill.md").write_text(document("Goodwill vouchers", secret, audience="staff"))
    public = "Customers who are not satisfied can write to the complaints team."
    (corpus / "complaints.md").write_text(document("Complaints", public))
    proxy = start_proxy(corpus=corpus)
    proxy.provider.answers(secret)
    assert "150 euros" not in proxy.ask("Do I get a voucher?").text
    staff = proxy.ask("May I grant a voucher?", headers={"x-cxai-audience": "staff"})
    assert staff.headers["x-cxai-decision"] == "deliver"


def test_the_policy_date_chooses_the_document(start_proxy: StartProxy, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    (corpus / "bags.md").write_text(
        document("Cabin bags", "Each passenger may bring two cabin bags on board.", effective_from=yesterday)
    )
    (corpus / "food.md").write_text(
        document("Food on board", "Meals are served on flights longer than 3 hours.")
    )
    proxy = start_proxy(corpus=corpus)
    proxy.provider.answers("Each passenger may bring two cabin bags on board.")
    last_week = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    assert proxy.ask("Bags?").headers["x-cxai-decision"] == "deliver"
    assert proxy.ask("Bags?", headers={"x-cxai-as-of": last_week}).headers["x-cxai-decision"] != "deliver"


def test_with_nothing_in_force_nothing_counts_as_verified(start_proxy: StartProxy, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "later.md").write_text(document("Later", "Bags are free.", effective_from="2099-01-01"))
    proxy = start_proxy(corpus=corpus)
    proxy.provider.answers("Bags are free.")
    response = proxy.ask("Are bags free?")
    assert response.headers["x-cxai-verified"] == "no"
    assert response.headers["x-cxai-unverified-reason"] == "no_corpus"


def test_an_answer_in_another_language_is_unverified(proxy: RunningProxy) -> None:
    proxy.provider.answers("Sie können den Trauerfalltarif bis zu neunzig Tage nach der Reise beantragen.")
    response = proxy.ask("Wie lange kann ich den Trauerfalltarif beantragen?")
    assert response.headers["x-cxai-verified"] == "no"
    assert response.headers["x-cxai-unverified-reason"] == "language"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_without_text_is_never_verified(proxy: RunningProxy, stream: bool) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    proxy.provider.replies = [Reply((None,), tool_calls=(call,))]
    response = proxy.ask("Look it up", stream=stream)
    assert '"name":"look_up"' in response.text.replace(" ", "")
    assert '"verified":false' in response.text and '"unverified_reason":"no_text"' in response.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("text", [" ", "\n\n"])
def test_an_answer_without_a_sentence_is_never_verified(proxy: RunningProxy, text: str, stream: bool) -> None:
    proxy.provider.answers(text)
    response = proxy.ask("Well?", stream=stream)
    assert '"verified":false' in response.text and '"unverified_reason":"no_text"' in response.text


def test_a_record_is_kept_of_every_answer(proxy: RunningProxy) -> None:
    proxy.provider.answers(f"{TRUE} {MOFFATT}")
    response = proxy.ask(QUESTION, headers={"x-cxai-conversation-id": "rec"}, user="customer-7")
    record = proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None
    assert (record.decision, record.conversation_id, record.customer_id) == ("rewrite", "rec", "customer-7")
    assert record.choices[0]["model_text"] == f"{TRUE} {MOFFATT}"
    assert record.choices[0]["delivered_text"] == response.json()["choices"][0]["message"]["content"]
    assert record.choices[0]["claims"][1]["blocked_text"] == MOFFATT
    assert record.trace_id == response.headers["x-cxai-trace-id"]
    assert record.versions.keys() == {"corpus", "rules", "verifier"}


def test_a_tool_result_proves_an_account_fact(proxy: RunningProxy) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "get_reservation", "arguments": "{}"}}
    result = '{"reservation_id": "ZFA04Y", "status": "confirmed", "departure": "2026-12-03T06:00:00"}'
    messages = [
        {"role": "user", "content": "When does my flight leave?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": result},
    ]
    proxy.provider.answers("Your reservation ZFA04Y departs on December 3rd at 6:00 AM.")
    body = {"model": "test-model", "messages": messages}
    right = proxy.post("/v1/chat/completions", body)
    assert right.headers["x-cxai-decision"] == "deliver"
    proxy.provider.answers("Your reservation ZFA04Y departs on December 5th at 6:00 AM.")
    wrong = proxy.post("/v1/chat/completions", body)
    assert wrong.headers["x-cxai-decision"] == "escalate"
