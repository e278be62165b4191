"""One trace per request, and one per later event of an escalation or failure; parents are given, never ambient.

    POST /v1/chat/completions (SERVER)      joined to the client's traceparent, always sampled
    ├── read context                        + an event for each reading that is not fresh
    ├── chat gpt-4o (CLIENT)
    ├── verify claim                        + event gen_ai.evaluation.result
    │   └── retrieval policy_corpus
    └── verify claim ...

Streams and judges' threads outlive the context that started them, so nothing here reads a context variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from opentelemetry._logs import Logger, NoOpLogger
from opentelemetry.context import Context
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from proxy.telemetry import names
from proxy.telemetry.export import Pipeline, drain, logger_provider, sdk_disabled, tracer_provider
from proxy.telemetry.genai import short_name
from proxy.telemetry.spans import W3C, ChatSpan, ClaimSpan, ContextSpan

__all__ = ["ChatSpan", "ClaimSpan", "ContextSpan", "RequestTrace", "Telemetry"]

SHUTDOWN_S = 3.0
MOST_TRACE_ID, MOST_SPAN_ID = (1 << 128) - 1, (1 << 64) - 1
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY"}
)


class Telemetry:
    """What all requests share: the tracer, the logger of events, and whether text may be recorded."""

    def __init__(
        self,
        tracer: Tracer,
        events: Logger,
        *,
        content: bool,
        trust_incoming: bool = True,
        pipelines: tuple[Pipeline, ...] = (),
    ) -> None:
        self.content = content
        self._tracer = tracer
        self._events = events
        self._trust_incoming = trust_incoming
        self._pipelines = pipelines

    @classmethod
    def from_environment(
        cls, *, content: bool, trust_incoming: bool = True, exporter: SpanExporter | None = None
    ) -> Self:
        """Set up export by the standard ``OTEL_*`` variables; ``exporter`` gets every span too, as it ends.

        ``content`` lets prompts, answers, claims and reasons into spans. Without ``trust_incoming`` a
        client's trace is only linked to, and the trace id is ours.
        """
        if sdk_disabled():
            return cls(
                _IdsOnlyTracer(), NoOpLogger(names.SCOPE), content=content, trust_incoming=trust_incoming
            )
        traces, logs = tracer_provider(), logger_provider()
        spans, events = traces[0], logs[0]
        if exporter is not None:
            spans.add_span_processor(SimpleSpanProcessor(exporter))
        return cls(
            spans.get_tracer(names.SCOPE),
            events.get_logger(names.SCOPE),
            content=content,
            trust_incoming=trust_incoming,
            pipelines=(traces, logs),
        )

    def request(self, method: str, route: str, headers: Mapping[str, str]) -> RequestTrace:
        """Open the SERVER span of one request. ``route`` is the path's template; ``headers`` the client's."""
        incoming = {name.lower(): value for name, value in headers.items()}
        parent_context = W3C.extract(incoming, Context())
        parent = get_current_span(parent_context).get_span_context()
        links: list[Link] = []
        if parent.is_valid and not self._trust_incoming:
            links, parent_context = [Link(parent)], Context()
        name, attributes = _server_attributes(method, route, incoming)
        span = self._tracer.start_span(name, parent_context, SpanKind.SERVER, attributes, links)
        return RequestTrace(self._tracer, self._events, span, content=self.content)

    def shadow(self, live: RequestTrace) -> RequestTrace:
        """Open the trace of a copy of a request, linked to the request's own; no customer gets what comes of it."""
        links = [Link(live.span_context)]
        span = self._tracer.start_span(names.SHADOW, Context(), SpanKind.INTERNAL, links=links)
        return RequestTrace(self._tracer, self._events, span, content=self.content)

    def escalation_event(
        self,
        step: str,
        *,
        ref: str,
        trace_id: str | None,
        span_id: str | None,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> str:
        """Record what happened to an escalation later (``claim``, ``answer``); return the new trace id.

        It is a trace of its own, because the request's may be long gone: linked to the answer's span where its ids
        (hex) are known, and found by the same ``cxai.escalation.ref``.
        """
        tags: dict[str, AttributeValue] = {names.ESCALATION_REF: ref, names.ESCALATION_EVENT: step}
        origin, links = _origin(names.ESCALATION_ORIGIN, trace_id, span_id)
        return self._on_its_own(f"{names.ESCALATION} {step}", {**(attributes or {}), **tags, **origin}, links)

    def failure_event(
        self,
        step: str,
        *,
        ref: str,
        kind: str,
        at: datetime,
        trace_id: str | None,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> str:
        """Record a step of a failure, which happened ``at`` a time; return the new trace id.

        Linked to the answer's trace where its id (hex) is known. The span is of now, when the ledger learned of it:
        one of the past would stand where nobody looks.
        """
        tags: dict[str, AttributeValue] = {
            names.FAILURE_REF: ref,
            names.FAILURE_KIND: kind,
            names.FAILURE_STEP: step,
            names.FAILURE_AT: at.isoformat(),
        }
        origin, links = _origin(names.FAILURE_ORIGIN, trace_id)
        return self._on_its_own(f"{names.FAILURE} {step}", {**(attributes or {}), **tags, **origin}, links)

    def _on_its_own(self, name: str, attributes: Mapping[str, AttributeValue], links: list[Link]) -> str:
        span = self._tracer.start_span(name, Context(), SpanKind.INTERNAL, attributes, links)
        span.end()
        return f"{span.get_span_context().trace_id:032x}"

    def shutdown(self, timeout_s: float = SHUTDOWN_S) -> bool:
        """Send what is queued, for at most ``timeout_s``; False where something had to be left behind."""
        return drain(self._pipelines, timeout_s)


class RequestTrace:
    """The SERVER span of one request, and the spans below it."""

    def __init__(self, tracer: Tracer, events: Logger, span: Span, *, content: bool) -> None:
        self._tracer = tracer
        self._events = events
        self._span = span
        self._content = content
        self._response_id: str | None = None
        self._ended = False

    @property
    def trace_id(self) -> str:
        """32 hex digits, as in ``x-cxai-trace-id``."""
        return f"{self._span.get_span_context().trace_id:032x}"

    @property
    def span_context(self) -> SpanContext:
        """What links lead to."""
        return self._span.get_span_context()

    @property
    def span_id(self) -> str:
        """16 hex digits."""
        return f"{self._span.get_span_context().span_id:016x}"

    def chat(
        self,
        *,
        model: str,
        provider: str,
        address: str,
        port: int | None,
        stream: bool,
        body: Mapping[str, Any],
        conversation_id: str | None = None,
        operation: str = names.CHAT,
        api: str | None = None,
    ) -> ChatSpan:
        """Open the span of one call of the model; ``body`` is what is sent to it."""
        return ChatSpan(
            self._tracer,
            self._span,
            model=model,
            provider=provider,
            address=address,
            port=port,
            stream=stream,
            body=body,
            content=self._content,
            conversation_id=conversation_id,
            operation=operation,
            api=api,
        )

    def context(self) -> ContextSpan:
        """Open the span of reading what is known of the customer."""
        return ContextSpan(self._tracer, self._span, content=self._content)

    def claim(self, *, choice: int, kind: str, text: str) -> ClaimSpan:
        """Open the span of judging one claim of one choice."""
        return ClaimSpan(
            self._tracer,
            self._events,
            self._span,
            choice=choice,
            kind=kind,
            text=text,
            content=self._content,
            response_id=self._response_id,
        )

    def rule_fired(
        self,
        *,
        rule: str,
        effect: str,
        action: str | None,
        evaluated: bool,
        reason: str,
        tool: str | None = None,
        call_id: str | None = None,
        arguments: str | None = None,
    ) -> None:
        """Record that a rule fired, and on which call of a tool; why, and the arguments, only with content on."""
        attributes: dict[str, AttributeValue | None] = {
            names.RULE_NAME: rule,
            names.RULE_EFFECT: effect,
            names.RULE_ACTION: action,
            names.RULE_EVALUATED: evaluated,
            names.TOOL_NAME: tool and short_name(tool),
            names.TOOL_CALL_ID: call_id and short_name(call_id),
        }
        if self._content:
            attributes |= {names.TOOL_CALL_ARGUMENTS: arguments, names.RULE_REASON: reason}
        self._below(names.RULE, attributes)

    def answering(self, response_id: str) -> None:
        """Name the answer, so that its claims' evaluation events name it too."""
        self._response_id = response_id
        self._span.set_attribute(names.ANSWER_ID, response_id)

    def escalated(self, ref: str) -> None:
        """Tag the request with the reference that the customer is told."""
        self._tag({names.ESCALATION_REF: ref})

    def unverified(self, reason: str) -> None:
        """Record that the request ends without an answer, and so without one that was verified."""
        self._tag({names.VERIFIED: False, names.UNVERIFIED_REASON: short_name(reason)})

    def finished(
        self,
        *,
        decision: str,
        verified: bool,
        unverified_reason: str | None = None,
        confidence: float | None = None,
        tenant: str | None = None,
        route: str | None = None,
        mode: str | None = None,
        streamed: bool | None = None,
        response_id: str | None = None,
        conversation_id: str | None = None,
        claims: int | None = None,
        reasked: int | None = None,
        corpus_version: str | None = None,
        rules_version: str | None = None,
        verifier_version: str | None = None,
        escalation_ref: str | None = None,
        owner: str | None = None,
        candidate: str | None = None,
        arm: str | None = None,
    ) -> None:
        """Record what was decided about the answer; None leaves an attribute out.

        It goes on the SERVER span; where that has ended, because the answer was judged after it had left, on
        a child span of its own.
        """
        decided: dict[str, AttributeValue | None] = {
            names.DECISION: decision,
            names.VERIFIED: verified,
            names.UNVERIFIED_REASON: unverified_reason,
            names.CONFIDENCE: confidence,
            names.TENANT: tenant,
            names.POLICY_ROUTE: route,
            names.MODE: mode,
            names.STREAMED: streamed,
            names.ANSWER_ID: response_id,
            names.CONVERSATION_ID: short_name(conversation_id) if conversation_id else None,
            names.CLAIM_COUNT: claims,
            names.REASKED: reasked,
            names.CORPUS_VERSION: corpus_version,
            names.RULES_VERSION: rules_version,
            names.VERIFIER_VERSION: verifier_version,
            names.ESCALATION_REF: escalation_ref,
            names.OWNER: owner,
            names.CANDIDATE: candidate,
            names.ARM: arm,
        }
        self._tag({name: value for name, value in decided.items() if value is not None})

    def end(self, status_code: int, error_type: str | None = None) -> None:
        """End the SERVER span (a second call does nothing). A 5xx or an ``error_type`` marks it as failed."""
        if self._ended:
            return
        self._ended = True
        self._span.set_attribute(names.HTTP_STATUS, status_code)
        if error_type or status_code >= 500:
            self._span.set_attribute(names.ERROR_TYPE, short_name(error_type or status_code))
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()

    def _below(self, name: str, attributes: Mapping[str, AttributeValue | None]) -> None:
        """A span below the request's for something that takes no time."""
        told = {key: value for key, value in attributes.items() if value is not None}
        parent = set_span_in_context(self._span, Context())
        self._tracer.start_span(name, parent, attributes=told).end()

    def _tag(self, attributes: Mapping[str, AttributeValue]) -> None:
        if not self._ended:
            self._span.set_attributes(attributes)
            return
        self._below(names.OBSERVED, attributes)


class _IdsOnlyTracer(NoOpTracer):
    """For ``OTEL_SDK_DISABLED``: records nothing, but every answer still has a trace id for the logs."""

    _ids = RandomIdGenerator()

    def start_span(self, name: str, context: Context | None = None, *args: Any, **kwargs: Any) -> Span:
        parent = get_current_span(context).get_span_context()
        return NonRecordingSpan(
            SpanContext(
                trace_id=parent.trace_id if parent.is_valid else self._ids.generate_trace_id(),
                span_id=self._ids.generate_span_id(),
                is_remote=False,
                trace_flags=parent.trace_flags if parent.is_valid else TraceFlags.get_default(),
                trace_state=parent.trace_state if parent.is_valid else None,
            )
        )


def _server_attributes(
    method: str, route: str, headers: Mapping[str, str]
) -> tuple[str, dict[str, AttributeValue]]:
    """The SERVER span's name and attributes. A method nobody knows is ``_OTHER``, so that names stay few."""
    known = method.upper() in _METHODS
    attributes: dict[str, AttributeValue] = {
        names.HTTP_METHOD: method.upper() if known else "_OTHER",
        names.HTTP_ROUTE: route,
        names.URL_PATH: route,
        names.URL_SCHEME: headers.get("x-forwarded-proto", "http")[:8],
    }
    if not known:
        attributes[names.HTTP_METHOD_ORIGINAL] = short_name(method)
    if agent := headers.get("user-agent"):
        attributes[names.USER_AGENT] = short_name(agent)
    attributes |= _server_address(headers.get("host", ""))
    return f"{method.upper() if known else 'HTTP'} {route}", attributes


def _server_address(host: str) -> dict[str, AttributeValue]:
    try:
        parts = urlsplit(f"//{host}")
        address, port = parts.hostname, parts.port
    except ValueError:
        return {}
    found: dict[str, AttributeValue] = {}
    if address:
        found[names.SERVER_ADDRESS] = short_name(address)
    if port is not None:
        found[names.SERVER_PORT] = port
    return found


def _origin(
    named: str, trace_id: str | None, span_id: str | None = None
) -> tuple[dict[str, AttributeValue], list[Link]]:
    """The attribute that names the answer's trace, and a link to it; neither where its id is missing or not hex.

    A link to a whole trace, of which no span is known, is kept for its attributes.
    """
    trace, span = _number(trace_id, MOST_TRACE_ID), _number(span_id, MOST_SPAN_ID)
    if not trace:
        return {}, []
    tags: dict[str, AttributeValue] = {named: f"{trace:032x}"}
    return tags, [Link(SpanContext(trace, span, True, TraceFlags(TraceFlags.SAMPLED)), tags)]


def _number(hexadecimal: str | None, most: int) -> int:
    """What hex digits say; 0 where they are none, or too many."""
    try:
        number = int(hexadecimal or "0", 16)
    except ValueError:
        return 0
    return number if 0 < number <= most else 0
