"""Arguments are read exactly, or it is said why they are not."""

from __future__ import annotations

import pytest

from proxy.rules.arguments import LONGEST_ARGUMENTS, Unreadable, arguments_of
from proxy.rules.facts import ToolCall


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (f'{{"a": "{"x" * LONGEST_ARGUMENTS}"}}', "the arguments are too long"),
        ("[1]", "the arguments are no object"),
        ('{"a": 1, "a": 2}', "a key is given twice"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": 9007199254740993}', "a number is too large to be read exactly"),
        ('{"a": 1e999}', "a number is too large to be read"),
    ],
)
def test_what_programs_read_differently_is_not_read(arguments: str, why: str) -> None:
    with pytest.raises(Unreadable) as told:
        arguments_of(ToolCall("1", "refund", arguments))
    assert str(told.value) == why


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert arguments_of(ToolCall("1", "refund", " ")) == {}
