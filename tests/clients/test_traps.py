"""What clients are known to trip over. That every chunk has a choice is tested in tests/wire/test_streaming.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
from clients.upstream import CONVERSATION
from conftest import RunningProxy
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

ANSWERS = {
    "delivered": CONVERSATION["supported"]["answer"],
    "rewritten": CONVERSATION["invented"]["answer"],
    "handed over": "I have refunded the $200 to your card.",
    "empty": "",
}


def unknown_keys(model: BaseModel, place: str = "") -> set[str]:
    """The places of all keys that OpenAI's own types do not know."""
    found = {f"{place}{key}" for key in model.model_extra or ()}
    for name in model.model_fields_set & set(type(model).model_fields):
        value = getattr(model, name)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, BaseModel):
                found |= unknown_keys(part, f"{place}{name}.")
    return found


def chunks(text: str) -> list[Any]:
    lines = (line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: "))
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nothing_but_cxai_is_beyond_openais_own_shape(proxy: RunningProxy, answer: str) -> None:
    """For clients that choke on a key they do not know: there is one, at the top, and its name is known."""
    proxy.provider.answers(answer)
    whole = ChatCompletion.model_validate(proxy.ask("What is your policy?").json(), strict=True)
    assert unknown_keys(whole) == {"cxai"}

    streamed = [
        ChatCompletionChunk.model_validate(chunk, strict=True)
        for chunk in chunks(proxy.ask("What is your policy?", stream=True).text)
    ]
    assert [unknown_keys(chunk) for chunk in streamed] == [set()] * (len(streamed) - 1) + [{"cxai"}]
