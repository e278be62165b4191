"""LiteLLM's client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import litellm
from limit import Limit
from openai_parts import FUNCTION
from telling import BASE_URL, KEY, MODEL, get_booking, installed, tell

# docs
provider = {"model": f"openai/{MODEL}", "api_base": BASE_URL, "api_key": KEY}
# end


def ask(question: str, model: str = MODEL) -> str | None:
    answer = litellm.completion(
        **{**provider, "model": f"openai/{model}"}, messages=[{"role": "user", "content": question}]
    )
    return answer.choices[0].message.content


def stream(question: str) -> Iterator[str]:
    chunks = litellm.completion(**provider, messages=[{"role": "user", "content": question}], stream=True)
    for chunk in chunks:
        yield chunk.choices[0].delta.content or ""


def use_tool(question: str) -> str | None:
    tools = [{"type": "function", "function": FUNCTION}]
    messages: list[Any] = [{"role": "user", "content": question}]
    message = litellm.completion(**provider, messages=messages, tools=tools).choices[0].message
    messages.append(message)
    for call in message.tool_calls or ():
        result = get_booking(**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return litellm.completion(**provider, messages=messages, tools=tools).choices[0].message.content


def structured(question: str) -> dict[str, Any]:
    answer = litellm.completion(
        **provider, messages=[{"role": "user", "content": question}], response_format=Limit
    )
    return Limit.model_validate_json(answer.choices[0].message.content).model_dump()


def cxai(question: str) -> str:
    # docs
    answer = litellm.completion(**provider, messages=[{"role": "user", "content": question}])
    decision = answer.cxai["decision"]
    # end
    return decision


def responses(question: str) -> str:
    return litellm.responses(**provider, input=question).output_text


def responses_stream(question: str) -> Iterator[str]:
    for event in litellm.responses(**provider, input=question, stream=True):
        if event.type == "response.output_text.delta":
            yield event.delta


tell(
    installed("litellm"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    cxai=cxai,
    responses=responses,
    responses_stream=responses_stream,
)
