"""A case is named by who asks and by the turn."""

from __future__ import annotations

from typing import Any

from proxy.actions.escalate import case_key
from proxy.context.customer import Customer

ASKED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where is my money?"},
]


def customer(*, id: str | None = None, conversation: str | None = None) -> Customer:
    return Customer(id, conversation, "chat", None, "customer", None)


def test_the_same_turn_is_the_same_case() -> None:
    someone = customer(conversation="c1")
    assert case_key(someone, ASKED) == case_key(someone, ASKED)
    changed_prompt = [{"role": "system", "content": "Time is 10:01."}, *ASKED[1:]]
    assert case_key(someone, ASKED) == case_key(someone, changed_prompt)


def test_the_next_turn_is_another_case() -> None:
    someone = customer(conversation="c1")
    assert case_key(someone, ASKED) != case_key(someone, [*ASKED, {"role": "user", "content": "Hello?"}])


def test_other_conversations_and_customers_are_other_cases() -> None:
    everyone = [
        customer(conversation="c1"),
        customer(conversation="c2"),
        customer(id="c1"),
        customer(id="c2"),
        customer(id="c1", conversation="c1"),
        customer(id="c2", conversation="c1"),
        customer(),
    ]
    assert len({case_key(someone, ASKED) for someone in everyone}) == len(everyone)


def test_without_ids_only_the_very_same_request_is_the_same_case() -> None:
    assert case_key(customer(), ASKED) == case_key(customer(), list(ASKED))
    assert case_key(customer(), ASKED) != case_key(
        customer(), [{"role": "system", "content": "x"}, *ASKED[1:]]
    )
