"""The whole proxy with a real client, provider and OTLP receiver: what of an answer is found afterwards, and how."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from conftest import StartProxy
from telemetry.otlp_receiver import OtlpReceiver, attributes, wait_for

from proxy.telemetry import names

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
QUESTION = "Can I get the bereavement fare after my trip?"
INVENTED = "You can claim the bereavement fare within 90 days after you have travelled."
ESCALATE = """
routes:
  - name: default
    contradicted: escalate
    unsupported: escalate
"""


@pytest.fixture
def quick_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_BLRP_SCHEDULE_DELAY", "20")


def server_span(collector: OtlpReceiver) -> Any:
    name = "POST /v1/chat/completions"
    assert wait_for(lambda: bool(collector.named(name)))
    return collector.span(name)


@pytest.mark.usefixtures("quick_batches")
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_one_trace_from_the_client_to_its_claims(
    collector: OtlpReceiver, start_proxy: StartProxy, stream: bool
) -> None:
    proxy = start_proxy()
    proxy.provider.answers(INVENTED)
    unsampled = f"00-{TRACE_ID}-{PARENT_ID}-00"
    headers = {"traceparent": unsampled, "baggage": "customer=alice"}
    response = proxy.ask(QUESTION, stream=stream, headers=headers)

    server = server_span(collector)
    assert wait_for(lambda: bool(collector.named(names.CLAIM) and collector.records))
    chat, claim = collector.span("chat test-model"), collector.span(names.CLAIM)
    assert response.headers["x-cxai-trace-id"] == TRACE_ID
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE_ID}
    assert server.parent_span_id.hex() == PARENT_ID
    assert chat.parent_span_id == claim.parent_span_id == server.span_id
    assert collector.span("retrieval policy_corpus").parent_span_id == claim.span_id

    sent = proxy.provider.headers[-1]
    assert sent["traceparent"] == f"00-{TRACE_ID}-{chat.span_id.hex()}-01"
    assert "baggage" not in sent

    decided, judged = attributes(server.attributes), attributes(claim.attributes)
    assert decided["cxai.decision"] == "rewrite"
    assert judged["cxai.claim.verdict"] == "contradicted"
    assert judged["cxai.claim.document"].startswith("airline/")
    assert attributes(chat.attributes)["gen_ai.response.id"] == "chatcmpl-test"
    assert ("gen_ai.response.time_to_first_chunk" in attributes(chat.attributes)) is stream
    assert collector.records[0].span_id == claim.span_id
    for text in (QUESTION, INVENTED, "90 days"):
        assert text.encode() not in collector.raw


@pytest.mark.usefixtures("quick_batches")
@pytest.mark.parametrize(
    ("path", "asked", "operation", "api"),
    [
        (
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": QUESTION}]},
            "chat",
            "chat_completions",
        ),
        ("/v1/responses", {"input": QUESTION, "max_output_tokens": 9}, "chat", "responses"),
        ("/v1/completions", {"prompt": QUESTION, "max_tokens": 9}, "text_completion", None),
        ("/openai/deployments/m/completions", {"prompt": QUESTION}, "text_completion", None),
    ],
)
def test_the_span_of_the_call_says_in_which_dialect_it_was(
    collector: OtlpReceiver,
    start_proxy: StartProxy,
    path: str,
    asked: dict[str, Any],
    operation: str,
    api: str | None,
) -> None:
    proxy = start_proxy()
    proxy.provider.answers("", status=503)
    proxy.post(path, {"model": "m", "temperature": 0.5, "top_p": 0.9, **asked})
    name = f"{operation} m"
    assert wait_for(lambda: bool(collector.named(name)))
    found = attributes(collector.span(name).attributes)
    assert (found["gen_ai.operation.name"], found.get("openai.api.type")) == (operation, api)
    assert (found["gen_ai.request.temperature"], found["gen_ai.request.top_p"]) == (0.5, 0.9)
    limited = "max_tokens" in asked or "max_output_tokens" in asked
    assert found.get("gen_ai.request.max_tokens") == (9 if limited else None)


@pytest.mark.usefixtures("quick_batches")
def test_an_escalation_is_found_by_the_reference_that_the_customer_was_told(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    proxy = start_proxy(policies=ESCALATE)
    proxy.provider.answers(INVENTED)
    body = proxy.ask(QUESTION).json()

    found = attributes(server_span(collector).attributes)
    assert found["cxai.escalation.ref"] == body["cxai"]["escalation"]["ref"]
    assert found["cxai.escalation.ref"] in body["choices"][0]["message"]["content"]
    assert found["cxai.decision"] == "escalate"


@pytest.mark.usefixtures("quick_batches")
def test_what_people_do_with_a_case_is_found_by_the_same_reference(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    proxy = start_proxy(policies=ESCALATE)
    proxy.provider.answers(INVENTED)
    ref = proxy.ask(QUESTION).json()["cxai"]["escalation"]["ref"]
    answered = server_span(collector)
    proxy.post(f"/v1/escalations/{ref}/claim", {}, headers={"x-cxai-actor": "maria"})

    assert wait_for(lambda: bool(collector.named("escalation claim")))
    claimed = collector.span("escalation claim")
    (link,) = claimed.links
    assert (link.trace_id, link.span_id) == (answered.trace_id, answered.span_id)
    found = attributes(claimed.attributes)
    assert (found["cxai.escalation.ref"], found["cxai.escalation.status"]) == (ref, "claimed")
    assert b"maria" not in collector.raw


@pytest.mark.usefixtures("quick_batches")
def test_the_provider_that_fails_is_named_in_the_trace(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    proxy = start_proxy()
    proxy.provider.answers("", status=500, body=b'{"error": {"message": "secret words"}}')
    assert proxy.ask(QUESTION).status_code == 500
    server_span(collector)
    assert attributes(collector.span("chat test-model").attributes)["error.type"]
    assert b"secret words" not in collector.raw


@pytest.mark.usefixtures("quick_batches")
def test_what_would_have_been_done_is_in_the_trace_of_an_observed_answer(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    proxy = start_proxy(policies="routes:\n  - name: default\n    mode: observe\n")
    proxy.provider.answers(INVENTED)
    assert proxy.ask(QUESTION).json()["choices"][0]["message"]["content"] == INVENTED

    server = server_span(collector)
    assert wait_for(lambda: any("cxai.decision" in attributes(span.attributes) for span in collector.spans))
    (decided,) = [span for span in collector.spans if "cxai.decision" in attributes(span.attributes)]
    assert decided.trace_id == server.trace_id
    assert attributes(decided.attributes)["cxai.decision"] == "rewrite"
    assert attributes(decided.attributes)["cxai.mode"] == "observe"


@pytest.mark.usefixtures("quick_batches")
def test_a_repair_for_which_the_schema_has_no_place_is_counted_once(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    proxy = start_proxy()
    proxy.provider.answers(json.dumps({"answer": INVENTED}))
    schema = {"type": "object", "properties": {"answer": {"enum": [INVENTED]}}}
    asked = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
    response = proxy.ask(QUESTION, response_format=asked)

    decided = attributes(server_span(collector).attributes)
    assert (decided["cxai.decision"], decided["cxai.claims.count"]) == ("escalate", 1)
    assert [claim["action"] for claim in response.json()["cxai"]["claims"]] == ["escalate"]
    (choice,) = proxy.awaited_record(response.headers["x-cxai-response-id"]).choices
    assert [claim["action"] for claim in choice["claims"]] == ["escalate"]
    counted = httpx.get(f"{proxy.url}/metrics").text
    assert 'cxai_claim_verdicts_total{kind="policy",verdict="contradicted"} 1.0' in counted
    assert (
        'decision="escalate",mode="enforce",route="default",streamed="false",tenant="default"} 1.0' in counted
    )


@pytest.mark.usefixtures("quick_batches")
def test_health_checks_leave_no_traces(collector: OtlpReceiver, start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(proxy.url + path).status_code == 200
    proxy.provider.answers("Hello!")
    proxy.ask("Hi!")
    server_span(collector)
    assert collector.named("GET") == []


RULE = """rules:
  - name: refund-over-limit
    when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
    effect: stop_tool_call
    reason: These are words for the staff.
