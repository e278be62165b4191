"""What rules read of one answer: the request it answers, and the calls of tools in it.

What cannot be read exactly is not guessed at: every rule that needs it counts as firing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from google.protobuf.message import Message

from proxy.rules.schema import UNREADABLE, message, open_value

JsonObject = dict[str, Any]
MOST_CALLS = 128
LONGEST_ARGUMENTS = 100_000  # characters
LARGEST_INTEGER = 2**53  # what a decimal can hold exactly


class Unreadable(ValueError):
    """Something that rules were to read is not what it should be; the text says what."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as the model made it, complete. ``name`` is None where it cannot be told which tool is called.

    ``arguments`` are the JSON text, or an object where the provider gives them as one.
    """

    id: str
    name: str | None
    arguments: str | Mapping[str, Any]

    @property
    def text(self) -> str:
        """The arguments as a text."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments, default=str)

    def __str__(self) -> str:
        """As staff read it: ``issue_refund({"amount": 900})``."""
        return f"{self.name}({self.text})"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """The request and its customer; what is not known is empty."""

    model: str
    channel: str
    audience: str
    route: str = ""
    market: str = ""
    customer_id: str = ""
    conversation_id: str = ""


Values = dict[str, Message]


def values_of(request: RequestFacts, calls: Sequence[ToolCall]) -> list[Values]:
    """The variables of each call. Raises Unreadable where they cannot be told apart, or are too many."""
    if len(calls) > MOST_CALLS:
        raise Unreadable(f"the answer has more than {MOST_CALLS} calls")
    try:
        told = [_call(call) for call in calls]
        shared = _shared(request, told)
    except (TypeError, ValueError) as error:
        raise Unreadable(f"the request or a call cannot be read: {error}") from None
    return [{**shared, "tool_call": call} for call in told]


def _shared(request: RequestFacts, calls: Sequence[Message]) -> Values:
    fields = asdict(request)
    customer = {"id": fields.pop("customer_id"), "conversation_id": fields.pop("conversation_id")}
    return {
        "request": message("Request", **fields),
        "customer": message("Customer", **customer),
        "answer": message("Answer", tool_calls=calls),
    }


def _call(call: ToolCall) -> Message:
    if call.name is None:
        raise Unreadable("a call does not say which tool it calls")
    try:
        arguments = open_value(arguments_of(call))
    except (TypeError, ValueError, RecursionError):
        arguments = UNREADABLE
    return message("ToolCall", name=call.name, id=call.id, arguments=arguments)


def arguments_of(call: ToolCall) -> JsonObject:
    """The arguments as one JSON object; a call without any has an empty one.

    Raises Unreadable, or ValueError for what is no JSON. So is what programs read differently: a key given twice, NaN,
    a number that a decimal cannot hold.
    """
    if not isinstance(call.arguments, str):
        text = json.dumps(call.arguments, allow_nan=False)
    else:
        text = call.arguments.strip() or "{}"
    if len(text) > LONGEST_ARGUMENTS:
        raise Unreadable("the arguments are too long")
    read = json.loads(
        text,
        object_pairs_hook=_without_doubles,
        parse_constant=_no_constant,
        parse_int=_int,
        parse_float=_float,
    )
    if not isinstance(read, dict):
        raise Unreadable("the arguments are no object")
    return read


def _without_doubles(pairs: list[tuple[str, Any]]) -> JsonObject:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise Unreadable("a key is given twice")
    return read


def _no_constant(name: Literal["NaN", "Infinity", "-Infinity"] | str) -> float:
    raise Unreadable(f"{name} is no number")


def _int(digits: str) -> float:
    if len(digits) > 20 or abs(int(digits)) > LARGEST_INTEGER:
        raise Unreadable("a number is too large to be read exactly")
    return float(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if abs(number) == float("inf"):
        raise Unreadable("a number is too large to be read")
    return number
