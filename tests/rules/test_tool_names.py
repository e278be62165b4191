"""Tools that rules name and nobody calls."""

from __future__ import annotations

import pytest

from proxy.rules.facts import ToolCall
from proxy.rules.tool_names import MANY_CALLS, MOST_NAMES, ToolsSeen, named_in


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ('tool_call.name == "issue_refund" && tool_call.arguments.amount > 500', ["issue_refund"]),
        ("tool_call.name in ['a', \"b\"]", ["a", "b"]),
        ('size(answer.tool_calls.filter(call, call.name == "a")) > 1 || tool_call.name == "a"', ["a"]),
        ('request.model == "gpt-4o"', []),
        ('tool_call.arguments.name_of_it == "x"', []),
    ],
)
def test_the_tools_that_a_condition_names(condition: str, names: list[str]) -> None:
    assert named_in(condition) == names


def unmet(name: str, *called: str, times: int = 1) -> list[str]:
    seen = ToolsSeen()
    seen.saw([ToolCall("1", one, "{}") for one in called] * times)
    return list(seen.unmet(f'tool_call.name == "{name}"'))


def test_a_name_that_is_nearly_one_that_was_called_is_told_at_once() -> None:
    assert unmet("issue_refnd", "issue_refund") == [
        'no call of the tool "issue_refnd" was seen; did you mean "issue_refund"?'
    ]


def test_a_name_like_no_other_is_told_after_many_calls() -> None:
    assert unmet("delete_account", "update_account") == []
    assert unmet("delete_account", "update_account", times=MANY_CALLS) == [
        f'among {MANY_CALLS} calls and more none was of the tool "delete_account"; is its name right?'
    ]


def test_a_name_that_was_called_is_not_told() -> None:
    assert unmet("issue_refund", "issue_refund", "issue_refunds", times=MANY_CALLS) == []


def test_names_that_a_model_makes_up_do_not_fill_the_memory() -> None:
    seen = ToolsSeen()
    seen.saw([ToolCall("1", f"tool_{number}", "{}") for number in range(2 * MOST_NAMES)])
    assert len(seen.names) == MOST_NAMES
