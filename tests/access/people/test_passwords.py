"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest

from proxy.access.people.passwords import WeakPassword, check_strength, hashed, is_right, needs_new_hash


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "password1234",
        "PassWord1234",
        "qwertyuiop123",
        "aaaaaaaaaaaaaaaa",
        "ababababababab",
        "ada.example1234!",
        "Ada Example 2024",
        "abcdef" * 22,
        "my      word",
    ],
)
def test_what_is_tried_first_is_not_taken(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(password, email="ada.example@example.com", name="Ada Example")


@pytest.mark.parametrize(
    "password", ["four quiet words in a row", "Дванадцять літер", "x7#kQ0pLm2!z", " spaces count "]
)
def test_length_is_enough_whatever_it_is_made_of(password: str) -> None:
    check_strength(password, email="ada.example@example.com", name="Ada Example")


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hashed("four quiet words"), hashed("four quiet words")
    assert first.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert first != second
    assert is_right("four quiet words", first)
    assert not is_right("four quiet Words", first)
    assert not needs_new_hash(first)


def test_nothing_is_right_where_there_is_no_password() -> None:
    assert not is_right("the password of somebody who is not there", None)
    assert not is_right("", None)
    assert not is_right("x", "no hash at all")


def test_a_hash_of_other_parameters_is_to_be_made_anew() -> None:
    assert needs_new_hash(
        "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A"
    )
