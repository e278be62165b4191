"""The answer of a request that no model is asked: as whole as any, with our words in every place and nothing used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxy.actions.decide import Action
from proxy.actions.gate import Gate
from proxy.wire.dialects.dialect import Asked, Dialect, choices_of
from proxy.wire.dialects.registry import DIALECTS

WORDS = "A colleague takes over."
BODY = {
    "model": "m",
    "messages": [{"role": "user", "content": "Where is my money?"}],
    "prompt": ["Where is my money?", "And my case?"],
    "input": "Where is my money?",
    "n": 2,
}

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: type(dialect).__name__)


def asked_of(dialect: Dialect, **more: Any) -> Asked:
    return dialect.parse(json.dumps({**BODY, **more}).encode(), {"deployment": "d"})


@every_dialect
def test_every_place_is_empty_and_nothing_was_used(dialect: Dialect) -> None:
    asked = asked_of(dialect)
    whole = dialect.whole(dialect.unasked(asked, "cxr-1", 1))
    assert len(list(choices_of(whole.places))) == asked.choices
    assert not any(place.text or place.calls for place in whole.places)
    assert whole.summary.id == "cxr-1"
    assert {whole.summary.usage[f"{kind}_tokens"] for kind in ("prompt", "completion", "total")} == {0}


@every_dialect
def test_what_is_said_instead_stands_in_every_place_whole_and_streamed(dialect: Dialect) -> None:
    asked = asked_of(dialect, stream=True)
    whole = dialect.whole(dialect.unasked(asked, "cxr-1", 1))
    first = [choice[0].index for choice in choices_of(whole.places)]
    gates = {index: Gate(None, index) for index in first}  # type: ignore[arg-type]  # asks no desk
    for gate in gates.values():
        gate.cut_short(Action.ESCALATE, WORDS, as_refusal=False)
    body = whole.delivered(gates, whole.summary.usage)
    assert json.dumps(body).count(WORDS) == asked.choices
    observed = dialect.observed(
        line.removeprefix("data: ")
        for event in dialect.told({**body, "cxai": {}}, asked)
        for line in event.decode().splitlines()
        if line.startswith("data: ")
    )
    assert [place.text for place in observed.places if place.text] == [WORDS] * asked.choices
    assert set(observed.summary.finish_reasons) == {"stop"}


def test_as_many_choices_as_were_asked_for() -> None:
    counts = {type(dialect).__name__: asked_of(dialect).choices for dialect in DIALECTS}
    assert counts == {
        "Chat": 2,
        "AzureChat": 2,
        "Completions": 4,
        "AzureCompletions": 4,
        "Responses": 1,
    }
