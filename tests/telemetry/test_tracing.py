"""What arrives at an OTLP receiver when a request is traced: the tree, the names, and no text unless asked for."""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry import baggage, context
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from telemetry.otlp_receiver import OtlpReceiver, attributes

from proxy.telemetry import names
from proxy.telemetry.tracing import RequestTrace, Telemetry

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
SAMPLED = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01", "tracestate": "vendor=abc"}
UNSAMPLED = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"}

SECRET = "bereavement fare within 90 days"
BODY: dict[str, Any] = {
    "model": "gpt-4o",
    "messages": [{"role": "user", "content": f"Can I get the {SECRET}?"}],
    "temperature": 0.2,
    "max_tokens": 300,
    "n": 2,
    "stop": [f"STOP {SECRET}"],
    "response_format": {"type": "json_object"},
}
USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 40,
    "prompt_tokens_details": {"cached_tokens": 100},
    "completion_tokens_details": {"reasoning_tokens": 8},
}


def traced_request(telemetry: Telemetry, headers: Mapping[str, str] | None = None) -> RequestTrace:
    """One request as the proxy makes it: a streamed call of the model, two claims, an escalation."""
    request = telemetry.request("POST", "/v1/chat/completions", headers or {})
    request.answering("cxr-1")
    with request.chat(
        model="gpt-4o", provider="openai", address="api.openai.com", port=443, stream=True, body=BODY
    ) as chat:
        chat.first_chunk()
        chat.response(
            id="chatcmpl-1",
            model="gpt-4o-2024-08-06",
            finish_reasons=["stop", None],
            usage=USAGE,
            messages=[{"role": "assistant", "content": f"Yes: the {SECRET}."}],
        )
    with request.claim(choice=0, kind="policy", text=f"You get the {SECRET}.") as claim:
        with claim.retrieval(query_chars=30, top_k=8) as retrieval:
            retrieval.hits(["airline/bereavement#4", "airline/refunds#1"], [0.91, 0.33333])
        claim.verdict(
            "contradicted",
            0.03,
            document="airline/bereavement",
            section="Bereavement fares › After travel",
            reason=f"policy: not after travel; answer: {SECRET}",
            action="escalate",
        )
    with request.claim(choice=1, kind="policy", text="Second.") as claim:
        claim.unverified("timeout", "escalate")
    request.escalated("CX-7K3F-92QD")
    request.finished(
        decision="escalate",
        verified=False,
        unverified_reason="timeout",
        confidence=0.03,
        route="default",
        mode="enforce",
        conversation_id="conv-9",
        corpus_version="c-0123",
    )
    request.end(200)
    return request


def send(
    headers: Mapping[str, str] | None = None, *, content: bool = False, trust: bool = True
) -> RequestTrace:
    telemetry = Telemetry.from_environment(content=content, trust_incoming=trust)
    request = traced_request(telemetry, headers)
    assert telemetry.shutdown(5)
    return request


def test_a_request_is_one_tree_under_its_server_span(collector: OtlpReceiver) -> None:
    request = send()

    server = collector.span("POST /v1/chat/completions")
    chat = collector.span("chat gpt-4o")
    claims = collector.named(names.CLAIM)
    retrieval = collector.span("retrieval policy_corpus")

    assert len(collector.spans) == 5
    assert {span.trace_id.hex() for span in collector.spans} == {request.trace_id}
    assert server.span_id.hex() == request.span_id
    assert server.parent_span_id == b""
    assert [span.parent_span_id for span in (chat, *claims)] == [server.span_id] * 3
    assert retrieval.parent_span_id in {claim.span_id for claim in claims}
    assert server.kind == Span.SPAN_KIND_SERVER
    assert chat.kind == Span.SPAN_KIND_CLIENT
    assert retrieval.kind == Span.SPAN_KIND_INTERNAL


def test_the_chat_span_speaks_the_genai_conventions(collector: OtlpReceiver) -> None:
    send()

    found = attributes(collector.span("chat gpt-4o").attributes)
    first_chunk_s = found.pop("gen_ai.response.time_to_first_chunk")
    assert 0 <= first_chunk_s < 1
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 300,
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.stream": True,
        "gen_ai.output.type": "json",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.reasoning.output_tokens": 8,
        "server.address": "api.openai.com",
        "server.port": 443,
    }


