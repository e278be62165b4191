"""The arguments of a tool's call, read exactly: what programs may read differently is not read at all."""

from __future__ import annotations

import json
from typing import Any, Literal

from proxy.rules.facts import ToolCall

JsonObject = dict[str, Any]
LONGEST_ARGUMENTS = 100_000  # characters
LARGEST_INTEGER = 2**53  # what a decimal can hold exactly


class Unreadable(ValueError):
    """Something that rules were to read is not what it should be; the text says what."""


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
