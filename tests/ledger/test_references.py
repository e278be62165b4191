"""Case references can be read out over a telephone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.ledger.references import ALPHABET, Mistyped, new_reference, own_reference, promise_reference


def test_a_reference_has_two_groups_of_four() -> None:
    assert all(re.fullmatch(f"CX-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference()) for _ in range(1000))


def test_no_character_looks_like_another() -> None:
    for twins in ("0O", "1ILl", "2Z", "5S", "8B", "UV"):
        assert sum(character in ALPHABET for character in twins) <= 1


def test_no_word_can_come_out() -> None:
    assert not set("AEIOU") & set(ALPHABET)


def test_references_do_not_repeat() -> None:
    assert len({new_reference() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "written",
    [
        " cx-7k3f-92qd ",
        "CX 7K3F 92QD",
        "CX7K3F92QD",
        "#CX-7K3F92QD",
        "CX–7K3F–92QD",
        "CX\u20117K3F\u201192QD",
        "cx_7k3f_92qd.",
        "CX-7K3F-9ZQD",
    ],
)
def test_a_reference_is_known_however_it_was_copied(written: str) -> None:
    assert own_reference(written) == "CX-7K3F-92QD"


def test_letters_that_are_taken_for_others_are_read_as_those() -> None:
    assert own_reference("CX-ZSBU-7K3F") == "CX-258V-7K3F"
    assert own_reference("pr 7k3f 9zqd x4mn") == "PR-7K3F-92QD-X4MN"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("CX-7K3F-92Q0", "our references have no 0"),
        ("CX-7KIF-92Q1", "our references have no I and no 1"),
        ("CX-7K3F", "it has 4 letters and digits after CX- and should have 8"),
        ("CX-7K3F-92QDD", "it has 9 letters"),
        ("CX7K3F92Q", "it has 7 letters"),
        ("CX-", "it has 0 letters"),
        ("case CX-7K3F-92QD", "send it alone"),
        ("PR-7K3F-92QD-X4M", "it has 11 letters"),
        ("PR-7K3F-92QD-X4MO", "our references have no O"),
    ],
)
def test_what_is_meant_for_a_reference_of_ours_and_is_none_is_refused(written: str, why: str) -> None:
    with pytest.raises(Mistyped, match=why) as refused:
        own_reference(written)
    assert any(ref in str(refused.value) for ref in ("CX-7K3F-92QD", "PR-7K3F-92QD-X4MN"))


@pytest.mark.parametrize("written", ["JIRA-17", "PR-1234", "PR #98", "CXM-2031", "SD-77", "", "CXAI"])
def test_other_systems_references_are_left_alone(written: str) -> None:
    assert own_reference(written) is None


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["", "-", " ", "–"])), min_size=13, max_size=13),
    st.integers(0, 10**6),
)
def test_case_and_separators_change_no_reference(how: list[tuple[bool, str]], number: int) -> None:
    ref = promise_reference(str(number), number)
    signs = ref.replace("-", "")
    written = "".join(
        (sign.lower() if low else sign) + gap for sign, (low, gap) in zip(signs, how, strict=False)
    )
    assert own_reference(written + signs[13:]) == ref