def test_the_server_span_says_what_was_decided(collector: OtlpReceiver) -> None:
    send({"host": "proxy.example:8080", "user-agent": "openai-python/1.60"})

    found = attributes(collector.span("POST /v1/chat/completions").attributes)
    expected = {
        "http.request.method": "POST",
        "http.route": "/v1/chat/completions",
        "url.path": "/v1/chat/completions",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "server.address": "proxy.example",
        "server.port": 8080,
        "user_agent.original": "openai-python/1.60",
        "cxai.decision": "escalate",
        "cxai.verified": False,
        "cxai.unverified_reason": "timeout",
        "cxai.confidence": 0.03,
        "cxai.route": "default",
        "cxai.mode": "enforce",
        "cxai.response.id": "cxr-1",
        "cxai.corpus.version": "c-0123",
        "cxai.escalation.ref": "CX-7K3F-92QD",
        "gen_ai.conversation.id": "conv-9",
    }
    assert found == expected


def test_a_claims_verdict_is_on_its_span_because_jaeger_stores_no_logs(collector: OtlpReceiver) -> None:
    send()

    found = [attributes(span.attributes) for span in collector.named(names.CLAIM)]
    judged = next(one for one in found if one["cxai.claim.choice"] == 0)
    assert judged == {
        "cxai.claim.choice": 0,
        "cxai.claim.kind": "policy",
        "cxai.claim.chars": 44,
        "cxai.claim.verdict": "contradicted",
        "cxai.claim.confidence": 0.03,
        "cxai.claim.document": "airline/bereavement",
        "cxai.claim.section": "Bereavement fares › After travel",
        "cxai.claim.action": "escalate",
        "gen_ai.evaluation.name": "groundedness",
        "gen_ai.evaluation.score.value": 0.03,
        "gen_ai.evaluation.score.label": "contradicted",
        "gen_ai.evaluation.explanation": "contradicted by airline/bereavement › Bereavement fares › After travel",
    }
    unjudged = next(one for one in found if one["cxai.claim.choice"] == 1)
    assert unjudged["cxai.claim.verdict"] == "unverified"
    assert unjudged["cxai.unverified_reason"] == "timeout"
    assert "cxai.claim.confidence" not in unjudged


def test_each_claims_evaluation_arrives_as_an_event_in_the_claims_span(collector: OtlpReceiver) -> None:
    send()

    claims = {attributes(span.attributes)["cxai.claim.choice"]: span for span in collector.named(names.CLAIM)}
    assert [record.event_name for record in collector.records] == ["gen_ai.evaluation.result"] * 2
    judged, unjudged = collector.records
    assert judged.span_id == claims[0].span_id
    assert judged.trace_id == claims[0].trace_id
    assert judged.flags & 1
    assert attributes(judged.attributes) == {
        "gen_ai.evaluation.name": "groundedness",
        "gen_ai.evaluation.score.value": 0.03,
        "gen_ai.evaluation.score.label": "contradicted",
        "gen_ai.evaluation.explanation": "contradicted by airline/bereavement › Bereavement fares › After travel",
        "gen_ai.response.id": "cxr-1",
    }
    assert unjudged.span_id == claims[1].span_id
    assert attributes(unjudged.attributes)["error.type"] == "timeout"


def test_retrieval_records_ids_and_scores(collector: OtlpReceiver) -> None:
    send()

    found = attributes(collector.span("retrieval policy_corpus").attributes)
    assert json.loads(found.pop("gen_ai.retrieval.documents")) == [
        {"id": "airline/bereavement#4", "score": 0.91},
        {"id": "airline/refunds#1", "score": 0.3333},
    ]
    assert found == {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "policy_corpus",
        "gen_ai.retrieval.top_k": 8,
        "cxai.retrieval.query_chars": 30,
        "cxai.retrieval.count": 2,
    }


