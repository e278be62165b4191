"""Where spans and events go: the ``OTEL_*`` variables, and exporters whose outages cost one log line.

Nothing is exported, and no connection is tried, unless an exporter or an endpoint is configured. The
providers are our own, not the process's global ones, so that several apps in one process stay apart.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import structlog
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    ConsoleLogRecordExporter,
    LogRecordExporter,
    LogRecordExportResult,
)
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from proxy.telemetry import names

log = structlog.get_logger(__name__)

REMINDER_S = 600.0
_EXPORTERS = ("none", "otlp", "console")
_QUEUE_LOGGER = "opentelemetry.sdk._shared_internal"
_OTLP_LOGGERS = {
    "traces": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "logs": "opentelemetry.exporter.otlp.proto.http._log_exporter",
}


def sdk_disabled() -> bool:
    return os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def tracer_provider() -> tuple[TracerProvider, SpanExporter | None]:
    """A provider that samples everything: an escalation's trace must never depend on a client's sampled flag.

    ``OTEL_TRACES_SAMPLER`` is therefore not read; who wants fewer traces drops them in a Collector, where
    what was decided is known.
    """
    provider = TracerProvider(sampler=ALWAYS_ON, resource=_resource(), shutdown_on_exit=False)
    exporter = _span_exporter()
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider, exporter


def logger_provider() -> tuple[LoggerProvider, LogRecordExporter | None]:
    provider = LoggerProvider(resource=_resource(), shutdown_on_exit=False)
    exporter = _log_exporter()
    if exporter is not None:
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    return provider, exporter


Pipeline = tuple[TracerProvider, SpanExporter | None] | tuple[LoggerProvider, LogRecordExporter | None]


def drain(pipelines: Sequence[Pipeline], timeout_s: float) -> bool:
    """Send what is queued, for at most ``timeout_s`` seconds in all; False where something was left behind.

    The SDK's own shutdown waits up to 30 s for a dead collector, so it runs in daemon threads, and an exporter
    that is still trying when the time is up is told to stop.
    """
    threads = [threading.Thread(target=provider.shutdown, daemon=True) for provider, _ in pipelines]
    deadline = time.monotonic() + timeout_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = [exporter for thread, (_, exporter) in zip(threads, pipelines, strict=True) if thread.is_alive()]
    for exporter in late:
        if exporter is not None:
            exporter.shutdown()
    return not late


def exporter_for(signal: str) -> str:
    """``none``, ``otlp`` or ``console`` for ``traces`` or ``logs``, by the standard variables.

    Without ``OTEL_{SIGNAL}_EXPORTER`` a configured endpoint means ``otlp``. A value that we do not have is
    ignored with a warning, as the OpenTelemetry specification asks.
    """
    variable = f"OTEL_{signal.upper()}_EXPORTER"
    chosen = os.environ.get(variable, "").strip().lower()
    if chosen in _EXPORTERS:
        return chosen
    if chosen:
        log.warning(
            "unknown exporter, nothing is exported", variable=variable, value=chosen, known=_EXPORTERS
        )
        return "none"
    return "otlp" if _endpoint(signal) else "none"


class Outage:
    """One signal's exports: says once that they fail, again every ten minutes, and once when they work again.

    The SDK logs each failed attempt; that is held back, and its first message is the reason that we give.
    """

    def __init__(self, signal: str, reminder_s: float = REMINDER_S) -> None:
        self._signal = signal
        self._endpoint = _endpoint(signal)
        self._reminder_s = reminder_s
        self._lost = 0
        self._said_at: float | None = None
        logging.getLogger(_OTLP_LOGGERS[signal]).addFilter(_hold_back)
        logging.getLogger(_QUEUE_LOGGER).addFilter(_Rarely(reminder_s))

    @contextmanager
    def attempt(self, count: int) -> Iterator[Callable[[bool], None]]:
        """One export of ``count`` items; call what it gives with whether they were sent."""
        _attempt.reasons = []
        try:
            yield partial(self._settle, count)
        finally:
            _attempt.reasons = None

    def _settle(self, count: int, sent: bool) -> None:
        if sent:
            if self._said_at is not None:
                log.info("telemetry is exported again", signal=self._signal, lost=self._lost)
            self._lost, self._said_at = 0, None
            return
        self._lost += count
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= self._reminder_s:
            self._said_at = now
            log.warning(
                "telemetry cannot be exported; answers are not affected",
                signal=self._signal,
                endpoint=self._endpoint,
                lost=self._lost,
                reason=next(iter(_attempt.reasons or ()), None),
            )


class _Attempt(threading.local):
    """What the SDK has logged during an export in this thread; None outside of one."""

    reasons: list[str] | None = None


_attempt = _Attempt()


def _hold_back(record: logging.LogRecord) -> bool:
    if _attempt.reasons is None:
        return True
    _attempt.reasons.append(record.getMessage())
    return False


class _Rarely(logging.Filter):
    """Lets a message of the SDK's queue ("Queue full, dropping Span.") through once per reminder interval."""

    def __init__(self, interval_s: float) -> None:
        super().__init__()
        self._interval_s = interval_s
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        message = record.getMessage()
        if now - self._said_at.get(message, -math.inf) < self._interval_s:
            return False
        self._said_at[message] = now
        return True


