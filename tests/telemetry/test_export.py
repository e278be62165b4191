"""Where telemetry goes by the OTEL_* variables, and what a dead, slow or refusing collector costs."""

from __future__ import annotations

import logging
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from telemetry.log_lines import LogLines
from telemetry.otlp_receiver import OtlpReceiver, attributes, wait_for

from proxy.telemetry.export import Outage, QuietSpanExporter, exporter_for
from proxy.telemetry.tracing import Telemetry

BODY = {"messages": [{"role": "user", "content": "hello"}]}


def one_request(telemetry: Telemetry) -> float:
    """A request with six claims; the seconds that tracing it took."""
    started = time.perf_counter()
    request = telemetry.request("POST", "/v1/chat/completions", {})
    with request.chat(model="m", provider="openai", address="a", port=1, stream=False, body=BODY) as chat:
        chat.response(id="1", model="m", finish_reasons=["stop"], usage={"prompt_tokens": 1})
    for choice in range(6):
        with request.claim(choice=choice, kind="policy", text="A claim.") as claim:
            with claim.retrieval(8, 8) as retrieval:
                retrieval.hits(["a#1"] * 8, [0.5] * 8)
            claim.verdict("supported", 0.9, "a", "b", "c", "deliver")
    request.finished(decision="deliver", verified=True)
    request.end(200)
    return time.perf_counter() - started


def exporting_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("OtelBatch")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def quick_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_BLRP_SCHEDULE_DELAY", "20")


def test_a_plain_start_exports_nothing_and_tries_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: attempts.append(address))
    telemetry = Telemetry.from_environment(content=False)
    one_request(telemetry)
    assert telemetry.shutdown(5)
    assert attempts == []


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, "none"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4318"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://jaeger:4318/v1/traces"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://loki:4318/v1/logs"}, "none"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": " Console "}, "console"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4318"}, "none"),
        ({"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4318"}, "none"),
    ],
)
def test_the_exporter_follows_the_standard_variables(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], chosen: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert exporter_for("traces") == chosen


def test_logs_can_be_turned_off_for_jaeger(collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "none")
    telemetry = Telemetry.from_environment(content=False)
    one_request(telemetry)
    assert telemetry.shutdown(5)
    assert len(collector.spans) == 14
    assert collector.records == []


def test_service_name_attributes_and_headers_come_from_the_environment(
    collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "airline-chat")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=blue")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    telemetry = Telemetry.from_environment(content=False)
    one_request(telemetry)
    assert telemetry.shutdown(5)
    assert collector.resource["service.name"] == "airline-chat"
    assert collector.resource["deployment.environment.name"] == "staging"
    assert collector.headers[0]["x-tenant"] == "blue"
    assert collector.headers[0]["content-encoding"] == "gzip"


def test_the_service_is_called_cxai_proxy_by_default(collector: OtlpReceiver) -> None:
    telemetry = Telemetry.from_environment(content=False)
    one_request(telemetry)
    assert telemetry.shutdown(5)
    assert collector.resource["service.name"] == "cxai-proxy"
    assert re.match(r"\d+\.\d+|unknown", collector.resource["service.version"])


