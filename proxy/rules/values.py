"""What rules read, as CEL has it. It is made once for all rules of a phase.

What cannot be read exactly is not guessed at: every rule that needs it counts as not evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from proxy.rules.arguments import Unreadable, arguments_of
from proxy.rules.fact_values import Value
from proxy.rules.facts import AnswerFacts, ClaimFacts, ContextValues, FactValue, RequestFacts, ToolCall
from proxy.rules.schema import FACTS, UNREADABLE, Schema, open_value, packed

MOST_CALLS = 128
NOT_KNOWN = FactValue()
_NULL = packed(struct_pb2.Value(null_value=struct_pb2.NULL_VALUE))

Values = dict[str, Any]


def request_values(schema: Schema, request: RequestFacts, context: ContextValues, now: datetime) -> Values:
    """The variables that are known before the model is asked. Raises Unreadable."""
    fields = asdict(request)
    customer = {"id": fields.pop("customer_id"), "conversation_id": fields.pop("conversation_id")}
    at = _moment(now)
    try:
        return {
            "request": schema.message("Request", **{**fields, "text": _whole(request.text)}),
            "customer": schema.message("Customer", **customer),
            "context": _context(schema, context),
            "time": schema.message("Time", now={"seconds": at.seconds, "nanos": at.nanos}),
        }
    except (TypeError, ValueError) as error:
        raise Unreadable(f"the request cannot be read: {error}") from None


def answer_values(schema: Schema, answer: AnswerFacts, claims: Sequence[ClaimFacts] = ()) -> Values:
    """The variables of an answer. Raises Unreadable where its calls cannot be told apart, or are too many."""
    if len(answer.tool_calls) > MOST_CALLS:
        raise Unreadable(f"the answer has more than {MOST_CALLS} calls")
    try:
        calls = [_call(schema, call) for call in answer.tool_calls]
    except (TypeError, ValueError) as error:
        raise Unreadable(f"a call cannot be read: {error}") from None
    return {
        "answer": schema.message("Answer", text=_whole(answer.text), tool_calls=calls),
        "claims": [
            schema.message("Claim", **{**asdict(claim), "text": _whole(claim.text)}) for claim in claims
        ],
    }


def call_values(schema: Schema, answer: AnswerFacts) -> list[Values]:
    """The variables of each of an answer's calls. Raises Unreadable as ``answer_values`` does."""
    whole = answer_values(schema, answer)["answer"]
    return [{"answer": whole, "tool_call": call} for call in whole.tool_calls]


def _context(schema: Schema, context: ContextValues) -> Message:
    facts = {name: _fact(schema, name, context.facts.get(name, NOT_KNOWN)) for name in schema.facts}
    return schema.message(
        "Context", completeness=context.completeness, not_fresh=list(context.not_fresh), **facts
    )


def _fact(schema: Schema, name: str, fact: FactValue) -> Message:
    """A value of another type than the declared one is none that a rule may act on."""
    about = {"state": fact.state, "source": fact.source}
    age = {"age_s": {"value": fact.age_s}} if fact.age_s is not None else {}
    kind = schema.facts[name]
    try:
        return schema.message(FACTS[kind], **about, **age, **_value(kind, fact.value))
    except (TypeError, ValueError, OverflowError):
        return schema.message(FACTS[kind], **{**about, "state": "failed"}, **age, **_value(kind, None))


def _value(kind: str, value: Value | None) -> dict[str, Any]:
    if value is None:
        return {"value": _NULL} if kind == "time" else {}
    if isinstance(value, datetime) != (kind == "time") or isinstance(value, bool) != (kind == "bool"):
        raise TypeError("the value is of another type than the declared one")
    return {"value": packed(_moment(value)) if isinstance(value, datetime) else {"value": value}}


def _call(schema: Schema, call: ToolCall) -> Message:
    if call.name is None:
        raise Unreadable("it does not say which tool it calls")
    try:
        arguments = open_value(arguments_of(call))
    except (TypeError, ValueError, RecursionError):
        arguments = UNREADABLE
    return schema.message("ToolCall", name=call.name, id=call.id, arguments=arguments)


def _moment(at: datetime) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(at)
    return moment


def _whole(text: str) -> str:
    """The text without halves of characters, which JSON can hold and CEL cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
