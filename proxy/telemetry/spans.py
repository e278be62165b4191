"""The spans below a request's SERVER span: the call of the model, a claim being judged, evidence being found.

Each is a context manager with an explicit parent, and each knows whether text may be recorded. An exception
that passes through leaves its type on the span, never its message, which may quote the customer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import default_setter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from proxy.telemetry import names
from proxy.telemetry.genai import messages_json, request_attributes, short_name, usage_attributes

W3C = TraceContextTextMapPropagator()


def error_name(error: BaseException | type[BaseException]) -> str:
    """``error.type`` of an exception: ``cancelled`` where the client went away, else the class's name."""
    kind = error if isinstance(error, type) else type(error)
    if issubclass(kind, (asyncio.CancelledError, GeneratorExit)):
        return "cancelled"
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class _ChildSpan:
    """What all of them share: start under a given parent, end once, note errors without their text."""

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        parent: Span,
        *,
        content: bool,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> None:
        self._tracer = tracer
        self._content = content
        # A context made from nothing: no baggage, and nothing that another task has made current.
        self._context = Context()
        parent_context = set_span_in_context(parent, Context())
        self._span = tracer.start_span(name, parent_context, kind, attributes)
        self._context = set_span_in_context(self._span, Context())
        self._ended = False

    @property
    def span_id(self) -> str:
        return f"{self._span.get_span_context().span_id:016x}"

    def failed(self, error_type: str, message: str | None = None) -> None:
        """Mark the span as failed. The message may quote the customer: it is kept only with content on."""
        self._span.set_attribute(names.ERROR_TYPE, short_name(error_type))
        self._span.set_status(Status(StatusCode.ERROR, message if self._content else None))

    def end(self) -> None:
        """End the span; a second call does nothing."""
        if not self._ended:
            self._ended = True
            self._span.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._note_exception(kind)
        self.end()

    def _note_exception(self, kind: type[BaseException]) -> None:
        name = error_name(kind)
        self._span.add_event(names.EXCEPTION_EVENT, {names.EXCEPTION_TYPE: name})
        self.failed(name)

    def _set(self, attributes: Mapping[str, AttributeValue | None]) -> None:
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(name, value)