def test_a_disabled_sdk_sends_nothing_but_answers_keep_a_trace_id(
    collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    telemetry = Telemetry.from_environment(content=False)
    request = telemetry.request("POST", "/x", {})
    other = telemetry.request("POST", "/x", {})
    with request.chat(model="m", provider="openai", address="a", port=1, stream=False, body={}) as chat:
        assert chat.propagation_headers()["traceparent"].split("-")[1] == request.trace_id
    one_request(telemetry)
    assert telemetry.shutdown(5)
    assert re.fullmatch("[0-9a-f]{32}", request.trace_id)
    assert int(request.trace_id, 16) != 0
    assert request.trace_id != other.trace_id
    joined = telemetry.request("GET", "/x", {"traceparent": f"00-{'1' * 32}-{'2' * 16}-00"})
    assert joined.trace_id == "1" * 32
    assert collector.headers == []


def test_grpc_is_answered_with_what_to_do(
    collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    Telemetry.from_environment(content=False).shutdown(5)
    assert all("4318" in line["event"] and line["value"] == "grpc" for line in log_lines())
    assert len(log_lines()) == 2


@pytest.mark.usefixtures("quick_batches")
def test_a_dead_collector_costs_one_log_line_and_no_time(
    monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    running_before = exporting_threads()
    healthy = Telemetry.from_environment(content=False)
    dead = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", dead)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    broken = Telemetry.from_environment(content=False)

    without, against = [], []
    for _ in range(150):
        without.append(one_request(healthy))
        against.append(one_request(broken))
    assert wait_for(lambda: len(log_lines()) >= 2)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        one_request(broken)
        time.sleep(0.02)
    lines = [line for line in log_lines() if not line["event"].startswith("Queue full")]
    started = time.monotonic()
    broken.shutdown(1)
    took_s = time.monotonic() - started
    assert wait_for(lambda: exporting_threads() <= running_before)

    assert sorted(line["signal"] for line in lines) == ["logs", "traces"]
    assert all(line["reason"] and line["endpoint"] == dead for line in lines)
    assert "Traceback" not in log_lines.text
    assert took_s < 1.5
    # A request takes some hundred milliseconds; what is compared here is tracing alone, well below one.
    ratio = statistics.median(against) / statistics.median(without)
    print(f"tracing against a dead collector: {statistics.median(against) * 1000:.2f} ms, ratio {ratio:.2f}")
    assert statistics.median(against) < 0.02
    assert ratio < 4


@pytest.mark.usefixtures("quick_batches")
def test_a_slow_collector_delays_neither_requests_nor_the_exit(collector: OtlpReceiver) -> None:
    collector.delay_s = 4.0
    telemetry = Telemetry.from_environment(content=False)
    one_request(telemetry)
    assert wait_for(lambda: collector.waiting > 0)
    slowest = max(one_request(telemetry) for _ in range(50))
    assert collector.spans == []
    started = time.monotonic()
    drained = telemetry.shutdown(0.3)
    assert time.monotonic() - started < 1.0
    assert not drained
    assert slowest < 0.5


@pytest.mark.usefixtures("quick_batches")
def test_an_outage_is_reported_once_and_so_is_its_end(
    collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "none")
    collector.status = 400
    telemetry = Telemetry.from_environment(content=False)
    for count in range(1, 4):
        one_request(telemetry)
        assert wait_for(lambda count=count: len(collector.headers) >= count)
    assert wait_for(lambda: len(log_lines()) == 1)
    collector.status = 200
    assert wait_for(lambda: bool(one_request(telemetry) and collector.spans))
    assert wait_for(lambda: len(log_lines()) == 2)
    began, ended = log_lines()
    assert "cannot be exported" in began["event"]
    assert "400" in began["reason"]
    assert "exported again" in ended["event"]
    assert ended["lost"] >= 14
    telemetry.shutdown(5)


def test_an_outage_is_recalled_after_its_interval(log_lines: LogLines) -> None:
    class Refusing(InMemorySpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.FAILURE

    outage = Outage("traces", reminder_s=0.05)
    exporter = QuietSpanExporter(Refusing(), outage)
    exporter.export([])
    exporter.export([])
    assert len(log_lines()) == 1
    time.sleep(0.06)
    exporter.export([])
    assert len(log_lines()) == 2
    exporter.shutdown()


def test_a_full_queue_drops_spans_and_says_so_once(
    collector: OtlpReceiver, monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "none")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "20")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    # The SDK's own filter would do for 20 s; an outage lasts longer.
    monkeypatch.setattr(logging.getLogger("opentelemetry.sdk._shared_internal"), "filters", [])
    collector.delay_s = 0.5
    telemetry = Telemetry.from_environment(content=False)
    for _ in range(30):
        one_request(telemetry)
    telemetry.shutdown(0.1)
    assert [line["event"] for line in log_lines()] == ["Queue full, dropping Span."]


def test_an_exit_without_a_collector_is_quick_and_the_console_shows_spans() -> None:
    code = (
        "from proxy.telemetry.tracing import Telemetry\n"
        "t = Telemetry.from_environment(content=False)\n"
        "t.request('GET', '/healthz', {}).end(200)\n"
        "t.shutdown(1)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment["OTEL_TRACES_EXPORTER"] = "console"
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{free_port()}"
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=30, check=True
    )
    assert time.monotonic() - started < 10
    assert '"http.route": "/healthz"' in done.stdout


def test_two_apps_in_one_process_do_not_share_their_spans(collector: OtlpReceiver) -> None:
    exporter = InMemorySpanExporter()
    one = Telemetry.from_environment(content=False, exporter=exporter)
    two = Telemetry.from_environment(content=False)
    one.request("GET", "/one", {}).end(200)
    two.request("GET", "/two", {}).end(200)
    assert one.shutdown(5)
    assert [span.name for span in exporter.get_finished_spans()] == ["GET /one"]
    assert two.shutdown(5)
    assert {span.name for span in collector.spans} == {"GET /one", "GET /two"}
    assert attributes(collector.span("GET /two").attributes)["http.route"] == "/two"