"""
REFUND = {"name": "issue_refund", "arguments": '{"amount": 900, "note": "private words"}'}


@pytest.mark.usefixtures("quick_batches")
@pytest.mark.parametrize("content", [False, True])
def test_a_rule_that_fired_is_in_the_trace_and_counted_and_the_arguments_only_where_text_may_be(
    collector: OtlpReceiver, start_proxy: StartProxy, content: bool
) -> None:
    proxy = start_proxy(policies=RULE, trace_content=content)
    proxy.provider.answers(None, tool_calls=({"id": "call_1", "type": "function", "function": REFUND},))
    proxy.ask(QUESTION)

    server = server_span(collector)
    assert wait_for(lambda: bool(collector.named(names.RULE)))
    span = collector.span(names.RULE)
    assert span.parent_span_id == server.span_id
    found = attributes(span.attributes)
    assert found["cxai.rule.name"] == "refund-over-limit" and found["cxai.rule.action"] == "escalate"
    assert found["gen_ai.tool.name"] == "issue_refund" and found["cxai.rule.evaluated"] is True
    assert (b"private words" in collector.raw) is content
    assert (found.get("cxai.rule.reason") == "These are words for the staff.") is content
    metrics = httpx.get(f"{proxy.url}/metrics").text
    labels = 'effect="stop_tool_call",mode="enforce",rule="refund-over-limit",tool="issue_refund"'
    assert f"cxai_rules_fired_total{{{labels}}} 1.0" in metrics


@pytest.mark.usefixtures("quick_batches")
def test_where_a_rule_answers_the_trace_shows_what_was_known_and_no_call_of_a_model(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    proxy = start_proxy()
    asked = "I want to talk to a human about the refund for my trip to Lisbon."
    response = proxy.ask(asked, headers={"x-cxai-customer-id": "customer-4711"})
    server = server_span(collector)
    assert wait_for(lambda: bool(collector.named(names.RULE) and collector.named(names.CONTEXT)))
    context, rule = collector.span(names.CONTEXT), collector.span(names.RULE)
    assert context.parent_span_id == rule.parent_span_id == server.span_id
    assert not collector.named("chat test-model")
    assert attributes(context.attributes)["cxai.context.completeness"] == 1.0
    told = attributes(rule.attributes)
    assert (told["cxai.rule.name"], told["cxai.rule.action"]) == ("asks-for-person", "escalate")
    assert "gen_ai.tool.name" not in told
    decided = attributes(server.attributes)
    assert (decided["cxai.decision"], decided["cxai.unverified_reason"]) == ("escalate", "not_asked")
    assert decided["cxai.escalation.ref"] == response.json()["cxai"]["escalation"]["ref"]
    for text in ("Lisbon", "customer-4711"):
        assert text.encode() not in collector.raw


@pytest.mark.usefixtures("quick_batches")
def test_what_left_wrong_is_found_by_its_failures_reference_linked_to_the_answer(
    collector: OtlpReceiver, start_proxy: StartProxy
) -> None:
    """The proxy only watches; a look later the failure is in the ledger, and an engineer finds it by its reference."""
    proxy = start_proxy(policies="routes:\n  - {name: all, mode: observe}", recovery={"look_every_s": 1})
    proxy.provider.answers(INVENTED)
    answer = proxy.ask(QUESTION, headers={"x-cxai-customer-id": "c-1"})
    assert wait_for(lambda: bool(collector.named("failure detected")), 20)
    with proxy.ledger() as ledger:
        (found,) = ledger.failures.in_order("default")
    assert (found.failure.kind, found.failure.customer_id) == ("wrong_claim", "c-1")
    step = collector.span("failure detected")
    told = attributes(step.attributes)
    assert told["cxai.failure.ref"] == found.id
    assert told["cxai.failure.origin_trace_id"] == answer.headers["x-cxai-trace-id"]
    assert told["cxai.response.id"] == answer.headers["x-cxai-response-id"]
    assert [link.trace_id.hex() for link in step.links] == [answer.headers["x-cxai-trace-id"]]
    assert step.trace_id.hex() != answer.headers["x-cxai-trace-id"]
    assert b"90 days" not in collector.raw
