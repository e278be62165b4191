"""Case references can be read out over a telephone."""

from __future__ import annotations

import re

from proxy.ledger.references import ALPHABET, new_reference


def test_a_reference_has_two_groups_of_four() -> None:
    assert all(re.fullmatch(f"CX-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference()) for _ in range(1000))


def test_no_character_looks_like_another() -> None:
    for twins in ("0O", "1ILl", "2Z", "5S", "8B", "UV"):
        assert sum(character in ALPHABET for character in twins) <= 1


def test_no_word_can_come_out() -> None:
    assert not set("AEIOU") & set(ALPHABET)


def test_references_do_not_repeat() -> None:
    assert len({new_reference() for _ in range(10_000)}) == 10_000