def test_no_text_leaves_unless_it_is_asked_for(collector: OtlpReceiver) -> None:
    telemetry = Telemetry.from_environment(content=False)
    request = traced_request(telemetry)
    with request.chat(model="m", provider="openai", address="a", port=None, stream=False, body=BODY) as chat:
        chat.failed("400", f"Invalid prompt: {SECRET}")
    with pytest.raises(ValueError), request.claim(choice=0, kind="policy", text=SECRET):
        raise ValueError(f"could not judge {SECRET}")
    telemetry.shutdown(5)

    assert collector.raw
    assert SECRET.encode() not in collector.raw


def test_with_the_switch_prompts_answers_claims_and_reasons_are_there(collector: OtlpReceiver) -> None:
    send(content=True)

    chat = attributes(collector.span("chat gpt-4o").attributes)
    assert json.loads(chat["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": f"Can I get the {SECRET}?"}]}
    ]
    assert json.loads(chat["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": f"Yes: the {SECRET}."}],
            "finish_reason": "stop",
        }
    ]
    assert chat["gen_ai.request.stop_sequences"] == [f"STOP {SECRET}"]
    claim = next(
        found
        for found in (attributes(span.attributes) for span in collector.named(names.CLAIM))
        if found["cxai.claim.choice"] == 0
    )
    assert claim["cxai.claim.text"] == f"You get the {SECRET}."
    assert claim["cxai.claim.reason"] == claim["gen_ai.evaluation.explanation"]
    assert SECRET in attributes(collector.records[0].attributes)["gen_ai.evaluation.explanation"]


def test_a_trusted_clients_trace_is_joined(collector: OtlpReceiver) -> None:
    request = send(SAMPLED)

    server = collector.span("POST /v1/chat/completions")
    assert request.trace_id == TRACE_ID
    assert server.trace_id.hex() == TRACE_ID
    assert server.parent_span_id.hex() == PARENT_ID
    assert server.trace_state == "vendor=abc"


def test_header_names_count_in_any_case(collector: OtlpReceiver) -> None:
    assert send({"Traceparent": SAMPLED["traceparent"]}).trace_id == TRACE_ID


def test_a_client_that_does_not_sample_cannot_lose_our_trace(collector: OtlpReceiver) -> None:
    send(UNSAMPLED)

    server = collector.span("POST /v1/chat/completions")
    assert server.trace_id.hex() == TRACE_ID
    assert server.parent_span_id.hex() == PARENT_ID
    assert len(collector.spans) == 5
    assert len(collector.records) == 2


