"""openai-python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from openai import OpenAI
from openai_parts import FUNCTION, parts
from telling import BASE_URL, KEY, MODEL, get_booking, installed, tell

# docs
client = OpenAI(base_url=BASE_URL, api_key=KEY)
# end


def responses(question: str) -> str:
    return client.responses.create(model=MODEL, input=question).output_text


def responses_stream(question: str) -> Iterator[str]:
    for event in client.responses.create(model=MODEL, input=question, stream=True):
        if event.type == "response.output_text.delta":
            yield event.delta


def responses_tool(question: str) -> str:
    tools: Any = [{"type": "function", "strict": True, **FUNCTION}]
    said: list[Any] = [{"role": "user", "content": question}]
    answer = client.responses.create(model=MODEL, input=said, tools=tools)
    said += answer.output
    for item in answer.output:
        if item.type == "function_call":
            result = get_booking(**json.loads(item.arguments))
            said.append({"type": "function_call_output", "call_id": item.call_id, "output": result})
    return client.responses.create(model=MODEL, input=said, tools=tools).output_text


def complete(prompt: str) -> str:
    return client.completions.create(model=MODEL, prompt=prompt).choices[0].text


def complete_stream(prompt: str) -> Iterator[str]:
    for piece in client.completions.create(model=MODEL, prompt=prompt, stream=True):
        yield piece.choices[0].text


tell(
    installed("openai"),
    **parts(client),
    responses=responses,
    responses_stream=responses_stream,
    responses_tool=responses_tool,
    complete=complete,
    complete_stream=complete_stream,
)
