"""Broken paths are told in words, with the place where they go wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.rules.jmespath_mistakes import mistake_in

EXAMPLE = "write names with points between them, such as complaint.open"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("a..b", f'"." cannot stand there; {EXAMPLE}: a.^.b'),
        ("a.b]", f'"]" cannot stand there; {EXAMPLE}: a.b^]'),
        ("a.b.", f"it ends too early; {EXAMPLE}: a.b.^"),
        ("foo(", f"it ends too early; {EXAMPLE}: foo(^"),
        ("", f"it ends too early; {EXAMPLE}: ^"),
        ("a.'x", "' is not closed: a.^'x"),
        ('"a', '" is not closed: ^"a'),
        (
            "complaint-open",
            'a name with "-" in it needs quotation marks of its own: \'"complaint-open"\': complaint^-open',
        ),
        ("is open", 'a name with " " in it needs quotation marks of its own: \'"is open"\': is ^open'),
    ],
)
def test_where_it_goes_wrong_is_shown_with_the_way_out(path: str, told: str) -> None:
    assert mistake_in(path) == told


@pytest.mark.parametrize("path", ["a", "a.b[0].c", '"complaint-open"', "length(flags) > `0`"])
def test_what_is_right_is_no_mistake(path: str) -> None:
    assert mistake_in(path) is None


@given(st.text(max_size=12))
def test_no_text_makes_it_fail(path: str) -> None:
    told = mistake_in(path)
    assert told is None or "^" in told