def test_no_sampler_variable_can_lose_our_trace(
    collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    send()
    assert len(collector.spans) == 5


@pytest.mark.parametrize("headers", [SAMPLED, UNSAMPLED])
def test_an_untrusted_clients_trace_is_only_linked(collector: OtlpReceiver, headers: dict[str, str]) -> None:
    request = send(headers, trust=False)

    server = collector.span("POST /v1/chat/completions")
    assert request.trace_id != TRACE_ID
    assert server.parent_span_id == b""
    assert server.trace_state == ""
    (link,) = server.links
    assert (link.trace_id.hex(), link.span_id.hex()) == (TRACE_ID, PARENT_ID)


@pytest.mark.parametrize(
    "header", ["", "garbage", f"00-{'0' * 32}-{PARENT_ID}-01", f"00-{TRACE_ID}-{PARENT_ID}", "00-é-é-01"]
)
def test_a_broken_traceparent_starts_a_trace_of_its_own(header: str) -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry.from_environment(content=False, exporter=exporter)
    traced_request(telemetry, {"traceparent": header})
    server = next(span for span in exporter.get_finished_spans() if span.kind.name == "SERVER")
    assert server.parent is None
    assert server.links == ()


def test_the_provider_is_told_the_trace_but_no_baggage() -> None:
    telemetry = Telemetry.from_environment(content=False)
    token = context.attach(baggage.set_baggage("customer", "alice"))
    try:
        request = telemetry.request("POST", "/v1/chat/completions", {**SAMPLED, "baggage": "customer=alice"})
        with request.chat(model="m", provider="openai", address="a", port=1, stream=False, body={}) as chat:
            headers = chat.propagation_headers()
    finally:
        context.detach(token)
    assert headers == {"traceparent": f"00-{TRACE_ID}-{chat.span_id}-01", "tracestate": "vendor=abc"}


def test_an_unsampled_client_is_forwarded_upstream_as_sampled() -> None:
    request = Telemetry.from_environment(content=False).request("POST", "/x", UNSAMPLED)
    with request.chat(model="m", provider="openai", address="a", port=1, stream=False, body={}) as chat:
        assert chat.propagation_headers()["traceparent"].endswith("-01")


def test_parents_do_not_depend_on_the_thread_or_the_ambient_context(collector: OtlpReceiver) -> None:
    telemetry = Telemetry.from_environment(content=False)
    one, two = (telemetry.request("POST", f"/{name}", {}) for name in ("one", "two"))

    def judge(request: RequestTrace, text: str) -> None:
        with request.claim(choice=0, kind="policy", text=text) as claim, claim.retrieval(3, 8) as found:
            found.hits([], [])

    threads = [
        threading.Thread(target=contextvars.Context().run, args=(judge, request, "x" * length))
        for length, request in enumerate([one, two] * 10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.end(200)
    two.end(200)
    telemetry.shutdown(5)

    for request, remainder in ((one, 0), (two, 1)):
        claims = [
            span for span in collector.named(names.CLAIM) if span.parent_span_id.hex() == request.span_id
        ]
        lengths = {attributes(span.attributes)["cxai.claim.chars"] for span in claims}
        assert lengths == set(range(remainder, 20, 2))
        assert {span.trace_id.hex() for span in claims} == {request.trace_id}
    assert len(collector.named("retrieval")) == 20


def test_a_failure_is_named_without_its_text(collector: OtlpReceiver) -> None:
    telemetry = Telemetry.from_environment(content=False)
    request = telemetry.request("POST", "/v1/chat/completions", {})
    with (
        pytest.raises(TimeoutError),
        request.chat(model="m", provider="openai", address="a", port=1, stream=False, body={}),
    ):
        raise TimeoutError("secret words")
    request.end(504, "upstream_timeout")
    telemetry.shutdown(5)

    chat, server = collector.span("chat m"), collector.span("POST /v1/chat/completions")
    assert attributes(chat.attributes)["error.type"] == "TimeoutError"
    assert (chat.status.code, chat.status.message) == (Status.STATUS_CODE_ERROR, "")
    (event,) = chat.events
    assert (event.name, attributes(event.attributes)) == ("exception", {"exception.type": "TimeoutError"})
    assert attributes(server.attributes)["error.type"] == "upstream_timeout"
    assert server.status.code == Status.STATUS_CODE_ERROR


@pytest.mark.parametrize(("status", "failed"), [(200, False), (404, False), (429, False), (500, True)])
def test_only_our_own_failures_mark_the_server_span(status: int, failed: bool) -> None:
    exporter = InMemorySpanExporter()
    Telemetry.from_environment(content=False, exporter=exporter).request("GET", "/x", {}).end(status)
    (span,) = exporter.get_finished_spans()
    assert (span.status.status_code.name == "ERROR") is failed
    assert (dict(span.attributes or {}).get("error.type") == str(status)) is failed


def test_spans_end_once(collector: OtlpReceiver) -> None:
    telemetry = Telemetry.from_environment(content=False)
    request = telemetry.request("POST", "/x", {})
    chat = request.chat(model="m", provider="openai", address="a", port=1, stream=True, body={})
    with chat:
        chat.end()
    chat.end()
    request.end(200)
    request.end(500)
    telemetry.shutdown(5)
    assert len(collector.spans) == 2
    assert attributes(collector.span("POST /x").attributes)["http.response.status_code"] == 200


def test_what_is_observed_after_the_answer_left_is_still_in_its_trace(collector: OtlpReceiver) -> None:
    telemetry = Telemetry.from_environment(content=False)
    request = telemetry.request("POST", "/x", {})
    request.end(200)
    with request.claim(choice=0, kind="policy", text="Late.") as claim:
        claim.verdict("unsupported", 0.2)
    request.finished(decision="rewrite", verified=True, mode="observe")
    telemetry.shutdown(5)

    observed, server = collector.span("observe answer"), collector.span("POST /x")
    assert observed.parent_span_id == server.span_id
    assert attributes(observed.attributes) == {
        "cxai.decision": "rewrite",
        "cxai.verified": True,
        "cxai.mode": "observe",
    }
    assert collector.span(names.CLAIM).parent_span_id == server.span_id


def test_what_happens_to_an_escalation_later_is_a_linked_trace_with_its_reference(
    collector: OtlpReceiver,
) -> None:
    telemetry = Telemetry.from_environment(content=False)
    request = traced_request(telemetry)
    later = telemetry.escalation_event(
        "answer",
        ref="CX-7K3F-92QD",
        trace_id=request.trace_id,
        span_id=request.span_id,
        attributes={"cxai.escalation.status": "answered"},
    )
    telemetry.shutdown(5)

    event = collector.span("escalation answer")
    assert event.trace_id.hex() == later != request.trace_id
    (link,) = event.links
    assert (link.trace_id.hex(), link.span_id.hex()) == (request.trace_id, request.span_id)
    assert attributes(event.attributes) == {
        "cxai.escalation.ref": "CX-7K3F-92QD",
        "cxai.escalation.event": "answer",
        "cxai.escalation.origin_trace_id": request.trace_id,
        "cxai.escalation.status": "answered",
    }
    tagged = [s for s in collector.spans if attributes(s.attributes).get("cxai.escalation.ref")]
    assert {span.trace_id.hex() for span in tagged} == {request.trace_id, later}


@pytest.mark.parametrize("trace_id", [None, "", "xyz", "0" * 32, "f" * 33])
def test_an_escalation_whose_trace_is_unknown_is_traced_without_a_link(trace_id: str | None) -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry.from_environment(content=False, exporter=exporter)
    telemetry.escalation_event("claim", ref="CX-1", trace_id=trace_id, span_id="1")
    (span,) = exporter.get_finished_spans()
    assert span.links == ()
    assert dict(span.attributes or {})["cxai.escalation.ref"] == "CX-1"


def test_a_step_of_a_failure_is_a_trace_of_its_own_with_a_link_to_the_answers(
    collector: OtlpReceiver,
) -> None:
    telemetry = Telemetry.from_environment(content=False)
    request = traced_request(telemetry)
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    later = telemetry.failure_event(
        "detected",
        ref="FL-7K3F-92QD-X4MN",
        kind="wrong_claim",
        at=at,
        trace_id=request.trace_id,
        attributes={names.ANSWER_ID: "cxr-1"},
    )
    telemetry.shutdown(5)

    event = collector.span("failure detected")
    assert event.trace_id.hex() == later != request.trace_id
    (link,) = event.links
    assert link.trace_id.hex() == request.trace_id
    assert attributes(event.attributes) == {
        "cxai.failure.ref": "FL-7K3F-92QD-X4MN",
        "cxai.failure.kind": "wrong_claim",
        "cxai.failure.step": "detected",
        "cxai.failure.at": "2026-03-01T12:00:00+00:00",
        "cxai.failure.origin_trace_id": request.trace_id,
        "cxai.response.id": "cxr-1",
    }


def test_names_from_outside_are_short_and_methods_few() -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry.from_environment(content=False, exporter=exporter)
    request = telemetry.request("BREW\n", "/x", {"host": "[broken", "user-agent": "a" * 5000})
    request.chat(
        model="m\x00" * 500, provider="openai", address="a", port=1, stream=False, body={"seed": 2**70}
    ).end()
    request.end(405)
    chat, server = exporter.get_finished_spans()
    assert len(chat.name) <= len("chat ") + 128
    assert "\x00" not in chat.name
    assert server.name == "HTTP /x"
    assert dict(server.attributes or {})["http.request.method"] == "_OTHER"
    assert len(str(dict(server.attributes or {})["user_agent.original"])) == 128
