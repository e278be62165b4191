"""What is looked at before the model is asked: all that the customer wrote since they were answered last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from proxy.actions.ahead import asked_now
from proxy.actions.inquiry import Inquiry
from proxy.context.customer import Customer
from proxy.rules.policies import Route

JsonObject = dict[str, Any]
CALLS = [{"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]


def user(text: str) -> JsonObject:
    return {"role": "user", "content": text}


def said(content: str | None, **more: Any) -> JsonObject:
    return {"role": "assistant", "content": content, **more}


def inquiry(*messages: JsonObject, questions: tuple[str, ...] = ()) -> Inquiry:
    return Inquiry(
        response_id="cxr-1",
        route=Route(name="default"),
        customer=Customer("c-1", None, "chat", None, "customer", None),
        model="m",
        messages=messages,
        question=None,
        facts=(),
        received_at=datetime(2026, 6, 1, tzinfo=UTC),
        questions=questions,
    )


@pytest.mark.parametrize(
    ("messages", "asked"),
    [
        ([user("a")], ("a",)),
        ([user("a"), user("b")], ("a", "b")),
        ([user("a"), said("x"), user("b")], ("b",)),
        ([user("a"), said(None, refusal="no"), user("b")], ("b",)),
        ([user("a"), said("x", tool_calls=CALLS), {"role": "tool", "content": "{}"}], ("a",)),
        ([{"role": "system", "content": "s"}], ()),
    ],
)
def test_what_was_answered_is_not_asked_any_more(messages: list[JsonObject], asked: tuple[str, ...]) -> None:
    assert asked_now(inquiry(*messages)) == asked


@pytest.mark.parametrize("begun", ["", "Sure,"])
def test_an_answer_that_is_begun_behind_the_question_hides_it_not(begun: str) -> None:
    assert asked_now(inquiry(user("a"), said("x"), user("b"), said(begun))) == ("b",)


@pytest.mark.parametrize("content", ["", None])
def test_a_message_that_says_nothing_answers_nothing(content: str | None) -> None:
    assert asked_now(inquiry(user("a"), said(content), user("b"))) == ("a", "b")


def test_of_several_questions_each_is_asked() -> None:
    assert asked_now(inquiry(user("a b"), questions=("a", "b"))) == ("a", "b")
