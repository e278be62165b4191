"""Instructor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import instructor
from limit import Limit
from openai import OpenAI
from telling import BASE_URL, KEY, MODEL, installed, tell

# docs
client = instructor.from_openai(OpenAI(base_url=BASE_URL, api_key=KEY), mode=instructor.Mode.JSON_SCHEMA)
# end


def ask(question: str, model: str = MODEL) -> str | None:
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": question}], response_model=None
    )
    return answer.choices[0].message.content


def stream(question: str) -> Iterator[str]:
    chunks = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}], response_model=None, stream=True
    )
    for chunk in chunks:
        yield chunk.choices[0].delta.content or ""


def structured(question: str) -> dict[str, Any]:
    # docs
    messages = [{"role": "user", "content": question}]
    limit = client.chat.completions.create(model=MODEL, messages=messages, response_model=Limit)
    # end
    return limit.model_dump()


def cxai(question: str) -> str:
    answer = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}], response_model=None
    )
    return answer.cxai["decision"]


tell(installed("instructor"), ask=ask, stream=stream, structured=structured, cxai=cxai)
