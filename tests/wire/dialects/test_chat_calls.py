"""Calls of tools from a stream's pieces: put together as clients do it, whatever a provider makes of the pieces."""

from __future__ import annotations

from typing import Any

from proxy.rules.facts import ToolCall
from proxy.wire.dialects.chat_calls import ArrivingCalls, tool_calls_of

JsonObject = dict[str, Any]


def put_together(*pieces: JsonObject) -> JsonObject:
    calls = ArrivingCalls()
    for piece in pieces:
        calls.take(piece)
    return calls.message


def piece(index: int | None = 0, **fields: Any) -> JsonObject:
    return {"tool_calls": [{**({} if index is None else {"index": index}), **fields}]}


BEGUN = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": ""}}
WHOLE = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"a": 1}'}}


def test_arguments_are_joined() -> None:
    parts = [piece(function={"arguments": part}) for part in ('{"a"', ": ", "1}")]
    assert put_together(piece(**BEGUN), *parts) == {"tool_calls": [WHOLE]}


def test_what_a_provider_repeats_is_meant_once() -> None:
    parts = [
        piece(id="call_1", type="function", function={"name": "look_up", "arguments": part})
        for part in ('{"a"', ": 1}")
    ]
    assert put_together(*parts) == {"tool_calls": [WHOLE]}


def test_a_name_in_pieces_is_one_name() -> None:
    parts = [piece(id="call_1", type="function", function={"name": "look"}), piece(function={"name": "_up"})]
    (call,) = tool_calls_of(put_together(*parts))
    assert call.name == "look_up"


def test_calls_without_an_index_go_by_their_ids() -> None:
    second = {**WHOLE, "id": "call_2"}
    assert put_together(piece(None, **WHOLE), piece(None, **second)) == {"tool_calls": [WHOLE, second]}


def test_another_call_at_the_same_index_is_another_call() -> None:
    second = {**WHOLE, "id": "call_2"}
    assert put_together(piece(0, **WHOLE), piece(0, **second)) == {"tool_calls": [WHOLE, second]}


def test_calls_stand_in_the_order_of_their_indices() -> None:
    second = {**WHOLE, "id": "call_2"}
    assert put_together(piece(1, **second), piece(0, **WHOLE)) == {"tool_calls": [WHOLE, second]}


def test_what_a_provider_adds_stays() -> None:
    extra = {"google": {"thought_signature": "abc"}}
    parts = [piece(**BEGUN, extra_content=extra), piece(function={"arguments": '{"a": 1}'})]
    assert put_together(*parts) == {"tool_calls": [{**WHOLE, "extra_content": extra}]}


def test_what_is_no_call_is_left_out() -> None:
    assert put_together({"tool_calls": [None, "x", 5]}, {}, {"tool_calls": None}) == {}


def test_the_pieces_are_left_as_they_came() -> None:
    first = piece(**BEGUN)
    put_together(first, piece(function={"arguments": "{}"}))
    assert first == piece(**BEGUN)


def test_a_call_leaves_in_one_piece() -> None:
    calls = ArrivingCalls()
    calls.take(piece(3, **WHOLE))
    calls.take({"function_call": {"name": "old", "arguments": "{"}})
    calls.take({"function_call": {"arguments": "}"}})
    assert list(calls.deltas()) == [
        {"tool_calls": [{"index": 0, **WHOLE}]},
        {"function_call": {"name": "old", "arguments": "{}"}},
    ]


def test_rules_read_functions_custom_tools_and_the_older_calls() -> None:
    custom = {"id": "call_2", "type": "custom", "custom": {"name": "run_sql", "input": "drop table"}}
    message = {"tool_calls": [WHOLE, custom], "function_call": {"name": "old", "arguments": "{}"}}
    assert tool_calls_of(message) == (
        ToolCall("call_1", "look_up", '{"a": 1}'),
        ToolCall("call_2", "run_sql", {"input": "drop table"}),
        ToolCall("", "old", "{}"),
    )


def test_a_call_that_says_nothing_certain_has_no_name() -> None:
    both = {**WHOLE, "custom": {"name": "other", "input": ""}}
    odd: list[JsonObject] = [
        {},
        {"function": "look_up"},
        {"function": {"name": 5}},
        {"function": {"name": ""}},
        both,
    ]
    assert [call.name for call in tool_calls_of({"tool_calls": odd})] == [None] * 5


def test_arguments_that_are_no_text_are_no_arguments() -> None:
    odd = [{"function": {"name": "a", "arguments": given}} for given in (5, [1], True)]
    assert [call.arguments for call in tool_calls_of({"tool_calls": odd})] == ["5", "[1]", "True"]
