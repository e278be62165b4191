"""A suite about a book shop with one document, of which it is known what the proxy does with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proxy.drill import company
from proxy.rehearsal.suite.model import Answer, Conversation, Head, JsonObject, Label, Sampling, Truth, Turn
from proxy.rehearsal.suite.reading import write_suite

TRUE, FALSE, UNFOUNDED = company.TRUE, company.FALSE, company.UNFOUNDED
ROUTES = f"defaults:\n  escalation_message: '{company.HANDED_OVER}'\n  contact: '{company.CONTACT}'\n"
CALL = {"id": "call_1", "type": "function", "function": {"name": "find_order", "arguments": '{"n": 1}'}}


def settle_in(folder: Path) -> None:
    """The shop's document below ``corpus``, its routes below ``policies``, as the command line looks for them."""
    company.write_document(folder / "corpus")
    company.write_routes(folder / "policies", ROUTES)


def turn(said: str | None, label: Truth | None = None, asked: str = company.QUESTION, **more: Any) -> Turn:
    """One turn; with a label it is that of its whole answer."""
    labels = (Label(start=0, end=len(said or ""), label=label),) if label else ()
    calls: Sequence[JsonObject] = more.pop("calls", ())
    asked_now = more.pop("messages", None) or ({"role": "user", "content": asked},)
    answer = Answer(content=said, tool_calls=tuple(calls))
    return Turn(messages=asked_now, answer=answer, labels=labels, **more)


def told_order() -> tuple[JsonObject, ...]:
    return ({"role": "tool", "tool_call_id": "call_1", "content": '{"order": 1, "status": "sent"}'},)


def suite_of(file: Path, *conversations: Conversation) -> Path:
    sampling = Sampling(taken=len(conversations), of=len(conversations), how="all of them")
    head = Head(suite="shop", version=1, source="csv", sampling=sampling, personal_data="replaced")
    write_suite(file, head, conversations)
    return file


def shop(name: str, *turns: Turn) -> Conversation:
    return Conversation(id=name, customer=f"C-{name}", turns=turns)


def some(count: int = 3) -> list[Conversation]:
    """Conversations of two turns, the first of them put right."""
    turns = turn(FALSE, "contradicted"), turn(TRUE, "supported")
    return [shop(f"c{number}", *turns) for number in range(count)]