class QuietSpanExporter(SpanExporter):
    """An exporter of spans whose failures go to an ``Outage``; after ``shutdown`` it drops what comes."""

    def __init__(self, inner: SpanExporter, outage: Outage) -> None:
        self._inner = inner
        self._outage = outage
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._closed:
            return SpanExportResult.FAILURE
        with self._outage.attempt(len(spans)) as settle:
            result = self._inner.export(spans)
            settle(result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        if not self._closed:
            self._closed = True
            self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._inner.force_flush(timeout_millis)


class QuietLogExporter(LogRecordExporter):
    """An exporter of log records whose failures go to an ``Outage``; after ``shutdown`` it drops what comes."""

    def __init__(self, inner: LogRecordExporter, outage: Outage) -> None:
        self._inner = inner
        self._outage = outage
        self._closed = False

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        if self._closed:
            return LogRecordExportResult.FAILURE
        with self._outage.attempt(len(batch)) as settle:
            result = self._inner.export(batch)
            settle(result is LogRecordExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        if not self._closed:
            self._closed = True
            self._inner.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._inner.force_flush(timeout_millis)


def _endpoint(signal: str) -> str | None:
    variables = (f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return next((value for name in variables if (value := os.environ.get(name, "").strip())), None)


def _span_exporter() -> SpanExporter | None:
    chosen = exporter_for("traces")
    if chosen == "console":
        return ConsoleSpanExporter()
    if chosen == "none":
        return None
    _warn_about_protocol("traces")
    # Imported here: it brings `requests`, which a start without a collector need not load.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return QuietSpanExporter(OTLPSpanExporter(), Outage("traces"))


def _log_exporter() -> LogRecordExporter | None:
    chosen = exporter_for("logs")
    if chosen == "console":
        return ConsoleLogRecordExporter()
    if chosen == "none":
        return None
    _warn_about_protocol("logs")
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    return QuietLogExporter(OTLPLogExporter(), Outage("logs"))


def _warn_about_protocol(signal: str) -> None:
    for variable in (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        protocol = os.environ.get(variable, "").strip()
        if protocol and protocol != "http/protobuf":
            log.warning(
                "only http/protobuf is sent; the endpoint must be the collector's HTTP port, usually 4318",
                variable=variable,
                value=protocol,
            )
            return


def _resource() -> Resource:
    """Our service name and version; ``OTEL_SERVICE_NAME`` and ``OTEL_RESOURCE_ATTRIBUTES`` go before."""
    ours = {names.SERVICE_NAME: names.DEFAULT_SERVICE_NAME, names.SERVICE_VERSION: proxy_version()}
    return Resource.create(ours).merge(OTELResourceDetector().detect())


def proxy_version() -> str:
    try:
        return version("cxai-proxy")
    except PackageNotFoundError:
        return "unknown"
