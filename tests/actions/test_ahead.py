"""What is looked at before the model is asked: all that the customer wrote since they were answered last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np
import pytest

from proxy.actions.ahead import Ahead, asked_now, held_by
from proxy.actions.inquiry import Inquiry
from proxy.context.customer import Customer
from proxy.context.snapshot import ContextFact, FactState, Importance, Reading, Snapshot
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


def test_a_message_that_cannot_be_read_hides_no_sign_of_another() -> None:
    def breaking(text: str) -> Any:
        if "second" in text:
            raise RuntimeError("the encoder broke")
        return np.zeros(384, dtype=np.float32)

    nothing = cast(Any, None)
    ahead = Ahead(reader=nothing, embed=breaking, ledger=nothing, metrics=nothing)
    signs = ahead._signs(["I want to speak to a human being.", "This is my second question about it."])
    assert signs.wants_person and signs.about_account


NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reading(source: str = "crm", value: Any = True, **more: Any) -> Reading:
    return Reading(source, FactState.FRESH, value, read_at=NOON, **more)


def knowing(**facts: list[Reading]) -> Inquiry:
    made = {
        name: ContextFact(name, Importance.REQUIRED, FactState.FRESH, readings=tuple(readings))
        for name, readings in facts.items()
    }
    return replace(inquiry(user("a")), context=Snapshot(NOON, made))


@pytest.mark.parametrize(
    ("facts", "by"),
    [
        ({"open_case": [reading()]}, None),
        ({"open_case": [reading(true_at=NOON - HOUR)]}, NOON - HOUR),
        ({"open_case": [reading(value=False, true_at=NOON - HOUR)]}, None),
        ({"open_case": [reading("ledger", true_at=NOON - HOUR)]}, None),
        ({"open_case": [reading()], "open_case_since": [reading(value=NOON - 9 * HOUR)]}, NOON - 9 * HOUR),
        (
            {"open_case": [reading(true_at=NOON)], "open_case_since": [reading(value=NOON - 9 * HOUR)]},
            NOON - 9 * HOUR,
        ),
        ({"open_case": [reading(value=False)], "open_case_since": [reading(value=NOON - 9 * HOUR)]}, None),
        ({"open_case": [reading()], "open_case_since": [reading("ledger", value=NOON - 9 * HOUR)]}, None),
    ],
    ids=[
        "read",
        "as of",
        "none",
        "our own",
        "since",
        "since before as of",
        "since of none",
        "since of our own",
    ],
)
def test_nobody_is_said_to_have_had_a_matter_before_a_source_says_so(
    facts: dict[str, list[Reading]], by: datetime | None
) -> None:
    assert held_by(knowing(**facts)) == by
