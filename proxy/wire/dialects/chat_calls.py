"""Calls of tools in chat completions: put together from a stream's pieces, and read for the rules.

https://platform.openai.com/docs/guides/function-calling#streaming
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

from proxy.rules.facts import ToolCall

JsonObject = dict[str, Any]

CALLS = ("tool_calls", "function_call")
# What comes once and whole; providers that repeat it mean the same.
_WHOLE = ("id", "type", "index")


class ArrivingCalls:
    """The calls of one choice while they arrive. They leave as they were put together here, so as they were judged."""

    def __init__(self) -> None:
        self._calls: list[tuple[int, JsonObject]] = []
        self._latest_at: dict[int, JsonObject] = {}
        self._function_call: JsonObject = {}

    def take(self, delta: Mapping[str, Any]) -> None:
        """The calls of one delta."""
        for piece in delta.get("tool_calls") or ():
            if isinstance(piece, dict):
                _merge(self._call_of(piece), piece)
        if delta.get("function_call"):
            _merge(self._function_call, delta["function_call"])

    @property
    def message(self) -> JsonObject:
        """The calls as a whole message has them; empty where there are none."""
        in_order = [call for _, call in sorted(self._calls, key=itemgetter(0))]
        listed = [{key: value for key, value in call.items() if key != "index"} for call in in_order]
        told = {"tool_calls": listed, "function_call": self._function_call}
        return {key: value for key, value in told.items() if value}

    def deltas(self) -> Iterator[JsonObject]:
        """The calls as a stream has them, each in one piece."""
        message = self.message
        for number, call in enumerate(message.get("tool_calls", ())):
            yield {"tool_calls": [{"index": number, **call}]}
        if "function_call" in message:
            yield {"function_call": message["function_call"]}

    def _call_of(self, piece: JsonObject) -> JsonObject:
        """The call that a piece belongs to: by its index, or where the provider gives none (or always 0) by its id."""
        given = piece.get("index")
        index = given if isinstance(given, int) else self._calls[-1][0] if self._calls else 0
        known = self._latest_at.get(index)
        if known is None or _begins_another(piece, known):
            known = self._latest_at[index] = {}
            self._calls.append((index, known))
        return known


def tool_calls_of(message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """The calls of a message that is whole, as the rules read them."""
    calls = [_tool_call(call) for call in message.get("tool_calls") or ()]
    older = message.get("function_call")
    return (*calls, *([_named(older, "", "arguments")] if older else []))


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    """One that could be a function or a custom tool is neither: clients could read it as the other."""
    kinds = {"function": "arguments", "custom": "input"}
    given = [kind for kind in kinds if call.get(kind) is not None]
    kind = given[0] if len(given) == 1 else None
    return _named(call[kind] if kind else None, call.get("id"), kinds.get(kind or "", ""))


def _named(called: Any, call_id: Any, key: str) -> ToolCall:
    called = called if isinstance(called, Mapping) else {}
    return tool_call(call_id, called.get("name"), called.get(key), is_text=key == "input")


def tool_call(call_id: Any, name: Any, given: Any, *, is_text: bool = False) -> ToolCall:
    """A call from what stands in an answer; a custom tool's text is its argument ``input``."""
    if is_text:
        given = {"input": given}
    arguments = given if isinstance(given, str | Mapping) else "" if given is None else repr(given)
    return ToolCall(
        call_id if isinstance(call_id, str) else "",
        name if isinstance(name, str) and name else None,
        arguments,
    )


def _begins_another(piece: JsonObject, known: JsonObject) -> bool:
    """Whether a piece with another id and a tool of its own stands at the index of a call that is known."""
    call_id, function = piece.get("id"), piece.get("function") or piece.get("custom")
    named = isinstance(function, dict) and bool(function.get("name"))
    return named and bool(call_id) and known.get("id") not in (None, "", call_id)


def _merge(into: JsonObject, piece: Mapping[str, Any]) -> None:
    for key, value in piece.items():
        before = into.get(key)
        if before is None or before == "":
            into[key] = dict(value) if isinstance(value, dict) else value
        elif value is None or key in _WHOLE or (key == "name" and value == before):
            continue
        elif isinstance(before, str) and isinstance(value, str):
            into[key] = before + value
        elif isinstance(before, dict) and isinstance(value, dict):
            _merge(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            into[key] = [*before, *value]
        else:
            into[key] = value