class ChatSpan(_ChildSpan):
    """The CLIENT span ``chat {model}``, open from sending the request to the last byte of the answer.

    ``operation`` is ``text_completion`` where a prompt is completed; ``api`` is OpenAI's name of the dialect, if any.
    """

    def __init__(
        self,
        tracer: Tracer,
        parent: Span,
        *,
        model: str,
        provider: str,
        address: str,
        port: int | None,
        stream: bool,
        body: Mapping[str, Any],
        content: bool,
        conversation_id: str | None = None,
        operation: str = names.CHAT,
        api: str | None = None,
    ) -> None:
        attributes: dict[str, AttributeValue] = {
            names.OPERATION: operation,
            names.PROVIDER: provider,
            names.REQUEST_MODEL: short_name(model),
            names.SERVER_ADDRESS: address,
            **request_attributes(body, content=content),
        }
        if port is not None:
            attributes[names.SERVER_PORT] = port
        if stream:
            attributes[names.REQUEST_STREAM] = True
        if conversation_id:
            attributes[names.CONVERSATION_ID] = short_name(conversation_id)
        if api:
            attributes[names.API_TYPE] = api
        name = f"{operation} {short_name(model)}"
        super().__init__(tracer, name, parent, content=content, kind=SpanKind.CLIENT, attributes=attributes)
        self._started = time.perf_counter()
        self._first_chunk_s: float | None = None

    def sent_to(self, *, upstream: str, provider: str, address: str, port: int | None, resends: int) -> None:
        """Note where the request goes, and how often it was sent before."""
        self._set(
            {
                names.UPSTREAM: short_name(upstream),
                names.PROVIDER: provider,
                names.SERVER_ADDRESS: address,
                names.SERVER_PORT: port,
                names.HTTP_RESEND_COUNT: resends or None,
            }
        )

    def response(
        self,
        *,
        id: str | None,
        model: str | None,
        finish_reasons: Sequence[str | None] = (),
        usage: Mapping[str, Any] | None = None,
        messages: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """What came back; ``messages`` are the choices' OpenAI messages, kept only with content on."""
        reasons = [short_name(reason) for reason in finish_reasons if reason]
        self._set(
            {
                names.RESPONSE_ID: short_name(id) if id else None,
                names.RESPONSE_MODEL: short_name(model) if model else None,
                names.RESPONSE_FINISH_REASONS: reasons or None,
                **usage_attributes(usage),
            }
        )
        if self._content and messages:
            self._span.set_attribute(names.OUTPUT_MESSAGES, messages_json(list(messages), finish_reasons))

    def first_chunk(self) -> float:
        """Note that the first chunk is here (later calls change nothing); return the seconds that it took."""
        if self._first_chunk_s is None:
            self._first_chunk_s = time.perf_counter() - self._started
            self._span.set_attribute(names.RESPONSE_TIME_TO_FIRST_CHUNK, self._first_chunk_s)
        return self._first_chunk_s

    def propagation_headers(self) -> dict[str, str]:
        """``traceparent`` and ``tracestate`` for the provider. Never baggage: it may name the customer."""
        carrier: dict[str, str] = {}
        W3C.inject(carrier, self._context, default_setter)
        return carrier


class ClaimSpan(_ChildSpan):
    """One claim of one choice being judged; its verdict is on the span and in an event."""

    def __init__(
        self,
        tracer: Tracer,
        events: Logger,
        parent: Span,
        *,
        choice: int,
        kind: str,
        text: str,
        content: bool,
        response_id: str | None = None,
    ) -> None:
        attributes: dict[str, AttributeValue] = {
            names.CLAIM_CHOICE: choice,
            names.CLAIM_KIND: kind,
            names.CLAIM_CHARS: len(text),
        }
        if content:
            attributes[names.CLAIM_TEXT] = text
        super().__init__(tracer, names.CLAIM, parent, content=content, attributes=attributes)
        self._events = events
        self._response_id = response_id

    def retrieval(self, query_chars: int, top_k: int) -> RetrievalSpan:
        """Open the span of finding evidence for this claim; ``query_chars`` is the query's length."""
        return RetrievalSpan(
            self._tracer, self._span, query_chars=query_chars, top_k=top_k, content=self._content
        )

    def verdict(
        self,
        label: str,
        confidence: float | None,
        document: str | None = None,
        section: str | None = None,
        reason: str | None = None,
        action: str | None = None,
    ) -> None:
        """Record the verdict; ``confidence`` is None where there was nothing to check.

        Its reason quotes the answer, so it is kept only where content is recorded.
        """
        explanation = reason if self._content else _without_text(label, document, section)
        self._set(
            {
                names.CLAIM_VERDICT: label,
                names.CLAIM_CONFIDENCE: confidence,
                names.CLAIM_DOCUMENT: document,
                names.CLAIM_SECTION: section,
                names.CLAIM_REASON: reason if self._content else None,
                names.CLAIM_ACTION: action,
            }
        )
        self._evaluated(
            {names.EVALUATION_SCORE: confidence, names.EVALUATION_EXPLANATION: explanation}, label
        )

    def unverified(self, reason: str, action: str | None = None) -> None:
        """Record that this claim could not be judged (``timeout``, ``busy``, ``language``, ...)."""
        self._set(
            {
                names.CLAIM_VERDICT: names.UNVERIFIED,
                names.UNVERIFIED_REASON: reason,
                names.CLAIM_ACTION: action,
            }
        )
        self._evaluated({names.ERROR_TYPE: reason}, names.UNVERIFIED)

    def _evaluated(self, result: Mapping[str, AttributeValue | None], label: str) -> None:
        evaluation = {
            names.EVALUATION_NAME: names.GROUNDEDNESS,
            names.EVALUATION_LABEL: label,
            names.RESPONSE_ID: self._response_id,
            **result,
        }
        known = {name: value for name, value in evaluation.items() if value is not None}
        event_only = (names.RESPONSE_ID, names.ERROR_TYPE)
        self._set({name: value for name, value in known.items() if name not in event_only})
        self._events.emit(
            event_name=names.EVALUATION_RESULT,
            timestamp=time.time_ns(),
            context=self._context,
            severity_number=SeverityNumber.INFO,
            attributes=known,
        )


class RetrievalSpan(_ChildSpan):
    """Finding evidence in the policy corpus; the passages' ids and scores are recorded, never their text."""

    def __init__(self, tracer: Tracer, parent: Span, *, query_chars: int, top_k: int, content: bool) -> None:
        attributes: dict[str, AttributeValue] = {
            names.OPERATION: names.RETRIEVAL,
            names.DATA_SOURCE: names.POLICY_CORPUS,
            names.RETRIEVAL_TOP_K: top_k,
            names.RETRIEVAL_QUERY_CHARS: query_chars,
        }
        name = f"{names.RETRIEVAL} {names.POLICY_CORPUS}"
        super().__init__(tracer, name, parent, content=content, attributes=attributes)

    def hits(self, ids: Sequence[str], scores: Sequence[float]) -> None:
        """The passages that were found, best first; equally long sequences."""
        documents = [
            {"id": id, "score": round(float(score), 4)} for id, score in zip(ids, scores, strict=True)
        ]
        self._set({names.RETRIEVAL_COUNT: len(documents), names.RETRIEVAL_DOCUMENTS: json.dumps(documents)})


class ContextSpan(_ChildSpan):
    """Reading what is known of the customer. Values are recorded only with content on, and only unmasked ones."""

    def __init__(self, tracer: Tracer, parent: Span, *, content: bool) -> None:
        super().__init__(tracer, names.CONTEXT, parent, content=content)

    def reading(
        self, *, fact: str, source: str, state: str, age_s: float | None, problem: str | None
    ) -> None:
        """A reading that is not fresh, and why; ``problem`` says nothing of the customer."""
        told = {
            names.CONTEXT_FACT: fact,
            names.CONTEXT_SOURCE: source,
            names.CONTEXT_STATE: state,
            names.CONTEXT_AGE_S: age_s,
            names.CONTEXT_PROBLEM: problem,
        }
        self._span.add_event(
            names.CONTEXT_READING, {name: value for name, value in told.items() if value is not None}
        )

    def known(
        self,
        *,
        completeness: float,
        states: Mapping[str, str],
        not_fresh: Sequence[str],
        values: Mapping[str, Any],
    ) -> None:
        """What is known in the end: each fact's state, the required ones that are not fresh, the unmasked values."""
        self._set(
            {
                names.CONTEXT_COMPLETENESS: completeness,
                names.CONTEXT_STATES: [f"{fact}={state}" for fact, state in states.items()],
                names.CONTEXT_NOT_FRESH: list(not_fresh),
                names.CONTEXT_VALUES: json.dumps(values, default=str) if self._content else None,
            }
        )


def _without_text(label: str, document: str | None, section: str | None) -> str:
    place = " › ".join(part for part in (document, section) if part)
    return f"{label} by {place}" if place and label != "unsupported" else label
